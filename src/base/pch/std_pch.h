#pragma once

// The standard headers that nearly every file of a layer reaches through its own; each library
// reads them once. Files include what they use all the same: an installed header comes without it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
