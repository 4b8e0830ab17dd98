#include "completion_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::tool {
namespace {

using ::testing::HasSubstr;

const completed_commands two = {{.name = "look",
                                 .help = "Looks: [here]",
                                 .flags = {{"--json", "Print what's [JSON]", ""},
                                           {"--pid", "Which", "PID:N"},
                                           {"-h", "Help", ""}},
                                 .takes_file = true},
                                {.name = "say", .help = "Says", .words = {"yes", "no"}}};

TEST(CompletionScript, QuotesWhatIsTheShellsOwn) {
  EXPECT_THAT(zsh_script(two), HasSubstr(R"('look:Looks\: [here]')"));
  EXPECT_THAT(zsh_script(two), HasSubstr(R"('--json[Print what'\''s \[JSON\]]')"));
  EXPECT_THAT(zsh_script(two), HasSubstr(R"('--pid[Which]:PID\:N:_files')"));
  EXPECT_THAT(fish_script(two), HasSubstr(R"(-l json -d 'Print what\'s [JSON]')"));
}

TEST(CompletionScript, TellsFlagsWithAValueFromOthers) {
  EXPECT_THAT(bash_script(two),
              HasSubstr("look) flags='--json --pid -h' valued=' --pid ' words=''"));
  EXPECT_THAT(fish_script(two), HasSubstr("-l pid -r -d 'Which'\n"));
  EXPECT_THAT(fish_script(two), HasSubstr("-s h -d 'Help'\n"));
}

TEST(CompletionScript, OffersWordsAndFiles) {
  EXPECT_THAT(bash_script(two), HasSubstr("say) flags='' valued='  ' words='yes no'"));
  EXPECT_THAT(zsh_script(two), HasSubstr("'1:word:(yes no)'"));
  EXPECT_THAT(zsh_script(two), HasSubstr("'*:file:_files'"));
  EXPECT_THAT(fish_script(two), HasSubstr("'__fish_seen_subcommand_from say' -a 'yes no'\n"));
  EXPECT_THAT(fish_script(two), HasSubstr("'__fish_seen_subcommand_from look' -F\n"));
}

}  // namespace
}  // namespace shoal::tool
