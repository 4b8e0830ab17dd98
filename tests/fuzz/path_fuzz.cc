// Paths of files: one that is safe stays below its root whatever reads it next, and no second
// decoding makes it another.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/files/safe_path.h"
#include "http/router.h"

namespace shoal::http {
namespace {

void check(std::string_view sent) {
  std::string decoded(sent.size(), '\0');
  const auto size = percent_decode(sent, decoded.data());
  if (size == std::string_view::npos) return;
  decoded.resize(size);
  const bool plain = is_safe_path(sent, decoded, false);
  const bool with_dot_files = is_safe_path(sent, decoded, true);
  SHOAL_CHECK(with_dot_files || !plain);
  if (!with_dot_files) return;
  const std::filesystem::path root = "/srv/root";
  const auto resolved = (root / decoded).lexically_normal().string();
  SHOAL_CHECK(resolved.starts_with("/srv/root/"));
  SHOAL_CHECK(resolved == "/srv/root/" + decoded);
  SHOAL_CHECK(decoded.find('\0') == std::string::npos);
  if (plain) {
    SHOAL_CHECK(decoded[0] != '.' || decoded.starts_with(".well-known"));
    SHOAL_CHECK(decoded.find("/.") == std::string::npos ||
                decoded.find("/.well-known") != std::string::npos);
  }
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::http::check(shoal::fuzz::as_text(data, size));
  return 0;
}
