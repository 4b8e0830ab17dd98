// A door to toml++, as cluster/options/toml_text.cc is one for options, which have no tables.
#include "load/plan_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <utility>

#include "load/answer_scanner.h"

namespace shoal::load {
namespace {

constexpr std::size_t longest_line = 64 * 1024;  // a key of thousands of dots is as deep a tree

error at_line(const toml::source_region& where, const std::string& what) {
  return {0, "line " + std::to_string(where.begin.line) + ": " + what};
}

/// Reads one member of a [[request]] into its place.
class member_reader {
 public:
  member_reader(const toml::key& key, const toml::node& value, const std::string& directory)
      : key_(key.str()), value_(value), directory_(directory) {}

  result<void> into(request_kind& kind) const {
    expectation& expected = kind.expected;
    if (key_ == "name") return text(kind.name);
    if (key_ == "method") return text(kind.method);
    if (key_ == "path") return text(kind.path);
    if (key_ == "body") return text(kind.body);
    if (key_ == "body-file") return file(kind.body);
    if (key_ == "weight") return weight(kind.weight);
    if (key_ == "fields") return fields(kind.fields);
    if (key_ == "alone") return flag(kind.alone);
    if (key_ == "may-refuse") return flag(expected.may_refuse);
    if (key_ == "expect") return same(expected.same);
    if (key_ == "expect-status") return status(expected.status);
    if (key_ == "expect-length") return length(expected.length);
    if (key_ == "expect-body") return text(expected.body.emplace());
    if (key_ == "expect-file") return file(expected.body.emplace());
    return wrong(
        "is no key of a request: there are name, weight, method, path, fields, body, "
        "body-file, alone, may-refuse, expect, expect-status, expect-length, expect-body and "
        "expect-file");
  }

 private:
  error wrong(const std::string& what) const {
    return at_line(value_.source(), "'" + std::string(key_) + "' " + what);
  }
  result<void> text(std::string& to) const {
    const auto found = value_.value_exact<std::string>();
    if (!found) return wrong("must be a text");
    to = *found;
    return {};
  }
  result<void> file(std::string& to) const {
    std::string name;
    if (const auto read = text(name); !read) return read;
    const std::string path = name.starts_with('/') ? name : directory_ + name;
    auto whole = read_whole_file(path, answer_scanner::longest_kept_body);
    if (!whole) return wrong("cannot be read: " + whole.error().message);
    to = std::move(whole).value();
    return {};
  }
  result<void> flag(bool& to) const {
    const auto found = value_.value_exact<bool>();
    if (!found) return wrong("must be true or false");
    to = *found;
    return {};
  }
  result<void> weight(double& to) const {
    const auto found = value_.value<double>();
    if (!found || !(*found > 0)) return wrong("must be a number above 0");
    to = *found;
    return {};
  }
  result<void> fields(std::vector<std::string>& to) const {
    const toml::array* const list = value_.as_array();
    if (list == nullptr) return wrong("must be a list of \"Name: value\"");
    for (const toml::node& each : *list) {
      const auto field = each.value_exact<std::string>();
      if (!field) return wrong("must hold texts only, \"Name: value\"");
      to.push_back(*field);
    }
    return {};
  }
  result<void> same(bool& to) const {
    to = value_.value_exact<std::string>() == "same";
    if (!to) return wrong("must be \"same\"; other expectations have keys of their own");
    return {};
  }
  result<void> status(unsigned& to) const {
    const auto found = value_.value_exact<std::int64_t>();
    if (!found || *found < 200 || *found > 599) return wrong("must be a status from 200 to 599");
    to = static_cast<unsigned>(*found);
    return {};
  }
  result<void> length(std::optional<std::uint64_t>& to) const {
    const auto found = value_.value_exact<std::int64_t>();
    if (!found || *found < 0) return wrong("must be a number of bytes");
    to = static_cast<std::uint64_t>(*found);
    return {};
  }

  std::string_view key_;
  const toml::node& value_;
  const std::string& directory_;
};

result<request_kind> kind_of(const toml::table& from, const std::string& directory) {
  request_kind kind;
  for (const auto& [key, value] : from) {
    if (const auto read = member_reader(key, value, directory).into(kind); !read) {
      return read.error();
    }
  }
  if (from.contains("expect-body") + from.contains("expect-file") + from.contains("expect") > 1) {
    return at_line(from.source(), "only one of expect, expect-body and expect-file can be true");
  }
  if (from.contains("body") && from.contains("body-file")) {
    return at_line(from.source(), "a request has body or body-file");
  }
  if (kind.name.empty()) kind.name = kind.method + " " + kind.path;
  if (const auto right = check_request(kind); !right) {
    return at_line(from.source(), right.error().message);
  }
  return kind;
}

bool has_long_line(std::string_view text) noexcept {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > longest_line) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

result<std::vector<request_kind>> parse_plan(std::string_view text, const std::string& directory) {
  if (has_long_line(text)) {
    return error{0, "a line is longer than " + std::to_string(longest_line) +
                        " bytes: put long bodies into files (body-file)"};
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return at_line(parsed.error().source(), std::string(parsed.error().description()));
  }
  for (const auto& [key, value] : parsed.table()) {
    if (key.str() != "request" || !value.is_array_of_tables()) {
      return at_line(value.source(), "'" + std::string(key.str()) +
                                         "' is no part of a plan: it has [[request]] tables only");
    }
  }
  std::vector<request_kind> kinds;
  if (const toml::array* const list = parsed.table()["request"].as_array()) {
    for (const toml::node& each : *list) {
      auto kind = kind_of(*each.as_table(), directory);
      if (!kind) return kind.error();
      kinds.push_back(std::move(kind).value());
    }
  }
  if (kinds.empty()) return error{0, "there is no [[request]] table"};
  if (kinds.size() > most_kinds) {
    return error{0, "there are more than " + std::to_string(most_kinds) + " [[request]] tables"};
  }
  return kinds;
}

result<std::string> read_whole_file(const std::string& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return system_error(errno, "cannot open " + path);
  std::string text;
  char buffer[16 * 1024];
  while (file.read(buffer, sizeof buffer) || file.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(file.gcount()));
    if (text.size() > most) {
      return error{0, path + " is longer than " + std::to_string(most >> 20) + " MiB"};
    }
  }
  if (file.bad()) return system_error(errno, "cannot read " + path);
  return text;
}

result<std::vector<request_kind>> read_plan(const std::string& path) {
  const auto text = read_whole_file(path, longest_plan);
  if (!text) return text.error();
  const std::size_t slash = path.rfind('/');
  auto kinds = parse_plan(text.value(), slash == path.npos ? "" : path.substr(0, slash + 1));
  if (!kinds) return error{0, path + ": " + kinds.error().message};
  return kinds;
}

}  // namespace shoal::load
