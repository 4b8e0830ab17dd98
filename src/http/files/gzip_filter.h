#pragma once

#include <string>
#include <string_view>

#include "http/files/deflate_pool.h"
#include "shoal/http/body_filter.h"
#include "shoal/http/worker.h"

namespace shoal::http {

/// Makes a body gzip (RFC 1952). What goes in comes out with the same call, so that a stream that
/// pauses is not stuck half-way.
class gzip_filter final : public body_filter {
 public:
  /// The compressor comes from the thread that the filter works on, `on` or another of its process.
  gzip_filter(worker& on, int level) noexcept : on_(on), level_(level) {}
  ~gzip_filter() override {
    if (stream_) on_.local<deflate_pool>().give_back(std::move(stream_));
  }

  void transform(std::string_view in, bool last, std::string& out) override;

 private:
  worker& on_;
  const int level_;
  deflate_pool::stream stream_;
};

}  // namespace shoal::http
