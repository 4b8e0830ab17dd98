#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "shoal/coro/task.h"
#include "shoal/http/form.h"
#include "shoal/http/multipart_parser.h"
#include "shoal/http/uploaded_file.h"

namespace shoal {

class context;

/// Takes a part's bytes as they come: `bytes` is some of them, never none, until a last call with
/// `last` and none. May be a coroutine; then the client is held back while it waits.
template <typename F>
concept part_sink = std::invocable<F&, const part_head&, std::string_view, bool>;

namespace detail {
using any_part_sink = std::function<task<>(const part_head&, std::string_view, bool last)>;

[[nodiscard]] task<> multipart(context& c, any_part_sink sink, multipart_limits limits);

template <part_sink F>
[[nodiscard]] any_part_sink any_sink(F sink) {
  using result = std::invoke_result_t<F&, const part_head&, std::string_view, bool>;
  if constexpr (std::is_void_v<result>) {
    return
        [sink = std::move(sink)](const part_head& part, std::string_view bytes, bool last) mutable {
          sink(part, bytes, last);
          return task<>();  // nothing to wait for
        };
  } else {
    static_assert(std::is_same_v<result, task<>>, "a sink returns nothing or a shoal::task<>");
    return any_part_sink(std::move(sink));
  }
}
}  // namespace detail

/// Reads a multipart/form-data body and gives each piece to `sink` as it arrives:
///
///   co_await shoal::multipart(c, [&](const shoal::part_head& part, std::string_view bytes,
///                                    bool last) { ... });
///
/// Errors    http_error 415 for another Content-Type, 400 for a broken body, 413 beyond a limit;
///           what the sink throws. The sink may have been given parts by then
/// Lifetime  the context, and what the sink refers to, outlive the task. A client that goes away
///           ends it: the sink is destroyed without a last call
/// Cost      bytes are given where they were received, without a copy of their own
template <part_sink F>
[[nodiscard]] task<> multipart(context& c, F sink, multipart_limits limits = {}) {
  return detail::multipart(c, detail::any_sink(std::move(sink)), limits);
}

struct upload_options {
  /// Where files are made: a directory with room, not world-writable for choice.
  std::string directory = "/var/tmp";
  /// Files without a name where the file system has such (O_TMPFILE); else, and always where it
  /// has not, files that are removed with their uploaded_file.
  bool nameless = true;
  std::size_t field_bytes = 256 * 1024;  ///< of all fields that are no files, together: 413
  /// Each is an open descriptor until the form goes away, and a client may take its time with the
  /// last one: 413.
  std::size_t files = 16;
  multipart_limits limits;
};

/// A form that has been sent whole.
struct uploaded_form {
  form_fields fields;  ///< without the files
  std::vector<uploaded_file> files;
};

/// Reads a multipart/form-data body: fields into memory, each file into a file of its own, which
/// goes away with its uploaded_file, whether the client has gone or the handler is through, unless
/// keep() gave it a name.
///
/// Errors    as above; std::system_error for a file that cannot be made or written
/// Cost      each piece is written when it arrives, on the loop's thread: usually a copy into the
///           page cache, but a slow disk is felt by the whole worker
[[nodiscard]] task<uploaded_form> multipart(context& c, upload_options options);

}  // namespace shoal
