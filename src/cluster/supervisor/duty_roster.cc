#include "cluster/supervisor/duty_roster.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "cluster/options/units.h"

namespace shoal::cluster {
namespace {

std::string count_of_workers(unsigned count) {
  return std::to_string(count) + (count == 1 ? " worker" : " workers");
}

}  // namespace

duty_roster::duty_roster(std::vector<unsigned> workers_of)
    : sizes_(std::move(workers_of)),
      drained_(sizes_.size()),
      rests_(std::accumulate(sizes_.begin(), sizes_.end(), 0U)),
      wanted_(workers()) {}

result<void> duty_roster::scale(unsigned workers) {
  if (workers == 0) return error{0, "one worker at least has to serve; stop ends all of them"};
  if (workers > rests_.size()) {
    return error{0, "the cluster has " + count_of_workers(this->workers()) +
                        "; start it with more (--workers) to have more serve"};
  }
  wanted_ = workers;
  arrange();
  return {};
}

result<void> duty_roster::drain(unsigned node) {
  const auto others = std::count(drained_.begin(), drained_.end(), false) - !drained_[node];
  if (others == 0) {
    return error{0, "nobody else would serve: no node but node " + std::to_string(node) +
                        " takes connections"};
  }
  drained_[node] = true;
  arrange();
  return {};
}

void duty_roster::undrain(unsigned node) {
  drained_[node] = false;
  arrange();
}

void duty_roster::arrange() {
  rests_.assign(rests_.size(), true);
  unsigned left = wanted_;
  const unsigned deepest = *std::max_element(sizes_.begin(), sizes_.end());
  for (unsigned index = 0; index < deepest; ++index) {
    unsigned first = 0;
    for (unsigned node = 0; node < sizes_.size(); first += sizes_[node++]) {
      if (left == 0 || drained_[node] || index >= sizes_[node]) continue;
      rests_[first + index] = false;
      --left;
    }
  }
}

bool duty_roster::all_rest(unsigned node) const noexcept {
  const auto all = workers_of(node);
  return std::all_of(all.begin(), all.end(), [this](unsigned worker) { return rests_[worker]; });
}

std::vector<unsigned> duty_roster::workers_of(unsigned node) const {
  std::vector<unsigned> all(sizes_[node]);
  const auto at = sizes_.begin();
  std::iota(all.begin(), all.end(), std::accumulate(at, at + node, 0U));
  return all;
}

unsigned duty_roster::serving() const noexcept {
  return static_cast<unsigned>(std::count(rests_.begin(), rests_.end(), false));
}

std::string duty_roster::marks_of(unsigned node) const {
  std::string marks;
  for (const unsigned worker : workers_of(node)) marks += rests_[worker] ? '1' : '0';
  return marks;
}

std::string duty_roster::to_text() const {
  if (serving() == workers()) return {};
  std::string text = std::to_string(wanted_) + " drained";
  for (unsigned node = 0; node < sizes_.size(); ++node) {
    if (drained_[node]) text += " " + std::to_string(node);
  }
  return text;
}

void duty_roster::adopt(std::string_view text) {
  bool first = true;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto number = parse_number(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (number && std::exchange(first, false)) {
      [[maybe_unused]] const auto done =
          scale(static_cast<unsigned>(std::min<std::uint64_t>(*number, ~0U)));
    } else if (number && *number < sizes_.size()) {
      [[maybe_unused]] const auto done = drain(static_cast<unsigned>(*number));
    }
  }
}

}  // namespace shoal::cluster
