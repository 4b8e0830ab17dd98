// What a shell has to run to complete command lines. Text in, text out: who knows the commands is
// completion.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal::tool {

struct completed_flag {
  std::string name;   ///< "--pid", "-h"
  std::string help;   ///< one line
  std::string value;  ///< what follows it, "PID"; "" if nothing does
};

struct completed_command {
  std::string name;
  std::string help;
  std::vector<completed_flag> flags;
  std::vector<std::string> words;  ///< what may follow it besides flags
  bool takes_file = false;
};

using completed_commands = std::vector<completed_command>;

[[nodiscard]] std::string bash_script(const completed_commands& commands);
[[nodiscard]] std::string zsh_script(const completed_commands& commands);
[[nodiscard]] std::string fish_script(const completed_commands& commands);

}  // namespace shoal::tool
