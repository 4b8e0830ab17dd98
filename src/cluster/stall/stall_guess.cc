#include "cluster/stall/stall_guess.h"

#include <absl/debugging/symbolize.h>
#include <link.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace shoal::cluster {
namespace {

constexpr std::size_t words_max = 4096;  // 32 KiB: handlers that are deeper are rare
constexpr std::size_t page_words = 512;
constexpr int names_max = 24;

using range = std::pair<std::uint64_t, std::uint64_t>;

/// Where the program's own code lies: the first object that the loader names.
std::vector<range> own_code() {
  std::vector<range> found;
  ::dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* into) {
        for (int i = 0; i < object->dlpi_phnum; ++i) {
          const auto& part = object->dlpi_phdr[i];
          if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
          const auto begin = object->dlpi_addr + part.p_vaddr;
          static_cast<std::vector<range>*>(into)->emplace_back(begin, begin + part.p_memsz);
        }
        return 1;
      },
      &found);
  return found;
}

/// From `at` upwards, as far as memory goes: by a system call, which does not mind where it ends.
std::vector<std::uint64_t> read_words(std::uint64_t at) {
  std::vector<std::uint64_t> words(words_max);
  std::size_t read = 0;
  while (read < words_max) {
    const iovec to{words.data() + read, page_words * 8};
    const iovec from{reinterpret_cast<void*>(at + read * 8), page_words * 8};
    const auto bytes = ::process_vm_readv(::getpid(), &to, 1, &from, 1, 0);
    if (bytes <= 0) break;
    read += static_cast<std::size_t>(bytes) / 8;
    if (static_cast<std::size_t>(bytes) < page_words * 8) break;
  }
  words.resize(read);
  return words;
}

}  // namespace

std::string calls_remembered(std::uint64_t stack_pointer) {
  const auto code = own_code();
  const auto in_code = [&](std::uint64_t address) {
    return std::any_of(code.begin(), code.end(), [address](const range& r) {
      return address > r.first && address <= r.second;
    });
  };
  std::string text;
  std::string last;
  int names = 0;
  for (const std::uint64_t word : read_words(stack_pointer & ~std::uint64_t{7})) {
    char name[1024];
    // One byte back: a return address may belong to the function behind the call.
    if (!in_code(word) ||
        !absl::Symbolize(reinterpret_cast<const void*>(word - 1), name, sizeof name) ||
        last == name)
      continue;
    last = name;
    text += "  " + last + '\n';
    if (++names == names_max) break;
  }
  return text;
}

}  // namespace shoal::cluster
