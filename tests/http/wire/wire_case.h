// Conversations, byte for byte, and what becomes of them. They stand in cases/*.txt, one after
// another:
//
//     # a comment
//     == name_of_the_case  9112 6.3
//     POST /echo HTTP/1.1\r\nHost: a\r\n
//     Content-Length: 5\r\n\r\nhello
//     >> 200 POST /echo @a [hello]
//     >> + Content-Type: text/plain
//     >> keeps
//
// The first line names the RFC and the section that decides. Lines of bytes follow each other
// without what ends them in the file. \r \n \t \0 \\ and \xHH are bytes, \*100{text} is a text a
// hundred times. What is expected:
//
//     >> STATUS          an answer, in order
//     >> STATUS text     with exactly this body: what echo_routes.h says about the request
//     >> STATUS *99      so many of them
//     >> STATUS/head     an answer to HEAD: a length may be there, a body is not
//     >> 100?            an interim answer that comes if the body was not there yet
//     >> + Name: value   the answer before has this field; without a value: whatever it says
//     >> - Name          it does not
//     >> keeps           at last: the connection stays, and the next byte begins a request
//     >> closes          it is closed
//     >> waits           it stays, and the request is not whole yet
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::http::wire {

struct expected_answer {
  int status = 0;
  bool to_head = false;
  bool may_be_missing = false;
  std::optional<std::string> body;
  std::vector<std::string> present;  ///< "Name" or "Name: value"
  std::vector<std::string> absent;
};

enum class ending { keeps, closes, waits };

struct wire_case {
  std::string file;  ///< without its ".txt"
  std::string name;
  std::string section;
  std::string bytes;
  std::vector<expected_answer> answers;
  std::optional<ending> end;
};

/// All cases of a directory, by file name. Ends the program with place and reason where a file is
/// not of the form above.
[[nodiscard]] std::vector<wire_case> read_wire_cases(const std::string& directory);

}  // namespace shoal::http::wire
