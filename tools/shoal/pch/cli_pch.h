// Read once for all commands instead of once for each: most of what such a file costs to compile.
#include <CLI/CLI.hpp>
