// The command line of `shoal load`, and the load that it means.
#pragma once

#include <string>
#include <vector>

#include "load/options.h"
#include "load/request_kind.h"
#include "load/target.h"

namespace CLI {
class App;
}

namespace shoal::tool {

struct load_options {
  load::options load;
  load::request_kind request;  // what the flags say of every request
  std::string url;
  std::string unix_path;
  std::vector<std::string> requests;
  std::string plan;
  std::string body_file;
  std::string expected_file;
  std::string cpus;
  std::string arrivals = "constant";
  std::string pick = "idle";
  std::string hot;
  std::string log;
  std::string driver = "auto";
  double warm_up = 0.5;
  double seconds = 3;
  double timeout = 10;
  unsigned gather = 50;
  unsigned spin = 100;
  bool no_keep_alive = false;
  bool json = false;
  bool announce = false;
};

/// `to` outlives the parsing.
void describe_load(CLI::App& command, load_options& to);

/// After the parsing: completes `from.load` but for the address, and says where that is to be
/// found. Throws CLI::ValidationError for what makes no sense.
[[nodiscard]] load::url complete_load(const CLI::App& command, load_options& from);

}  // namespace shoal::tool
