#include "base/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "base/descriptor.h"
#include "base/log_text.h"

namespace shoal {
namespace {

struct pipe_ends {
  pipe_ends() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    out.reset(ends[0]);
    in.reset(ends[1]);
  }
  std::string read() {
    std::string all;
    char bytes[4096];
    for (ssize_t count = 0; (count = ::read(out.get(), bytes, sizeof bytes)) > 0;) {
      all.append(bytes, static_cast<std::size_t>(count));
    }
    return all;
  }
  descriptor out;
  descriptor in;
};

/// Without the time at its begin, "2026-11-24T09:46:54.123Z ".
std::string behind_time(const std::string& line) {
  return line.size() < 25 ? line : line.substr(25);
}

TEST(LogWriter, PutsTimeLevelAndNameBeforeALine) {
  pipe_ends pipe;
  log_writer writer(pipe.in.get());
  writer.write(log_format::text, log_level::warning, "node 0", "careful %v {}");
  const auto line = pipe.read();
  EXPECT_EQ(behind_time(line), "warning [node 0] careful %v {}\n");
  EXPECT_EQ(line[10], 'T');
  EXPECT_EQ(line[23], 'Z');
}

TEST(LogWriter, MakesAnObjectOfALine) {
  pipe_ends pipe;
  log_writer writer(pipe.in.get());
  writer.write(log_format::json, log_level::error, "node 0", "bad", R"({"event":"exit"})");
  const auto line = pipe.read();
  EXPECT_TRUE(line.starts_with("{\"time\":\"2")) << line;
  EXPECT_TRUE(line.ends_with(
      "Z\",\"level\":\"error\",\"source\":\"node 0\",\"pid\":" + std::to_string(::getpid()) +
      ",\"message\":\"bad\",\"event\":{\"event\":\"exit\"}}\n"))
      << line;
}

TEST(LogWriter, IsNotBrokenByWhatWasSaid) {
  pipe_ends pipe;
  log_writer writer(pipe.in.get());
  const std::string said("a \"b\"\nc\\d \xff\xc3\0{}", 15);
  writer.write(log_format::json, log_level::info, "\"}\n", said);
  const auto line = pipe.read();
  EXPECT_TRUE(line.ends_with("\"source\":\"\\\"}\\n\",\"pid\":" + std::to_string(::getpid()) +
                             ",\"message\":\"a \\\"b\\\"\\nc\\\\d "
                             "\xef\xbf\xbd\xef\xbf\xbd\\u0000{}\"}\n"))
      << line;
  writer.write(log_format::text, log_level::info, "a", said);
  EXPECT_EQ(behind_time(pipe.read()), "info [a] a \"b\"\n  c\\d \xff\xc3\\x00{}\n");
}

TEST(LogWriter, CutsWhatIsTooLong) {
  pipe_ends pipe;
  log_writer writer(pipe.in.get());
  for (const auto format : {log_format::text, log_format::json}) {
    writer.write(format, log_level::info, "a", std::string(60'000, 'x'));
    const auto line = pipe.read();
    EXPECT_GT(line.size(), longest_log_line);
    EXPECT_LT(line.size(), longest_log_line + 200);
  }
}

TEST(LogWriter, BeginsANewLineBehindOneThatDidNotFit) {
  pipe_ends pipe;
  const int room = ::fcntl(pipe.in.get(), F_SETPIPE_SZ, 4096);
  log_writer writer(pipe.in.get());
  const auto write = [&](std::string_view said) {
    writer.write(log_format::text, log_level::info, "a", said);
  };
  write(std::string(static_cast<std::size_t>(room) + 1000, 'x'));
  EXPECT_EQ(pipe.read().size(), static_cast<std::size_t>(room));
  write("b");
  const auto next = pipe.read();
  EXPECT_EQ(next[0], '\n');
  EXPECT_EQ(behind_time(next.substr(1)), "info [a] b\n");
  write("c");
  EXPECT_EQ(behind_time(pipe.read()), "info [a] c\n");
}

TEST(LogWriter, LosesWhatNobodyTakes) {
  pipe_ends pipe;
  const int room = ::fcntl(pipe.in.get(), F_GETPIPE_SZ);
  log_writer writer(pipe.in.get());
  const std::string said(4000, 'x');
  for (int i = 0; i < room / 4000 + 2; ++i) {
    writer.write(log_format::text, log_level::info, "a", said);
  }
  EXPECT_LE(pipe.read().size(), static_cast<std::size_t>(room));
  log_writer closed(-1);
  closed.write(log_format::json, log_level::info, "a", "b");
}

}  // namespace
}  // namespace shoal
