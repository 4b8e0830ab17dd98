#include "bench/local_host.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "bench/contender_spec.h"
#include "bench/cores.h"
#include "bench/free_port.h"
#include "bench/http_ask.h"
#include "bench/machine_costs.h"
#include "bench/machine_facts.h"
#include "bench/program_output.h"

namespace shoal::bench {
namespace {

constexpr std::chrono::seconds time_to_begin{10};
constexpr std::chrono::milliseconds between_tries{10};

/// A directory for a peer's files.
class scratch final {
 public:
  scratch() {
    const char* const base = ::getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/shoal-bench.XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
    std::error_code refused;  // a peer's worker may be another user
    std::filesystem::permissions(path_, std::filesystem::perms(0755), refused);
  }
  ~scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  /// "": there is none.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

result<void> write(const std::string& path, const std::string& text) {
  std::error_code refused;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), refused);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return error{0, path + ": cannot be written"};
  return {};
}

result<void> write_files(const peer& who, const blanks& with, unsigned body_bytes) {
  for (const auto& [name, text] : who.files) {
    auto done = write(with.directory + "/" + name, filled_in(text, with));
    if (!done) return done;
  }
  return write(with.directory + "/www" + with.target, body_of(body_bytes));
}

command_line command_of_ours(const contender_spec& who, const field_of_play& field) {
  const topology::cpu_list cpus =
      who.cluster() ? field.server_cpus : topology::cpu_list{field.server_cpus.front()};
  command_line command{.words = {field.program, "bench", "serve", "--address", field.address,
                                 "--cpu", topology::format_cpu_list(cpus), "--steps",
                                 std::to_string(field.steps_in_a_microsecond)},
                       .cpus = cpus};
  const auto add = [&](std::initializer_list<std::string> words) {
    command.words.insert(command.words.end(), words);
  };
  if (who.cluster()) {
    add({"--dispatch", who.dispatch, "--workers", std::to_string(cluster_workers(cpus))});
    return command;
  }
  add({"--driver", who.program});
  if (field.batches) add({"--batches"});
  for (const auto& feature : who.without) add({"--without", feature});
  for (const auto& feature : who.with) add({"--with", feature});
  if (who.slower_percent > 0) add({"--slower", std::to_string(who.slower_percent)});
  return command;
}

result<void> ask_for(const std::string& authority, unsigned body_bytes) {
  auto asker = http_asker::connect(authority, time_to_begin);
  if (!asker) return asker.error();
  const auto target = target_of(body_bytes, 0);
  const auto body = asker.value().get(target);
  if (!body) return body.error();
  if (body.value() == body_of(body_bytes)) return {};
  return error{EPROTO, "GET " + target + " answers with " + std::to_string(body.value().size()) +
                           " other bytes than the contenders before"};
}

/// Another program says nothing when it is ready: its first right answer does.
result<void> wait_for_answer(child_process& process, const std::string& authority,
                             unsigned body_bytes, const interruption& stop) {
  const auto until = read_clock() + time_to_begin;
  while (true) {
    const auto answered = ask_for(authority, body_bytes);
    if (answered) return {};
    if (process.ended()) return error{0, "it has ended"};
    if (answered.error().code == EPROTO || read_clock() > until) return answered.error();
    if (!sleep_until(read_clock() + between_tries, stop)) return error{EINTR, "interrupted"};
  }
}

const peer* find_peer(const field_of_play& field, const std::string& name) {
  for (const auto& each : field.peers) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

/// Another program: its files are written, and its port is chosen for it, which is returned.
result<std::uint16_t> prepare(const std::string& name, const field_of_play& field,
                              unsigned body_bytes, const std::string& directory,
                              command_line& command) {
  const peer* const who = find_peer(field, name);
  if (who == nullptr) return error{0, "no contender is called " + name};
  const auto port = free_port(field.address);
  if (port == 0 || directory.empty()) {
    return system_error(errno, name + ": no free port, or no room in the temporary directory");
  }
  const blanks with{field.address, port, directory, target_of(body_bytes, 0)};
  if (auto written = write_files(*who, with, body_bytes); !written) return written.error();
  for (const auto& word : who->words) command.words.push_back(filled_in(word, with));
  if (auto found = find_program(command.words.front()); !found.empty()) {
    command.words.front() = std::move(found);
  }
  command.cpus = {field.server_cpus.front()};
  command.output_is_read = false;
  if (!who->starts_here) command.directory = directory;
  return port;
}

class local_process final : public measured_process {
 public:
  local_process(std::string name, std::unique_ptr<scratch> files, child_process process,
                std::string address, std::uint16_t port) noexcept
      : name_(std::move(name)),
        files_(std::move(files)),
        process_(std::move(process)),
        address_(std::move(address)) {
    serves_at(port);
  }

  [[nodiscard]] const std::string& authority() const noexcept override { return authority_; }
  [[nodiscard]] result<look> look_at() override;
  [[nodiscard]] result<void> stop() override;

  /// Errors are told.
  [[nodiscard]] result<void> get_ready(const contender_spec& who, unsigned body_bytes,
                                       const interruption& stop);

 private:
  void serves_at(std::uint16_t port) { authority_ = address_ + ":" + std::to_string(port); }
  [[nodiscard]] result<void> wait_until_ready(const contender_spec& who, unsigned body_bytes,
                                              const interruption& stop);
  [[nodiscard]] result<look> look_now();
  [[nodiscard]] error told(const error& why);

  std::string name_;
  std::unique_ptr<scratch> files_;  // gone when the process is
  child_process process_;
  std::string address_;
  std::string authority_;
  std::vector<pid_t> processes_;     // itself and what it has started
  std::optional<http_asker> asker_;  // of a server that has counters
};

/// One of ours says its port; another program has been told it.
result<void> local_process::wait_until_ready(const contender_spec& who, unsigned body_bytes,
                                             const interruption& stop) {
  if (who.ours() || who.cluster()) {
    const auto line = process_.read_line(read_clock() + time_to_begin, stop);
    if (!line) return error{line.error().code, "it does not say its port: " + line.error().message};
    const auto port = port_in(line.value());
    if (!port) return port.error();
    serves_at(port.value());
  }
  if (auto answered = wait_for_answer(process_, authority_, body_bytes, stop); !answered) {
    return answered;
  }
  processes_ = processes_of(process_.pid());
  if (!who.ours()) return {};
  auto asker = http_asker::connect(authority_, time_to_begin);
  if (!asker) return asker.error();
  asker_ = std::move(asker).value();
  return {};
}

result<void> local_process::get_ready(const contender_spec& who, unsigned body_bytes,
                                      const interruption& stop) {
  const auto ready = wait_until_ready(who, body_bytes, stop);
  if (!ready) return told(ready.error());
  return {};
}

/// "uring: WHY (what it has said last)", or how it has ended if it has.
error local_process::told(const error& why) {
  const auto said = process_.last_words();
  if (process_.ended()) {
    return {why.code, name_ + ": it has ended " + process_.how_it_ended() + " (" + said + ")"};
  }
  return {why.code, name_ + ": " + why.message + " (" + said + ")"};
}

result<look> local_process::look_now() {
  look now;
  if (asker_) {
    const auto text = asker_->get("/counters");
    if (!text) return text.error();
    const auto counters = counters_in(text.value());
    if (!counters) return counters.error();
    now.counters = counters.value();
  }
  now.at_ns = now.counters ? now.counters->now_ns : to_ns(read_clock());
  const auto use = use_of(processes_);
  if (!use) return error{ESRCH, "it has ended"};
  now.use = *use;
  if (now.counters) now.use.cpu_ns = now.counters->cpu_ns;
  now.machine = read_machine_time();
  return now;
}

result<look> local_process::look_at() {
  const auto now = look_now();
  return now ? now : told(now.error());
}

result<void> local_process::stop() {
  if (process_.ended()) return told({0, "it has ended"});
  process_.stop();
  return {};
}

/// Which of the contenders are programs that can say their version.
std::vector<std::string> programs_of(const std::vector<std::string>& contenders,
                                     const field_of_play& field) {
  std::vector<std::string> programs;
  for (const auto& name : contenders) {
    const peer* const who = find_peer(field, name);
    if (who != nullptr && !who->starts_here) programs.push_back(name);
  }
  return programs;
}

/// From a core that is not the server's.
double wake_of(unsigned server_cpu) {
  for (const unsigned cpu : able_cores()) {
    if (cpu != server_cpu) return wake_ns(cpu, server_cpu);
  }
  return -1;
}

std::string cluster_words(const topology::cpu_list& cpus) {
  const auto workers = std::to_string(cluster_workers(cpus));
  if (cpus.size() == 1) return workers + " on core " + std::to_string(cpus.front()) + ", shared";
  return workers + " on cores " + topology::format_cpu_list(cpus);
}

}  // namespace

unsigned cluster_workers(const topology::cpu_list& server_cpus) noexcept {
  return std::max(static_cast<unsigned>(server_cpus.size()), 2U);
}

result<std::unique_ptr<measured_process>> local_host::start(const std::string& contender,
                                                            unsigned body_bytes,
                                                            const interruption& stop) {
  const auto who = parse_contender(contender);
  if (!who) return who.error();
  auto files = std::make_unique<scratch>();
  command_line command;
  std::uint16_t port = 0;
  if (who.value().ours() || who.value().cluster()) {
    command = command_of_ours(who.value(), field_);
  } else {
    const auto prepared = prepare(who.value().program, field_, body_bytes, files->path(), command);
    if (!prepared) return prepared.error();
    port = prepared.value();
  }
  auto process = child_process::start(command);
  if (!process) return error{process.error().code, contender + ": " + process.error().message};
  auto running = std::make_unique<local_process>(contender, std::move(files),
                                                 std::move(process).value(), field_.address, port);
  if (const auto ready = running->get_ready(who.value(), body_bytes, stop); !ready) {
    return ready.error();
  }
  return std::unique_ptr<measured_process>(std::move(running));
}

result<host_facts> local_host::describe(const std::vector<std::string>& contenders) {
  const auto& cpus = field_.server_cpus;
  host_facts all{.facts = machine_facts()};
  const auto add = [&all](std::vector<fact> some) {
    std::move(some.begin(), some.end(), std::back_inserter(all.facts));
  };
  add({{"server's core", std::to_string(cpus.front())}});
  const bool clusters = std::any_of(contenders.begin(), contenders.end(),
                                    [](const auto& name) { return name.starts_with("dispatch "); });
  if (clusters) add({{std::string(cluster_fact), cluster_words(cpus)}});
  add(build_facts());
  add(peer_facts(programs_of(contenders, field_)));
  all.system_call_ns = system_call_ns();
  all.wake_ns = wake_of(cpus.front());
  all.cores = static_cast<unsigned>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L));
  return all;
}

}  // namespace shoal::bench
