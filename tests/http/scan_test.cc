#include "http/scan.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "http/block_swar.h"

namespace shoal::http {
namespace {

bool is_control(unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; }
bool is_letter(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_not_plain_name(unsigned char c) { return !is_letter(c) && c != '-'; }
bool is_not_plain_host(unsigned char c) {
  return !is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.';
}
bool is_target_stop(unsigned char c) {
  return c <= 0x20 || c >= 0x7f || c == '#' || c == '?' || c == '%';
}

/// The offset of the first byte in `Mask`, in a block of exactly the text's size.
template <typename Block, auto Mask>
std::size_t first_in(std::string_view text) {
  const std::unique_ptr<char[]> copy(new char[text.size()]);
  if (!text.empty()) std::memcpy(copy.get(), text.data(), text.size());
  const char* const end = copy.get() + text.size();
  return static_cast<std::size_t>(find_first<Block, Mask>(copy.get(), end) - copy.get());
}

template <auto Mask, auto BlockMask>
void expect_both(std::string_view text, bool (*stops)(unsigned char)) {
  std::size_t expected = 0;
  while (expected < text.size() && !stops(static_cast<unsigned char>(text[expected]))) ++expected;
  ASSERT_EQ((first_in<swar_block, Mask>(text)), expected) << testing::PrintToString(text);
  ASSERT_EQ((first_in<block, BlockMask>(text)), expected) << testing::PrintToString(text);
}

void expect_all(std::string_view text) {
  expect_both<&swar_block::controls, &block::controls>(text, is_control);
  expect_both<&swar_block::not_plain_name, &block::not_plain_name>(text, is_not_plain_name);
  expect_both<&swar_block::not_plain_host, &block::not_plain_host>(text, is_not_plain_host);
  expect_both<&swar_block::target_stops, &block::target_stops>(text, is_target_stop);
}

TEST(Scan, StopsAtTheFirstSuchByteWhereverItStands) {
  for (std::size_t size = 0; size < 40; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(byte);
        expect_all(text);
        if (HasFatalFailure()) return;
      }
}

TEST(Scan, StopsAtTheFirstOfManySuchBytes) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : 20240601;
  std::cout << "seed " << seed << " (SHOAL_SEED)\n";
  random_source random(seed);
  for (int i = 0; i < 100'000; ++i) {
    std::string text(random.below(48), '\0');
    for (char& c : text)
      c = random.one_in(8) ? static_cast<char>(random.below(256))
                           : static_cast<char>('a' + random.below(26));
    expect_all(text);
    if (HasFatalFailure()) return;
  }
}

TEST(Scan, LoadsPartsOfAWordWithoutTheirNeighbours) {
  const std::string text = "\x81\x82\x83\x84\x85\x86\x87";
  for (std::size_t size = 0; size <= text.size(); ++size)
    EXPECT_EQ(load_partial_word(text.data(), size), pack(std::string_view(text).substr(0, size)));
}

TEST(Scan, ComparesWithoutCaseAndOnlyThat) {
  EXPECT_TRUE(equal_but_case("TrAnSfEr-EnCoDiNg", "transfer-encoding"));
  EXPECT_TRUE(equal_but_case("", ""));
  EXPECT_FALSE(equal_but_case("transfer_encoding", "transfer-encoding"));
  EXPECT_FALSE(equal_but_case("transfer-encodin", "transfer-encoding"));
  const std::string lower = "transfer-encoding";
  for (std::size_t at = 0; at < lower.size(); ++at)
    for (int byte = 0x20; byte < 256; ++byte) {
      std::string text = lower;
      text[at] = static_cast<char>(byte);
      const bool same = byte == lower[at] || (lower[at] != '-' && byte == (lower[at] ^ 0x20));
      ASSERT_EQ(equal_but_case(text, lower), same) << text;
    }
}

}  // namespace
}  // namespace shoal::http
