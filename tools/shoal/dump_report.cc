#include "dump_report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "base/json_writer.h"
#include "base/utc_text.h"

namespace shoal::tool {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// Of "State:\tS (sleeping)" among other lines.
std::string state_in(const std::string& status) {
  constexpr std::string_view name = "\nState:\t";
  const auto at = status.find(name);
  if (at == std::string::npos) return {};
  const auto begin = at + name.size();
  return status.substr(begin, status.find('\n', begin) - begin);
}

thread_report look_at_thread(std::uint64_t pid, const fs::path& task) {
  thread_report out{.pid = pid};
  const auto number = task.filename().string();
  std::from_chars(number.data(), number.data() + number.size(), out.tid);
  out.name = read(task / "comm");
  out.state = state_in(read(task / "status"));
  out.waits_in = read(task / "wchan");
  out.syscall = read(task / "syscall");
  out.stack = read(task / "stack");
  return out;
}

void write(json_writer& json, const thread_report& t) {
  json.begin_object();
  json.member("pid", t.pid);
  json.member("thread_id", t.tid);
  json.member("name", t.name);
  json.member("state", t.state);
  json.member("waits_in", t.waits_in);
  json.member("syscall", t.syscall);
  json.member("kernel_stack", t.stack);
  json.end_object();
}

void write(json_writer& json, std::string_view name, const dump_part& part) {
  json.key(name);
  if (part.failure.empty()) return json.raw(part.json.substr(0, part.json.find('\n')));
  json.begin_object();
  json.member("failure", part.failure);
  json.end_object();
}

void write_lines(json_writer& json, std::string_view name, const dump_part& part) {
  if (!part.failure.empty()) return write(json, name, part);
  json.key(name);
  json.begin_array();
  std::string_view left = part.json;
  while (!left.empty()) {
    const auto end = std::min(left.find('\n'), left.size());
    if (end > 0) json.raw(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  json.end_array();
}

void write_host(json_writer& json) {
  utsname name{};
  ::uname(&name);
  json.key("host");
  json.begin_object();
  json.member("kernel", name.release);
  json.member("build", name.version);
  json.member("machine", name.machine);
  json.member("cores_online", ::sysconf(_SC_NPROCESSORS_ONLN));
  json.member("load", read("/proc/loadavg"));
  json.end_object();
}

}  // namespace

std::vector<thread_report> look_at_threads(const std::vector<std::uint64_t>& processes,
                                           const std::string& proc) {
  std::vector<thread_report> all;
  for (const auto pid : processes) {
    std::error_code gone;
    for (fs::directory_iterator at(fs::path(proc) / std::to_string(pid) / "task", gone), end;
         !gone && at != end; at.increment(gone)) {
      all.push_back(look_at_thread(pid, at->path()));
    }
  }
  return all;
}

std::string to_json(const dump_facts& all) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.member("shoal", SHOAL_VERSION);
  json.member("time", show_utc(utc_milliseconds()));
  write_host(json);
  json.key("status");
  json.raw(to_json(std::vector{all.server}));
  write(json, "supervisor", all.supervisor);
  write(json, "listeners", all.listeners);
  write_lines(json, "events", all.events);
  json.key("threads");
  json.begin_array();
  for (const auto& thread : all.threads) write(json, thread);
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace shoal::tool
