#include "wire_case.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace shoal::http::wire {
namespace {

class reader final {
 public:
  reader(const std::filesystem::path& file, std::vector<wire_case>& into)
      : file_(file), text_(file), cases_(into) {}

  void read() {
    for (std::string line; std::getline(text_, line);) {
      ++number_;
      if (line.empty() || line.front() == '#') continue;
      if (line.starts_with("== ")) {
        begin(line.substr(3));
      } else if (line.starts_with(">> ")) {
        expect(line.substr(3));
      } else {
        current().bytes += unescape(line);
      }
    }
    check_last();
  }

 private:
  void begin(std::string_view title) {
    check_last();
    const auto gap = title.find("  ");
    if (gap == title.npos) fail("a case begins with \"== name  RFC section\"");
    wire_case c;
    c.file = file_.stem();
    c.name = title.substr(0, gap);
    c.section = title.substr(gap + 2);
    cases_.push_back(std::move(c));
    begun_ = true;
  }

  void expect(std::string_view what) {
    wire_case& c = current();
    if (c.end) fail("nothing comes behind the end of a case");
    if (what == "keeps") {
      c.end = ending::keeps;
    } else if (what == "closes") {
      c.end = ending::closes;
    } else if (what == "waits") {
      c.end = ending::waits;
    } else if (what.starts_with("+ ") || what.starts_with("- ")) {
      if (c.answers.empty()) fail("which answer's field?");
      expected_answer& last = c.answers.back();
      (what.front() == '+' ? last.present : last.absent).emplace_back(what.substr(2));
    } else {
      expect_answer(c, what);
    }
  }

  void expect_answer(wire_case& c, std::string_view what) {
    expected_answer answer;
    const auto [end, error] =
        std::from_chars(what.data(), what.data() + what.size(), answer.status);
    if (error != std::errc{}) fail("an answer begins with its status");
    what.remove_prefix(static_cast<std::size_t>(end - what.data()));
    answer.may_be_missing = what == "?";
    answer.to_head = what == "/head";
    int times = 1;
    if (what.starts_with(" *")) {
      times = std::atoi(std::string(what.substr(2)).c_str());
    } else if (what.starts_with(" ")) {
      answer.body = unescape(what.substr(1));
    }
    c.answers.insert(c.answers.end(), static_cast<std::size_t>(times), answer);
  }

  std::string unescape(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const char c = text.front();
      text.remove_prefix(1);
      if (c != '\\') {
        out += c;
      } else {
        escape(text, out);
      }
    }
    return out;
  }

  /// `text` begins behind the backslash.
  void escape(std::string_view& text, std::string& out) {
    constexpr std::string_view names = "rnt0\\";
    constexpr std::string_view values{"\r\n\t\0\\", 5};
    const char c = text.empty() ? '\n' : text.front();
    if (const auto known = names.find(c); known != names.npos) {
      out += values[known];
      text.remove_prefix(1);
    } else if (c == 'x' && text.size() >= 3) {
      out += static_cast<char>(std::strtoul(std::string(text.substr(1, 2)).c_str(), nullptr, 16));
      text.remove_prefix(3);
    } else if (const auto open = text.find('{'); c == '*' && open != text.npos) {
      const auto close = text.find('}', open);
      if (close == text.npos) fail("\\*N{ without }");
      const auto piece = unescape(text.substr(open + 1, close - open - 1));
      const int times = std::atoi(std::string(text.substr(1, open - 1)).c_str());
      for (int i = 0; i < times; ++i) out += piece;
      text.remove_prefix(close + 1);
    } else {
      fail("a backslash before what is no escape");
    }
  }

  wire_case& current() {
    if (!begun_) fail("before the first case");
    return cases_.back();
  }

  void check_last() {
    if (begun_ && (!cases_.back().end || cases_.back().bytes.empty())) {
      fail("the case before this has no bytes or does not say how it ends");
    }
  }

  [[noreturn]] void fail(std::string_view why) const {
    std::cerr << file_.string() << ":" << number_ << ": " << why << "\n";
    std::exit(1);
  }

  const std::filesystem::path file_;
  std::ifstream text_;
  std::vector<wire_case>& cases_;
  int number_ = 0;
  bool begun_ = false;
};

}  // namespace

std::vector<wire_case> read_wire_cases(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<wire_case> cases;
  for (const auto& file : files) reader(file, cases).read();
  return cases;
}

}  // namespace shoal::http::wire
