#include "cluster/rights/call_filter.h"

#include <seccomp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <utility>

#include "cluster/options/units.h"
#include "cluster/rights/allowed_calls.h"

namespace shoal::cluster {
namespace {

/// Numbers go up by some a year: 470 in Linux 7.0.
constexpr int numbers = 1024;

/// From this level on a filter can write to the kernel's log.
constexpr unsigned api_with_log = 3;

// What a signal handler can find without allocating; written before there is a second thread.
std::array<std::string, numbers> call_names;

/// Traps are chosen over plain kills: the thread's own handler says which call it was, and from
/// where. Who has blocked SIGSYS, or handles it, gets no further: the call is not made.
std::uint32_t action_of(filter_mode mode) noexcept {
  return mode == filter_mode::kill ? SCMP_ACT_TRAP : SCMP_ACT_LOG;
}

error refused(int code, const char* what) {
  return system_error(-code, std::string("cannot filter system calls (") + what + ")");
}

/// Keeps the first error and does nothing after it.
class program final {
 public:
  explicit program(std::uint32_t otherwise)
      : context_(seccomp_init(otherwise), &seccomp_release),
        code_(context_ != nullptr ? 0 : -EINVAL) {
    // no_new_privs stands already, and libseccomp's way to set it may be forbidden by then.
    set(SCMP_FLTATR_CTL_NNP, 0);
    set(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary tree: a dozen steps for any call
    set(SCMP_FLTATR_API_SYSRAWRC, 1);  // the kernel's answer to load()
  }

  void set(scmp_filter_attr what, std::uint32_t value) {
    if (code_ == 0) code_ = seccomp_attr_set(context_.get(), what, value);
  }

  /// One that this machine does not have is left out.
  void add(std::uint32_t action, std::string_view name,
           const std::vector<scmp_arg_cmp>& rules = {}) {
    const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
    if (number != __NR_SCMP_ERROR) add(action, number, rules);
  }
  void add(std::uint32_t action, int number, const std::vector<scmp_arg_cmp>& rules = {}) {
    if (code_ != 0) return;
    const int code = seccomp_rule_add_array(context_.get(), action, number,
                                            static_cast<unsigned>(rules.size()), rules.data());
    if (code != -EEXIST) code_ = code;  // somebody allows what is allowed
  }

  [[nodiscard]] result<void> made() const {
    return code_ == 0 ? result<void>() : refused(code_, "a rule");
  }

  [[nodiscard]] result<void> load() {
    if (code_ == 0) code_ = seccomp_load(context_.get());
    return code_ == 0 ? result<void>() : refused(code_, "seccomp");
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int code_;
};

void allow(program& out, const call_group& group) {
  std::istringstream names{std::string(group.names)};
  for (std::string name; names >> name;) out.add(SCMP_ACT_ALLOW, name);
}

bool adds(const call_filter& wanted, std::string_view name) {
  return std::find(wanted.more.begin(), wanted.more.end(), name) != wanted.more.end();
}

/// Of a call with rules of its own none is left where it is allowed as a whole.
void allow_narrow(program& out, const call_filter& wanted) {
  for (const auto& call : narrow_calls(::getpid())) {
    if (adds(wanted, call.name)) continue;
    std::vector<scmp_arg_cmp> rules;
    for (const auto& rule : call.rules) {
      rules.push_back({rule.argument, SCMP_CMP_MASKED_EQ, rule.mask, rule.value});
    }
    out.add(SCMP_ACT_ALLOW, call.name, rules);
  }
}

void allow_more(program& out, const call_filter& wanted) {
  for (const auto& one : wanted.more) {
    if (const auto number = parse_number(one)) {
      out.add(SCMP_ACT_ALLOW, static_cast<int>(*number));
    } else {
      out.add(SCMP_ACT_ALLOW, one);
    }
  }
}

program list_of(const call_filter& wanted, bool has_rings) {
  program out(action_of(wanted.mode));
  out.set(SCMP_FLTATR_ACT_BADARCH, action_of(wanted.mode));  // 32-bit calls of a 64-bit program
  for (const auto& group : allowed_calls()) allow(out, group);
  if (has_rings) allow(out, calls_of_rings());
  allow_narrow(out, wanted);
  // Its flags lie in memory, where no filter sees them: the C library takes clone instead.
  if (!adds(wanted, "clone3")) out.add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  allow_more(out, wanted);
  return out;
}

void remember_names() {
  for (int number = 0; number < numbers; ++number) {
    const std::unique_ptr<char, void (*)(void*)> name(
        seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number), &std::free);
    if (name != nullptr) call_names[static_cast<std::size_t>(number)] = name.get();
  }
}

}  // namespace

std::optional<filter_mode> parse_filter_mode(std::string_view text) noexcept {
  constexpr std::pair<std::string_view, filter_mode> names[] = {
      {"off", filter_mode::off}, {"log", filter_mode::log}, {"kill", filter_mode::kill}};
  for (const auto& [name, mode] : names) {
    if (text == name) return mode;
  }
  return std::nullopt;
}

bool is_system_call(const std::string& name) {
  if (const auto number = parse_number(name)) return *number < numbers;
  return seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR;
}

result<void> can_filter(const call_filter& wanted) {
  if (wanted.mode == filter_mode::off) return {};
  if (seccomp_api_get() < api_with_log) {
    return error{ENOSYS,
                 "no filter of system calls can be put in place: the kernel is built without "
                 "CONFIG_SECCOMP_FILTER, or a filter denies seccomp(2); allow seccomp in the "
                 "container's profile, or run with --seccomp off"};
  }
  return list_of(wanted, true).made();
}

result<void> confine(const call_filter& wanted, bool has_rings) {
  if (wanted.mode == filter_mode::off) return {};
  if (wanted.mode == filter_mode::kill) remember_names();
  return list_of(wanted, has_rings).load();
}

result<void> deny_more_rings(const call_filter& wanted) {
  if (wanted.mode == filter_mode::off || adds(wanted, "io_uring_setup")) return {};
  program out(SCMP_ACT_ALLOW);
  out.set(SCMP_FLTATR_CTL_TSYNC, 1);
  out.add(action_of(wanted.mode), "io_uring_setup");
  return out.load();
}

const char* name_of_call(int number) noexcept {
  if (number < 0 || number >= numbers) return "?";
  const auto& name = call_names[static_cast<std::size_t>(number)];
  return name.empty() ? "?" : name.c_str();
}

}  // namespace shoal::cluster
