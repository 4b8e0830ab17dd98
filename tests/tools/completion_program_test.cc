// `shoal completion` from outside: what it prints against what --help prints, and in the shells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <vector>

#include "program.h"
#include "support/scratch_directory.h"

namespace shoal::tool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> all_matches(const std::string& text, const char* pattern) {
  const std::regex expression(pattern, std::regex::multiline);
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
    found.push_back((*at)[1]);
  }
  return found;
}

/// As --help lists them.
std::vector<std::string> commands() {
  const auto help = run("--help").text;
  return all_matches(help.substr(help.find("Subcommands:")), "^  ([a-z]+) ");
}

std::vector<std::string> flags_of(const std::string& command) {
  return all_matches(run(command + " --help").text, "^  (?:-h,)?(--[a-z-]+)");
}

std::string script_of(const std::string& shell) {
  const auto seen = run("completion " + shell);
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  return seen.text;
}

/// The part of a script that is about one command.
std::string part_of(const std::string& script, const std::string& begin, const std::string& end) {
  const auto at = script.find(begin);
  return at == std::string::npos ? "" : script.substr(at, script.find(end, at) - at);
}

TEST(ShoalCompletion, KnowsEachCommandAndItsFlags) {
  const auto names = commands();
  ASSERT_GE(names.size(), 16U);
  const auto bash = script_of("bash");
  const auto first_words = " " + part_of(bash, "words='status", "' ;;").substr(7) + " ";
  const auto zsh = script_of("zsh");
  const auto fish = script_of("fish");
  for (const auto& name : names) {
    EXPECT_THAT(first_words, HasSubstr(" " + name + " ")) << name;
    EXPECT_THAT(zsh, HasSubstr("\n    '" + name + ":")) << name;
    EXPECT_THAT(fish, HasSubstr("__fish_use_subcommand -a " + name + " ")) << name;
    const auto flags = flags_of(name);
    ASSERT_FALSE(flags.empty()) << name;
    for (const auto& flag : flags) {
      EXPECT_THAT(part_of(bash, "\n    " + name + ") ", ";;"), HasSubstr(flag)) << name;
      EXPECT_THAT(part_of(zsh, "\n    " + name + ") ", ";;"), HasSubstr("'" + flag + "[")) << name;
      EXPECT_THAT(
          fish, HasSubstr("'__fish_seen_subcommand_from " + name + "' -l " + flag.substr(2) + " "));
    }
  }
}

TEST(ShoalCompletion, WantsToKnowWhichShell) {
  EXPECT_EQ(run("completion").exit_code, 2);
  EXPECT_EQ(run("completion tcsh").exit_code, 2);
}

/// What a shell prints that runs `script`, with the completion in the file that $1 names.
std::string in_shell(const std::string& shell, const std::string& script) {
  const testing::scratch_directory place;
  const auto completion = place.write("completion", script_of(shell));
  const auto program = place.write("program", script);
  FILE* const pipe = ::popen((shell + " " + program + " " + completion + " 2>&1").c_str(), "r");
  std::string text;
  char buffer[4096];
  while (const auto bytes = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, bytes);
  EXPECT_EQ(::pclose(pipe), 0) << text;
  return text;
}

bool has(const std::string& shell) {
  return std::system(("command -v " + shell + " >/dev/null").c_str()) == 0;
}

TEST(ShoalCompletion, CompletesInBash) {
  if (!has("bash")) GTEST_SKIP() << "bash is not installed";
  const auto seen = in_shell("bash",
                             "source $1\n"
                             "try() { COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)); _shoal;"
                             " echo \"<${COMPREPLY[*]}>\"; }\n"
                             "try shoal re\ntry shoal reload --p\ntry shoal reload --pid ''\n"
                             "try shoal completion z\ntry shoal --h\ntry shoal check /et\n");
  EXPECT_EQ(seen, "<reload restart reopen>\n<--pid>\n<>\n<zsh>\n<--help>\n<>\n");
}

TEST(ShoalCompletion, IsReadByZsh) {
  if (!has("zsh")) GTEST_SKIP() << "zsh is not installed";
  const auto seen = in_shell("zsh",
                             "compdef() { echo compdef $* }\n"
                             "_describe() { print -l ${(P)2} }\n_arguments() { print -l -- $* }\n"
                             "source $1\n"
                             "words=(shoal ''); CURRENT=2; _shoal\n"
                             "words=(shoal reload --p); CURRENT=3; _shoal\n");
  EXPECT_THAT(seen, AllOf(HasSubstr("compdef _shoal shoal\n"), HasSubstr("\nstatus:Shows the"),
                          HasSubstr("\n--pid[The server")));
}

TEST(ShoalCompletion, CompletesInFish) {
  if (!has("fish")) GTEST_SKIP() << "fish is not installed";
  const auto seen = in_shell("fish",
                             "source $argv[1]\ncomplete -C 'shoal re'\necho --\n"
                             "complete -C 'shoal reload --p'\ncomplete -C 'shoal completion z'\n");
  EXPECT_THAT(seen, AllOf(HasSubstr("reload\tReplaces"), HasSubstr("restart\t"),
                          HasSubstr("--pid\tThe server"), HasSubstr("zsh\n")));
  EXPECT_THAT(seen.substr(0, seen.find("--\n")), Not(HasSubstr("status")));
}

}  // namespace
}  // namespace shoal::tool
