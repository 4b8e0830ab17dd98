// open_load: asks an HTTP/1.1 server by the clock, for requests of several classes.
//
// Exit codes: 0 every answer was right and in time; 1 it could not run, or no answer came; 2 the
// command line; 3 it ran, and some requests failed or timed out.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstring>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "load/target.h"
#include "open/open_generator.h"

namespace {

using namespace shoal;

enum exit_code { all_right = 0, cannot_run = 1, bad_usage = 2, some_failed = 3 };

struct command_line {
  open::options load;
  std::string target;
  std::vector<std::string> classes;
  std::vector<std::string> bodies;
  double ramp = 0.1;
  double warm_up = 1;
  double seconds = 8;
  double timeout = 10;
  bool json = false;
};

void describe(CLI::App& app, command_line& line) {
  open::options& o = line.load;
  app.add_option("target", line.target, "Server to load, as 127.0.0.1:8080")->required();
  app.add_option(
         "--class", line.classes,
         "NAME,WEIGHT,PATH of a kind of requests; ',alone' behind it: while one is out, its "
         "connection gets no other (not with --choice turns); ',may-refuse': 503 with Retry-After "
         "is no error; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--expect", line.bodies, "NAME=BODY of every answer to a class; may be repeated")
      ->allow_extra_args(false);
  app.add_option("-c,--connections", o.connections)
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--rate", o.rate, "Requests a second")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  static const std::map<std::string, open::arrivals> arrivals{
      {"poisson", open::arrivals::poisson}, {"constant", open::arrivals::constant}};
  app.add_option("--arrivals", o.arrivals, "poisson (unless given) or constant")
      ->transform(CLI::CheckedTransformer(arrivals));
  static const std::map<std::string, open::choice> choices{{"own", open::choice::own},
                                                           {"idle", open::choice::idle},
                                                           {"turns", open::choice::turns},
                                                           {"fresh", open::choice::fresh}};
  app.add_option("--choice", o.choice,
                 "Connection of a request: own (a random one and its queue, unless given), idle (a "
                 "random idle one), turns (one after another), fresh (a new one for each)")
      ->transform(CLI::CheckedTransformer(choices));
  app.add_option("--hot-share", o.hot_share, "Share of connections that get more requests")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--hot-factor", o.hot_factor, "How many times as many")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", o.seed)->capture_default_str();
  app.add_option("--ramp", line.ramp, "Seconds over which the connections are opened")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("-w,--warm-up", line.warm_up, "Seconds before the measurement")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("-d,--seconds", line.seconds, "Seconds measured")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--timeout", line.timeout, "Seconds that a request may take")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--cpu", o.cpu, "Core to run on")->check(CLI::NonNegativeNumber);
  app.add_option("--watch-pid", o.watched,
                 "A process of the server, whose CPU time is reported; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--log", o.log,
                 "File for a line about each measured request (open/request_log.h)");
  app.add_flag("--json", line.json, "Print one JSON object");
}

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(std::lround(seconds * 1000));
}

result<void> complete(command_line& line) {
  open::options& o = line.load;
  if (line.classes.empty()) line.classes = {"all,1,/plaintext"};
  o.ramp = to_milliseconds(line.ramp);
  o.warm_up = to_milliseconds(line.warm_up);
  o.duration = to_milliseconds(line.seconds);
  o.timeout = to_milliseconds(line.timeout);
  result<void> right;
  for (const std::string& each : line.classes) {
    if (right) right = open::add_class(each, o);
  }
  for (const std::string& each : line.bodies) {
    if (right) right = open::set_body(each, o);
  }
  if (!right) return right;
  const auto to = load::numeric_target(line.target);
  if (!to) return to.error();
  std::memcpy(&o.address, &to.value().address.bytes, sizeof o.address);
  o.host = to.value().host;
  return {};
}

int complain(const std::string& message, exit_code code) {
  std::cerr << "open_load: " << message << '\n';
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Asks an HTTP/1.1 server by the clock and checks every answer."};
  command_line line;
  describe(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? all_right : bad_usage;
  }
  if (const auto right = complete(line); !right) return complain(right.error().message, bad_usage);
  auto made = open::open_generator::make(line.load);
  if (!made) return complain(made.error().message, cannot_run);
  const open::report seen = made.value()->run();
  std::cout << (line.json ? open::as_json(line.load, seen) : open::as_text(line.load, seen))
            << std::flush;
  const open::class_tally all = seen.all();
  if (!seen.log_written) return complain("cannot write " + line.load.log, cannot_run);
  if (all.answers == 0) return complain("no right answer", cannot_run);
  return all.errors() + all.timeouts == 0 ? all_right : some_failed;
}
