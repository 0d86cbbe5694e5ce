#include "model/clock.hpp"

#include <algorithm>

namespace dirsync::sync {
namespace {

bool agree(Time a, Time b) noexcept { return a - b <= clock_tolerance && b - a <= clock_tolerance; }

/// Why this host's clock cannot be believed without a domain controller; empty: it can.
std::string doubt_without_server(const ClockEvidence& evidence) {
    const Time now = evidence.host.wall;
    const std::string says = "the clock of this host says " + to_text(now);
    const std::string unasked = " and no domain controller was asked";
    if (evidence.remembered && now + clock_tolerance < *evidence.remembered)
        return says + ", which is before the last run (" + to_text(*evidence.remembered) + ")," + unasked;
    if (evidence.agreed) {
        const Time due = evidence.agreed->wall + (evidence.host.steady - evidence.agreed->steady);
        if (agree(now, due)) return {};
        return says + " where " + to_text(due) + " was to be expected," + unasked;
    }
    if (evidence.remembered && agree(now, *evidence.remembered)) return {};
    if (!evidence.remembered) return says + " and no domain controller has borne that out so far";
    return says + ", but nothing bears out how long ago the last run (" + to_text(*evidence.remembered) +
           ") was," + unasked;
}

}  // namespace

Clock certain_at(Time now) { return {now, true, now, now, {}}; }

std::vector<ServerTime> times_of(std::span<const DomainFacts> domains) {
    std::vector<ServerTime> times;
    for (const auto& facts : domains) {
        if (facts.current_time) times.push_back({facts.server, *facts.current_time});
    }
    return times;
}

Clock judged(const ClockEvidence& evidence) {
    Clock clock = certain_at(evidence.host.wall);
    clock.is_by_servers = !evidence.servers.empty();
    if (evidence.servers.empty()) {
        clock.doubt = doubt_without_server(evidence);
    } else {
        const auto other =
            std::find_if(evidence.servers.begin(), evidence.servers.end(),
                         [&clock](const ServerTime& server) { return !agree(server.time, clock.now); });
        if (other != evidence.servers.end()) {
            clock.doubt = "the clock of this host says " + to_text(clock.now) + ", the domain controller " +
                          other->server + " says " + to_text(other->time);
        }
    }
    clock.certain = clock.doubt.empty();
    if (clock.certain) return clock;
    std::vector<Time> times{clock.now};
    for (const auto& server : evidence.servers) times.push_back(server.time);
    if (evidence.remembered) times.push_back(*evidence.remembered);
    if (evidence.agreed)
        times.push_back(evidence.agreed->wall + (evidence.host.steady - evidence.agreed->steady));
    clock.earliest = *std::min_element(times.begin(), times.end());
    clock.latest = *std::max_element(times.begin(), times.end());
    return clock;
}

std::string warning_of(const Clock& clock) {
    const char* until = clock.is_by_servers ? "they agree" : "a domain controller confirms it";
    const char* advice =
        clock.is_by_servers
            ? "correct the clock that is wrong (timedatectl on this host, w32tm on the domain controller)"
            : "make a domain controller reachable, and check the clock of this host (timedatectl)";
    return clock.doubt + ": time is in doubt. Until " + until +
           ", nobody is disabled, removed or enabled again because an account expired or a period of "
           "lifecycle or safety ran out, and some new users wait; " +
           advice;
}

}  // namespace dirsync::sync
