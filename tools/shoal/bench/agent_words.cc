#include "bench/agent_words.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/json_writer.h"
#include "bench/program_output.h"

namespace shoal::bench {
namespace {

using nlohmann::json;
using what = agent_request::what;
using texts = std::vector<std::string>;

// In the order of the enumeration.
constexpr std::string_view acts[] = {"hello", "describe", "start", "look", "stop"};

void write(json_writer& out, std::string_view name, const texts& all) {
  out.key(name);
  out.begin_array();
  for (const auto& each : all) out.value(each);
  out.end_array();
}

template <typename Fill>
std::string object(Fill fill) {
  std::string text;
  json_writer out(text);
  out.begin_object();
  fill(out);
  out.end_object();
  return text;
}

error no_such(const std::string& why) {
  return {EBADMSG, "what the other machine says is not as it should be: " + why};
}

what act_of(const std::string& name) {
  const auto found = std::find(std::begin(acts), std::end(acts), name);
  if (found == std::end(acts)) throw json::other_error::create(501, "do " + name, nullptr);
  return static_cast<what>(found - std::begin(acts));
}

/// The other side's code as one of ours: nobody has interrupted this program.
int code_here(int code_there) noexcept { return code_there == EINTR ? ECONNABORTED : code_there; }

/// What `take` makes of an answer that is none of an error.
template <typename T, typename Take>
result<T> read(std::string_view line, Take take) try {
  const auto said = json::parse(line);
  if (said.contains("error")) {
    return error{code_here(said.at("code").get<int>()), said.at("error").get<std::string>()};
  }
  return result<T>(take(said));
} catch (const json::exception& wrong) {
  return no_such(wrong.what());
}

machine_time machine_in(const json& said) {
  return {.busy = said.at("busy").get<double>(),
          .stolen = said.at("stolen").get<double>(),
          .all = said.at("all").get<double>()};
}

look look_of(const json& said) {
  look seen;
  seen.at_ns = said.at("at_ns");
  seen.use = {.cpu_ns = said.at("cpu_ns").get<std::uint64_t>(),
              .switches = said.at("switches").get<std::uint64_t>(),
              .resident_bytes = said.at("resident_bytes").get<std::uint64_t>()};
  seen.machine = machine_in(said.at("machine"));
  if (said.at("counters").is_null()) return seen;
  auto counters = counters_in(said.at("counters").dump());
  if (!counters) throw json::other_error::create(501, counters.error().message, nullptr);
  seen.counters = std::move(counters).value();
  return seen;
}

}  // namespace

std::string to_line(const agent_request& request) {
  return object([&](json_writer& out) {
    out.member("do", acts[static_cast<std::size_t>(request.act)]);
    out.member("protocol", request.protocol);
    out.member("token", request.token);
    write(out, "contenders", request.contenders);
    out.member("body_bytes", request.body_bytes);
  });
}

result<agent_request> request_in(std::string_view line) try {
  const auto said = json::parse(line);
  return agent_request{.act = act_of(said.at("do").get<std::string>()),
                       .protocol = said.at("protocol").get<unsigned>(),
                       .token = said.at("token").get<std::string>(),
                       .contenders = said.at("contenders").get<texts>(),
                       .body_bytes = said.at("body_bytes").get<unsigned>()};
} catch (const json::exception& wrong) {
  return no_such(wrong.what());
}

std::string to_line(const error& refused) {
  return object([&](json_writer& out) {
    out.member("error", refused.message);
    out.member("code", refused.code);
  });
}

std::string to_line(const agent_welcome& welcome) {
  return object([&](json_writer& out) {
    write(out, "peers", welcome.peers);
    write(out, "installed", welcome.installed);
    out.member("server_cores", welcome.server_cores);
  });
}

std::string to_line(const host_facts& facts) {
  return object([&](json_writer& out) {
    out.key("facts");
    out.begin_array();
    for (const auto& [name, value] : facts.facts) {
      out.begin_array();
      out.value(name);
      out.value(value);
      out.end_array();
    }
    out.end_array();
    out.member("system_call_ns", facts.system_call_ns);
    out.member("wake_ns", facts.wake_ns);
    out.member("cores", facts.cores);
  });
}

std::string to_line(const look& seen) {
  return object([&](json_writer& out) {
    out.member("at_ns", seen.at_ns);
    out.member("cpu_ns", seen.use.cpu_ns);
    out.member("switches", seen.use.switches);
    out.member("resident_bytes", seen.use.resident_bytes);
    out.key("counters");
    out.raw(seen.counters ? to_json(*seen.counters) : "null");
    out.key("machine");
    out.begin_object();
    out.member("busy", seen.machine.busy);
    out.member("stolen", seen.machine.stolen);
    out.member("all", seen.machine.all);
    out.end_object();
  });
}

std::string started_line(std::uint16_t port) {
  return object([&](json_writer& out) { out.member("port", port); });
}

std::string stopped_line() { return "{}"; }

result<agent_welcome> welcome_in(std::string_view line) {
  return read<agent_welcome>(line, [](const json& said) {
    return agent_welcome{.peers = said.at("peers").get<texts>(),
                         .installed = said.at("installed").get<texts>(),
                         .server_cores = said.at("server_cores").get<unsigned>()};
  });
}

result<host_facts> facts_in(std::string_view line) {
  return read<host_facts>(line, [](const json& said) {
    host_facts all;
    for (const auto& each : said.at("facts")) {
      all.facts.emplace_back(each.at(0).get<std::string>(), each.at(1).get<std::string>());
    }
    all.system_call_ns = said.at("system_call_ns");
    all.wake_ns = said.at("wake_ns");
    all.cores = said.at("cores");
    return all;
  });
}

result<look> look_in(std::string_view line) { return read<look>(line, look_of); }

result<std::uint16_t> started_in(std::string_view line) {
  return read<std::uint16_t>(line,
                             [](const json& said) { return said.at("port").get<std::uint16_t>(); });
}

result<void> stopped_in(std::string_view line) {
  const auto stopped = read<bool>(line, [](const json&) { return true; });
  if (!stopped) return stopped.error();
  return {};
}

}  // namespace shoal::bench
