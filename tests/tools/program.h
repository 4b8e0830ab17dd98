// The program itself, run as people run it.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "base/check.h"

namespace shoal::tool {

struct run_outcome {
  int exit_code = -1;
  std::string text;  ///< stdout and stderr
};

/// By way of the shell; `before` may set variables: "SHOAL_WORKERS=2 ".
inline run_outcome run(const std::string& arguments, const std::string& before = "") {
  run_outcome outcome;
  const auto line = before + SHOAL_PROGRAM " " + arguments + " 2>&1";
  FILE* const pipe = ::popen(line.c_str(), "r");
  SHOAL_CHECK(pipe != nullptr);
  char buffer[4096];
  while (const std::size_t bytes = std::fread(buffer, 1, sizeof buffer, pipe))
    outcome.text.append(buffer, bytes);
  const int status = ::pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

}  // namespace shoal::tool
