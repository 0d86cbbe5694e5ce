#include <algorithm>

#include "daemon/app.hpp"
#include "daemon/control_api.hpp"
#include "daemon/http_server.hpp"

namespace dirsync::daemon {

StatusReport App::status() {
    StatusReport report;
    report.engine = engine_->status();
    if (const auto next = scheduler_.next()) {
        const auto in = std::chrono::duration_cast<Duration>(*next - Scheduler::Clock::now());
        report.next_run = system_time() + std::max(in, Duration(0));
    }
    report.servers = source_->servers();
    if (report.engine.cycle_running) report.progress = source_->progress();
    report.config_path = config_.file.string();
    report.config_loaded_at = config_loaded_at_;
    report.config_in_force = config_in_force_;
    for (const auto& domain : config_.domains) {
        if (!domain.tls.verify) report.warnings.push_back(domain.name + ": certificates are not checked (tls.verify: false)");
    }
    report.started = started_;
    report.cycles = cycles_;
    report.failed_cycles = failed_cycles_;
    report.last_success = last_success_;
    return report;
}

void App::log_configuration() {
    for (const auto& warning : status().warnings) log_.event(LogEvent::config_weak, {{"setting", warning}});
}

std::string App::status_line() const {
    const auto& status = engine_->status();
    std::string line = std::to_string(status.users) + " users, " + std::to_string(status.groups) + " groups";
    if (status.paused) line += "; paused";
    if (status.pending) line += "; source change waits for ACCEPT";
    if (!status.holds.empty()) line += "; " + std::to_string(status.holds.size()) + " held";
    if (!status.last_error.empty()) line += "; failing: " + status.last_error;
    return line;
}

/// Says what is new: a failure once, not each cycle; a hold or warning when it appears.
void App::log_report(const sync::CycleReport& report) {
    const std::string cycle = std::to_string(cycles_);
    if (report.error) {
        const std::string reason = report.error->message();
        if (reason != logged_error_) {
            const bool denied = report.error->error_class() == ErrorClass::denied;
            log_.event(denied ? LogEvent::credentials_refused : LogEvent::cycle_failed,
                       {{"cycle", cycle}, {"code", std::string(name_of(report.error->code()))}, {"reason", reason}});
        }
        logged_error_ = reason;
        return;
    }
    if (!logged_error_.empty()) log_.event(LogEvent::cycle_recovered, {{"cycle", cycle}});
    logged_error_.clear();
    if (report.change_pending) {
        const auto& pending = engine_->status().pending;
        if (pending) {
            log_.event(LogEvent::source_change_pending,
                       {{"cycle", cycle}, {"from", pending->from}, {"to", pending->to},
                        {"users", std::to_string(pending->users)}, {"groups", std::to_string(pending->groups)}});
        }
        return;
    }
    if (report.wrote) {
        LogFields fields{{"cycle", cycle}, {"kind", report.run.kind == sync::RunKind::full ? "full" : "incremental"},
                         {"seconds", std::to_string((report.run.ended - report.run.started).count())}};
        for (const auto& [name, count] : report.run.counts) {
            if (count != 0) fields.emplace_back(name, std::to_string(count));
        }
        log_.event(LogEvent::cycle_wrote, fields);
    } else {
        log_.event(LogEvent::cycle_idle, {{"cycle", cycle}});
    }
    std::vector<std::string> holds;
    for (const auto& hold : report.holds) {
        holds.push_back(hold.id);
        if (std::find(logged_holds_.begin(), logged_holds_.end(), hold.id) != logged_holds_.end()) continue;
        log_.event(LogEvent::change_held,
                   {{"cycle", cycle}, {"id", hold.id}, {"class", std::string(text_of(hold.hold))},
                    {"count", std::to_string(hold.objects.size())}, {"limit", hold.limit}});
    }
    logged_holds_ = std::move(holds);
    for (const auto& warning : report.scope_warnings) {
        if (std::find(logged_warnings_.begin(), logged_warnings_.end(), warning) == logged_warnings_.end()) {
            log_.event(LogEvent::scope_warning, {{"cycle", cycle}, {"warning", warning}});
        }
    }
    logged_warnings_ = report.scope_warnings;
}

}  // namespace dirsync::daemon
