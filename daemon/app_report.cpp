#include <algorithm>

#include "api/control_api.hpp"
#include "api/problems.hpp"
#include "core/system_time.hpp"
#include "daemon/app.hpp"
#include "daemon/watched_source.hpp"
#include "http/http_server.hpp"
#include "model/source_identity.hpp"

// What the daemon says of itself: status, service manager, log.
namespace dirsync::daemon {
namespace {

/// In the order of ErrorClass.
constexpr std::array<std::string_view, 7> class_names{"transient", "denied", "config",  "data",
                                                      "conflict",  "safety", "internal"};

LogFields fields_of(const std::string& cycle) { return {{"cycle", cycle}}; }

}  // namespace

api::StatusReport App::status() {
    api::StatusReport report;
    report.engine = engine_->status();
    auto& warnings = report.engine.scope_warnings;
    if (!report.engine.time_doubt.empty()) warnings.insert(warnings.begin(), report.engine.time_doubt);
    auto failure = last_failure_;
    if (engine_error_) {
        report.engine.last_error = engine_error_->message();
        failure = engine_error_->code();
    }
    if (const auto present = store_.present(); !present) {
        report.engine.last_error = present.error().message();
        failure = present.error().code();
        if (report.engine.paused) report.warnings.push_back(report.engine.last_error);
    }
    const auto now = Scheduler::Clock::now();
    if (const auto next = scheduler_.next()) {
        const auto in = std::chrono::duration_cast<Duration>(*next - now);
        report.next_run = system_time() + std::max(in, Duration(0));
    }
    report.servers = source_->servers();
    if (report.engine.cycle_running) report.progress = source_->progress();
    report.config_path = config_.file.string();
    report.config_loaded_at = config_loaded_at_;
    report.config_in_force = config_in_force_;
    for (auto& weakness : weaknesses()) report.warnings.push_back(std::move(weakness));
    for (const auto& setting : needs_restart()) {
        report.warnings.push_back(setting + " was changed in the file; it takes effect at the next start");
    }
    if (control_ && !control_->restriction().empty()) report.warnings.push_back(control_->restriction());
    if (scheduler_.is_denied(now)) {
        report.warnings.push_back(
            "the credentials are not tried again before the next run, unless the secret's file changes; "
            "'dirsyncctl reload' tries them at once");
    }
    if (auto pause = pause_warning(); !pause.empty()) report.warnings.push_back(std::move(pause));
    report.started = started_;
    report.cycles = cycles_;
    for (std::size_t i = 0; i < failures_.size(); ++i) {
        report.failures[class_names[i]] = failures_[i];
        report.failed_cycles += failures_[i];
    }
    report.objects_read = objects_read_;
    report.last_success = last_success_;
    if (!report.engine.last_error.empty()) {
        report.not_ready = failure ? api::area_of(*failure) : "internal";
    } else if (!last_success_) {
        report.not_ready = "starting";
    }
    return report;
}

std::vector<std::string> App::weaknesses() const {
    std::vector<std::string> weak;
    for (const auto& domain : config_.domains) {
        if (!domain.tls.verify)
            weak.push_back(domain.name + ": certificates are not checked (tls.verify: false)");
    }
    return weak;
}

std::vector<std::string> App::needs_restart() const {
    std::vector<std::string> settings;
    const auto compare = [&settings](std::string_view name, const std::string& running,
                                     const std::string& wanted) {
        if (running != wanted) settings.emplace_back(name);
    };
    compare("store.sqlite.path", started_with_.store.sqlite_path, config_.store.sqlite_path);
    compare("control.socket", started_with_.control_socket, config_.control_socket);
    compare("control.group", started_with_.control_group, config_.control_group);
    compare("http.listen", started_with_.http_listen, config_.http_listen);
    return settings;
}

void App::log_configuration() {
    for (const auto& weakness : weaknesses()) log_.event(LogEvent::config_weak, {{"setting", weakness}});
    for (const auto& setting : needs_restart())
        log_.event(LogEvent::config_needs_restart, {{"setting", setting}});
}

std::string App::status_line() const {
    const auto& status = engine_->status();
    std::string line = std::to_string(status.users) + " users, " + std::to_string(status.groups) + " groups";
    if (status.paused) line += "; paused";
    if (status.pending) line += "; source change waits for ACCEPT";
    if (!status.holds.empty()) line += "; " + std::to_string(status.holds.size()) + " held";
    if (status.config_refused) line += "; part of the configuration is refused";
    if (!status.time_doubt.empty()) line += "; time is in doubt";
    const std::string failure = engine_error_ ? engine_error_->message() : status.last_error;
    if (!failure.empty()) line += "; failing: " + failure;
    return line;
}

/// Says what is new: a failure once, not each cycle; a hold or warning when it appears.
void App::log_report(const sync::CycleReport& report) {
    const std::string cycle = std::to_string(cycles_);
    log_changed(report, cycle);
    if (report.reloaded) log_.event(LogEvent::store_reloaded, fields_of(cycle));
    if (report.error) {
        const std::string reason = report.error->message();
        if (reason != logged_error_) {
            const bool denied = report.error->error_class() == ErrorClass::denied;
            LogFields fields = fields_of(cycle);
            fields.emplace_back("code", std::string(name_of(report.error->code())));
            fields.emplace_back("reason", reason);
            log_.event(denied ? LogEvent::credentials_refused : LogEvent::cycle_failed, fields);
        }
        logged_error_ = reason;
        return;
    }
    if (!logged_error_.empty()) log_.event(LogEvent::cycle_recovered, fields_of(cycle));
    logged_error_.clear();
    if (!report.full_reason.empty() && report.full_reason != logged_whole_) {
        LogFields fields = fields_of(cycle);
        fields.emplace_back("reason", report.full_reason);
        log_.event(LogEvent::whole_read, fields);
    }
    logged_whole_ = report.full_reason;
    log_time(report, cycle);
    log_pending(cycle);
    if (!report.change_pending && report.run.kind != sync::RunKind::source_change) log_written(report, cycle);
}

/// When the doubt begins and when it ends; the clocks themselves differ in each cycle.
void App::log_time(const sync::CycleReport& report, const std::string& cycle) {
    const bool is_in_doubt = !report.time_doubt.empty();
    if (is_in_doubt == is_time_doubt_logged_) return;
    is_time_doubt_logged_ = is_in_doubt;
    LogFields fields = fields_of(cycle);
    if (is_in_doubt) fields.emplace_back("reason", report.time_doubt);
    log_.event(is_in_doubt ? LogEvent::time_in_doubt : LogEvent::time_certain, fields);
}

void App::log_pending(const std::string& cycle) {
    const auto& pending = engine_->status().pending;
    const std::string change =
        pending ? pending->from + " -> " + pending->to + " " + pending->note : std::string();
    if (pending && change != logged_pending_) {
        LogFields fields = fields_of(cycle);
        fields.emplace_back("from", pending->from);
        fields.emplace_back("to", pending->to);
        fields.emplace_back("users", std::to_string(pending->users));
        fields.emplace_back("groups", std::to_string(pending->groups));
        fields.emplace_back("memberships", std::to_string(pending->memberships));
        fields.emplace_back("assignments", std::to_string(pending->assignments));
        if (!pending->note.empty()) fields.emplace_back("note", pending->note);
        log_.event(LogEvent::source_change_pending, fields);
    }
    logged_pending_ = change;
}

void App::log_changed(const sync::CycleReport& report, const std::string& cycle) {
    if (!report.changed) return;
    LogFields fields = fields_of(cycle);
    fields.emplace_back("source", source_label(engine_->status().source));
    fields.emplace_back("snapshot", report.changed->snapshot_id);
    for (const auto& [name, count] : report.changed->run.counts) {
        if (count != 0) fields.emplace_back(name, std::to_string(count));
    }
    log_.event(LogEvent::source_changed, fields);
}

void App::log_written(const sync::CycleReport& report, const std::string& cycle) {
    if (report.wrote) {
        LogFields fields = fields_of(cycle);
        fields.emplace_back("kind", report.run.kind == sync::RunKind::full ? "full" : "incremental");
        fields.emplace_back("seconds", std::to_string((report.run.ended - report.run.started).count()));
        for (const auto& [name, count] : report.run.counts) {
            if (count != 0) fields.emplace_back(name, std::to_string(count));
        }
        log_.event(LogEvent::cycle_wrote, fields);
    } else {
        log_.event(LogEvent::cycle_idle, fields_of(cycle));
    }
    std::vector<std::string> holds;
    for (const auto& hold : report.holds) {
        holds.push_back(hold.id);
        if (std::find(logged_holds_.begin(), logged_holds_.end(), hold.id) != logged_holds_.end()) continue;
        LogFields fields = fields_of(cycle);
        fields.emplace_back("id", hold.id);
        fields.emplace_back("class", std::string(text_of(hold.hold)));
        fields.emplace_back("count", std::to_string(hold.objects.size()));
        fields.emplace_back("limit", hold.limit);
        log_.event(LogEvent::change_held, fields);
    }
    logged_holds_ = std::move(holds);
    for (const auto& warning : report.scope_warnings) {
        if (warning == report.time_doubt) continue;
        if (std::find(logged_warnings_.begin(), logged_warnings_.end(), warning) != logged_warnings_.end())
            continue;
        LogFields fields = fields_of(cycle);
        fields.emplace_back("warning", warning);
        log_.event(LogEvent::scope_warning, fields);
    }
    logged_warnings_ = report.scope_warnings;
    if (report.entity_errors > logged_entity_errors_) {
        LogFields fields = fields_of(cycle);
        fields.emplace_back("count", std::to_string(report.entity_errors));
        log_.event(LogEvent::entities_skipped, fields);
    }
    logged_entity_errors_ = report.entity_errors;
}

}  // namespace dirsync::daemon
