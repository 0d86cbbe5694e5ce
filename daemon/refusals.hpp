#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/time.hpp"
#include "model/seams/history_store.hpp"

namespace dirsync::daemon {

/// Credentials that a directory refused. They are not tried again before they change or the pause is over, so
/// that the account is not locked out (semantics 5.8). They are known by a fingerprint (config/secrets.hpp),
/// never by a secret. Pure: time comes in as a value.
class Refusals {
public:
    using Point = std::chrono::steady_clock::time_point;
    static constexpr Duration pause{15 * 60};

    /// Takes in what an earlier process left in the store, when `now` and `here` are the same moment. Has no
    /// effect once the pause is over, nor when the host's clock was set back since: that must not make the
    /// pause longer.
    void recall(const sync::HistoryStore::Refusal& stored, Time now, Point here);
    /// They were tried: and refused, or not.
    void note(std::string fingerprint, bool refused, Point now);
    /// From now on everything may be tried.
    void clear() noexcept { since_.clear(); }
    bool empty() const noexcept { return since_.empty(); }

    /// How long ago they were refused; nullopt: they may be tried.
    std::optional<Duration> age(const std::string& fingerprint, Point now) const;
    /// The same as an error for a person (invalid_credentials).
    std::optional<Error> why_not(const std::string& fingerprint, Point now) const;

private:
    std::map<std::string, Point> since_;  ///< by fingerprint
};

/// Puts the code in front of the message when credentials were refused: status, log and journal show messages
/// and no codes.
Error with_code(Error error);

/// Of one domain's credentials alone.
std::string fingerprint_of(const config::Config& config, const config::DomainConfig& domain);

/// Keeps in the store what the next process has to know after a cycle, and writes nothing when the store says
/// it already (semantics 5.6). On the store's thread. A store that cannot be read is left to others to
/// report.
Result<void> remember(sync::HistoryStore& history, const std::string& fingerprint, bool refused, Time now);

}  // namespace dirsync::daemon
