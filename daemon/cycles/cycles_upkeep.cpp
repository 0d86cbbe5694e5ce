#include <algorithm>
#include <utility>

#include "config/secrets.hpp"
#include "core/system_time.hpp"
#include "daemon/cycles/cycles.hpp"

// What Cycles does between cycles: pauses, the store, the journal, refused credentials.
namespace dirsync::daemon {

Agenda::Sight Cycles::sight(Point now) {
    Agenda::Sight sight;
    sight.is_paused = parts_.engine.status().paused;
    sight.pause_end = pause_end(now);
    sight.may_bind = may_bind(now);
    sight.is_store_present = parts_.store.present().has_value();
    return sight;
}

std::optional<Cycles::Point> Cycles::pause_end(Point now) const {
    const auto& status = parts_.engine.status();
    if (!status.pause_end) return std::nullopt;
    if (status.pause_in_doubt) return now;
    return now + std::max(*status.pause_end - system_time(), Duration(0));
}

/// Disables everybody when a pause has lasted too long (semantics 4.5).
Task<void> Cycles::end_long_pause(Point now) {
    agenda_.pause_tried(now);
    const std::string credentials = fingerprint();
    const auto refused_before = parts_.binds->refused_attempts();
    sync::CycleRequest request;
    request.trigger = "pause";
    const auto report = co_await run_cycle(std::move(request));
    if (is_stopping_) co_return;
    parts_.log.lines(cycle_log_.pause_lines(report, tally_.cycles));
    parts_.status_changed();
    if (!report.error || report.error->error_class() != ErrorClass::denied) co_return;
    // A domain controller was asked for the time. Not again before the secret may be another one (5.8).
    note_refusal(report, credentials, now);
    agenda_.credentials_refused(now);
    if (parts_.binds->refused_attempts() > refused_before) co_await remember_refusal(credentials, true);
}

/// Whether the pause goes on is for the store to say, also after a backup was restored into it.
Task<void> Cycles::follow_pause(Point now) {
    agenda_.pause_followed(now);
    const auto engine = parts_.engine.engine();
    auto refreshed = co_await engine->refresh_facts();
    if (!refreshed) look_at_store();
    if (!refreshed || engine->status().paused) co_return;
    agenda_.set_paused(false, now);
    parts_.log.event(LogEvent::sync_resumed);
    parts_.status_changed();
}

Task<void> Cycles::look_through_store(Point now) {
    const bool ended = co_await parts_.store_watch.look_through();
    if (ended) agenda_.looked_through(now);
    look_at_store();
}

void Cycles::look_at_store() {
    const auto seen = parts_.store_watch.look();
    if (seen == StoreWatch::Seen::as_before) return;
    parts_.status_changed();
    // It may be a backup, of a time when sync was not paused.
    if (seen == StoreWatch::Seen::found) join_cycle(false, "store", {});
}

Task<void> Cycles::prune_journal() {
    const auto now = Clock::now();
    const auto& config = parts_.configuration.in_force();
    if (!config.journal_keep || !agenda_.is_prune_due(now)) co_return;
    // Days that a wrong clock counts have not passed (semantics 5.13). The built-in directory has no other
    // clock.
    const bool is_time_certain =
        parts_.engine.status().time_doubt.empty() && parts_.engine.engine()->is_time_certain();
    if (traits_of(config.source).is_read && !is_time_certain) co_return;
    agenda_.pruned(now);
    auto pruned = co_await parts_.store.prune_journal(system_time() - *config.journal_keep);
    if (!pruned)
        parts_.log.event(LogEvent::store_failed,
                         {{"doing", "pruning the journal"}, {"reason", pruned.error().message()}});
}

std::string Cycles::fingerprint() const { return credentials_fingerprint(parts_.configuration.in_force()); }

/// No attempt more than it takes to learn that a secret is refused, until it changes (semantics 5.8).
bool Cycles::may_bind(Point now) {
    if (!refusals_.empty() && refusals_.age(fingerprint(), now)) return false;
    if (agenda_.is_denied(now)) agenda_.credentials_changed(now);
    return true;
}

std::optional<Error> Cycles::why_not_to_bind(const config::Config& config) const {
    if (refusals_.empty()) return std::nullopt;
    return refusals_.why_not(credentials_fingerprint(config), Clock::now());
}

void Cycles::note_refusal(const sync::CycleReport& report, std::string fingerprint, Point now) {
    refusals_.note(std::move(fingerprint), true, now);
    refused_report_ = report;
}

void Cycles::tell_of_refusal(const Error& reason) {
    unreported_refusal_ = reason;
    parts_.log.event(LogEvent::credentials_refused,
                     {{"code", std::string(name_of(reason.code()))}, {"reason", reason.message()}});
}

Task<void> Cycles::credentials_refused(Error reason, bool by_directory) {
    const std::string credentials = fingerprint();
    const auto now = Clock::now();
    // No cycle will say so before the pause is over.
    tell_of_refusal(reason);
    note_refusal(failed_cycle(std::move(reason)), credentials, now);
    agenda_.credentials_refused(now);
    parts_.status_changed();
    wake();
    if (by_directory) co_await remember_refusal(credentials, true);
}

/// A process that was started anew does not try what the one before it found refused.
Task<void> Cycles::recall_refusal() {
    if (!traits_of(parts_.configuration.in_force().source).is_read) co_return;
    auto work = [](sync::IdentityStore& store) { return store.history().refusal(); };
    const auto stored = co_await parts_.store.transact(std::move(work));
    if (!stored || !*stored) co_return;
    is_refusal_stored_ = true;
    const auto now = Clock::now();
    const Time since = (*stored)->since;
    refusals_.recall(**stored, system_time(), now);
    const auto age = refusals_.age(fingerprint(), now);
    if (!age) co_return;
    tell_of_refusal(
        with_code(Error(ErrorCode::invalid_credentials,
                        "the directory refused these credentials at " + to_text(since) +
                            ", before this start; they are not tried again before they change, or before " +
                            to_text(since + Refusals::pause) + ", so that the account is not locked out")));
    refused_report_ = failed_cycle(*unreported_refusal_);
    agenda_.credentials_refused(now - *age);
}

Task<void> Cycles::remember_refusal(std::string fingerprint, bool refused) {
    if (!refused && !is_refusal_stored_) co_return;
    const Time now = system_time();
    auto work = [&fingerprint, refused, now](sync::IdentityStore& store) {
        return remember(store.history(), fingerprint, refused, now);
    };
    const auto done = co_await parts_.store.transact(std::move(work));
    if (done) {
        is_refusal_stored_ = refused;
    } else {
        parts_.log.event(LogEvent::store_failed, {{"doing", "remembering whether credentials were refused"},
                                                  {"reason", done.error().message()}});
    }
}

}  // namespace dirsync::daemon
