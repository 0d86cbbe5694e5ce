#include "ctl/commands/doctor.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "api/messages/surveys.hpp"
#include "config/config.hpp"
#include "ctl/commands/access_checks.hpp"
#include "ctl/survey_client.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/check_format.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/shown.hpp"
#include "ctl/text/status_format.hpp"

namespace dirsync::ctl {
namespace {

Error of_config(const std::string& what) { return Error(ErrorCode::config_invalid, what); }

/// The file that the daemon runs by, unless another one was named.
void find_file(Options& options, const messages::Status& status) {
    if (!options.config_given && !status.config.path.empty()) options.config = status.config.path;
}

std::string question_of(const config::Config& config) {
    messages::DraftRequest request;
    request.config.value = config::redacted_dump(config);
    return messages::text_of(request);
}

/// True when the user may use the control socket, but not read the daemon's file.
bool is_closed(const Options& options) {
    return !options.config_given && ::access(options.config.c_str(), R_OK) != 0 && errno == EACCES;
}

/// The checks of the survey, or the one that says why there are none. `body`: the question.
void survey(const Options& options, const config::Config& config, const std::string& body,
            std::vector<Check>& checks) {
    auto client = SurveyClient::open(options.socket, config.store.sqlite_path);
    if (!client) {
        checks.push_back(failed("survey", "", client.error(), "install dirsyncd on this host"));
        return;
    }
    if (!options.json) std::fputs("looking at the directory...\n", stderr);
    const auto answer = client->ask("check", body);
    if (!answer || !answer->ok()) {
        const Error why = answer ? of_config(problem_text(answer->body)) : answer.error();
        checks.push_back(failed("survey", "", why, "run it again; the daemon's log may say more"));
        return;
    }
    for (auto& check : checks_of(answer->body)) checks.push_back(std::move(check));
}

}  // namespace

std::vector<Check> daemon_checks(const messages::Status& status) {
    const std::string& file = status.config.path;
    std::vector<Check> checks;
    const auto warn = [&](std::string seen, std::string advice) {
        checks.push_back(warned("daemon", file, std::move(seen), std::move(advice)));
    };
    if (!status.config.in_force) {
        warn("the daemon refused the file and still uses the one before",
             "dirsyncd --check-config, then dirsyncctl reload");
    }
    if (status.source.pending) {
        warn("frozen: the identity source changed, and nobody has consented yet",
             "dirsyncctl source change shows what would be removed and asks");
    }
    if (status.paused) warn(pause_text(status), "dirsyncctl resume");
    if (status.settings_refused) {
        warn("part of the configuration is refused: it names something that does not exist",
             "dirsyncctl status shows what");
    }
    if (status.time_doubt) warn(*status.time_doubt, "then dirsyncctl sync");
    if (!status.held.empty()) {
        std::uint64_t changes = 0;
        for (const auto& hold : status.held) changes += hold.count;
        warn(counted(changes, "change") + " held for approval",
             "dirsyncctl status shows what, dirsyncctl approve ID lets it through");
    }
    if (status.counts.errors > 0) {
        warn("left out because of errors: " + counted(status.counts.errors, "object"),
             "dirsyncctl errors shows which, and why");
    }
    if (status.last_error) {
        checks.push_back(failed("daemon", file,
                                Error(ErrorCode::unreachable, "the last cycle failed: " + *status.last_error),
                                "mend what the checks below name, then run dirsyncctl sync"));
    }
    if (checks.empty()) {
        checks.push_back(passed("daemon", file,
                                status.last_success ? "runs; last success " + *status.last_success
                                                    : "runs; no cycle has succeeded since it was started"));
    }
    return checks;
}

Check service_check(const ServiceState& service, bool runs) {
    if (!service.has_systemd) {
        if (runs) return skipped("service", "", "this host does not use systemd; a daemon runs anyway");
        return warned("service", "", "no daemon answers, and this host does not use systemd",
                      "start dirsyncd, or let cron run dirsyncd --once");
    }
    if (service.enabled.empty()) {
        return warned("service", "dirsyncd.service", "systemd does not know the service",
                      "cmake --install puts the unit there; then systemctl daemon-reload");
    }
    if (!runs) {
        return warned("service", "dirsyncd.service", "the service is " + service.active,
                      "systemctl enable --now dirsyncd; journalctl -u dirsyncd says why it ended");
    }
    if (service.enabled != "enabled") {
        return warned("service", "dirsyncd.service", "the service runs, and is " + service.enabled,
                      "systemctl enable dirsyncd starts it when the host starts");
    }
    return passed("service", "dirsyncd.service", "enabled and " + service.active);
}

namespace {

/// Of the file, and of the survey that it allows.
void look(Options& options, const std::optional<messages::Status>& status, std::vector<Check>& checks) {
    const bool runs = status.has_value();
    const auto loaded = config::load(options.config);
    const bool by_daemon = runs && is_closed(options);
    if (by_daemon) {
        checks.push_back(
            skipped("configuration", options.config,
                    "you may not read it; the configuration that the daemon uses is checked instead"));
    } else if (loaded.problems.empty()) {
        checks.push_back(passed("configuration", loaded.config.file.string(), "no problems found"));
    } else {
        for (const auto& problem : loaded.problems) {
            checks.push_back(failed("configuration", "", of_config(config::to_text(problem)),
                                    "correct it; dirsyncd --check-config says when it is right"));
        }
    }
    if (runs) {
        for (auto& check : daemon_checks(*status)) checks.push_back(std::move(check));
    }
    checks.push_back(service_check(service_state(), runs));
    if (by_daemon) {
        survey(options, config::Config(), "", checks);
    } else if (loaded.problems.empty()) {
        for (auto& check : access_checks(access_facts(loaded.config, options.socket)))
            checks.push_back(std::move(check));
        survey(options, loaded.config, question_of(loaded.config), checks);
    } else {
        checks.push_back(
            skipped("survey", "", "the directory is checked once the configuration is in order"));
    }
}

}  // namespace

int doctor(Options& options) {
    if (options.socket.empty()) options.socket = config::load(options.config).config.control_socket;
    const auto status = status_of(options.socket);
    if (status) find_file(options, *status);
    std::vector<Check> checks;
    look(options, status, checks);
    const std::string text = options.json ? messages::text_of(messages::report_of(checks)) + "\n"
                                          : checks_text(checks, terminal_width(STDOUT_FILENO));
    std::fputs(safe_output(text, options.json).c_str(), stdout);
    return exit_code_of(checks);
}

std::vector<Command> doctor_commands() {
    return {{"doctor",
             "Look at everything that a sync needs, and say what to do",
             {json_parameter},
             [](Arguments& arguments) { return doctor(arguments); },
             true}};
}

}  // namespace dirsync::ctl
