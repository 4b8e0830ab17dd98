#include "http/files/byteranges.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "shoal/coro/task.h"
#include "shoal/http/body_writer.h"

namespace shoal::http {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

struct part {
  std::string head;
  byte_range bytes;
};

/// All that the answer's body is made of.
struct plan {
  std::shared_ptr<const open_file> file;
  std::vector<part> parts;
  std::string end;

  [[nodiscard]] std::uint64_t size() const noexcept {
    std::uint64_t sum = end.size();
    for (const part& p : parts) sum += p.head.size() + p.bytes.bytes;
    return sum;
  }
};

task<void> write_parts(body_writer& out, std::shared_ptr<const plan> what) {
  std::string piece;
  for (const part& p : what->parts) {
    co_await out.write(p.head);
    for (std::uint64_t at = p.bytes.first; at < p.bytes.end(); at += piece.size()) {
      piece.resize(std::min<std::uint64_t>(p.bytes.end() - at, piece_bytes));
      const ssize_t n =
          ::pread(what->file->descriptor(), piece.data(), piece.size(), static_cast<off_t>(at));
      if (n <= 0) throw std::runtime_error("a file has become shorter, or cannot be read");
      piece.resize(static_cast<std::size_t>(n));
      co_await out.write(piece);
    }
  }
  co_await out.write(what->end);
}

std::string make_boundary(std::uint64_t number) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
  return "part-" + std::string(std::begin(digits), end);
}

}  // namespace

std::string content_range(const byte_range& part, std::uint64_t size) {
  return "bytes " + std::to_string(part.first) + "-" + std::to_string(part.end() - 1) + "/" +
         std::to_string(size);
}

response send_parts(const stored_file& file, std::string_view type,
                    std::span<const byte_range> parts, std::uint64_t boundary) {
  const std::string mark = make_boundary(boundary);
  const auto made = std::make_shared<plan>();
  made->file = file.file;
  for (const byte_range& bytes : parts) {
    std::string head = made->parts.empty() ? "--" : "\r\n--";
    head.append(mark).append("\r\nContent-Type: ").append(type);
    head.append("\r\nContent-Range: ").append(content_range(bytes, file.bytes));
    made->parts.push_back({head.append("\r\n\r\n"), bytes});
  }
  made->end = "\r\n--" + mark + "--\r\n";
  return response::stream("multipart/byteranges; boundary=" + mark, made->size(),
                          [what = std::shared_ptr<const plan>(made)](body_writer& out) {
                            return write_parts(out, what);
                          })
      .set_status(status::partial_content);
}

}  // namespace shoal::http
