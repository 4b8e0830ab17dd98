// The few shapes that charts are made of.
#pragma once

#include <string>
#include <string_view>

namespace shoal::bench::svg {

/// A coordinate: one decimal, never "nan".
[[nodiscard]] std::string number(double value);

/// The beginning of a picture that says what it is; "</svg>" ends it.
[[nodiscard]] std::string begin(double width, double height, std::string_view title,
                                std::string_view says);

/// The same for a file of its own, which has to bring what a page around it would: the namespace,
/// and how things look: `style`, which is ours and escaped by nobody.
[[nodiscard]] std::string begin_file(double width, double height, std::string_view title,
                                     std::string_view says, std::string_view style);

[[nodiscard]] std::string box(double x, double y, double width, double height,
                              std::string_view name);

[[nodiscard]] std::string stroke(double x1, double y1, double x2, double y2, std::string_view name);

/// `anchor`: start, middle or end.
[[nodiscard]] std::string text(double x, double y, std::string_view anchor,
                               std::string_view content, std::string_view name = "");

/// Another shape for each colour, so that colour is not all that tells them apart.
[[nodiscard]] std::string mark(double x, double y, unsigned colour);

}  // namespace shoal::bench::svg
