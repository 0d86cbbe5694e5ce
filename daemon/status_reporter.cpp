#include "daemon/status_reporter.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "api/problems.hpp"
#include "core/system_time.hpp"
#include "daemon/watched_source.hpp"

namespace dirsync::daemon {
namespace {

/// In the order of ErrorClass.
constexpr std::array<std::string_view, 7> class_names{"transient", "denied", "config",  "data",
                                                      "conflict",  "safety", "internal"};

bool is_frozen(const sync::EngineStatus& status) { return status.pending || status.source.change_pending; }

/// What keeps a frozen store from being ready, and what to do (semantics 1.4).
std::string frozen_text(const sync::EngineStatus& status) {
    std::string text = "a change of the identity source waits for consent (change_pending)";
    if (status.pending) text += ", from " + status.pending->from + " to " + status.pending->to;
    return text + ": 'dirsyncctl source change' shows what it removes and asks for it";
}

}  // namespace

api::StatusReport StatusReporter::report() const {
    api::StatusReport report;
    report.engine = parts_.engine.status();
    auto& scope_warnings = report.engine.scope_warnings;
    if (!report.engine.time_doubt.empty())
        scope_warnings.insert(scope_warnings.begin(), report.engine.time_doubt);
    if (const auto next = parts_.cycles.next_cycle()) {
        const auto in = std::chrono::duration_cast<Duration>(*next - Cycles::Clock::now());
        report.next_run = system_time() + std::max(in, Duration(0));
    }
    report.servers = parts_.engine.source()->servers();
    if (report.engine.cycle_running) report.progress = parts_.engine.source()->progress();
    report.config_path = parts_.configuration.in_force().file.string();
    report.config_loaded_at = parts_.configuration.loaded_at();
    report.config_in_force = parts_.configuration.is_file_in_force();
    report.started = parts_.started;
    const auto& tally = parts_.cycles.tally();
    report.cycles = tally.cycles;
    for (std::size_t i = 0; i < tally.failures.size(); ++i) {
        report.failures[class_names[i]] = tally.failures[i];
        report.failed_cycles += tally.failures[i];
    }
    report.objects_read = parts_.engine.objects_read();
    report.last_success = tally.last_success;
    add_failure(report);
    add_warnings(report);
    return report;
}

/// What is wrong, and whether that keeps the daemon from being ready.
void StatusReporter::add_failure(api::StatusReport& report) const {
    auto& last_error = report.engine.last_error;
    auto failure = parts_.cycles.tally().last_failure;
    if (const auto& refusal = parts_.cycles.unreported_refusal(); refusal && last_error.empty()) {
        last_error = refusal->message();
        failure = refusal->code();
    }
    if (const auto& error = parts_.engine.error()) {
        last_error = error->message();
        failure = error->code();
    }
    if (const auto present = parts_.store.present(); !present) {
        last_error = present.error().message();
        failure = present.error().code();
        if (report.engine.paused) report.warnings.push_back(last_error);
    }
    const bool frozen = is_frozen(report.engine);
    if (!last_error.empty()) {
        report.not_ready = failure ? api::area_of(*failure) : "internal";
    } else if (frozen) {
        report.not_ready = "frozen";
    } else if (!report.last_success) {
        report.not_ready = "starting";
    }
    report.not_ready_reason = last_error;
    if (frozen) report.not_ready_reason += (last_error.empty() ? "" : "; ") + frozen_text(report.engine);
}

void StatusReporter::add_warnings(api::StatusReport& report) const {
    auto& warnings = report.warnings;
    for (auto& weakness : parts_.configuration.weaknesses()) warnings.push_back(std::move(weakness));
    for (const auto& setting : parts_.configuration.needs_restart())
        warnings.push_back(setting + " was changed in the file; it takes effect at the next start");
    if (auto restriction = parts_.socket_restriction(); !restriction.empty())
        warnings.push_back(std::move(restriction));
    if (parts_.cycles.is_denied()) {
        warnings.emplace_back(
            "the credentials are not tried again before the next run, unless the secret's file changes; "
            "'dirsyncctl reload' tries them at once");
    }
    if (auto pause = pause_warning(); !pause.empty()) warnings.push_back(std::move(pause));
}

std::string StatusReporter::line() const {
    if (const auto& lost = parts_.store_watch.reason(); !lost.empty()) return "failing: " + lost;
    const auto& status = parts_.engine.status();
    std::string line = std::to_string(status.users) + " users, " + std::to_string(status.groups) + " groups";
    if (status.paused) line += "; paused";
    if (is_frozen(status)) line += "; frozen: a change of the identity source waits for ACCEPT";
    if (!status.holds.empty()) line += "; " + std::to_string(status.holds.size()) + " held";
    if (status.config_refused) line += "; part of the configuration is refused";
    if (!status.time_doubt.empty()) line += "; time is in doubt";
    const auto& error = parts_.engine.error();
    const std::string failure = error ? error->message() : status.last_error;
    if (!failure.empty()) line += "; failing: " + failure;
    return line;
}

/// Of a pause that lasts too long (semantics 4.5). Empty also where no clock runs: under the built-in
/// directory, and while a change of the source waits.
std::string StatusReporter::pause_warning() const {
    const auto& status = parts_.engine.status();
    const auto& limit = parts_.configuration.in_force().sync.lifecycle.paused_disable_after;
    if (!status.paused_since || !limit) return {};
    if (status.pause_ran_out) {
        return "sync is paused for so long that all synced users are disabled "
               "(lifecycle.paused.disable_after); 'dirsyncctl resume' catches up";
    }
    if (!status.pause_end) return {};
    if (status.pause_in_doubt) {
        return "sync is paused, and time was in doubt when that began: lifecycle.paused.disable_after "
               "disables nobody before a domain controller confirms the time; make one reachable, or "
               "correct the clock of this host (timedatectl)";
    }
    if (system_time() - *status.paused_since < *limit / 4 * 3) return {};
    return "sync is paused since " + to_text(*status.paused_since) + ": all synced users are disabled on " +
           to_text(*status.pause_end) +
           " (lifecycle.paused.disable_after), unless 'dirsyncctl resume' ends the pause before";
}

}  // namespace dirsync::daemon
