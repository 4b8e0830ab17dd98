// wire_load: an HTTP/1.1 load from the command line, as a closed loop or (--rate) an open one.
//
// Exit codes: 0 every answer was right; 1 it could not run, or no answer came; 2 the command line;
// 3 it ran, and some answers or connections failed.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "base/check.h"
#include "load/holding.h"
#include "load/report_table.h"
#include "load/run.h"
#include "load/target.h"
#include "wire/wire_report.h"

namespace {

using namespace shoal;

enum exit_code { all_right = 0, cannot_run = 1, bad_usage = 2, some_failed = 3 };

struct command_line {
  load::options load;
  load::request_kind request;
  std::string target;
  std::string driver = "auto";
  std::string body_file;
  std::string expected_body_file;
  double warm_up = 0.5;
  double seconds = 3;
  int cpu = -1;
  unsigned gather = 50;
  bool hold = false;
  bool json = false;
};

void describe(CLI::App& app, command_line& line) {
  load::options& o = line.load;
  load::request_kind& r = line.request;
  app.add_option("target", line.target, "Server to load, as 127.0.0.1:8080")->required();
  app.add_option("path", r.path, "Target of the requests")->capture_default_str();
  app.add_option("-c,--connections", o.connections)
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("-p,--pipeline", o.pipeline, "Requests in flight on each connection")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  app.add_option("--rate", o.rate,
                 "Requests a second, whatever the answers do (an open loop); 0: each answer is "
                 "followed by the next request")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("-r,--requests-each", o.requests_each,
                 "Requests for a connection, which is then opened anew; 0: no limit")
      ->capture_default_str();
  app.add_option("-w,--warm-up", line.warm_up, "Seconds before the measurement")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("-d,--seconds", line.seconds, "Seconds measured; with --hold, the time allowed")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option(
         "-g,--gather", line.gather,
         "Microseconds that answers gather while the server is behind and 32 requests are out; "
         "0: look at once")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000));
  app.add_option("-X,--method", r.method)->capture_default_str();
  app.add_option("-H,--header", r.fields, "A header line, 'Name: value'; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--body", r.body, "The request's body");
  app.add_option("--body-file", line.body_file)->check(CLI::ExistingFile);
  r.expected.status = 200;
  app.add_option("--status", r.expected.status, "What every answer's status must be")
      ->capture_default_str();
  app.add_option("--expect-body", r.expected.body, "What every answer's body must be");
  app.add_option("--expect-body-file", line.expected_body_file)->check(CLI::ExistingFile);
  app.add_option("--driver", line.driver, "The generator's own")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "uring", "epoll"}));
  app.add_option("--cpu", line.cpu, "Core to run on")->check(CLI::NonNegativeNumber);
  app.add_option("--watch-pid", o.watched,
                 "A process of the server, whose CPU time is reported; may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--hold", line.hold,
               "One request on each connection; then print 'holding N' and keep them open and idle "
               "until standard input ends");
  app.add_flag("--json", line.json, "Print one JSON object");
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<long>(seconds * 1000));
}

result<void> complete(command_line& line) {
  load::options& o = line.load;
  load::request_kind& r = line.request;
  if (!line.body_file.empty()) r.body = read_file(line.body_file);
  if (!line.expected_body_file.empty()) r.expected.body = read_file(line.expected_body_file);
  r.name = r.method + " " + r.path;
  o.kinds = {r};
  if (line.cpu >= 0) o.cpus = {static_cast<unsigned>(line.cpu)};
  o.gather = std::chrono::microseconds(line.gather);
  o.warm_up = to_milliseconds(line.warm_up);
  o.duration = to_milliseconds(line.seconds);
  SHOAL_CHECK(io::parse_driver_kind(line.driver, o.driver));  // IsMember has looked
  auto to = load::numeric_target(line.target);
  if (!to) return to.error();
  o.to = std::move(to).value();
  o.to.path = r.path;
  return load::check(o);
}

int complain(const std::string& message, exit_code code) {
  std::cerr << "wire_load: " << message << '\n';
  return code;
}

void wait_for_end_of_input() {
  char ignored[256];
  while (::read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
  }
}

int hold(const load::preparation& prepared) {
  const auto made = load::holding::make(prepared);
  if (!made) return complain(made.error().message, cannot_run);
  load::holding& held = *made.value();
  const load::report seen = held.begin();
  std::cout << "holding " << seen.total.answers << std::endl;
  if (seen.total.answers != prepared.asked.connections || seen.total.errors() != 0) {
    return complain("some connections got no answer:\n" + load::as_table(prepared.asked, seen),
                    some_failed);
  }
  wait_for_end_of_input();
  const load::tally now = held.look();
  if (now.ended + now.broken == 0) return all_right;
  return complain(std::to_string(now.ended + now.broken) + " idle connections were closed",
                  some_failed);
}

int run(const load::preparation& prepared, bool json) {
  const auto done = load::run(prepared);
  if (!done) return complain(done.error().message, cannot_run);
  const load::report& seen = done.value();
  const load::options& asked = prepared.asked;
  std::cout << (json ? bench::wire_json(asked, seen) : load::as_table(asked, seen)) << std::flush;
  if (seen.total.answers == 0) {
    return complain("no right answer in " + std::to_string(seen.seconds) + " s", cannot_run);
  }
  return seen.total.errors() == 0 ? all_right : some_failed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Keeps an HTTP/1.1 server busy and checks every answer."};
  command_line line;
  describe(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? all_right : bad_usage;
  }
  if (const auto right = complete(line); !right) {
    return complain(right.error().message, bad_usage);
  }
  const load::target& to = line.load.to;
  const auto there =
      load::first_that_listens({to.address}, to.host, std::chrono::milliseconds(line.load.timeout));
  if (!there) return complain(there.error().message, cannot_run);
  const auto prepared = load::prepare(line.load);
  if (!prepared) return complain(prepared.error().message, cannot_run);
  return line.hold ? hold(prepared.value()) : run(prepared.value(), line.json);
}
