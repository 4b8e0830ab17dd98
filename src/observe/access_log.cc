#include "observe/access_log.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace shoal::observe {
namespace {

/// For a reader that is slow, at the end. A process that drains has 30 s by default.
constexpr std::chrono::seconds patience{1};

std::string_view value_of(const http::head& request, std::string_view name) noexcept {
  const auto* const field = request.find(name);
  return field != nullptr ? request.text(field->value) : std::string_view();
}

access_record record_of(const http::answered_request& what, wall_time when) noexcept {
  access_record record{.when = when,
                       .remote = what.remote,
                       .request_id = what.request_id,
                       .status = what.status,
                       .body_bytes = what.body_bytes,
                       .took = what.took};
  if (what.request == nullptr) return record;
  const auto& request = *what.request;
  // As sent, also one that we do not know: the request line up to the target.
  record.method = {request.base, request.target.begin - std::size_t{1}};
  record.target = request.text(request.target);
  record.minor_version = request.minor_version;
  record.host = request.text(request.host);
  record.referer = value_of(request, "referer");
  record.user_agent = value_of(request, "user-agent");
  return record;
}

log_file open_or_say(const std::string& path) {
  auto file = log_file::open(path);
  if (file) return std::move(file).value();
  log_error(file.error().message + ". Its lines are lost until then (reopen it with USR1)");
  return {};
}

}  // namespace

wall_time read_coarse_clock() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  const auto since = std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  return wall_time(std::chrono::duration_cast<wall_time::duration>(since));
}

access_pen::access_pen(access_log& log, line_ring& ring, const access_log_options& options) noexcept
    : log_(log), ring_(ring), clock_(options.clock), formatter_(options.format, options.query) {}

void access_pen::answered(const http::answered_request& what) noexcept {
  log_.appended(ring_.append(formatter_.line(record_of(what, clock_()))));
}

access_log::access_log(const access_log_options& options, unsigned workers,
                       shm::worker_tally* tally)
    : access_log(options, workers, tally, open_or_say(options.path)) {}

access_log::access_log(const access_log_options& options, unsigned workers,
                       shm::worker_tally* tally, log_file file)
    : options_(options),
      tally_(tally),
      pump_(rings_, std::move(file)),
      bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  SHOAL_CHECK(bell_.open());  // the descriptor budget counted it
  for (unsigned i = 0; i < workers; ++i) {
    pens_.emplace_back(*this, rings_.emplace_back(options.ring_bytes), options_);
  }
  thread_ = std::thread([this] { run(); });
}

access_log::~access_log() {
  wish(wish_end);
  thread_.join();
}

void access_log::reopen() noexcept { wish(wish_reopen); }

std::uint64_t access_log::dropped() const noexcept {
  std::uint64_t lines = 0;
  for (const auto& ring : rings_) lines += ring.dropped();
  return lines;
}

/// The load of asleep_ comes after the store of the line, sleep() has them the other way around,
/// and all four are sequentially consistent: either we see that it sleeps or it sees the line.
void access_log::appended(line_ring::appended what) noexcept {
  const bool wakes = asleep_.load() && asleep_.exchange(false);
  if (what == line_ring::appended::kept_half_full) return wish(wish_write);
  if (wakes) ring_bell();
}

void access_log::wish(unsigned what) noexcept {
  wishes_.fetch_or(what);
  ring_bell();
}

void access_log::ring_bell() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(bell_.get(), &one, sizeof one);
}

void access_log::run() noexcept {
  ::pthread_setname_np(::pthread_self(), "shoal-log");
  // A file that has reached RLIMIT_FSIZE is an error to count and not the end of the process.
  sigset_t too_large;
  ::sigemptyset(&too_large);
  ::sigaddset(&too_large, SIGXFSZ);
  ::pthread_sigmask(SIG_BLOCK, &too_large, nullptr);

  auto progress = log_pump::progress::done;
  while (true) {
    if (progress == log_pump::progress::blocked) {
      wait(POLLOUT, report_.due() == never ? nanoseconds::max() : report_.due() - read_clock());
    } else {
      sleep();
      if (wishes_.load() == 0) wait(0, options_.interval);  // for more lines
    }
    const auto wishes = wishes_.exchange(0);
    progress = pump_.pump();
    report(read_clock());
    if ((wishes & wish_end) != 0) return say_farewell();
    if ((wishes & wish_reopen) != 0) open_again();
  }
}

void access_log::sleep() noexcept {
  asleep_.store(true);
  const auto due = report_.due();
  if (pump_.rings_empty()) wait(0, due == never ? nanoseconds::max() : due - read_clock());
  asleep_.store(false);
}

/// For the bell, the file if `file_events`, or until `limit` is over.
void access_log::wait(short file_events, nanoseconds limit) noexcept {
  // Rounded up: a millisecond too late is better than to turn in circles until then.
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(
      std::clamp<nanoseconds>(limit, nanoseconds(0), std::chrono::hours(24)));
  const bool for_ever = limit == nanoseconds::max();
  pollfd sources[] = {{bell_.get(), POLLIN, 0}, {pump_.fd(), file_events, 0}};
  ::poll(sources, file_events == 0 ? 1 : 2, for_ever ? -1 : static_cast<int>(ms.count()));
  std::uint64_t rings = 0;
  [[maybe_unused]] const auto ignored = ::read(bell_.get(), &rings, sizeof rings);
}

void access_log::open_again() noexcept {
  if (options_.path == "-") return;
  auto file = log_file::open(options_.path);
  if (!file) return log_error(file.error().message + ". The lines still go where they went");
  pump_.change_file(std::move(file).value());
  log_info("the access log " + options_.path + " was opened again");
}

void access_log::say_farewell() noexcept {
  const auto until = read_clock() + patience;
  while (pump_.pump() == log_pump::progress::blocked && read_clock() < until) {
    wait(POLLOUT, until - read_clock());
  }
  pump_.give_up();
  report(read_clock() + drop_report::pause);  // also what would have to wait
}

void access_log::report(monotonic_time now) noexcept {
  const auto lost = pump_.dropped();
  if (tally_ != nullptr) {
    shm::add(*tally_, shm::total::log_lines_lost, lost - std::exchange(told_lost_, lost));
  }
  const auto line = report_.look(lost, pump_.reason(), now);
  if (line) log_error(*line);
}

}  // namespace shoal::observe
