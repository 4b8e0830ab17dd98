#include "bench/explain.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "bench/load_words.h"
#include "bench/metric.h"
#include "bench/number_text.h"

namespace shoal::bench {
namespace {

using value = std::optional<double>;
using quantity = std::function<value(const observation&)>;

struct row {
  std::string name;
  unit in;
  quantity of;
};

value for_a_request(double amount, const observation& seen) {
  if (amount < 0 || seen.measured.answers == 0) return std::nullopt;
  return amount / static_cast<double>(seen.measured.answers);
}

value by_metric(const observation& seen, const load_shape& load, metric m) {
  return value_of(seen.measured, load, m);
}

/// Of the CPU time for a request, as the process's time is divided.
value kernel_time(const observation& seen, const load_shape& load) {
  const auto cpu = by_metric(seen, load, metric::server_cpu);
  const auto& before = seen.before.counters;
  const auto& after = seen.after.counters;
  if (!cpu || !before || !after || after->cpu_ns <= before->cpu_ns) return std::nullopt;
  const auto kernel = static_cast<double>(after->kernel_ns - before->kernel_ns);
  return *cpu * std::min(kernel / static_cast<double>(after->cpu_ns - before->cpu_ns), 1.0);
}

value times(value one, double other) {
  return one && other >= 0 ? value(*one * other) : std::nullopt;
}

std::vector<row> rows_of(const explained& all) {
  const auto& load = all.load;
  const auto metric_row = [&load](const std::string& name, unit in, metric m) {
    return row{name, in, [&load, m](const observation& o) { return by_metric(o, load, m); }};
  };
  return {
      metric_row("requests a second", unit::count, metric::requests),
      metric_row("server's CPU for a request", unit::seconds, metric::server_cpu),
      {"  in user mode", unit::seconds,
       [&load](const observation& o) -> value {
         const auto all_of_it = by_metric(o, load, metric::server_cpu);
         const auto kernel = kernel_time(o, load);
         return all_of_it && kernel ? value(*all_of_it - *kernel) : std::nullopt;
       }},
      {"  in the kernel", unit::seconds,
       [&load](const observation& o) { return kernel_time(o, load); }},
      metric_row("system calls for a request", unit::count, metric::system_calls),
      {"  entering the kernel so often", unit::seconds,
       [&](const observation& o) {
         return times(by_metric(o, load, metric::system_calls), all.system_call_ns / 1e9);
       }},
      {"turns for a request", unit::count,
       [](const observation& o) { return for_a_request(o.measured.turns, o); }},
      metric_row("outcomes in a turn", unit::count, metric::completions),
      metric_row("machine's CPU for a request", unit::seconds, metric::machine_cpu),
      metric_row("context switches for a request", unit::count, metric::switches),
  };
}

std::string batch_name(std::size_t i) {
  if (i == 0) return "  none";
  const auto least = std::uint64_t{1} << (i - 1);
  return i == 1 ? "  1" : "  " + std::to_string(least) + " to " + std::to_string(2 * least - 1);
}

/// Which share of the turns had so many outcomes.
value share_of_turns(const observation& seen, std::size_t i) {
  if (!seen.before.counters || !seen.after.counters) return std::nullopt;
  const auto& before = seen.before.counters->batches;
  const auto& after = seen.after.counters->batches;
  if (before.size() != after.size() || i >= after.size()) return std::nullopt;
  double turns = 0;
  for (std::size_t k = 0; k < after.size(); ++k) turns += static_cast<double>(after[k] - before[k]);
  if (turns == 0) return std::nullopt;
  return static_cast<double>(after[i] - before[i]) / turns;
}

/// As many as any of them has had.
std::size_t batches_of(const explained& all) {
  std::size_t most = 0;
  for (const auto& [name, seen] : all.by_contender) {
    if (!seen.after.counters) continue;
    const auto& turns = seen.after.counters->batches;
    for (std::size_t i = most; i < turns.size(); ++i) {
      if (turns[i] > 0) most = i + 1;
    }
  }
  return most;
}

/// Columns as wide as what is in them; the first to the left, the others to the right. Widths count
/// characters, of which some have two bytes.
class table final {
 public:
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  [[nodiscard]] std::string text() const {
    std::string out;
    for (const auto& cells : rows_) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string gap(width_of(i) - length(cells[i]), ' ');
        out += i == 0 ? cells[i] + gap : "  " + gap + cells[i];
      }
      out += '\n';
    }
    return out;
  }

 private:
  static std::size_t length(const std::string& cell) {
    return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
  }

  [[nodiscard]] std::size_t width_of(std::size_t column) const {
    std::size_t most = 0;
    for (const auto& cells : rows_) {
      if (column < cells.size()) most = std::max(most, length(cells[column]));
    }
    return most;
  }

  std::vector<std::vector<std::string>> rows_;
};

template <typename Of>
void add_row(table& to, const explained& all, const std::string& name, Of of) {
  std::vector<std::string> cells = {name};
  for (const auto& [contender, seen] : all.by_contender) cells.push_back(of(seen));
  to.add(std::move(cells));
}

}  // namespace

std::string to_text(const explained& all) {
  table out;
  std::vector<std::string> head = {""};
  for (const auto& [name, seen] : all.by_contender) head.push_back(name);
  out.add(std::move(head));
  for (const auto& each : rows_of(all)) {
    add_row(out, all, each.name, [&each](const observation& seen) {
      const auto v = each.of(seen);
      return v ? value_text(*v, each.in) : std::string("-");
    });
  }
  const auto batches = batches_of(all);
  if (batches > 0) out.add({"share of the turns by their outcomes"});
  for (std::size_t i = 0; i < batches; ++i) {
    add_row(out, all, batch_name(i), [i](const observation& seen) {
      const auto share = share_of_turns(seen, i);
      return share ? percent_text(*share) : std::string("-");
    });
  }
  return load_text(all.load) + "; a system call costs " +
         value_text(all.system_call_ns / 1e9, unit::seconds) + " here\n\n" + out.text();
}

}  // namespace shoal::bench
