#include "ctl/commands/doctor.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "config/config.hpp"
#include "ctl/commands/access_checks.hpp"
#include "ctl/survey_client.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/check_format.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/json_text.hpp"

namespace dirsync::ctl {
namespace {

Error of_config(const std::string& what) { return Error(ErrorCode::config_invalid, what); }

/// The file that the daemon runs by, unless another one was named.
void find_file(Options& options, const boost::json::value& status) {
    const std::string path = shown(member(status, "config"), "path");
    if (!options.config_given && !path.empty()) options.config = path;
}

std::string configuration_of(const config::Config& config) {
    return boost::json::serialize(boost::json::object{{"config", config::redacted_dump(config)}});
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

std::vector<Check> daemon_checks(std::string_view status_json) {
    const boost::json::value status = parsed(status_json);
    const auto& config = member(status, "config");
    const std::string file = shown(config, "path");
    std::vector<Check> checks;
    if (member(config, "in_force").is_bool() && !is_set(config, "in_force")) {
        checks.push_back(warned("daemon", file, "the daemon refused the file and runs by the one before",
                                "dirsyncd --check-config, then dirsyncctl reload"));
    }
    if (member(member(status, "source"), "pending").is_object()) {
        checks.push_back(warned("daemon", file,
                                "frozen: the identity source changed, and nobody agreed to it",
                                "dirsyncctl source change shows what would be removed and asks"));
    }
    if (is_set(status, "paused")) {
        checks.push_back(warned("daemon", file, pause_text(status), "dirsyncctl resume"));
    }
    if (is_set(status, "settings_refused")) {
        checks.push_back(warned("daemon", file,
                                "part of the configuration is refused: what it names is not there",
                                "dirsyncctl status shows what"));
    }
    if (const std::string doubt = shown(status, "time_doubt"); !doubt.empty())
        checks.push_back(warned("daemon", file, doubt, "then dirsyncctl sync"));
    if (const auto& held = elements(member(status, "held")); !held.empty()) {
        std::uint64_t changes = 0;
        for (const auto& hold : held) {
            const auto* count = member(hold, "count").if_int64();
            changes += count == nullptr ? 0 : static_cast<std::uint64_t>(*count);
        }
        checks.push_back(warned("daemon", file, counted(changes, "change") + " held for a person",
                                "dirsyncctl status shows what, dirsyncctl approve ID lets it through"));
    }
    const auto* skipped_rows = member(member(status, "counts"), "errors").if_int64();
    if (skipped_rows != nullptr && *skipped_rows > 0) {
        checks.push_back(warned("daemon", file,
                                fmt::format("left out because of errors: {}",
                                            counted(static_cast<std::size_t>(*skipped_rows), "object")),
                                "dirsyncctl errors shows which, and why"));
    }
    if (const std::string error = shown(status, "last_error"); !error.empty()) {
        checks.push_back(failed("daemon", file,
                                Error(ErrorCode::unreachable, "the last cycle failed: " + error),
                                "what failed is among the checks below; then dirsyncctl sync"));
    }
    if (checks.empty()) {
        const std::string success = shown(status, "last_success");
        checks.push_back(passed("daemon", file,
                                success.empty() ? "runs; no cycle has succeeded since it was started"
                                                : "runs; last success " + success));
    }
    return checks;
}

Check service_check(const ServiceState& service, bool runs) {
    if (!service.has_systemd) {
        if (runs) return skipped("service", "", "systemd does not run this host; a daemon runs all the same");
        return warned("service", "", "no daemon answers, and systemd does not run this host",
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
                      "systemctl enable dirsyncd starts it with the host");
    }
    return passed("service", "dirsyncd.service", "enabled and " + service.active);
}

namespace {

/// Of the file, and of the survey that it allows.
void look(Options& options, const Result<Answer>& status, std::vector<Check>& checks) {
    const bool runs = status && status->ok();
    const auto loaded = config::load(options.config);
    const bool by_daemon = runs && is_closed(options);
    if (by_daemon) {
        checks.push_back(skipped("configuration", options.config,
                                 "you may not read it; what the daemon runs by is looked at"));
    } else if (loaded.problems.empty()) {
        checks.push_back(passed("configuration", loaded.config.file.string(), "no problems found"));
    } else {
        for (const auto& problem : loaded.problems) {
            checks.push_back(failed("configuration", "", of_config(config::to_text(problem)),
                                    "correct it; dirsyncd --check-config says whether all is well"));
        }
    }
    if (runs) {
        for (auto& check : daemon_checks(status->body)) checks.push_back(std::move(check));
    }
    checks.push_back(service_check(service_state(), runs));
    if (by_daemon) {
        survey(options, config::Config(), "", checks);
    } else if (loaded.problems.empty()) {
        for (auto& check : access_checks(access_facts(loaded.config, options.socket)))
            checks.push_back(std::move(check));
        survey(options, loaded.config, configuration_of(loaded.config), checks);
    } else {
        checks.push_back(
            skipped("survey", "", "the directory is looked at when the configuration is in order"));
    }
}

}  // namespace

int doctor(Options& options) {
    if (options.socket.empty()) options.socket = config::load(options.config).config.control_socket;
    const auto status = call(options.socket, "GET", "/v1/status");
    if (status && status->ok()) find_file(options, parsed(status->body));
    std::vector<Check> checks;
    look(options, status, checks);
    const std::string text =
        options.json ? json_of(checks) + "\n" : checks_text(checks, terminal_width(STDOUT_FILENO));
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
