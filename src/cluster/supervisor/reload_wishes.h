// Who wants which node processes replaced, and waits to hear how it went. One reload is under way
// at a time; all that is wished meanwhile becomes the one that follows.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace shoal::cluster {

class reload_wishes final {
 public:
  /// Empty: it went well; else why not.
  using then = std::function<void(const std::string& failure)>;

  /// For the next one. `waiter` may be null.
  void add(const std::set<unsigned>& slots, then waiter);

  /// Somebody wants another one.
  [[nodiscard]] bool any() const noexcept { return !next_.slots.empty(); }

  /// It begins: what is wished from now on is for the one that follows. Returns its slots.
  std::set<unsigned> begin();

  /// That one has ended; who waited for it hears so.
  void ended(const std::string& failure);

  /// There will be no other one.
  void refuse(const std::string& why);

 private:
  struct round {
    std::set<unsigned> slots;
    std::vector<then> waiters;

    void tell(const std::string& failure);
  };

  round current_;
  round next_;
};

}  // namespace shoal::cluster
