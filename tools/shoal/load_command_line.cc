#include "load_command_line.h"

#include <CLI/CLI.hpp>
#include <string_view>
#include <utility>

#include "load/plan_file.h"
#include "load/processor_time.h"

namespace shoal::tool {
namespace {

constexpr std::size_t longest_body = std::size_t{64} << 20;

[[noreturn]] void refuse(std::string_view option, const std::string& why) {
  throw CLI::ValidationError(std::string(option), why);
}

template <typename T>
T value_or_refuse(std::string_view option, result<T> made) {
  if (!made) refuse(option, made.error().message);
  return std::move(made).value();
}

// --- the command line ----------------------------------------------------------------------------

void add_shape(CLI::App& command, load_options& o) {
  command.add_option("-c,--connections", o.load.connections, "Connections, of all threads")
      ->type_name("N")
      ->check(CLI::Range(1U, 1'000'000U))
      ->capture_default_str();
  command.add_option("-p,--pipeline", o.load.pipeline, "Requests in flight on each, at most")
      ->type_name("N")
      ->check(CLI::Range(1U, 1024U))
      ->capture_default_str();
  command
      .add_option(
          "--rate", o.load.rate,
          "Requests a second by the clock, whatever the answers do (an open loop); else each "
          "answer is followed by the next request")
      ->type_name("N")
      ->check(CLI::Range(0.001, 1e7));
  command.add_option("--arrivals", o.arrivals, "With a rate: constant, poisson or bursts:N")
      ->type_name("HOW")
      ->capture_default_str();
  command
      .add_option(
          "--pick", o.pick,
          "With a rate, the connection of a request: idle (else it waits for one), random or "
          "round-robin (and waits there), or new (opened for it)")
      ->type_name("HOW")
      ->capture_default_str();
  command
      .add_option("--hot", o.hot,
                  "Share of the connections that get FACTOR times as many requests, with --pick "
                  "random or round-robin: 0.1:10")
      ->type_name("SHARE:FACTOR");
  command
      .add_option("--requests-each", o.load.requests_each,
                  "Requests for a connection, which is then opened anew; 0: no limit")
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--no-keep-alive", o.no_keep_alive,
                   "A connection for each request, said to the server");
  CLI::Option* const seconds =
      command.add_option("-d,--seconds", o.seconds, "How long it measures")
          ->type_name("S")
          ->check(CLI::Range(0.001, 1e6))
          ->capture_default_str();
  command.add_option("-n,--count", o.load.count, "So many requests, instead of a time")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->excludes(seconds);
  command.add_option("-w,--warm-up", o.warm_up, "Time before that; 0 measures the opening, too")
      ->type_name("S")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command.add_option("--timeout", o.timeout, "After which a request is given up")
      ->type_name("S")
      ->check(CLI::Range(0.001, 1e5))
      ->capture_default_str();
}

void add_requests(CLI::App& command, load_options& o) {
  load::request_kind& r = o.request;
  command.add_option("-X,--method", r.method, "Method")->type_name("NAME")->capture_default_str();
  command.add_option("-H,--header", r.fields, "A header field, as Name: value; may be repeated")
      ->type_name("FIELD")
      ->allow_extra_args(false);
  CLI::Option* const body = command.add_option("--body", r.body, "Body")->type_name("TEXT");
  command.add_option("--body-file", o.body_file, "... from a file")
      ->type_name("FILE")
      ->excludes(body);
  CLI::Option* const requests =
      command
          .add_option("--request", o.requests,
                      "One of a mix, as WEIGHT METHOD PATH; may be repeated. POST, PUT and PATCH "
                      "have the body")
          ->type_name("REQUEST")
          ->allow_extra_args(false);
  command.add_option("--plan", o.plan, "A mix as a TOML file (docs/load.md)")
      ->type_name("FILE")
      ->excludes(requests);
  command.add_option("--seed", o.load.seed, "Of mixes and random arrivals")
      ->type_name("N")
      ->capture_default_str();
}

void add_expectations(CLI::App& command, load_options& o) {
  load::expectation& e = o.request.expected;
  command.add_option("--expect-status", e.status, "Status of every answer; else any 2xx")
      ->type_name("N")
      ->check(CLI::Range(200U, 599U));
  command.add_option("--expect-length", e.length, "Bytes of every body")->type_name("N");
  command.add_flag("--may-refuse", e.may_refuse, "503 with Retry-After is no error; counted apart");
  CLI::Option* const text =
      command.add_option("--expect-body", e.body, "Every body, byte for byte")->type_name("TEXT");
  CLI::Option* const file = command.add_option("--expect-file", o.expected_file, "... from a file")
                                ->type_name("FILE")
                                ->excludes(text);
  command
      .add_option_function<std::string>(
          "--expect", [&e](const std::string&) { e.same = true; },
          "same: every body as in the first answer")
      ->type_name("same")
      ->check(CLI::IsMember({"same"}))
      ->excludes(text)
      ->excludes(file);
}

void add_generator(CLI::App& command, load_options& o) {
  CLI::Option* const rate = command.get_option("--rate");
  command.add_option("-t,--threads", o.load.threads, "Threads that share connections and rate")
      ->type_name("N")
      ->check(CLI::Range(1U, 1024U))
      ->capture_default_str();
  command.add_option("--cpus", o.cpus, "Cores for the threads, in turn: 1 or 2-3,6")
      ->type_name("LIST");
  command.add_option("--driver", o.driver, "The generator's own: auto, uring or epoll")
      ->type_name("NAME")
      ->check(CLI::IsMember({"auto", "uring", "epoll"}))
      ->capture_default_str();
  command
      .add_option(
          "--gather", o.gather,
          "Microseconds that answers of a closed loop gather while the server is behind and 32 "
          "requests of a thread are out at least; 0: looks at once, for latencies below that")
      ->type_name("US")
      ->check(CLI::Range(0U, 10'000U))
      ->excludes(rate)
      ->capture_default_str();
  command
      .add_option("--unix", o.unix_path,
                  "Connects to a socket at this path; the URL says what to ask")
      ->type_name("PATH");
  command
      .add_option("--watch-pid", o.load.watched,
                  "A process of the server, whose CPU time is told; may be repeated")
      ->type_name("PID")
      ->allow_extra_args(false);
  command
      .add_option(
          "--spin", o.spin,
          "Microseconds that an open loop is awake at most before a request is due; 0: sleeps "
          "until then, and is late by what waking takes")
      ->type_name("US")
      ->check(CLI::Range(0U, 10'000U))
      ->needs(rate)
      ->capture_default_str();
  command
      .add_option("--log", o.log,
                  "A line for each request: when it was due, how long it took, what became of it")
      ->type_name("FILE");
  command.add_flag("--json", o.json, "Print one JSON object");
  command.add_flag("--announce", o.announce,
                   "A line of JSON before the load begins: when the measured window will be");
}

// --- from words to a load ------------------------------------------------------------------------

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<long>(seconds * 1000));
}

bool has_a_body(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

std::vector<load::request_kind> mix_of(const load_options& o) {
  if (!o.plan.empty()) return value_or_refuse("--plan", load::read_plan(o.plan));
  std::vector<load::request_kind> kinds;
  for (const std::string& text : o.requests) {
    load::request_kind kind = value_or_refuse("--request", load::parse_request(text));
    kind.fields = o.request.fields;
    kind.expected = o.request.expected;
    if (has_a_body(kind.method)) kind.body = o.request.body;
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

void refuse_body_without_taker(const CLI::App& command, const load_options& o) {
  for (const load::request_kind& each : o.load.kinds) {
    if (has_a_body(each.method)) return;
  }
  for (const char* flag : {"--body", "--body-file"}) {
    if (command.count(flag) != 0) refuse(flag, "no request is a POST, PUT or PATCH, which have it");
  }
}

void complete_requests(const CLI::App& command, load_options& o, const load::url& where) {
  load::request_kind& r = o.request;
  if (!o.body_file.empty()) {
    r.body = value_or_refuse("--body-file", load::read_whole_file(o.body_file, longest_body));
  }
  if (!o.expected_file.empty()) {
    r.expected.body =
        value_or_refuse("--expect-file", load::read_whole_file(o.expected_file, longest_body));
  }
  o.load.kinds = mix_of(o);
  if (!o.load.kinds.empty()) {
    if (where.path != "/") refuse("URL", "its path and a mix of requests exclude each other");
    if (command.count("--method") != 0) refuse("--method", "each request of a mix has its own");
    refuse_body_without_taker(command, o);
    return;
  }
  r.path = where.path;
  r.name = r.method + " " + r.path;
  o.load.kinds = {r};
}

// Its CPU time would be missing in the report, and nobody told.
void refuse_missing_processes(const load_options& o) {
  for (const pid_t& pid : o.load.watched) {
    if (!load::processor_time({&pid, 1})) {
      refuse("--watch-pid", "there is no process " + std::to_string(pid));
    }
  }
}

void refuse_for_plan(const CLI::App& command) {
  if (command.count("--plan") == 0) return;
  for (const char* flag :
       {"--header", "--body", "--body-file", "--expect-status", "--expect-length", "--expect-body",
        "--expect-file", "--expect", "--may-refuse"}) {
    if (command.count(flag) != 0) refuse(flag, "a plan says that for each of its requests");
  }
}

}  // namespace

void describe_load(CLI::App& command, load_options& o) {
  command.add_option("url", o.url, "What to ask: http://name:8080/path")
      ->type_name("URL")
      ->required();
  add_shape(command, o);
  add_requests(command, o);
  add_expectations(command, o);
  add_generator(command, o);
}

load::url complete_load(const CLI::App& command, load_options& o) {
  refuse_for_plan(command);
  refuse_missing_processes(o);
  load::url where = value_or_refuse("URL", load::parse_url(o.url));
  o.load.to.host = where.host;
  o.load.to.path = where.path;
  complete_requests(command, o, where);
  o.load.arrivals = value_or_refuse("--arrivals", load::parse_arrivals(o.arrivals));
  o.load.pick = value_or_refuse("--pick", load::parse_pick(o.pick));
  if (!o.hot.empty()) o.load.hot = value_or_refuse("--hot", load::parse_hot(o.hot));
  o.load.log = !o.log.empty();
  if (!o.cpus.empty()) {
    const auto cpus = topology::parse_cpu_list(o.cpus);
    if (!cpus || cpus->empty()) refuse("--cpus", "'" + o.cpus + "' is no list like 1 or 2-3,6");
    o.load.cpus = *cpus;
  }
  o.load.keep_alive = !o.no_keep_alive;
  o.load.warm_up = to_milliseconds(o.warm_up);
  o.load.duration = to_milliseconds(o.seconds);
  o.load.timeout = to_milliseconds(o.timeout);
  o.load.gather = std::chrono::microseconds(o.gather);
  o.load.spin = std::chrono::microseconds(o.spin);
  if (!io::parse_driver_kind(o.driver, o.load.driver)) refuse("--driver", "there is no such one");
  if (const auto right = load::check(o.load); !right) refuse("load", right.error().message);
  return where;
}

}  // namespace shoal::tool
