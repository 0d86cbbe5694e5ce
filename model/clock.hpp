#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "model/entry.hpp"

namespace dirsync::sync {

/// Two clocks that differ by more do not tell the same time (semantics 5.13).
inline constexpr Duration clock_tolerance = std::chrono::minutes(10);

/// The time as one cycle may use it.
struct Clock {
    Time now{};                  ///< this host's
    bool certain = true;         ///< false: what depends on time does not happen, in neither direction
    Time earliest{};             ///< of all that were asked; `now` while certain
    Time latest{};               ///< likewise
    std::string doubt = {};      ///< why it is not certain: the clocks that differ; empty while it is
    bool is_by_servers = false;  ///< domain controllers told their time; else only this host's clock is known
};
Clock certain_at(Time now);

/// Both clocks of this host, read together.
struct HostTime {
    Time wall{};
    Duration steady{};  ///< since a moment that stays the same while the process runs; sleep counts
};

/// What a domain controller says.
struct ServerTime {
    std::string server;  ///< its URI
    Time time{};
};
/// Of those that told their time.
std::vector<ServerTime> times_of(std::span<const DomainFacts> domains);

struct ClockEvidence {
    HostTime host;
    std::vector<ServerTime> servers;      ///< asked now; empty: none could be asked, or none told its time
    std::optional<Time> remembered;       ///< by the store: of its last commit while time was certain
    std::optional<HostTime> agreed = {};  ///< when a domain controller last agreed, in this process
};

/// With domain controllers time is certain when each of them agrees with this host, whatever was before.
/// Without one this host's clock must have gone on from what was certain last: as far as the steady clock
/// says, or, where nothing is known of that, no further than the tolerance.
Clock judged(const ClockEvidence& evidence);

/// `doubt` as an admin is told: what is wrong, what does not happen, what to do.
std::string warning_of(const Clock& clock);

}  // namespace dirsync::sync
