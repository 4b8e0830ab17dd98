#include "cluster/options/config_file.h"

#include <algorithm>

#include "base/json_writer.h"
#include "cluster/options/did_you_mean.h"
#include "cluster/options/option_table.h"
#include "cluster/options/toml_text.h"
#include "cluster/small_file.h"

namespace shoal::cluster {
namespace {

using type = toml_value::type;

constexpr std::size_t most_shown = 100;

/// In quotes and in one line, whatever is in it.
std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text.substr(0, most_shown));
  return text.size() > most_shown ? out + "..." : out;
}

std::string unknown(const toml_entry& entry) {
  std::vector<std::string_view> names;
  for (const auto& spec : option_table()) names.push_back(spec.name);
  const auto near = did_you_mean(std::string_view(entry.key).substr(0, most_shown), names);
  auto text = "unknown option " + quoted(entry.key);
  if (!near.empty()) text.append("; did you mean ").append(near).append("?");
  return text;
}

/// Besides a text, which every option takes.
bool takes(value_kind kind, type what) {
  switch (kind) {
    case value_kind::number:
    case value_kind::size:
      return what == type::number;
    case value_kind::on_off:
      return what == type::truth;
    case value_kind::addresses:
    case value_kind::names:
      return what == type::list;
    case value_kind::time:
    case value_kind::name:
    case value_kind::path:
      break;
  }
  return false;
}

std::string_view wanted(value_kind kind) {
  switch (kind) {
    case value_kind::number:
      return "a number, or a text in quotes";
    case value_kind::size:
      return "a number of bytes, or a text such as \"64KiB\"";
    case value_kind::on_off:
      return "true or false";
    case value_kind::time:
      return "a text such as \"30s\"";
    case value_kind::addresses:
    case value_kind::names:
      return "a text, or a list of texts";
    case value_kind::name:
    case value_kind::path:
      break;
  }
  return "a text in quotes";
}

bool stands_before(const toml_problem& a, const toml_problem& b) {
  return a.at.line != b.at.line ? a.at.line < b.at.line : a.at.column < b.at.column;
}

/// Goes through a file and keeps what it finds.
class reader final {
 public:
  reader(const std::string& name, const toml_document& document) : name_(name) {
    for (const auto& entry : document.entries) read(entry);
    for (const auto& [at, text] : document.problems) complain(at, text);
  }

  config_file result() && {
    std::sort(problems_.begin(), problems_.end(), stands_before);
    for (const auto& [at, text] : problems_) out_.problems.push_back(place_of(at) + ": " + text);
    return std::move(out_);
  }

 private:
  void read(const toml_entry& entry) {
    const auto place = find_option(entry.key);
    if (!place) return complain(entry.at, unknown(entry));
    const auto& spec = option_table()[*place];
    const auto before = problems_.size();
    auto text = text_of(spec, entry.value);
    if (problems_.size() == before) {
      out_.says[*place] = option_text{std::move(text), place_of(entry.at)};
    }
  }

  void complain(text_position at, const std::string& text) { problems_.push_back({at, text}); }

  /// As the flag would have it, read once. What is wrong has been told.
  std::string text_of(const option_spec& spec, const toml_value& value) {
    const bool right = value.what == type::text || takes(spec.kind, value.what);
    if (!right) {
      complain(value.at, std::string(spec.name) + " is " + std::string(value.word) +
                             "; it must be " + std::string(wanted(spec.kind)));
      return {};
    }
    if (value.what == type::list && !value.items.empty()) return list_of(spec, value);
    auto text = value.text;
    if (value.what == type::truth) text = text == "true" ? "on" : "off";
    check(spec, text, value.at);
    return text;
  }

  std::string list_of(const option_spec& spec, const toml_value& list) {
    std::string all;
    for (const auto& item : list.items) {
      if (item.what == type::text) {
        check(spec, item.text, item.at);
      } else {
        complain(item.at, std::string(spec.name) + " has " + std::string(item.word) +
                              " in it; it must be a list of texts");
      }
      all.append(all.empty() ? "" : ",").append(item.text);
    }
    return all;
  }

  void check(const option_spec& spec, const std::string& text, text_position at) {
    options scratch;
    const auto name = std::string(spec.name);
    if (text.find('\0') != std::string::npos) {
      complain(at, name + " " + quoted(text) + ": must not have a zero byte in it");
    } else if (const auto set = spec.set(scratch, text); !set) {
      complain(at, name + " " + quoted(text) + ": " + set.error().message);
    }
  }

  [[nodiscard]] std::string place_of(text_position at) const {
    return name_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  }

  const std::string& name_;
  std::vector<toml_problem> problems_;
  config_file out_;
};

}  // namespace

config_file parse_config(std::string_view text, const std::string& name) {
  return reader(name, read_toml(text)).result();
}

config_file load_config(const std::string& path) {
  const auto text = read_small_file(path, most_config_bytes);
  if (text) return parse_config(text.value(), path);
  config_file out;
  out.problems.push_back(text.error().message);
  return out;
}

}  // namespace shoal::cluster
