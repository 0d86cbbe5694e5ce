#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/clock.hpp"

namespace dirsync::sync {

/// What a cycle may believe of the time (semantics 5.13).
class Timekeeper {
public:
    /// `steady`: a clock that nobody sets; empty: there is none.
    Timekeeper(std::function<Time()> now, std::function<Duration()> steady)
        : now_(std::move(now)), steady_(std::move(steady)) {}

    /// Judges the time anew. `servers`: what domain controllers say; empty: none was asked. `remembered`: by
    /// the store, of its last commit while time was certain.
    void judge(std::vector<ServerTime> servers, std::optional<Time> remembered);
    /// As it was last judged.
    const Clock& clock() const noexcept { return clock_; }
    /// A warning for the admin; empty while time is certain.
    std::string doubt() const { return clock_.certain ? std::string() : warning_of(clock_); }
    /// Whether this host's clock is borne out by what is known without asking anybody.
    bool is_certain(std::optional<Time> remembered) const;

private:
    HostTime host_time() const { return {now_(), steady_ ? steady_() : Duration(0)}; }

    std::function<Time()> now_;
    std::function<Duration()> steady_;
    Clock clock_;
    std::optional<HostTime> agreed_;  // when a domain controller last agreed
};

}  // namespace dirsync::sync
