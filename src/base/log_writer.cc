#include "base/log_writer.h"

#include <unistd.h>

#include <cerrno>

#include "base/json_writer.h"
#include "base/log_text.h"
#include "base/utc_text.h"

namespace shoal {
namespace {

void append_text(std::string& line, std::string_view level, std::string_view source,
                 std::string_view said) {
  line += show_utc(utc_milliseconds());
  line.append(" ").append(level).append(" [").append(source).append("] ");
  line += as_log_text(said);
}

void append_object(std::string& line, std::string_view level, std::string_view source,
                   std::string_view said, std::string_view event) {
  json_writer json(line);
  json.begin_object();
  json.member("time", show_utc(utc_milliseconds()));
  json.member("level", level);
  json.member("source", source);
  json.member("pid", ::getpid());
  json.member("message", cut_for_log(said));
  if (!event.empty()) line.append(",\"event\":").append(event);
  json.end_object();
}

}  // namespace

void log_writer::write(log_format format, log_level level, std::string_view source,
                       std::string_view said, std::string_view event) {
  std::string line = torn_ ? "\n" : "";
  if (format == log_format::json) {
    append_object(line, name_of(level), source, said, event);
  } else {
    append_text(line, name_of(level), source, said);
  }
  line += '\n';
  write_once(line);
}

void log_writer::write_once(const std::string& line) noexcept {
  ssize_t count = 0;
  do {
    count = ::write(fd_, line.data(), line.size());
  } while (count < 0 && errno == EINTR);
  if (count > 0) torn_ = static_cast<std::size_t>(count) < line.size();
}

}  // namespace shoal
