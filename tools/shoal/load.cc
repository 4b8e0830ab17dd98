// shoal load: asks any HTTP/1.1 server, in a closed loop or by the clock, and checks every answer.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "commands.h"
#include "load/preparation.h"
#include "load/report_json.h"
#include "load/report_table.h"
#include "load/request_log.h"
#include "load/run.h"
#include "load/target.h"
#include "load_command_line.h"
#include "load_progress.h"

namespace shoal::tool {
namespace {

constexpr int exit_no_answer = 1;  // or it could not run
constexpr int exit_some_failed = 3;
constexpr int exit_interrupted = 130;

constexpr std::string_view footer =
    "Exit codes: 0 all answers were right, 1 it could not run or no answer came, 2 wrong usage,\n"
    "3 some requests or connections failed, 130 it was interrupted (what there is, is printed).\n\n"
    "  shoal load http://127.0.0.1:8080/plaintext -c 64\n"
    "  shoal load http://[::1]:8080/ --rate 2000 --arrivals poisson --seconds 30\n"
    "  shoal load 127.0.0.1:8080 --request \"95 GET /plaintext\" --request \"5 POST /echo\" --body "
    "hi\n"
    "docs/load.md says how latencies are counted and what limits mean.\n";

int complain(const std::string& message, int code) {
  std::fprintf(stderr, "shoal load: %s\n", message.c_str());
  return code;
}

result<load::preparation> prepare(load_options& o, const load::url& where) {
  const auto candidates =
      o.unix_path.empty() ? load::look_up(where) : load::unix_address(o.unix_path);
  if (!candidates) return candidates.error();
  const std::string& name = o.unix_path.empty() ? where.host : o.unix_path;
  const auto listens = load::first_that_listens(candidates.value(), name, o.load.timeout);
  if (!listens) return listens.error();
  o.load.to.address = listens.value();
  return load::prepare(o.load);
}

bool write(std::FILE* to, const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), to) == text.size();
}

void announce(const load::window& planned) {
  (void)write(stdout, load::announcement_json(planned));  // who reads it notices that it is missing
  std::fflush(stdout);
}

/// A file that is opened before the load begins, so that what is wrong with it is said then.
class log_file final {
 public:
  explicit log_file(const std::string& path)
      : asked_(!path.empty()), file_(asked_ ? std::fopen(path.c_str(), "we") : nullptr) {}
  ~log_file() {
    if (file_ != nullptr) std::fclose(file_);
  }
  log_file(const log_file&) = delete;
  log_file& operator=(const log_file&) = delete;

  [[nodiscard]] bool ready() const noexcept { return !asked_ || file_ != nullptr; }

  [[nodiscard]] bool take(const load::report& seen, const std::vector<load::request_kind>& kinds) {
    bool written = true;
    for (const load::log_entry& each : seen.log) {
      written = written && write(file_, load::log_line(each, kinds));
    }
    return written && (file_ == nullptr || std::fflush(file_) == 0);
  }

 private:
  bool asked_;
  std::FILE* file_;
};

int exit_code_of(const load::report& seen) {
  if (seen.interrupted) return exit_interrupted;
  if (seen.total.answers == 0) {
    return complain("no right answer came", exit_no_answer);
  }
  return seen.total.errors() == 0 ? exit_ok : exit_some_failed;
}

int run_load(const CLI::App& command, load_options& o) {
  const load::url where = complete_load(command, o);
  const auto prepared = prepare(o, where);
  if (!prepared) return complain(prepared.error().message, exit_no_answer);
  if (!prepared.value().fallback_reason.empty()) {
    complain("epoll drives it, since " + prepared.value().fallback_reason, exit_ok);
  }
  log_file log(o.log);
  if (!log.ready()) {
    const error why = system_error(errno, "cannot write " + o.log);
    return complain(why.message, exit_no_answer);
  }
  const auto seen = [&] {
    load_watch watch;
    return load::run(
        prepared.value(), [&](const load::live_sum& now) { return watch.look(now); },
        o.announce ? load::announcement(announce) : load::announcement());
  }();
  if (!seen) return complain(seen.error().message, exit_no_answer);
  const std::string text = o.json ? load::as_json(prepared.value().asked, seen.value())
                                  : load::as_table(prepared.value().asked, seen.value());
  if (!write(stdout, text) || std::fflush(stdout) != 0) {
    return complain("the report could not be written", exit_failure);
  }
  if (!log.take(seen.value(), prepared.value().asked.kinds)) {
    return complain(o.log + " could not be written", exit_failure);
  }
  return exit_code_of(seen.value());
}

}  // namespace

void add_load(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<load_options>();
  CLI::App* const command = app.add_subcommand(
      "load",
      "Asks an HTTP/1.1 server as fast as it answers, or by the clock, and checks every answer");
  command->footer(std::string(footer));
  describe_load(*command, *options);
  command->callback([command, options, &exit_code] { exit_code = run_load(*command, *options); });
}

}  // namespace shoal::tool
