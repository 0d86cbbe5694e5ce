// dirsyncctl: the admin's tool; asks the running daemon over its unix socket.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "config/config.hpp"
#include "ctl/admin_commands.hpp"
#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/doctor.hpp"
#include "ctl/history_commands.hpp"
#include "ctl/hold_commands.hpp"
#include "ctl/scope_commands.hpp"
#include "ctl/setup/setup_command.hpp"
#include "ctl/source_commands.hpp"
#include "ctl/text/format.hpp"

namespace {

namespace ctl = dirsync::ctl;

using ctl::fail;
using ctl::Format;
using ctl::get;
using ctl::Options;
using ctl::post;
using ctl::print;
using dirsync::exit_config;
using dirsync::exit_unavailable;
using dirsync::exit_usage;

int print_problems(const std::vector<dirsync::config::Problem>& problems) {
    for (const auto& problem : problems)
        std::fprintf(stderr, "%s\n", dirsync::config::to_text(problem).c_str());
    return exit_config;
}

/// The socket that was given, or that of the configuration, or the usual one. Prints why there is none.
int find_socket(Options& options) {
    if (!options.socket.empty()) return 0;
    options.socket = dirsync::config::Config{}.control_socket;
    std::error_code ignored;
    if (!options.config_given && !std::filesystem::exists(options.config, ignored)) return 0;
    // A daemon goes on under the configuration before while the file has problems; it still has to be asked.
    const auto loaded = dirsync::config::load(options.config);
    options.socket = loaded.config.control_socket;
    const bool usable = loaded.problems.empty() || std::filesystem::exists(options.socket, ignored);
    return usable || !options.config_given ? 0 : print_problems(loaded.problems);
}

/// Shows what the daemon reads on one line of the terminal until `stop`.
void show_progress(const std::string& socket, const std::atomic<bool>& stop) {
    bool shown = false;
    while (!stop) {
        if (const auto status = ctl::call(socket, "GET", "/v1/status"); status && status->ok()) {
            const std::string text = ctl::progress_text(status->body);
            if (!text.empty()) {
                std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
                shown = true;
            }
        }
        for (int i = 0; i < 5 && !stop; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (shown) std::fprintf(stderr, "\r\x1b[K");
}

int sync(const Options& options, bool full) {
    std::atomic<bool> stop{false};
    std::thread progress;
    if (isatty(STDERR_FILENO)) progress = std::thread([&] { show_progress(options.socket, stop); });
    const auto answer = ctl::call(options.socket, "POST", "/v1/sync", full ? R"({"full":true})" : "{}");
    stop = true;
    if (progress.joinable()) progress.join();
    if (!answer) return fail(answer.error());
    return print(options, *answer, ctl::sync_text, ctl::exit_code_of(answer->body, exit_unavailable));
}

int plan(const Options& options, const std::string& config) {
    std::string body;
    if (!config.empty()) {
        // The daemon may not read where the admin keeps a draft (ProtectHome=, PrivateTmp=): it gets the
        // text, with scope.d taken in and paths made absolute.
        const auto draft = dirsync::config::load(config);
        if (!draft.problems.empty()) return print_problems(draft.problems);
        body = "{\"config\":\"" + ctl::json_escaped(dirsync::config::redacted_dump(draft.config)) + "\"}";
    }
    const auto answer = ctl::call(options.socket, config.empty() ? "GET" : "POST", "/v1/plan", body);
    if (!answer) return fail(answer.error());
    return print(options, *answer, ctl::plan_text, ctl::exit_code_of(answer->body, exit_unavailable));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App cli("Asks the running dirsyncd and tells it what to do.", "dirsyncctl");
    cli.require_subcommand(1);
    cli.set_version_flag("--version", "dirsyncctl " DIRSYNC_VERSION);
    Options options;
    cli.add_option("--socket", options.socket, "Control socket of the daemon")->type_name("PATH");
    auto* config = cli.add_option("-c,--config", options.config,
                                  "Take the socket from this configuration; for setup and doctor: this one")
                       ->type_name("FILE");
    cli.fallthrough();
    std::function<int()> command;
    const auto add = [&](CLI::App& parent, const std::string& name, const std::string& help,
                         std::function<int()> run, bool reads = false) {
        auto* sub = parent.add_subcommand(name, help);
        if (reads) sub->add_flag("--json", options.json, "Print JSON");
        sub->callback([&command, run = std::move(run)] { command = run; });
        return sub;
    };

    bool full = false;
    bool follow = false;
    long long since = -1;
    std::string name;
    std::string plan_config;
    bool check = false;
    add(
        cli, "status", "What dirsyncd does, what is held, what is wrong",
        [&] { return ctl::status(options, check); }, true)
        ->add_flag("--check", check, "Exit with 0 in step, 3 held, frozen or paused, 75 failing");
    add(
        cli, "sync", "Run a cycle now and wait for it", [&] { return sync(options, full); }, true)
        ->add_flag("--full", full, "Read and compare everything");
    add(
        cli, "plan", "Print what the next run would write", [&] { return plan(options, plan_config); }, true)
        ->add_option("--config", plan_config, "Under this configuration file")
        ->type_name("FILE");
    std::vector<std::string> only;
    bool yes = false;
    std::string reason;
    const auto with_reason = [&reason](const std::string& target) {
        return target + (reason.empty() ? "" : "?reason=" + ctl::percent_encoded(reason));
    };
    const auto take_reason = [&reason](CLI::App& sub) {
        sub.add_option("--reason", reason, "Why: kept with the run, shown by 'runs'")->type_name("TEXT");
    };
    add(
        cli, "held", "Who or what waits for approval, one line each",
        [&] {
            return get(options, "/v1/holds" + (name.empty() ? "" : "/" + ctl::percent_encoded(name)),
                       [](std::string_view json) {
                           return ctl::table_text(
                               json, {"hold_id", "class", "object_type", "name", "since", "reason"});
                       });
        },
        true)
        ->add_option("id", name, "Only those of this hold");
    auto* approve = add(cli, "approve", "Release what is held under an id", [&] {
        return ctl::approve(options, name, {only, yes, reason});
    });
    approve->add_option("id", name, "Id of the hold, from 'status' or 'held'")->required();
    approve->add_option("--only", only, "Of what is held only this user or group; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    approve->add_flag("--yes", yes, "Do not ask, on a terminal either");
    take_reason(*approve);
    take_reason(*add(cli, "pause", "Stop cycles, also over restarts", [&] {
        return post(options, with_reason("/v1/pause"), "paused; 'dirsyncctl resume' goes on");
    }));
    take_reason(*add(cli, "resume", "Go on after a pause",
                     [&] { return post(options, with_reason("/v1/resume"), "resumed"); }));
    add(cli, "reload", "Read the configuration again", [&] {
        const auto answer = ctl::call(options.socket, "POST", "/v1/reload");
        return answer ? print(options, *answer, ctl::reload_text, 0) : fail(answer.error());
    });
    add(
        cli, "runs", "The latest runs that wrote something or failed",
        [&] { return get(options, "/v1/runs", ctl::runs_text); }, true);
    bool dry_run = false;
    auto* revert = add(
        cli, "revert", "Undo a run",
        [&] {
            return ctl::revert(options, name, {dry_run, yes});
        },
        true);
    revert->add_option("run", name, "Id of the run, from 'runs'")->required();
    revert->add_flag("--dry-run", dry_run, "Print what would be undone, write nothing");
    revert->add_flag("--yes", yes, "Do not ask, on a terminal either");
    auto* changes_command = add(
        cli, "changes", "The journal of changes", [&] { return ctl::changes(options, follow, since); }, true);
    changes_command->add_flag("--follow", follow, "Go on with new ones until interrupted");
    changes_command->add_option("--since", since, "Only those with a higher sequence number")
        ->type_name("SEQ");
    add(
        cli, "errors", "Users and groups that are skipped, and why",
        [&] {
            return get(options, "/v1/errors", [](std::string_view json) {
                return ctl::table_text(json, {"object_type", "name", "code", "message", "since"});
            });
        },
        true);
    add(
        cli, "explain", "Why somebody is in the store or not, and where each attribute comes from",
        [&] { return get(options, "/v1/explain?name=" + ctl::percent_encoded(name), ctl::explain_text); },
        true)
        ->add_option("name", name, "userName, group, sAMAccountName@domain, DOMAIN\\name, DN or GUID")
        ->required();

    const auto add_kind = [&](const std::string& kind, const std::vector<std::string>& columns) {
        auto* parent = cli.add_subcommand(kind, "The " + kind + " of the store");
        parent->require_subcommand(1);
        add(
            *parent, "list", "All of them",
            [&options, kind, columns] {
                return get(options, "/v1/" + kind,
                           [&columns](std::string_view json) { return ctl::table_text(json, columns); });
            },
            true);
        add(
            *parent, "show", "One of them",
            [&options, &name, kind] {
                return get(options, "/v1/" + kind + "/" + ctl::percent_encoded(name), ctl::object_text);
            },
            true)
            ->add_option("name", name, "Name or id")
            ->required();
        return parent;
    };
    const std::vector<std::string> user_columns{"user_name", "display_name", "email", "status", "scope"};
    add_kind("users", user_columns);
    auto* groups = add_kind("groups", {"display_name", "description", "scope"});
    add(
        *groups, "members", "Who is in a group",
        [&] {
            return get(options, "/v1/groups/" + ctl::percent_encoded(name) + "/members",
                       [&](std::string_view json) { return ctl::table_text(json, user_columns); });
        },
        true)
        ->add_option("name", name, "Name or id of the group")
        ->required();
    ctl::ScopeRequest request;
    auto* scope = cli.add_subcommand("scope", "Who is synced");
    scope->require_subcommand(1);
    add(
        *scope, "list", "All entries, and where each stands", [&] { return ctl::list_scope(options); }, true);
    const auto name_entry = [&request](CLI::App& sub) {
        sub.add_option("--user", request.user, "A user")->type_name("NAME");
        sub.add_option("--group", request.group, "A group and all below it")->type_name("NAME");
        sub.add_option("--ou", request.unit, "An organizational unit")->type_name("DN");
        sub.add_option("--filter", request.filter, "Users that match; with --domain")->type_name("FILTER");
        sub.add_option("--domain", request.domain, "The domain of the filter")->type_name("DOMAIN");
        sub.add_option("--exclude-user", request.exclude_user, "A user who stays out")->type_name("NAME");
        sub.add_option("--exclude-group", request.exclude_group, "A group that stays out")->type_name("NAME");
        sub.add_flag("--yes", request.yes, "Do not ask");
        sub.add_flag("--force", request.force, "Also when the name means nothing, or no plan can be had");
    };
    name_entry(*add(*scope, "add", "Show what an entry would bring, then add it",
                    [&] { return ctl::add_to_scope(options, request); }));
    name_entry(*add(*scope, "remove", "Show what an entry's end would do, then remove it",
                    [&] { return ctl::remove_from_scope(options, request); }));
    auto* source = cli.add_subcommand("source", "The identity source");
    source->require_subcommand(1);
    add(
        *source, "show", "Where users come from",
        [&] {
            return get(options, "/v1/source", [](std::string_view json) {
                return ctl::table_text(json, {"type", "identity", "state", "since", "store_id"});
            });
        },
        true);

    add(
        cli, "doctor", "Look at everything that a sync needs, and say what to do",
        [&] { return ctl::doctor(options); }, true)
        ->parse_complete_callback([&options] { options.may_be_alone = true; });

    std::string answers;
    auto* setup = add(cli, "setup",
                      "Set dirsyncd up: source, domains, login, mapping, scope; ends in a configuration file",
                      [&] { return ctl::setup(options, answers); });
    setup->parse_complete_callback([&options] { options.may_be_alone = true; });
    setup->add_option("--answers", answers, "Take the answers from this file, ask nothing")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);

    const auto source_commands = ctl::add_source_commands(*source, options, command);
    const auto admin_commands = ctl::add_admin_commands(cli, options, command);

    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? 0 : exit_usage;
    }
    options.config_given = config->count() > 0;
    if (!options.may_be_alone) {
        if (const int code = find_socket(options); code != 0) return code;
    }
    return command();
}
