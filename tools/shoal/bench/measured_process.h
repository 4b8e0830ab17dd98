// A contender that runs: a fresh process on its core, which has answered as it should.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/child_process.h"
#include "bench/contender_spec.h"
#include "bench/counters.h"
#include "bench/http_ask.h"
#include "bench/peers.h"

namespace shoal::bench {

/// What all contenders of a run have in common.
struct field_of_play {
  std::string program;  ///< this one: what serves is a child of it
  unsigned server_cpu = 0;
  double steps_in_a_microsecond = 1;  ///< of work, see spin.h
  std::vector<peer> peers;            ///< that are installed or given
  bool batches = false;               ///< ours count turns by their outcomes
};

class measured_process final {
 public:
  /// Waits until it serves, and asks it for what the load is going to ask it for: `body_bytes` must
  /// be answered with body_of() them. Errors name the contender, and end with what it has said.
  [[nodiscard]] static result<measured_process> start(const std::string& contender,
                                                      const field_of_play& field,
                                                      unsigned body_bytes,
                                                      const interruption& stop);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// "uring: WHY (what it has said last)", or how it has ended if it has.
  [[nodiscard]] error told(const error& why);
  [[nodiscard]] bool ended() noexcept { return process_.ended(); }

  /// Itself and what it has started.
  [[nodiscard]] std::vector<pid_t> processes() const;

  /// Of a server of ours; of another nobody knows any.
  [[nodiscard]] bool has_counters() const noexcept { return asker_.has_value(); }
  [[nodiscard]] result<server_counters> counters();

  void stop() noexcept { process_.stop(); }

 private:
  struct scratch;

  measured_process(std::string name, child_process process, std::shared_ptr<scratch> files) noexcept
      : name_(std::move(name)), files_(std::move(files)), process_(std::move(process)) {}

  [[nodiscard]] static result<std::uint16_t> prepare(const std::string& name,
                                                     const field_of_play& field,
                                                     unsigned body_bytes,
                                                     const std::string& directory,
                                                     command_line& command);
  [[nodiscard]] result<void> get_ready(bool ours, unsigned body_bytes, const interruption& stop);

  std::string name_;
  std::shared_ptr<scratch> files_;  // gone when the process is
  child_process process_;
  std::uint16_t port_ = 0;
  std::optional<http_asker> asker_;
};

}  // namespace shoal::bench
