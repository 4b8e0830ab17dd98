#include "coro/frame_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "shoal/coro/frame.h"
#include "support/allocations.h"

namespace shoal {
namespace {

class FramePool : public testing::Test {
 protected:
  void SetUp() override { release_kept_frames(); }
  void TearDown() override { release_kept_frames(); }
};

TEST_F(FramePool, GivesBackTheBlockThatWasFreedLast) {
  void* const first = allocate_frame(100);
  free_frame(first, 100);
  EXPECT_EQ(kept_frame_bytes(), 128U);
  const auto before = test::allocations();
  void* const second = allocate_frame(128);
  EXPECT_EQ(second, first) << "100 and 128 bytes are of one size";
  EXPECT_EQ(test::allocations(), before);
  free_frame(second, 128);
}

TEST_F(FramePool, KeepsSizesApart) {
  for (std::size_t bytes = 1; bytes <= largest_pooled_frame; bytes += 63) {
    void* const frame = allocate_frame(bytes);
    std::memset(frame, 0xab, bytes);
    free_frame(frame, bytes);
  }
  void* const small = allocate_frame(1);
  void* const large = allocate_frame(largest_pooled_frame);
  std::memset(large, 0xcd, largest_pooled_frame);
  EXPECT_NE(small, large);
  free_frame(small, 1);
  free_frame(large, largest_pooled_frame);
}

TEST_F(FramePool, DoesNotKeepWhatIsLargerThanTheLargestSize) {
  void* const frame = allocate_frame(largest_pooled_frame + 1);
  free_frame(frame, largest_pooled_frame + 1);
  EXPECT_EQ(kept_frame_bytes(), 0U);
}

TEST_F(FramePool, KeepsNoMoreThanItsBoundOfOneSize) {
  std::vector<void*> frames;
  for (std::size_t i = 0; i < 2 * kept_bytes_for_each_size / 64; ++i)
    frames.push_back(allocate_frame(64));
  for (void* frame : frames) free_frame(frame, 64);
  EXPECT_EQ(kept_frame_bytes(), kept_bytes_for_each_size);
}

TEST_F(FramePool, TakesABlockOfAnotherThreadIntoTheListOfTheThreadThatFreesIt) {
  void* frame = nullptr;
  std::thread([&] { frame = allocate_frame(200); }).join();
  free_frame(frame, 200);
  EXPECT_EQ(kept_frame_bytes(), 256U);
  EXPECT_EQ(allocate_frame(200), frame);
  std::thread([&] { free_frame(frame, 200); }).join();
  EXPECT_EQ(kept_frame_bytes(), 0U);
}

// The leak checker of the ASan build is the witness that the blocks went back.
TEST_F(FramePool, ServesAThreadThatIsEndingAndKeepsNothingOfIt) {
  std::size_t kept = 1;
  struct last_words {
    explicit last_words(std::size_t& answer) : kept(answer) {}
    ~last_words() {
      void* const frame = allocate_frame(300);
      free_frame(frame, 300);
      kept = kept_frame_bytes();
    }
    std::size_t& kept;
  };
  std::thread([&] {
    static thread_local last_words before_the_pool(kept);  // so it is destroyed after the pool
    [[maybe_unused]] auto* const made = &before_the_pool;
    void* const frame = allocate_frame(300);
    free_frame(frame, 300);
    EXPECT_EQ(kept_frame_bytes(), 320U);
  }).join();
  EXPECT_EQ(kept, 0U);
}

}  // namespace
}  // namespace shoal
