#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/coro/task.h"

namespace shoal {

class context;

/// What of a form is accepted. Every limit is finite.
struct form_limits {
  std::size_t fields = 1000;  ///< more: 400
};

/// Names and values in the order in which they were sent; a name may occur more than once.
///
/// The bytes are the client's: of any length that the limits allow, not necessarily UTF-8, but
/// never with a NUL.
///
/// Lifetime  views live as long as these fields stay where they are and nothing is added
/// Cost      two allocations, however many fields
class form_fields final {
 public:
  struct field {
    std::string_view name;
    std::string_view value;
  };
  class iterator;

  /// A query or an application/x-www-form-urlencoded body, decoded: "a=1&b=x+y%21". A field
  /// without "=" has an empty value; empty fields ("a&&b") are none.
  ///
  /// Errors    http_error 400 for a broken escape, a NUL, or too many fields
  [[nodiscard]] static form_fields parse(std::string_view text, const form_limits& limits = {});

  /// Adds one as it is.
  void add(std::string_view name, std::string_view value);

  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }
  [[nodiscard]] field operator[](std::size_t i) const noexcept;
  [[nodiscard]] iterator begin() const noexcept;
  [[nodiscard]] iterator end() const noexcept;

  /// The first value of that name. Exact. Cost: a walk over the fields.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

  /// All values of that name, in order.
  [[nodiscard]] std::vector<std::string_view> find_all(std::string_view name) const;

 private:
  struct ending {
    std::size_t name;
    std::size_t value;
  };

  std::string text_;  // name, value, name, value, ...
  std::vector<ending> ends_;
};

class form_fields::iterator final {
 public:
  using iterator_category = std::input_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = field;
  using pointer = void;
  using reference = field;

  iterator() noexcept = default;
  iterator(const form_fields& of, std::size_t at) noexcept : of_(&of), at_(at) {}
  field operator*() const noexcept { return (*of_)[at_]; }
  iterator& operator++() noexcept {
    ++at_;
    return *this;
  }
  iterator operator++(int) noexcept { return {*of_, at_++}; }
  bool operator==(const iterator&) const noexcept = default;

 private:
  const form_fields* of_ = nullptr;
  std::size_t at_ = 0;
};

inline form_fields::iterator form_fields::begin() const noexcept { return {*this, 0}; }
inline form_fields::iterator form_fields::end() const noexcept { return {*this, size()}; }

/// The fields of the request's query.
///
/// Errors    as form_fields::parse()
[[nodiscard]] form_fields query(context& c, const form_limits& limits = {});

/// The request's body as application/x-www-form-urlencoded:
///
///   auto sent = co_await shoal::form(c);
///   auto name = sent.find("name");
///
/// Errors    http_error 415 for another Content-Type; 400 and 413 as form_fields::parse() and
///           context::body(); the second form has a limit of its own
/// Lifetime  the context outlives the task
[[nodiscard]] task<form_fields> form(context& c, form_limits limits = {});
[[nodiscard]] task<form_fields> form(context& c, std::uint64_t limit_bytes,
                                     form_limits limits = {});

}  // namespace shoal
