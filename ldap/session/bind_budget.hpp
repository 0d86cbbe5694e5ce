#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"

namespace dirsync::ldap {

/// The account that a bind is for, in one spelling: bind DN, principal, or the file of the client
/// certificate.
std::string account_of(const config::BindConfig& bind);

/// How often a process may still be refused as one account before the directory locks it out (semantics 5.8,
/// 11.3): whatever the secret, and whoever wants to bind - a cycle, a survey, the wait for changes. Counts
/// over all domain controllers, because each of them tells the PDC emulator of the domain of its refusals
/// (MS-SAMR 3.1.1.7.2), which locks the account when their sum is reached. Pure: time comes in as a value.
class BindBudget {
public:
    using Point = std::chrono::steady_clock::time_point;

    /// Less than the lowest thresholds that are in use (Microsoft's baseline: 10, the CIS benchmarks: 5) in
    /// the half hour that they mostly count for. A secret that stays wrong is tried every 15 minutes (5.8):
    /// two of these, so that one is left for a secret that was just replaced.
    static constexpr std::size_t most_refusals = 3;
    static constexpr std::chrono::minutes window{30};

    enum class Verdict {
        go,    ///< and `end` is owed
        wait,  ///< attempts are under way that may use up what is left: ask again when one of them ended
        stop,  ///< nothing may be sent: `refusal` says why
    };
    enum class Outcome {
        accepted,  ///< the directory begins to count anew, and so do we
        refused,   ///< by the server or the KDC
        unknown,   ///< it did not come to that
    };

    Verdict begin(const std::string& account, Point now);
    void end(const std::string& account, Outcome outcome, Point now);
    /// invalid_credentials: how long no attempt is made any more.
    Error refusal(const std::string& account, Point now) const;
    /// Attempts of all accounts that were refused, since this object was made.
    std::uint64_t refused_attempts() const noexcept { return refused_attempts_; }
    /// Calls `then` once, at the next `end`.
    void when_one_ended(std::function<void()> then) { waiting_.push_back(std::move(then)); }

private:
    struct Account {
        std::vector<Point> refusals;  ///< within the window, oldest first
        std::size_t under_way = 0;
    };
    std::map<std::string, Account> accounts_;
    std::uint64_t refused_attempts_ = 0;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace dirsync::ldap
