// The main of a target outside libFuzzer: runs the files that are named, and those of directories.
// A target ends the program where something is wrong, so the last input named is the culprit.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/pieces.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> files_of(char** begin, char** end) {
  std::vector<std::filesystem::path> files;
  for (char** argument = begin; argument != end; ++argument) {
    if (!std::filesystem::is_directory(*argument)) {
      files.emplace_back(*argument);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(*argument))
      if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int count, char** arguments) {
  const auto files = files_of(arguments + 1, arguments + count);
  for (const auto& path : files) {
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      return 1;
    }
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const shoal::fuzz::exact_copy copy(bytes);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(copy.view().data()),
                           copy.view().size());
  }
  std::printf("%zu inputs\n", files.size());
  return files.empty() ? 1 : 0;
}
