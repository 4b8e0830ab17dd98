// What the kernel lets this user do, as it has turned out when it was tried.
#include "doctor_findings.h"

namespace shoal::tool {
namespace {

/// An error's message is "what and why; the cure": one half for each place.
finding refused(std::string_view check, verdict how, const std::string& message,
                std::string_view consequence) {
  const auto cut = message.find("; ");
  std::string says = message.substr(0, cut);
  if (!consequence.empty()) says.append(": ").append(consequence);
  return {check, how, std::move(says), cut == std::string::npos ? "" : message.substr(cut + 2)};
}

finding judge_uring(const case_file& known) {
  constexpr std::string_view name = "io_uring";
  const auto& driver = known.wanted.driver;
  if (driver == "epoll") return {name, verdict::ok, "not wanted: driver epoll", ""};
  if (!known.trials.uring) {
    return {name, verdict::ok, "rings open for all workers, with all that the driver uses", ""};
  }
  const bool needed = driver == "uring";
  return refused(name, needed ? verdict::problem : verdict::advice, known.trials.uring->message,
                 needed ? "driver uring cannot start" : "workers use epoll");
}

finding judge_seccomp(const case_file& known) {
  constexpr std::string_view name = "seccomp";
  if (known.trials.seccomp)
    return refused(name, verdict::problem, known.trials.seccomp->message, "");
  if (known.wanted.seccomp == "off") {
    return {name, verdict::ok, "not wanted: node processes may make any system call", ""};
  }
  return {name, verdict::ok, "a filter of system calls can be put in place", ""};
}

finding judge_dispatch(const case_file& known) {
  constexpr std::string_view name = "dispatch";
  const auto& dispatch = known.trials.dispatch;
  const auto& reason = known.trials.dispatch_reason;
  if (dispatch.empty()) return refused(name, verdict::problem, reason, "");
  const bool best = reason.empty() || reason == "as asked for";
  if (best) return {name, verdict::ok, "connections are given out by " + dispatch, ""};
  return refused(name, verdict::advice, reason, dispatch + " gives connections out");
}

finding judge_shared_memory(const case_file& known) {
  constexpr std::string_view name = "shared-memory";
  if (known.trials.shared_memory) {
    return {name, verdict::problem,
            known.trials.shared_memory->message + ": workers have no slots, and nothing starts",
            "allow memfd_create and ftruncate in the seccomp profile, or raise the memory limit"};
  }
  return {name, verdict::ok, "the slots of all workers can be made", ""};
}

finding judge_pinning(const case_file& known) {
  constexpr std::string_view name = "pinning";
  if (!known.trials.pinning) return {name, verdict::ok, "threads may choose their cores", ""};
  return {name, verdict::advice, known.trials.pinning->message + ": workers run where they are put",
          "allow sched_setaffinity in the seccomp profile"};
}

/// On one node there is nothing to prefer.
void judge_memory_policy(const case_file& known, findings& out) {
  constexpr std::string_view name = "numa-memory";
  const auto nodes = known.facts.machine.nodes.size();
  if (nodes < 2) return;
  if (!known.trials.memory_policy) {
    out.push_back({name, verdict::ok,
                   "memory lies on the node of its process, of " + std::to_string(nodes), ""});
    return;
  }
  out.push_back({name, verdict::advice,
                 known.trials.memory_policy->message +
                     ": pages lie where they are first touched, and the kernel may move them",
                 "allow set_mempolicy in the seccomp profile (Docker: --cap-add SYS_NICE)"});
}

finding judge_control(const case_file& known) {
  constexpr std::string_view name = "control-socket";
  const auto& wish = known.wanted.control;
  if (wish == "none") return {name, verdict::ok, "not wanted: control none", ""};
  if (wish != "auto") return {name, verdict::ok, "at " + wish, ""};
  const auto& place = known.facts.control_directory;
  if (!place.empty()) return {name, verdict::ok, "in " + place, ""};
  return {name, verdict::advice,
          "neither /run/shoal nor $XDG_RUNTIME_DIR can be written: `shoal reload` and the like "
          "reach no server",
          "install -d -o USER /run/shoal (RuntimeDirectory=shoal in a unit)"};
}

}  // namespace

void judge_rights(const case_file& known, findings& out) {
  out.push_back(judge_uring(known));
  out.push_back(judge_seccomp(known));
  out.push_back(judge_dispatch(known));
  out.push_back(judge_shared_memory(known));
  out.push_back(judge_pinning(known));
  judge_memory_policy(known, out);
  out.push_back(judge_control(known));
}

}  // namespace shoal::tool
