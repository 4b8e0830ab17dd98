#include "bench/progress_line.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "bench/load_words.h"
#include "bench/metric.h"

namespace shoal::bench {

std::string progress_text(const progress& p) {
  const point& of = *p.now;
  std::string text(name_of(of.why));
  text += ", " + of.a + (of.b == of.a ? "" : " and " + of.b) + ", " + load_text(of.load);
  if (of.load.share > 0) {
    text += ", " + std::to_string(std::lround(of.load.share * 100)) + " % of the slower one's";
  }
  return text + ": pair " + std::to_string(p.pair) + ", " + p.contender + "; " +
         std::to_string(std::lround(p.seconds_left)) + " s left at most";
}

progress_line::progress_line() noexcept : shows_(::isatty(STDERR_FILENO) == 1) {}

progress_line::~progress_line() {
  if (shows_) std::fputs("\r\033[K", stderr);
}

void progress_line::show(const progress& p) noexcept {
  if (shows_ && p.now != nullptr) std::fprintf(stderr, "\r%s\033[K", progress_text(p).c_str());
}

}  // namespace shoal::bench
