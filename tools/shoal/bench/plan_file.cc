#include "bench/plan_file.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/json_writer.h"
#include "bench/contender_spec.h"
#include "cluster/options/did_you_mean.h"
#include "cluster/options/toml_text.h"
#include "cluster/options/units.h"
#include "cluster/small_file.h"
#include "topology/text.h"

namespace shoal::bench {
namespace {

using cluster::toml_entry;
using cluster::toml_value;
using type = toml_value::type;

constexpr std::size_t most_plan_bytes = 64 * 1024;
constexpr unsigned most_pairs = 1000;

struct range {
  unsigned least;
  unsigned most;
};

/// Fills a plan and its axes from entries; what is wrong is kept, with its place.
class reader final {
 public:
  explicit reader(const std::string& name) : name_(name) { plan_.name = name; }

  void read(const toml_entry& entry) {
    const auto found = std::find_if(std::begin(keys), std::end(keys),
                                    [&](const key& k) { return k.name == entry.key; });
    if (found == std::end(keys)) return complain(entry.at, unknown(entry.key));
    key_ = found->name;
    (this->*found->take)(entry.value);
  }

  void complain(cluster::text_position at, const std::string& what) {
    problems_ += (problems_.empty() ? "" : "\n") + name_ + ":" + std::to_string(at.line) + ":" +
                 std::to_string(at.column) + ": " + what;
  }

  result<plan> finish() && {
    if (!problems_.empty()) return error{0, problems_};
    auto points = points_of(axes_);
    if (!points) return error{0, name_ + ": " + points.error().message};
    plan_.points = std::move(points).value();
    return plan_;
  }

 private:
  struct key {
    std::string_view name;
    void (reader::*take)(const toml_value&);
  };
  static const key keys[13];

  static std::string unknown(const std::string& word) {
    std::vector<std::string_view> all;
    for (const key& k : keys) all.push_back(k.name);
    std::string text = "unknown key ";
    append_json_string(text, word.substr(0, 100));
    const auto near = cluster::did_you_mean(std::string_view(word).substr(0, 100), all);
    return near.empty() ? text : text + "; did you mean " + std::string(near) + "?";
  }

  void wrong(const toml_value& value, const std::string& wanted) {
    complain(value.at,
             std::string(key_) + " is " + std::string(value.word) + "; it must be " + wanted);
  }

  std::optional<unsigned> number(const toml_value& value, range within) {
    const auto wanted = "a whole number from " + std::to_string(within.least) + " to " +
                        std::to_string(within.most);
    const auto n = topology::parse_number<std::uint64_t>(value.text);
    if (value.what == type::number && n && *n >= within.least && *n <= within.most) {
      return static_cast<unsigned>(*n);
    }
    if (value.what == type::number) {
      complain(value.at, std::string(key_) + " has " + value.text + "; it must be " + wanted);
    } else {
      wrong(value, wanted);
    }
    return std::nullopt;
  }

  /// One number, or a list of them.
  void numbers(const toml_value& value, range within, bool may_be_empty,
               std::vector<unsigned>& out) {
    out.clear();
    if (value.what != type::list) {
      if (const auto n = number(value, within)) out.push_back(*n);
      return;
    }
    for (const auto& item : value.items) {
      if (const auto n = number(item, within)) out.push_back(*n);
    }
    if (value.items.empty() && !may_be_empty) complain(value.at, std::string(key_) + " is empty");
  }

  void seconds(const toml_value& value, double& out) {
    const auto time = value.what == type::text ? cluster::parse_duration(value.text) : std::nullopt;
    if (!time || time->count() < 10) return wrong(value, "a text such as \"500ms\" or \"2s\"");
    out = std::chrono::duration<double>(*time).count();
  }

  void contenders(const toml_value& value) {
    axes_.contenders.clear();
    if (value.what != type::list || value.items.empty()) {
      return wrong(value, "a list of texts such as [\"uring\", \"epoll\"]");
    }
    for (const auto& item : value.items) {
      if (item.what != type::text) return wrong(item, "a list of texts");
      if (const auto known = parse_contender(item.text); !known) {
        complain(item.at, "contenders: " + known.error().message);
      }
      axes_.contenders.push_back(item.text);
    }
  }
  void connections(const toml_value& v) { numbers(v, {1, 60'000}, false, axes_.connections); }
  void pipeline(const toml_value& v) { numbers(v, {1, 1024}, false, axes_.pipeline); }
  void requests(const toml_value& v) { numbers(v, {0, 1'000'000}, false, axes_.requests_each); }
  void body(const toml_value& v) { numbers(v, {1, 1 << 20}, false, axes_.body_bytes); }
  void work(const toml_value& v) { numbers(v, {0, 1'000'000}, false, axes_.work_us); }
  void work_share(const toml_value& v) {
    if (const auto n = number(v, {1, 100})) axes_.work_percent = *n;
  }
  void shares(const toml_value& v) { numbers(v, {1, 99}, true, axes_.shares); }
  void noise(const toml_value& v) {
    if (v.what != type::truth) return wrong(v, "true or false");
    axes_.noise = v.text == "true";
  }
  void pairs(const toml_value& v) {
    if (const auto n = number(v, {1, most_pairs})) plan_.pairs = *n;
  }
  void window(const toml_value& v) { seconds(v, plan_.window); }
  void warm_up(const toml_value& v) { seconds(v, plan_.warm_up); }
  void time(const toml_value& v) { seconds(v, plan_.budget); }

  const std::string& name_;
  std::string_view key_;
  plan_axes axes_;
  plan plan_;
  std::string problems_;
};

const reader::key reader::keys[13] = {{"contenders", &reader::contenders},
                                      {"connections", &reader::connections},
                                      {"pipeline", &reader::pipeline},
                                      {"requests", &reader::requests},
                                      {"body", &reader::body},
                                      {"work", &reader::work},
                                      {"work-share", &reader::work_share},
                                      {"shares", &reader::shares},
                                      {"noise", &reader::noise},
                                      {"pairs", &reader::pairs},
                                      {"window", &reader::window},
                                      {"warm-up", &reader::warm_up},
                                      {"time", &reader::time}};

}  // namespace

result<plan> parse_plan(std::string_view text, const std::string& name) {
  const auto document = cluster::read_toml(text);
  reader all(name);
  for (const auto& [at, what] : document.problems) all.complain(at, what);
  for (const auto& entry : document.entries) all.read(entry);
  return std::move(all).finish();
}

result<plan> load_plan(const std::string& path) {
  const auto text = cluster::read_small_file(path, most_plan_bytes);
  if (!text) return text.error();
  return parse_plan(text.value(), path);
}

}  // namespace shoal::bench
