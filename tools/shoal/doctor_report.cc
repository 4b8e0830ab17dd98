#include "doctor_report.h"

#include <algorithm>

#include "base/json_writer.h"
#include "status_text.h"

namespace shoal::tool {
namespace {

constexpr std::size_t verdict_width = 9;

std::size_t count(const findings& all, verdict how) noexcept {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [how](const finding& f) { return f.how == how; }));
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size()), ' ');
  return out;
}

void append(std::string& out, const finding& f) {
  out += padded(name_of(f.how), verdict_width) + std::string(f.check) + ": " + printable(f.says);
  out += '\n';
  if (!f.change.empty()) out += padded("", verdict_width) + "change: " + printable(f.change) + "\n";
}

}  // namespace

std::string to_text(const findings& all) {
  std::string out;
  for (const auto& f : all) append(out, f);
  out += std::to_string(count(all, verdict::problem)) + " problems, " +
         std::to_string(count(all, verdict::advice)) + " pieces of advice, " +
         std::to_string(count(all, verdict::ok)) + " ok\n";
  return out;
}

std::string to_json(const findings& all) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("problems", count(all, verdict::problem));
  json.member("advice", count(all, verdict::advice));
  json.key("findings");
  json.begin_array();
  for (const auto& f : all) {
    json.begin_object();
    json.member("check", f.check);
    json.member("verdict", name_of(f.how));
    json.member("says", f.says);
    json.member("change", f.change);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

bool has_problem(const findings& all) noexcept { return count(all, verdict::problem) > 0; }

}  // namespace shoal::tool
