#include "engine/due_moments.hpp"

namespace dirsync::sync {

void DueMoments::all_due() {
    last_cycle_ = Time{};
    next_ = Time{};
}

void DueMoments::brought_in(const Clock& clock) {
    if (clock.certain) last_cycle_ = clock.now;
}

void DueMoments::look_ahead(const Mirror& mirror, const StoredIndex& stored,
                            const LifecycleSettings& lifecycle, const Clock& clock) {
    next_.reset();
    // The first cycle that knows the time decides everybody.
    if (!clock.certain) return;
    const auto consider = [this](Time moment) {
        if (moment > last_cycle_ && (!next_ || moment < *next_)) next_ = moment;
    };
    if (const auto expiry = mirror.next_expiry(last_cycle_.time_since_epoch().count())) {
        consider(Time(Duration(*expiry)));
    }
    for (const auto& [node, since] : stored.out()) {
        for (const auto& limit : {lifecycle.disable_after, lifecycle.delete_after}) {
            if (limit) consider(since + *limit);
        }
    }
}

bool DueMoments::is_something_due(const Clock& clock) const {
    if (!clock.certain) return next_ == Time{};
    return clock.now < last_cycle_ || (next_ && *next_ <= clock.now);
}

}  // namespace dirsync::sync
