// dirsyncd: keeps an identity store in step with a directory.
#include <fcntl.h>
#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/system/system_error.hpp>

#include "config/config.hpp"
#include "core/exit_code.hpp"
#include "daemon/app.hpp"
#include "daemon/logging.hpp"
#include "daemon/once.hpp"
#include "daemon/survey_main.hpp"
#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"

namespace {

using dirsync::exit_config;
using dirsync::exit_unavailable;
using dirsync::exit_usage;
using dirsync::daemon::complain;

int check_config(const std::string& file, bool dump) {
    const auto loaded = dirsync::config::load(file);
    for (const auto& problem : loaded.problems) {
        std::fprintf(stderr, "%s\n", dirsync::config::to_text(problem).c_str());
    }
    if (!loaded.problems.empty()) return exit_config;
    if (dump) {
        std::fputs(dirsync::config::redacted_dump(loaded.config).c_str(), stdout);
    } else {
        std::printf("%s: no problems found\n", loaded.config.file.c_str());
    }
    return 0;
}

/// Takes the numbers of standard streams that are closed: the store's lock file would get one of them, and
/// the log be written into it.
void take_standard_streams() {
    for (int fd = 0; fd <= 2; ++fd) {
        if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
    }
}

std::string refusal_of_host(const std::exception& error) {
    return std::string("dirsyncd: this host refused what was needed: ") + error.what() +
           "; what was being written was undone; raise the limit (LimitNOFILE, TasksMax, ulimit -a)";
}

struct Options {
    std::string config_file = "/etc/dirsyncd/dirsyncd.yaml";
    std::string checked_file;
    std::string credentials;
    std::string survey_socket;
    bool checks = false;
    bool once = false;
    bool dump = false;
    dirsync::daemon::OnceOptions of_once;
};

/// The command line, or the exit code when there is nothing more to do.
std::variant<Options, int> parsed(int argc, char** argv) {
    Options options;
    CLI::App cli("Keeps an identity store in step with Active Directory.", "dirsyncd");
    cli.add_option("-c,--config", options.config_file, "Configuration file")->capture_default_str();
    auto* once = cli.add_flag("--once", options.once, "Run one cycle and exit");
    cli.add_flag("--full", options.of_once.full, "With --once: read and compare everything")->needs(once);
    cli.add_flag("--dry-run", options.of_once.dry_run, "With --once: print the plan, write nothing")
        ->needs(once);
    cli.add_option("--approve", options.of_once.approve,
                   "With --once: release what is held under this id; repeatable")
        ->type_name("ID")
        ->needs(once);
    auto* check =
        cli.add_option("--check-config", options.checked_file,
                       "Check the configuration (FILE, or that of -c), print every problem, exit 0 or 78")
            ->type_name("[FILE]")
            ->expected(0, 1);
    cli.add_flag("--dump", options.dump,
                 "With --check-config: print the effective configuration, without secrets")
        ->needs(check);
    cli.add_option("--survey", options.survey_socket,
                   "Answer the questions of 'dirsyncctl setup' and 'doctor' on this socket until standard "
                   "input ends")
        ->type_name("SOCKET")
        ->excludes(once)
        ->excludes(check);
    cli.add_option("--credentials", options.credentials, "Folder of credentials named in the configuration")
        ->type_name("DIR")
        ->check(CLI::ExistingDirectory);
    cli.set_version_flag("--version", "dirsyncd " DIRSYNC_VERSION);
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? 0 : exit_usage;
    }
    options.checks = check->count() > 0;
    return options;
}

int exit_code_of_opening(const dirsync::Error& error) {
    complain("dirsyncd: " + error.message());
    if (error.code() == dirsync::ErrorCode::store_in_use) {
        complain(
            "dirsyncd: if that is the daemon: 'dirsyncctl sync' runs a cycle, 'dirsyncctl plan' says "
            "what it would do");
    }
    return error.error_class() == dirsync::ErrorClass::config ? exit_config : exit_unavailable;
}

int run_with_store(const Options& options) {
    auto loaded = dirsync::config::load(options.config_file);
    if (!loaded.problems.empty()) {
        for (const auto& problem : loaded.problems) complain(dirsync::config::to_text(problem));
        complain("dirsyncd: the configuration cannot be used; nothing was done");
        return exit_config;
    }
    dirsync::store::SqliteOptions store_options;
    store_options.path = loaded.config.store.sqlite_path;
    // A plan writes nothing, not even an empty store.
    std::error_code ignored;
    if (options.of_once.dry_run && !std::filesystem::exists(store_options.path, ignored)) {
        if (auto lost = dirsync::store::require_not_lost(store_options.path); !lost) {
            complain("dirsyncd: " + lost.error().message());
            return exit_unavailable;
        }
        return dirsync::daemon::run_once(loaded.config, dirsync::store::make_memory_store(), options.of_once);
    }
    auto store = dirsync::store::open_sqlite(store_options);
    if (!store) return exit_code_of_opening(store.error());
    if (options.once) return dirsync::daemon::run_once(loaded.config, std::move(*store), options.of_once);
    dirsync::daemon::Log log(loaded.config.log_level);
    dirsync::daemon::App app(std::move(loaded.config), std::move(*store), log);
    return app.run();
}

int run(int argc, char** argv) {
    // With a fixed threshold, tables that were outgrown while loading are returned to the system and leave no
    // holes.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
    const auto parsed_line = parsed(argc, argv);
    if (const int* code = std::get_if<int>(&parsed_line)) return *code;
    const auto& options = std::get<Options>(parsed_line);
    // The variable by which systemd hands credentials over (systemd.exec(5)). Before any thread starts.
    if (!options.credentials.empty()) setenv("CREDENTIALS_DIRECTORY", options.credentials.c_str(), 1);
    if (options.checks)
        return check_config(options.checked_file.empty() ? options.config_file : options.checked_file,
                            options.dump);
    if (!options.survey_socket.empty()) return dirsync::daemon::run_survey(options.survey_socket);
    return run_with_store(options);
}

}  // namespace

int main(int argc, char** argv) {
    take_standard_streams();
    // A limit on the size of files is an error of the store, like a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
    // When the host refuses memory or threads, that arrives as an exception. Ending by a signal would look
    // like a fault of the program.
    try {
        return run(argc, argv);
    } catch (const std::bad_alloc&) {
        complain(
            "dirsyncd: out of memory; what was being written was undone; raise the limit (MemoryMax, ulimit "
            "-v)");
    } catch (const boost::system::system_error& error) {
        complain(refusal_of_host(error));
    } catch (const std::system_error& error) {
        complain(refusal_of_host(error));
    }
    return exit_unavailable;
}
