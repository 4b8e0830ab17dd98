// JSON by appending: values go to the end of a string the moment they are given, so there is no
// tree, no second copy and no allocation but the string's own growth.
//
//   std::string out;
//   json_writer json(out);
//   json.begin_object();
//   json.member("message", "Hello, World!");
//   json.key("ids");
//   json.begin_array();
//   json.value(1);
//   json.end_array();
//   json.end_object();          // {"message":"Hello, World!","ids":[1]}
//
// The caller keeps begin and end in pairs and gives each member of an object a key; commas are the
// writer's. The output is ASCII-safe for controls, and valid UTF-8 whatever goes in.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace shoal {

/// Appends `text` in quotation marks. Escapes ", \ and controls; bytes that are not UTF-8 become
/// U+FFFD, one for each byte that cannot be part of a character.
void append_json_string(std::string& out, std::string_view text);

class json_writer final {
 public:
  /// `out` may hold text already, and must outlive the writer.
  explicit json_writer(std::string& out) noexcept : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  /// The next value's name; objects only.
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(std::nullptr_t);

  /// The shortest text that reads back as the same number; null for NaN and infinities, for which
  /// JSON has no word.
  void value(double number);

  /// Text that is a JSON value already.
  void raw(std::string_view json);

  template <typename Scalar>
    requires std::integral<Scalar>
  void value(Scalar scalar) {
    if constexpr (std::same_as<Scalar, bool>) {
      boolean(scalar);
    } else if constexpr (std::is_signed_v<Scalar>) {
      number(std::int64_t{scalar});
    } else {
      number(std::uint64_t{scalar});
    }
  }

  template <typename Value>
  void member(std::string_view name, const Value& v) {
    key(name);
    value(v);
  }

 private:
  void separate();
  void open(char bracket);
  void close(char bracket);
  void boolean(bool truth);
  void number(std::int64_t n);
  void number(std::uint64_t n);

  std::string& out_;
  bool comma_due_ = false;  ///< a value stands before this place in the same object or array
};

}  // namespace shoal
