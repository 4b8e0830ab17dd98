// Read once for all files of a test program instead of once for each: most of what such a file
// costs to compile.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
