#include "observe/access_format.h"

#include <cstdio>

namespace shoal::observe {
namespace {

namespace limit {
// As they are shown. Together with what is ours they stay below max_line_bytes.
constexpr std::size_t remote = 64;
constexpr std::size_t method = 32;
constexpr std::size_t target = 2048;
constexpr std::size_t host = 256;
constexpr std::size_t referer = 768;
constexpr std::size_t user_agent = 512;
constexpr std::size_t request_id = 64;
constexpr std::size_t ours = 320;  // keys, date, numbers, "..."
static_assert(remote + method + target + host + referer + user_agent + request_id + ours <=
              max_line_bytes);
}  // namespace limit

constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::optional<access_format> parse_access_format(std::string_view name) noexcept {
  if (name == "common") return access_format::common;
  if (name == "combined") return access_format::combined;
  if (name == "json") return access_format::json;
  return std::nullopt;
}

std::optional<query_shown> parse_query_shown(std::string_view name) noexcept {
  if (name == "names") return query_shown::names;
  if (name == "values") return query_shown::values;
  return std::nullopt;
}

std::string_view access_formatter::line(const access_record& of) noexcept {
  const auto second = std::chrono::floor<std::chrono::seconds>(of.when);
  if (second != second_) set_second(second);
  line_.clear();
  if (format_ == access_format::json) {
    write_json(of);
  } else {
    write_text(of);
  }
  line_.put('\n');
  return line_.view();
}

void access_formatter::write_text(const access_record& of) noexcept {
  if (of.remote.empty()) {
    line_.put('-');
  } else {
    field_pen(line_, escape::hex, limit::remote).put(of.remote);
  }
  line_.put(" - - [");  // nobody asks identd, and who has logged in is not for a log
  line_.put({date_.data(), date_bytes_});
  line_.put("] ");
  write_request(of);
  line_.put(' ');
  line_.put_number(static_cast<unsigned>(of.status));
  line_.put(' ');
  line_.put_number(of.body_bytes);
  if (format_ == access_format::common) return;
  line_.put(' ');
  write_quoted(of.referer, limit::referer);
  line_.put(" \"");
  field_pen(line_, escape::hex, limit::user_agent)
      .put(of.user_agent.empty() ? std::string_view("-") : of.user_agent);
  line_.put('"');
}

void access_formatter::write_request(const access_record& of) noexcept {
  if (of.method.empty()) return line_.put("\"-\"");
  line_.put('"');
  field_pen(line_, escape::hex, limit::method).put(of.method);
  line_.put(' ');
  write_uri(of.target, limit::target);
  line_.put(of.minor_version == 0 ? " HTTP/1.0\"" : " HTTP/1.1\"");
}

void access_formatter::write_quoted(std::string_view uri, std::size_t limit) noexcept {
  line_.put('"');
  write_uri(uri.empty() ? std::string_view("-") : uri, limit);
  line_.put('"');
}

void access_formatter::write_json(const access_record& of) noexcept {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(of.when - second_).count();
  line_.put("{\"time\":\"");
  line_.put({date_.data(), date_bytes_});
  const char fraction[] = {'.',
                           static_cast<char>('0' + ms / 100),
                           static_cast<char>('0' + ms / 10 % 10),
                           static_cast<char>('0' + ms % 10),
                           'Z',
                           '"'};
  line_.put({fraction, sizeof fraction});
  write_member("remote", of.remote, limit::remote);
  if (!of.method.empty()) {
    write_member("method", of.method, limit::method);
    line_.put(",\"target\":\"");
    write_uri(of.target, limit::target);
    line_.put(of.minor_version == 0 ? "\",\"protocol\":\"HTTP/1.0\""
                                    : "\",\"protocol\":\"HTTP/1.1\"");
  }
  write_member("host", of.host, limit::host);
  line_.put(",\"status\":");
  line_.put_number(static_cast<unsigned>(of.status));
  line_.put(",\"bytes\":");
  line_.put_number(of.body_bytes);
  line_.put(",\"took_us\":");
  line_.put_number(static_cast<std::uint64_t>(of.took.count() / 1000));
  if (!of.referer.empty()) {
    line_.put(",\"referer\":");
    write_quoted(of.referer, limit::referer);
  }
  write_member("user_agent", of.user_agent, limit::user_agent);
  write_member("request_id", of.request_id, limit::request_id);
  line_.put('}');
}

/// Nothing where there is nothing to say.
void access_formatter::write_member(std::string_view key, std::string_view text,
                                    std::size_t limit) noexcept {
  if (text.empty()) return;
  line_.put(",\"");
  line_.put(key);
  line_.put("\":\"");
  field_pen(line_, escape::json, limit).put(text);
  line_.put('"');
}

void access_formatter::write_uri(std::string_view uri, std::size_t limit) noexcept {
  field_pen pen(line_, format_ == access_format::json ? escape::json : escape::hex, limit);
  const auto mark = uri.find('?');
  if (query_ == query_shown::values || mark == uri.npos) return pen.put(uri);
  pen.put(uri.substr(0, mark));
  for (auto rest = uri.substr(mark); !rest.empty();) {
    const auto end = std::min(rest.find('&', 1), rest.size());  // the first is a ? or & itself
    const auto piece = rest.substr(0, end);
    const auto equals = piece.find('=');
    pen.put(piece.substr(0, equals));
    if (equals != piece.npos) pen.put("=*");
    rest.remove_prefix(end);
  }
}

/// "24/Nov/2026:13:33:09 +0000" or "2026-11-24T13:33:09", in UTC: a log that jumps twice a year is
/// no log.
void access_formatter::set_second(std::chrono::sys_seconds second) noexcept {
  second_ = second;
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(second - day);
  const int year = static_cast<int>(date.year()) % 10'000;
  const auto month = static_cast<unsigned>(date.month());
  const auto of_month = static_cast<unsigned>(date.day());
  const auto h = static_cast<int>(time.hours().count());
  const auto m = static_cast<int>(time.minutes().count());
  const auto s = static_cast<int>(time.seconds().count());
  const int bytes =
      format_ == access_format::json
          ? std::snprintf(date_.data(), date_.size(), "%04d-%02u-%02uT%02d:%02d:%02d", year, month,
                          of_month, h, m, s)
          : std::snprintf(date_.data(), date_.size(), "%02u/%s/%04d:%02d:%02d:%02d +0000", of_month,
                          months[month - 1], year, h, m, s);
  date_bytes_ = static_cast<std::size_t>(bytes);
}

}  // namespace shoal::observe
