#include "daemon/refusals.hpp"

#include <utility>

#include "config/secrets.hpp"

namespace dirsync::daemon {

void Refusals::recall(const sync::HistoryStore::Refusal& stored, Time now, Point here) {
    const Duration passed = now - stored.since;
    if (passed < Duration(0) || passed >= pause) return;
    note(stored.fingerprint, true, here - passed);
}

void Refusals::note(std::string fingerprint, bool refused, Point now) {
    if (refused) {
        since_.insert_or_assign(std::move(fingerprint), now);
    } else {
        since_.erase(fingerprint);
    }
}

std::optional<Duration> Refusals::age(const std::string& fingerprint, Point now) const {
    const auto found = since_.find(fingerprint);
    if (found == since_.end() || now - found->second >= pause) return std::nullopt;
    return std::chrono::duration_cast<Duration>(now - found->second);
}

std::optional<Error> Refusals::why_not(const std::string& fingerprint, Point now) const {
    const auto passed = age(fingerprint, now);
    if (!passed) return std::nullopt;
    return Error(ErrorCode::invalid_credentials,
                 "the directory refused these credentials " + to_text(*passed) +
                     " ago; they are not tried again before they change or " + to_text(pause - *passed) +
                     " have passed, so that the account is not locked out");
}

Error with_code(Error error) {
    if (error.code() != ErrorCode::invalid_credentials) return error;
    return std::move(error).within(name_of(error.code()));
}

std::string fingerprint_of(const config::Config& config, const config::DomainConfig& domain) {
    config::Config one;
    one.source = config.source;
    one.domains.push_back(domain);
    return credentials_fingerprint(one);
}

Result<void> remember(sync::HistoryStore& history, const std::string& fingerprint, bool refused, Time now) {
    const auto known = history.refusal();
    if (!known || (!refused && !*known)) return {};
    std::optional<sync::HistoryStore::Refusal> refusal;
    if (refused) refusal = sync::HistoryStore::Refusal{fingerprint, now};
    return history.set_refusal(refusal);
}

}  // namespace dirsync::daemon
