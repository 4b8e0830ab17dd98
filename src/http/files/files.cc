#include "shoal/http/files.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

#include "http/field_text.h"
#include "http/files/accept_encoding.h"
#include "http/files/byteranges.h"
#include "http/files/conditional.h"
#include "http/files/file_cache.h"
#include "http/files/ranges.h"
#include "http/files/request_fields.h"
#include "http/files/safe_path.h"
#include "io/loop.h"
#include "shoal/http/problem.h"

namespace shoal {
namespace http {
namespace {

/// One file as one client gets it.
struct representation {
  const served_file& of;
  const stored_file& bytes;
  coding encoding;
};

status status_of(int error) noexcept {
  switch (error) {
    case EACCES:
    case EPERM:
      return status::forbidden;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return status::service_unavailable;
    case EIO:
      return status::internal_server_error;
    default:  // not there, no regular file, not below the directory, no possible name
      return status::not_found;
  }
}

/// To the same name with a slash: relative, so that no path can make it lead to another host.
response to_directory(const context& c) {
  const auto path = c.path();
  std::string to = "./";
  to.append(path.substr(path.rfind('/') + 1)).append("/");
  if (!c.query().empty()) to.append("?").append(c.query());
  return response(status::moved_permanently).header("Location", to);
}

/// nullopt: the client takes none that there is.
std::optional<representation> choose(const served_file& file,
                                     std::optional<std::string_view> accept) noexcept {
  if (!accept) return representation{file, file.plain, coding::identity};
  auto accepted = parse_accept_encoding(accept);
  if (!file.br) accepted.exclude(coding::br);
  if (!file.gzip) accepted.exclude(coding::gzip);
  const auto best = accepted.best();
  if (!best) return {};
  if (*best == coding::br) return representation{file, *file.br, *best};
  if (*best == coding::gzip) return representation{file, *file.gzip, *best};
  return representation{file, file.plain, *best};
}

response whole(const representation& r) {
  const stored_file& file = r.bytes;
  if (file.bytes == 0) {
    response empty;
    empty.header("Content-Type", r.of.type);
    return empty;
  }
  return response::file(r.of.type, {.file = file.file, .offset = 0, .bytes = file.bytes});
}

response partial(const representation& r, const range_choice& choice, file_caches& caches) {
  const stored_file& file = r.bytes;
  if (choice.parts().size() > 1) {
    return send_parts(file, r.of.type, choice.parts(), caches.random().next());
  }
  const byte_range& part = choice.parts().front();
  auto one =
      response::file(r.of.type, {.file = file.file, .offset = part.first, .bytes = part.bytes});
  one.set_status(status::partial_content);
  one.header("Content-Range", content_range(part, file.bytes));
  return one;
}

response unsatisfiable(std::uint64_t size) {
  auto answer = problem(status::range_not_satisfiable);
  answer.header("Content-Range", "bytes */" + std::to_string(size));
  return answer;
}

/// The answer without the fields that all answers of a file have.
response answer_with(const representation& r, const context& c, const request_fields& asked,
                     file_caches& caches) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const validators state{.etag = r.bytes.etag, .last_modified = r.bytes.modified};
  const bool reads = c.verb() == method::get || c.verb() == method::head;
  switch (judge(asked.conditional, state, reads, now)) {
    case verdict::not_modified:
      return response(status::not_modified);
    case verdict::precondition_failed:
      return problem(status::precondition_failed);
    case verdict::go_on:
      break;
  }
  // HEAD knows no ranges (RFC 9110 14.2).
  if (c.verb() != method::get || !asked.range ||
      !may_send_range(asked.conditional.if_range, state, now)) {
    return whole(r);
  }
  const auto choice = choose_ranges(*asked.range, r.bytes.bytes);
  switch (choice.what()) {
    case range_choice::kind::parts:
      return partial(r, choice, caches);
    case range_choice::kind::unsatisfiable:
      return unsatisfiable(r.bytes.bytes);
    case range_choice::kind::whole:
      break;
  }
  return whole(r);
}

void add_fields(response& answer, const representation& r, const files_options& options) {
  if (answer.code() == 412 || answer.code() == 416) return;
  answer.header("ETag", r.bytes.etag);
  if (answer.code() != 304) {
    answer.header("Last-Modified", r.bytes.last_modified).header("Accept-Ranges", "bytes");
    if (r.encoding != coding::identity) answer.header("Content-Encoding", name_of(r.encoding));
  }
  if (!options.cache_control.empty()) answer.header("Cache-Control", options.cache_control);
}

/// Handlers of files run on other threads, too.
monotonic_time now() noexcept {
  const io::loop* const on = io::loop::current();
  return on != nullptr ? on->now() : read_clock();
}

response serve(const std::shared_ptr<const file_site>& site, context& c, std::string_view path) {
  const files_options& options = site->options;
  if (!is_safe_path(c.path(), path, options.dot_files)) return problem(status::not_found);
  auto& caches = c.worker().local<file_caches>();
  const bool names_directory = path.empty() || path.back() == '/';
  if (names_directory && options.index.empty()) return problem(status::not_found);
  std::string with_index;
  if (names_directory) path = with_index.append(path).append(options.index);

  const auto found = caches.of(site).find(path, now());
  if (found.error == EISDIR && !names_directory && !options.index.empty()) return to_directory(c);
  if (found.file == nullptr) return problem(status_of(found.error));

  const request_fields asked(c);
  const auto chosen = choose(*found.file, asked.accept_encoding);
  response answer =
      chosen ? answer_with(*chosen, c, asked, caches) : problem(status::not_acceptable);
  if (chosen) add_fields(answer, *chosen, options);
  if (found.file->br || found.file->gzip) answer.header("Vary", "Accept-Encoding");
  return answer;
}

std::atomic<std::uint64_t> sites_made{0};  // every constructor takes the next one; any thread

}  // namespace
}  // namespace http

files::files(std::string directory, files_options options) {
  if (!http::is_field_value(options.cache_control)) {
    throw std::invalid_argument("shoal::files: cache_control has a control character");
  }
  auto absolute = std::filesystem::absolute(directory).string();
  if (const auto opened = http::open_root(absolute); !opened) {
    throw std::runtime_error("shoal::files: " + opened.error().message);
  }
  site_ = std::make_shared<const http::file_site>(
      http::file_site{std::move(absolute), std::move(options), http::sites_made++});
}

response files::operator()(context& c, std::string_view path) const {
  return http::serve(site_, c, path);
}

}  // namespace shoal
