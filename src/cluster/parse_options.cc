// The only door to CLI11. Flags are taken as text: the option table reads them, so that flags,
// environment and code are refused in the same words.
#include "cluster/parse_options.h"

#include <CLI/CLI.hpp>
#include <deque>
#include <vector>

#include "cluster/did_you_mean.h"
#include "cluster/option_table.h"

namespace shoal::cluster {
namespace {

using next = parsed_options::next;

parsed_options stop(next what, std::string text) {
  parsed_options out;
  out.what = what;
  out.text = std::move(text);
  return out;
}

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of('/') + 1));
}

/// The texts of every flag, in the order of the table.
using flag_texts = std::deque<std::vector<std::string>>;

void describe(CLI::App& app, const options& defaults, flag_texts& texts) {
  for (const auto& spec : option_table()) {
    auto* flag =
        app.add_option("--" + std::string(spec.name), texts.emplace_back(), std::string(spec.help))
            ->type_name(std::string(spec.value_name))
            ->default_str(spec.show(defaults))
            ->allow_extra_args(false)
            ->expected(1);
    // Twice is refused below, in our words.
    flag->take_all();
  }
  app.set_help_flag("--help", "print this and exit");
  app.set_version_flag("--version", app.get_name() + " (shoal " SHOAL_VERSION ")",
                       "print the version and exit");
  app.get_formatter()->column_width(32);
  app.footer(
      "TIME: 250ms, 30s, 5m, 1h. SIZE: 65536, 64KiB, 1MiB.\n"
      "Every flag has a variable: SHOAL_MAX_BODY is --max-body. A flag wins over its variable, and "
      "the variable over what the program sets.");
  app.allow_extras();
}

std::string unknown(const std::string& argument) {
  if (argument.size() < 2 || argument[0] != '-') {
    return "unexpected argument \"" + argument + "\"; options are written --name value";
  }
  const auto name = argument.substr(0, argument.find('='));
  std::vector<std::string> flags = {"--help", "--version"};
  for (const auto& spec : option_table()) flags.push_back("--" + std::string(spec.name));
  const std::vector<std::string_view> candidates(flags.begin(), flags.end());
  const auto near = did_you_mean(name, candidates);
  std::string text = "unknown flag " + name;
  if (!near.empty()) text.append("; did you mean ").append(near).append("?");
  return text + " (--help lists all)";
}

/// "" or what is wrong.
std::string apply(const option_spec& spec, const std::vector<std::string>& texts, environment get,
                  options& out) {
  std::string source = "--" + std::string(spec.name);
  std::string value;
  if (!texts.empty()) {
    if (texts.size() > 1 && !spec.repeatable) return source + " is given more than once";
    for (const auto& one : texts) value.append(value.empty() ? "" : ",").append(one);
  } else {
    source = environment_name(spec.name);
    const char* const given = get(source.c_str());
    if (given == nullptr) return {};
    value = given;
  }
  const auto set = spec.set(out, value);
  return set ? "" : source + " \"" + value + "\": " + set.error().message;
}

}  // namespace

parsed_options parse_options(const options& code, std::span<const char* const> argv,
                             environment get) {
  if (const auto checked = check_options(code); !checked) {
    return stop(next::refuse, checked.error().message);
  }
  CLI::App app("A shoal server.", argv.empty() ? "shoal" : base_name(argv[0]));
  flag_texts texts;
  describe(app, code, texts);
  try {
    app.parse(static_cast<int>(argv.size()), argv.data());
  } catch (const CLI::CallForHelp&) {
    return stop(next::show, app.help());
  } catch (const CLI::CallForVersion&) {
    return stop(next::show, app.version() + "\n");
  } catch (const CLI::ParseError& failure) {
    return stop(next::refuse, std::string(failure.what()) + " (--help lists all)");
  }
  const auto extras = app.remaining();
  if (!extras.empty()) return stop(next::refuse, unknown(extras.front()));

  parsed_options out{next::run, code, {}};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto problem = apply(option_table()[i], texts[i], get, out.values);
    if (!problem.empty()) return stop(next::refuse, std::move(problem));
  }
  if (const auto fits = check_together(out.values); !fits) {
    return stop(next::refuse, fits.error().message);
  }
  return out;
}

}  // namespace shoal::cluster
