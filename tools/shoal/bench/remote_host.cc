#include "bench/remote_host.h"

#include <cerrno>
#include <chrono>
#include <utility>

#include "bench/interrupts.h"

namespace shoal::bench {
namespace {

using what = agent_request::what;

constexpr std::chrono::seconds patience{40};  // a contender may take its time to begin, and to end

class remote_process final : public measured_process {
 public:
  remote_process(remote_host& host, std::string authority) noexcept
      : host_(host), authority_(std::move(authority)) {}
  ~remote_process() override {
    if (runs_) static_cast<void>(host_.ask({.act = what::stop}, &interrupts::came));
  }

  [[nodiscard]] const std::string& authority() const noexcept override { return authority_; }

  [[nodiscard]] result<look> look_at() override {
    const auto line = host_.ask({.act = what::look}, &interrupts::came);
    if (!line) return line.error();
    return look_in(line.value());
  }

  [[nodiscard]] result<void> stop() override {
    runs_ = false;
    const auto line = host_.ask({.act = what::stop}, &interrupts::came);
    if (!line) return line.error();
    return stopped_in(line.value());
  }

 private:
  remote_host& host_;
  const std::string authority_;
  bool runs_ = true;
};

}  // namespace

result<std::unique_ptr<remote_host>> remote_host::connect(const std::string& where,
                                                          const std::string& token) {
  auto channel = line_channel::connect(where);
  if (!channel) {
    return error{channel.error().code,
                 channel.error().message + ": is `shoal bench serve --control` running there?"};
  }
  std::unique_ptr<remote_host> host(new remote_host(where, std::move(channel).value()));
  const auto line = host->ask({.act = what::hello, .token = token}, &interrupts::came);
  if (!line) return line.error();
  auto welcome = welcome_in(line.value());
  if (!welcome) return error{welcome.error().code, where + ": " + welcome.error().message};
  host->welcome_ = std::move(welcome).value();
  return host;
}

result<std::string> remote_host::ask(const agent_request& request, const interruption& stop) {
  if (!channel_) return lost_;
  auto sent = channel_->send(to_line(request));
  auto answer = sent ? channel_->receive(read_clock() + patience, stop) : sent.error();
  if (answer) return answer;
  const auto& why = answer.error();
  lost_ = why.code == EINTR
              ? why
              : error{why.code, "lost the machine of the servers, " + where_ + ": " + why.message};
  channel_.reset();
  return lost_;
}

result<std::unique_ptr<measured_process>> remote_host::start(const std::string& contender,
                                                             unsigned body_bytes,
                                                             const interruption& stop) {
  const auto line =
      ask({.act = what::start, .contenders = {contender}, .body_bytes = body_bytes}, stop);
  if (!line) return line.error();
  const auto port = started_in(line.value());
  if (!port) return port.error();
  auto authority = channel_->peer_address() + ":" + std::to_string(port.value());
  return std::unique_ptr<measured_process>(
      std::make_unique<remote_process>(*this, std::move(authority)));
}

result<host_facts> remote_host::describe(const std::vector<std::string>& contenders) {
  const auto line = ask({.act = what::describe, .contenders = contenders}, &interrupts::came);
  if (!line) return line.error();
  return facts_in(line.value());
}

}  // namespace shoal::bench
