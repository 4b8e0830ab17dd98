#include "cluster/stall/stall_report.h"

#include <cstdio>
#include <filesystem>
#include <thread>

#include "cluster/stall/stall_cause.h"
#include "cluster/stall/stall_facts.h"
#include "cluster/stall/stall_guess.h"
#include "cluster/stall/stall_stack.h"

namespace shoal::cluster {
namespace {

std::string in_ms(nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f ms", static_cast<double>(time.count()) / 1e6);
  return text;
}

std::string show_place(const stalled_turn& turn) {
  if (turn.is_job) {
    return "a job of " + (turn.route.empty() ? "an unknown route" : turn.route) + " has run for " +
           in_ms(turn.age) + ": ";
  }
  return "worker " + std::to_string(turn.worker) + " is in one turn for " + in_ms(turn.age) + ": ";
}

/// "; descriptor 7 is pipe:[123]" where a descriptor is waited for.
std::string show_descriptor(const thread_facts& facts) {
  if (!takes_descriptor(facts)) return {};
  const auto number = std::to_string(facts.arguments[0]);
  std::error_code gone;
  const auto target = std::filesystem::read_symlink("/proc/self/fd/" + number, gone);
  return gone ? std::string() : "; descriptor " + number + " is " + target.string();
}

/// Why the stack cannot be asked for, and what can be had instead.
std::string show_guess(const thread_facts& facts) {
  const std::string why = facts.state == 'D' ? "the call cannot be interrupted"
                          : facts.state == 'S'
                              ? "asking for it would end its " + name_of_call(facts.call) + " early"
                              : "it does not run";
  const auto calls = facts.stack_pointer != 0 ? calls_remembered(facts.stack_pointer) : "";
  if (calls.empty()) return "\n  (no stack: " + why + ")\n";
  return "; no stack, since " + why + "; what is on it, some of it left over:\n" + calls;
}

std::string show_stack(const stalled_turn& turn, const thread_facts& facts, stall_cause cause,
                       nanoseconds patience) {
  if (cause == stall_cause::over) return {};
  if (may_be_asked(facts)) return "; its stack:\n" + stack_of(turn.thread, patience);
  return show_guess(facts);
}

}  // namespace

std::string describe_stall(const stalled_turn& turn, const stall_report_options& options) {
  std::string text = show_place(turn);
  const auto earlier = look_at_thread(turn.thread);
  std::this_thread::sleep_for(options.between_looks);
  const auto later = look_at_thread(turn.thread);
  if (!earlier || !later) return text + "its thread is gone";
  const auto cause = classify(*earlier, *later);
  text += show_cause(cause, *earlier, *later);
  if (cause == stall_cause::blocked) text += show_descriptor(*later);
  if (!turn.route.empty() && !turn.is_job) text += "; route " + turn.route;
  if (!turn.request_id.empty()) text += ", request " + turn.request_id;
  text += show_stack(turn, *later, cause, options.patience);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace shoal::cluster
