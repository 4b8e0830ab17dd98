#include "completion_script.h"

#include <algorithm>

namespace shoal::tool {
namespace {

/// All characters of `special` become `with` and themselves.
std::string escaped(std::string_view text, std::string_view special, std::string_view with) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += with;
    out += c;
  }
  return out;
}

/// One word of bash and zsh, whatever it holds: an apostrophe ends the quote, stands for itself,
/// and begins the next.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// fish knows two escapes between apostrophes.
std::string quoted_for_fish(std::string_view text) {
  return "'" + escaped(text, "\\'", "\\") + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

std::vector<std::string> names_of(const completed_commands& commands) {
  std::vector<std::string> names;
  for (const auto& c : commands) names.push_back(c.name);
  return names;
}

std::vector<std::string> flags_of(const completed_command& command, bool with_value_only) {
  std::vector<std::string> names;
  for (const auto& f : command.flags) {
    if (!with_value_only || !f.value.empty()) names.push_back(f.name);
  }
  return names;
}

/// "status) flags='--json --pid' valued=' --pid ' words='' ;;"
std::string bash_case(const completed_command& c) {
  return "    " + c.name + ") flags=" + quoted(joined(flags_of(c, false))) +
         " valued=" + quoted(" " + joined(flags_of(c, true)) + " ") +
         " words=" + quoted(joined(c.words)) + " ;;\n";
}

/// "--pid[The server ...]:PID:": brackets and colons are the format's own.
std::string zsh_flag(const completed_flag& f) {
  auto spec = f.name + "[" + escaped(f.help, "[]\\", "\\") + "]";
  if (!f.value.empty()) spec += ":" + escaped(f.value, ":\\", "\\") + ":_files";
  return quoted(spec);
}

std::string zsh_case(const completed_command& c) {
  std::string out = "    " + c.name + ") _arguments";
  for (const auto& f : c.flags) out += " \\\n      " + zsh_flag(f);
  if (!c.words.empty()) out += " \\\n      " + quoted("1:word:(" + joined(c.words) + ")");
  if (c.takes_file) out += " \\\n      '*:file:_files'";
  return out + " ;;\n";
}

std::string fish_flag(const std::string& condition, const completed_flag& f) {
  const bool is_long = f.name.starts_with("--");
  return "complete -c shoal -n " + condition + (is_long ? " -l " : " -s ") +
         f.name.substr(is_long ? 2 : 1) + (f.value.empty() ? "" : " -r") + " -d " +
         quoted_for_fish(f.help) + "\n";
}

std::string fish_command(const completed_command& c) {
  const auto condition = quoted_for_fish("__fish_seen_subcommand_from " + c.name);
  auto out = "complete -c shoal -n __fish_use_subcommand -a " + c.name + " -d " +
             quoted_for_fish(c.help) + "\n";
  for (const auto& f : c.flags) out += fish_flag(condition, f);
  if (!c.words.empty()) {
    out += "complete -c shoal -n " + condition + " -a " + quoted_for_fish(joined(c.words)) + "\n";
  }
  if (c.takes_file) out += "complete -c shoal -n " + condition + " -F\n";
  return out;
}

}  // namespace

// Where nothing of ours fits, bash completes a file name (-o default).
std::string bash_script(const completed_commands& commands) {
  std::string out =
      "# source <(shoal completion bash), or a file in /usr/share/bash-completion/completions\n"
      "_shoal() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} command= word flags= valued= words=\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case $word in -*) ;; *) command=$word; break ;; esac\n"
      "  done\n"
      "  COMPREPLY=()\n"
      "  case $command in\n"
      "    '') flags='-h --help' words=" +
      quoted(joined(names_of(commands))) + " ;;\n";
  for (const auto& c : commands) out += bash_case(c);
  out +=
      "  esac\n"
      "  [[ $valued == *\" ${COMP_WORDS[COMP_CWORD-1]} \"* ]] && return\n"
      "  if [[ $current == -* ]]; then words=$flags; fi\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "}\n"
      "complete -o default -F _shoal shoal\n";
  return out;
}

std::string zsh_script(const completed_commands& commands) {
  std::string out =
      "#compdef shoal\n"
      "# In a directory of $fpath, under the name _shoal.\n"
      "_shoal() {\n"
      "  local -a commands\n"
      "  commands=(\n";
  for (const auto& c : commands) {
    out += "    " + quoted(c.name + ":" + escaped(c.help, ":\\", "\\")) + "\n";
  }
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $words[1] in\n";
  for (const auto& c : commands) out += zsh_case(c);
  out +=
      "  esac\n"
      "}\n"
      "if [[ $funcstack[1] == _shoal ]]; then _shoal \"$@\"; else compdef _shoal shoal; fi\n";
  return out;
}

std::string fish_script(const completed_commands& commands) {
  std::string out =
      "# shoal completion fish | source, or ~/.config/fish/completions/shoal.fish\n"
      "complete -c shoal -f\n";
  for (const auto& c : commands) out += fish_command(c);
  return out;
}

}  // namespace shoal::tool
