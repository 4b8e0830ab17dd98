#include "shoal_program.h"

#include <sys/wait.h>

#include <chrono>
#include <cstdio>

#include "running_app.h"

namespace shoal::cluster {

told run_shoal(const std::string& arguments) {
  told outcome;
  FILE* const pipe = ::popen((std::string(SHOAL_PROGRAM) + " " + arguments + " 2>&1").c_str(), "r");
  char buffer[4096];
  while (const std::size_t bytes = std::fread(buffer, 1, sizeof buffer, pipe)) {
    outcome.text.append(buffer, bytes);
  }
  const int status = ::pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

told run_shoal_until(const std::string& arguments, const std::string& text) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto seen = run_shoal(arguments);
    if (seen.text.find(text) != std::string::npos || std::chrono::steady_clock::now() > until) {
      return seen;
    }
  }
}

}  // namespace shoal::cluster
