#pragma once

#include <optional>

#include "model/clock.hpp"
#include "model/settings.hpp"
#include "sync/mirror.hpp"
#include "sync/stored_index.hpp"

namespace dirsync::sync {

/// When time alone changes something, though nothing changes in the directory (semantics 4.6): an account
/// expires, or a clock runs out.
class DueMoments {
public:
    /// Nothing is known of what was decided before: everything is due.
    void all_due();
    /// What is held is to be judged anew, whatever the time is.
    void judge_again() { next_ = Time{}; }
    /// A cycle brought everything in that was due, if time was certain.
    void brought_in(const Clock& clock);
    /// Works out the next moment, after a cycle that was brought in.
    void look_ahead(const Mirror& mirror, const StoredIndex& stored, const LifecycleSettings& lifecycle,
                    const Clock& clock);

    /// Of the last cycle that brought all in while time was certain; Time{}: there was none, everything is
    /// due.
    Time last_cycle() const noexcept { return last_cycle_; }
    bool is_something_due(const Clock& clock) const;

private:
    Time last_cycle_{};
    std::optional<Time> next_;  // nullopt: never
};

}  // namespace dirsync::sync
