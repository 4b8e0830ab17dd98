// The only door to CLI11. Flags are taken as text: the option table reads them, so that flags,
// environment, file and code are refused in the same words.
#include "cluster/options/parse_options.h"

#include <CLI/CLI.hpp>
#include <deque>
#include <optional>
#include <vector>

#include "cluster/exit_code.h"
#include "cluster/options/did_you_mean.h"
#include "cluster/options/option_table.h"

namespace shoal::cluster {
namespace {

using next = parsed_options::next;

parsed_options refuse(std::string text, int code = exit_usage) {
  parsed_options out;
  out.what = next::refuse;
  out.text = std::move(text);
  out.code = code;
  return out;
}

parsed_options show(std::string text) {
  parsed_options out;
  out.what = next::show;
  out.text = std::move(text);
  return out;
}

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of('/') + 1));
}

/// As they were given; CLI11 writes into them.
struct command_line {
  std::deque<std::vector<std::string>> options;  ///< in the order of the table
  std::vector<std::string> config;
  std::vector<std::string> print;
  bool check = false;
};

void add_flag(CLI::App& app, std::string_view name, std::vector<std::string>& texts,
              std::string_view help, std::string_view value, const std::string& preset) {
  auto* const flag = app.add_option("--" + std::string(name), texts, std::string(help))
                         ->type_name(std::string(value))
                         ->default_str(preset)
                         ->allow_extra_args(false)
                         ->expected(1);
  // Twice is refused below, in our words.
  flag->take_all();
}

void describe(CLI::App& app, const options& defaults, command_line& line) {
  for (const auto& spec : option_table()) {
    add_flag(app, spec.name, line.options.emplace_back(), spec.help, name_of(spec.kind),
             spec.show(defaults));
  }
  add_flag(app, "config", line.config, "read options from this TOML file (docs/configuration.md)",
           "FILE", "");
  add_flag(app, "print-config", line.print, "print what would count and who says so, and exit",
           "text|json", "");
  app.add_flag("--check", line.check, "check all that can be before a start, and exit");
  app.set_help_flag("--help", "print this and exit");
  app.set_version_flag("--version", app.get_name() + " (shoal " SHOAL_VERSION ")",
                       "print the version and exit");
  app.get_formatter()->column_width(32);
  app.footer(
      "TIME: 250ms, 30s, 5m, 1h. SIZE: 65536, 64KiB, 1MiB.\n"
      "Every option has a variable, and so has --config: SHOAL_MAX_BODY, SHOAL_CONFIG. A flag wins "
      "over its "
      "variable, the variable over the file, and the file over what the program sets.");
  app.allow_extras();
}

std::string unknown(const std::string& argument) {
  if (argument.size() < 2 || argument[0] != '-') {
    return "unexpected argument \"" + argument + "\"; options are written --name value";
  }
  const auto name = argument.substr(0, argument.find('='));
  std::vector<std::string> flags = {"--help", "--version", "--config", "--check", "--print-config"};
  for (const auto& spec : option_table()) flags.push_back("--" + std::string(spec.name));
  const std::vector<std::string_view> candidates(flags.begin(), flags.end());
  const auto near = did_you_mean(name, candidates);
  std::string text = "unknown flag " + name;
  if (!near.empty()) text.append("; did you mean ").append(near).append("?");
  return text + " (--help lists all)";
}

/// What was given where only one value makes sense; else a sentence about it in `problem`.
std::optional<std::string> once(std::string_view name, const std::vector<std::string>& texts,
                                std::string& problem) {
  if (texts.size() > 1) problem = "--" + std::string(name) + " is given more than once";
  if (texts.empty()) return std::nullopt;
  return texts.front();
}

std::optional<option_text> flag_text(const option_spec& spec, const std::vector<std::string>& texts,
                                     std::string& problem) {
  auto text = spec.repeatable() ? std::nullopt : once(spec.name, texts, problem);
  if (spec.repeatable() && !texts.empty()) {
    text.emplace();
    for (const auto& one : texts) text->append(text->empty() ? "" : ",").append(one);
  }
  if (!text) return std::nullopt;
  return option_text{std::move(*text), "--" + std::string(spec.name)};
}

next what_of(const command_line& line, std::string& problem) {
  const auto print = once("print-config", line.print, problem);
  if (print && *print != "text" && *print != "json") {
    problem = "--print-config \"" + *print + "\": must be text or json";
  }
  if (print && line.check) problem = "--check and --print-config are two wishes; give one";
  if (line.check) return next::check;
  if (!print) return next::run;
  return *print == "json" ? next::print_json : next::print_text;
}

/// "" if all is well.
std::string lay_out(const command_line& line, environment get, parsed_options& out) {
  std::string problem;
  for (std::size_t i = 0; i < line.options.size() && problem.empty(); ++i) {
    out.layers.flags[i] = flag_text(option_table()[i], line.options[i], problem);
  }
  if (!problem.empty()) return problem;
  out.what = what_of(line, problem);
  out.layers.environment = read_environment(get);
  const char* const file = get(config_variable);
  out.layers.file = once("config", line.config, problem).value_or(file != nullptr ? file : "");
  return problem;
}

std::string in_lines(const std::vector<std::string>& problems) {
  std::string text;
  for (const auto& one : problems) text.append(text.empty() ? "" : "\n").append(one);
  return text;
}

}  // namespace

parsed_options parse_options(const options& code, std::span<const char* const> argv,
                             environment get) {
  // --help shows them.
  if (const auto checked = check_options(code); !checked) return refuse(checked.error().message);
  CLI::App app("A shoal server.", argv.empty() ? "shoal" : base_name(argv[0]));
  command_line line;
  describe(app, code, line);
  try {
    app.parse(static_cast<int>(argv.size()), argv.data());
  } catch (const CLI::CallForHelp&) {
    return show(app.help());
  } catch (const CLI::CallForVersion&) {
    return show(app.version() + "\n");
  } catch (const CLI::ParseError& failure) {
    return refuse(std::string(failure.what()) + " (--help lists all)");
  }
  const auto extras = app.remaining();
  if (!extras.empty()) return refuse(unknown(extras.front()));

  parsed_options out;
  out.layers.code = code;
  if (auto problem = lay_out(line, get, out); !problem.empty()) return refuse(std::move(problem));
  out.settled = settle(out.layers);
  const auto& problems = out.settled.problems;
  if (!problems.empty() && out.what != next::check) {
    return refuse(in_lines(problems), out.settled.code);
  }
  return out;
}

}  // namespace shoal::cluster
