// Contenders on another machine, where an agent (agent.h) starts them.
//
// The agent does one thing after the other and answers each line with one. Whatever goes wrong with
// that, a connection that is lost, an answer that does not come, an interruption while one waits
// for it, ends the connection: nobody could tell any more which answer is to what. What the agent
// has started ends with it, and all that is asked for afterwards has the same error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/agent_words.h"
#include "bench/line_channel.h"
#include "bench/server_host.h"

namespace shoal::bench {

class remote_host final : public server_host {
 public:
  /// To "HOST:PORT". Errors: nobody there, or it refuses: another one uses it, a wrong token,
  /// another protocol.
  [[nodiscard]] static result<std::unique_ptr<remote_host>> connect(const std::string& where,
                                                                    const std::string& token);

  [[nodiscard]] const agent_welcome& welcome() const noexcept { return welcome_; }

  [[nodiscard]] result<std::unique_ptr<measured_process>> start(const std::string& contender,
                                                                unsigned body_bytes,
                                                                const interruption& stop) override;
  [[nodiscard]] result<host_facts> describe(const std::vector<std::string>& contenders) override;

  [[nodiscard]] bool reachable() const noexcept override { return channel_.has_value(); }

  /// The answer to a request.
  [[nodiscard]] result<std::string> ask(const agent_request& request, const interruption& stop);

 private:
  remote_host(std::string where, line_channel channel)
      : where_(std::move(where)), channel_(std::move(channel)) {}

  std::string where_;
  std::optional<line_channel> channel_;
  error lost_;  // if there is no channel
  agent_welcome welcome_;
};

}  // namespace shoal::bench
