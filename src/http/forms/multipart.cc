#include "shoal/http/multipart.h"

#include <optional>

#include "http/forms/content_type.h"
#include "shoal/http/context.h"
#include "shoal/http/error.h"

namespace shoal {
namespace {

using event = multipart_parser::event;

http_error refusal(const multipart_parser& parser) {
  return {parser.problem_status(), std::string(parser.problem())};
}

/// Fields in memory, files in files.
class form_builder final {
 public:
  explicit form_builder(const upload_options& options) : options_(options) {}

  void take(const part_head& part, std::string_view bytes, bool last) {
    part.file_name ? take_file(part, bytes, last) : take_field(part, bytes, last);
  }

  uploaded_form form;

 private:
  void take_field(const part_head& part, std::string_view bytes, bool last) {
    if (!begun_) count(part.name.size());
    begun_ = !last;
    count(bytes.size());
    value_.append(bytes);
    if (!last) return;
    form.fields.add(part.name, value_);
    value_.clear();
  }

  void take_file(const part_head& part, std::string_view bytes, bool last) {
    if (!begun_) {
      if (form.files.size() == options_.files)
        throw http_error(status::content_too_large, "the form has too many files");
      form.files.emplace_back(part, options_.directory, options_.nameless);
    }
    begun_ = !last;
    form.files.back().append(bytes);
  }

  void count(std::size_t bytes) {
    in_memory_ += bytes;
    if (in_memory_ > options_.field_bytes)
      throw http_error(status::content_too_large, "the form's fields are too long");
  }

  const upload_options& options_;
  std::string value_;
  std::size_t in_memory_ = 0;
  bool begun_ = false;  // a part has been given in part
};

}  // namespace

task<> detail::multipart(context& c, any_part_sink sink, multipart_limits limits) {
  multipart_parser parser(http::boundary_of(http::content_type_of(c)), limits);
  auto in = c.body(limits.total_bytes);
  for (;;) {
    std::string_view piece = co_await in.next();
    if (piece.empty()) break;
    for (event e = parser.next(piece); e != event::need_more; e = parser.next(piece)) {
      if (e == event::invalid) throw refusal(parser);
      if (e == event::part_begin) continue;
      const bool last = e == event::part_end;
      auto waiting = sink(parser.part(), last ? std::string_view() : parser.data(), last);
      if (waiting) co_await std::move(waiting);
    }
  }
  if (!parser.complete()) throw http_error(status::bad_request, "the last boundary is missing");
}

task<uploaded_form> multipart(context& c, upload_options options) {
  form_builder builder(options);
  detail::any_part_sink sink = [&builder](const part_head& part, std::string_view bytes,
                                          bool last) {
    builder.take(part, bytes, last);
    return task<>();
  };
  co_await detail::multipart(c, std::move(sink), options.limits);
  co_return std::move(builder.form);
}

}  // namespace shoal
