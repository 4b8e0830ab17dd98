#include "bench/measured_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "bench/process_facts.h"
#include "bench/program_output.h"

namespace shoal::bench {

/// A directory for a peer's files.
struct measured_process::scratch {
  scratch() {
    const char* const base = ::getenv("TMPDIR");
    path = std::string(base != nullptr ? base : "/tmp") + "/shoal-bench.XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) path.clear();
    std::error_code refused;  // a peer's worker may be another user
    std::filesystem::permissions(path, std::filesystem::perms(0755), refused);
  }
  ~scratch() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  std::string path;  ///< "": there is none
};

namespace {

constexpr std::chrono::seconds time_to_begin{10};
constexpr std::chrono::milliseconds between_tries{10};

std::uint16_t free_port() {
  const descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  if (::bind(socket.get(), address, size) != 0) return 0;
  return ::getsockname(socket.get(), address, &size) == 0 ? ntohs(name.sin_port) : 0;
}

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
  command_line command{.words = {field.program, "bench", "serve", "--driver", who.program, "--cpu",
                                 std::to_string(field.server_cpu), "--steps",
                                 std::to_string(field.steps_in_a_microsecond)},
                       .cpu = static_cast<int>(field.server_cpu)};
  if (field.batches) command.words.push_back("--batches");
  for (const auto& feature : who.without) {
    command.words.insert(command.words.end(), {"--without", feature});
  }
  if (who.slower_percent > 0) {
    command.words.insert(command.words.end(), {"--slower", std::to_string(who.slower_percent)});
  }
  return command;
}

result<void> ask_for(std::uint16_t port, unsigned body_bytes) {
  auto asker = http_asker::connect(port, time_to_begin);
  if (!asker) return asker.error();
  const auto target = target_of(body_bytes, 0);
  const auto body = asker.value().get(target);
  if (!body) return body.error();
  if (body.value() == body_of(body_bytes)) return {};
  return error{EPROTO, "GET " + target + " answers with " + std::to_string(body.value().size()) +
                           " other bytes than the contenders before"};
}

/// Another program says nothing when it is ready: its first right answer does.
result<void> wait_for_answer(child_process& process, std::uint16_t port, unsigned body_bytes,
                             const interruption& stop) {
  const auto until = read_clock() + time_to_begin;
  while (true) {
    const auto answered = ask_for(port, body_bytes);
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

}  // namespace

/// Another program: its files are written, and its port is chosen for it.
result<std::uint16_t> measured_process::prepare(const std::string& name, const field_of_play& field,
                                                unsigned body_bytes, const std::string& directory,
                                                command_line& command) {
  const peer* const who = find_peer(field, name);
  if (who == nullptr) return error{0, "no contender is called " + name};
  const auto port = free_port();
  if (port == 0 || directory.empty()) {
    return system_error(errno, name + ": no free port, or no room in the temporary directory");
  }
  const blanks with{port, directory, target_of(body_bytes, 0)};
  if (auto written = write_files(*who, with, body_bytes); !written) return written.error();
  for (const auto& word : who->words) command.words.push_back(filled_in(word, with));
  if (auto found = find_program(command.words.front()); !found.empty()) {
    command.words.front() = std::move(found);
  }
  command.cpu = static_cast<int>(field.server_cpu);
  command.output_is_read = false;
  if (!who->starts_here) command.directory = directory;
  return port;
}

result<measured_process> measured_process::start(const std::string& contender,
                                                 const field_of_play& field, unsigned body_bytes,
                                                 const interruption& stop) {
  const auto who = parse_contender(contender);
  if (!who) return who.error();
  auto files = std::make_shared<scratch>();
  command_line command;
  std::uint16_t port = 0;
  if (who.value().ours()) {
    command = command_of_ours(who.value(), field);
  } else {
    const auto prepared = prepare(who.value().program, field, body_bytes, files->path, command);
    if (!prepared) return prepared.error();
    port = prepared.value();
  }
  auto process = child_process::start(command);
  if (!process) return error{process.error().code, contender + ": " + process.error().message};
  measured_process running(contender, std::move(process).value(), std::move(files));
  running.port_ = port;
  const auto ready = running.get_ready(who.value().ours(), body_bytes, stop);
  if (!ready) return running.told(ready.error());
  return running;
}

/// One of ours says its port; another program has been told it.
result<void> measured_process::get_ready(bool ours, unsigned body_bytes, const interruption& stop) {
  if (ours) {
    const auto line = process_.read_line(read_clock() + time_to_begin, stop);
    if (!line) return error{line.error().code, "it does not say its port: " + line.error().message};
    const auto port = port_in(line.value());
    if (!port) return port.error();
    port_ = port.value();
  }
  if (auto answered = wait_for_answer(process_, port_, body_bytes, stop); !answered || !ours) {
    return answered;
  }
  auto asker = http_asker::connect(port_, time_to_begin);
  if (!asker) return asker.error();
  asker_ = std::move(asker).value();
  return {};
}

error measured_process::told(const error& why) {
  const auto said = process_.last_words();
  if (process_.ended()) {
    return {why.code, name_ + ": it has ended " + process_.how_it_ended() + " (" + said + ")"};
  }
  return {why.code, name_ + ": " + why.message + " (" + said + ")"};
}

std::vector<pid_t> measured_process::processes() const { return processes_of(process_.pid()); }

result<server_counters> measured_process::counters() {
  const auto text = asker_->get("/counters");
  if (!text) return text.error();
  return counters_in(text.value());
}

}  // namespace shoal::bench
