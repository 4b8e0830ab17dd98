#include "numa/study_json.h"

#include <string_view>

#include "base/json_writer.h"
#include "bench/file_text.h"
#include "bench/results_json.h"
#include "numa/answer.h"

namespace shoal::numa {
namespace {

/// Null where nothing was measured.
void write(json_writer& json, std::string_view name, const estimate& e) {
  json.key(name);
  if (e.count == 0) return json.value(nullptr);
  json.begin_object();
  json.member("median", e.middle);
  json.member("low", e.low);
  json.member("high", e.high);
  json.member("count", e.count);
  json.end_object();
}

void write(json_writer& json, std::string_view name, const bandwidth& b) {
  json.key(name);
  json.begin_object();
  write(json, "read", b.read);
  write(json, "write", b.write);
  write(json, "copy", b.copy);
  json.end_object();
}

template <typename Items, typename Write>
void write_list(json_writer& json, std::string_view name, const Items& items, Write write_one) {
  json.key(name);
  json.begin_array();
  for (const auto& each : items) write_one(each);
  json.end_array();
}

std::string_view word_of(page_kind pages) noexcept {
  return pages == page_kind::huge ? "huge" : "small";
}

std::string_view word_of(nearness how) noexcept {
  constexpr std::string_view words[] = {"siblings", "cache", "node", "package", "apart"};
  return words[static_cast<std::size_t>(how)];
}

void write_cores(json_writer& json, const std::vector<core_place>& cores) {
  write_list(json, "cores", cores, [&](const core_place& core) {
    json.begin_object();
    json.member("id", core.id);
    json.member("node", core.node);
    json.member("package", core.package);
    json.member("last_level_cache", core.llc);
    json.member("physical", core.physical);
    write_list(json, "caches", core.caches, [&](const cache_level& cache) {
      json.begin_object();
      json.member("level", cache.level);
      json.member("bytes", cache.bytes);
      json.member("shared_by", cache.shared_by);
      json.end_object();
    });
    json.end_object();
  });
}

void write_curve(json_writer& json, const latency_curve& curve) {
  json.begin_object();
  json.member("cpu", curve.cpu);
  json.member("memory_node", curve.memory_node);
  json.member("pages", word_of(curve.pages));
  json.member("huge_share", curve.huge_share);
  write_list(json, "points", curve.points, [&](const latency_point& point) {
    json.begin_object();
    json.member("bytes", point.bytes);
    write(json, "ns", point.ns);
    json.end_object();
  });
  json.end_object();
}

void write_cell(json_writer& json, const memory_cell& cell) {
  json.begin_object();
  json.member("cpu_node", cell.cpu_node);
  json.member("memory_node", cell.memory_node);
  json.member("cpu", cell.cpu);
  json.member("cores", cell.cores);
  json.member("placed", cell.placed);
  write(json, "latency_ns", cell.latency_ns);
  write(json, "alone", cell.alone);
  write(json, "together", cell.together);
  json.end_object();
}

void write_touch(json_writer& json, const first_touch& touch) {
  json.begin_object();
  json.member("pages", word_of(touch.pages));
  json.member("cpu_node", touch.cpu_node);
  json.member("memory_node", touch.memory_node);
  json.member("page_bytes", touch.page_bytes);
  write(json, "ns", touch.ns);
  json.end_object();
}

void write_memory(json_writer& json, const memory_findings& found) {
  json.begin_object();
  json.member("largest_bytes", found.largest_bytes);
  write_list(json, "latency", found.latency,
             [&](const latency_curve& curve) { write_curve(json, curve); });
  json.member("bandwidth_cpu", found.bandwidth_cpu);
  write_list(json, "bandwidth", found.bandwidth_curve, [&](const bandwidth_point& point) {
    json.begin_object();
    json.member("bytes", point.bytes);
    write(json, "rate", point.rate);
    json.end_object();
  });
  write_list(json, "matrix", found.matrix,
             [&](const memory_cell& cell) { write_cell(json, cell); });
  write_list(json, "first_touch", found.touches,
             [&](const first_touch& touch) { write_touch(json, touch); });
  json.end_object();
}

void write_handoff(json_writer& json, const handoff_findings& found) {
  json.begin_object();
  write_list(json, "cores", found.cores, [&](unsigned core) { json.value(core); });
  json.member("of_cores", found.of_cores);
  write_list(json, "pairs", found.pairs, [&](const handoff_pair& pair) {
    json.begin_object();
    json.member("a", pair.a);
    json.member("b", pair.b);
    json.member("how", word_of(pair.how));
    write(json, "line_ns", pair.line_ns);
    write(json, "wake_ns", pair.wake_ns);
    json.end_object();
  });
  json.end_object();
}

void write_server(json_writer& json, const server_findings& found) {
  json.begin_object();
  write_list(json, "cores", found.cores, [&](unsigned core) { json.value(core); });
  json.member("generator", found.generator);
  write_list(json, "arrangements", found.arrangements, [&](const arrangement& each) {
    json.begin_object();
    json.member("name", each.name);
    json.member("says", each.says);
    write_list(json, "flags", each.flags, [&](const std::string& flag) { json.value(flag); });
    json.end_object();
  });
  json.key("measured");
  json.raw(bench::to_json(found.measured));
  json.end_object();
}

}  // namespace

std::string to_json(const study& all) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.member("format", "shoal numa results");
  json.member("version", study_version);
  json.member("plan", all.plan);
  json.member("began", all.began);
  json.member("seconds", all.seconds);
  json.member("complete", all.complete);
  json.member("ended_by", all.ended_by);
  write_list(json, "answer", answer(all), [&](const std::string& each) { json.value(each); });
  write_list(json, "unseen", all.unseen, [&](const std::string& each) { json.value(each); });
  json.member("others", all.others);
  write_list(json, "machine", all.machine, [&](const bench::fact& each) {
    json.begin_object();
    json.member("name", each.first);
    json.member("value", each.second);
    json.end_object();
  });
  json.member("nodes", all.nodes);
  write_cores(json, all.cores);
  json.key("memory");
  all.memory ? write_memory(json, *all.memory) : json.value(nullptr);
  json.key("handoff");
  all.handoff ? write_handoff(json, *all.handoff) : json.value(nullptr);
  json.key("server");
  all.server ? write_server(json, *all.server) : json.value(nullptr);
  json.end_object();
  return text;
}

result<void> write_study(const study& all, const std::string& path) {
  return bench::write_file(path, to_json(all) + "\n");
}

}  // namespace shoal::numa
