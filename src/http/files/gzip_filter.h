#pragma once

#include <string>
#include <string_view>

#include "http/files/deflate_pool.h"
#include "shoal/http/body_filter.h"

namespace shoal::http {

/// Makes a body gzip (RFC 1952). What goes in comes out with the same call, so that a stream that
/// pauses is not stuck half-way.
class gzip_filter final : public body_filter {
 public:
  gzip_filter(deflate_pool& pool, int level) : pool_(pool), stream_(pool.take(level)) {}
  ~gzip_filter() override { pool_.give_back(std::move(stream_)); }

  void transform(std::string_view in, bool last, std::string& out) override;

 private:
  deflate_pool& pool_;
  deflate_pool::stream stream_;
};

}  // namespace shoal::http
