#include "daemon/once.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/asked.hpp"
#include "config/secrets.hpp"
#include "config/source.hpp"
#include "core/exit_code.hpp"
#include "core/system_time.hpp"
#include "core/task.hpp"
#include "core/visible_text.hpp"
#include "daemon/refusals.hpp"
#include "daemon/report_text.hpp"
#include "daemon/watched_source.hpp"
#include "engine/first_cycle.hpp"
#include "engine/store/store_client.hpp"
#include "ldap/source.hpp"
#include "model/seams/history_store.hpp"

namespace dirsync::daemon {
namespace {

/// For one table, which is left out of the look if it takes longer.
constexpr auto longest_look = std::chrono::minutes(2);

/// Rewrites one line of the terminal, four times a second, until the loop stops.
Task<void> show_progress(const WatchedSource& source, const std::uint64_t& objects,
                         boost::asio::steady_timer& timer) {
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        timer.expires_after(std::chrono::milliseconds(250));
        const auto [error] = co_await timer.async_wait(no_throw);
        if (error) break;
        const std::string& phase = source.progress().phase;
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
        std::fprintf(stderr, "\r\x1b[K%s: %llu objects, %.0f a second",
                     phase.empty() ? "working" : phase.c_str(), static_cast<unsigned long long>(objects),
                     static_cast<double>(objects) / passed.count());
    }
    std::fprintf(stderr, "\r\x1b[K");
}

/// Credentials that were refused a moment ago are not tried again (semantics 5.8). True: they were.
bool is_refused(const config::Config& config, sync::IdentityStore& store, const std::string& fingerprint) {
    if (!traits_of(config.source).is_read) return false;
    const auto stored = store.history().refusal();
    if (!stored || !*stored) return false;
    const auto here = Refusals::Point::clock::now();
    Refusals refusals;
    refusals.recall(**stored, system_time(), here);
    const auto passed = refusals.age(fingerprint, here);
    if (!passed) return false;
    std::fprintf(
        stderr,
        "dirsyncd: the directory refused these credentials %s ago (InvalidDirectoryCredentials): they "
        "are not tried again for %s, so that the account is not locked out; a new secret or another "
        "configuration is tried at once\n",
        to_text(*passed).c_str(), to_text(Refusals::pause - *passed).c_str());
    return true;
}

void note_refusal(sync::IdentityStore& store, const std::string& fingerprint, const sync::CycleReport& report,
                  const ldap::BindBudget& binds) {
    // Neither a secret that cannot be read nor a server that cannot be reached says anything of it.
    const bool refused = report.error && report.error->code() == ErrorCode::invalid_credentials &&
                         binds.refused_attempts() > 0;
    if (report.error && !refused) return;
    if (auto noted = remember(store.history(), fingerprint, refused, system_time()); !noted)
        std::fprintf(stderr, "dirsyncd: %s\n", noted.error().message().c_str());
}

/// Looks through the store for damage, as a daemon does once a day (semantics 5.18): where cron runs this
/// program, no daemon does it. Before the cycle, so that nothing is planned from a damaged page. False:
/// nothing may be read or written.
bool is_sound(sync::IdentityStore& store) {
    Result<bool> was_last = false;
    while (was_last && !*was_last) was_last = store.check_part(longest_look);
    if (was_last) return true;
    std::fprintf(stderr, "dirsyncd: %s\n", text::printable_lines(was_last.error().message()).c_str());
    // A disk that fails for a moment is not a damaged store.
    return store.present().has_value();
}

}  // namespace

int run_once(const config::Config& config, std::unique_ptr<sync::IdentityStore> store,
             const OnceOptions& options) {
    const std::string fingerprint = credentials_fingerprint(config);
    if (is_refused(config, *store, fingerprint)) return exit_denied;
    if (options.full && !is_sound(*store)) return exit_unavailable;
    boost::asio::io_context loop{1};
    std::uint64_t objects = 0;
    const auto binds = std::make_shared<ldap::BindBudget>();
    WatchedSource source(make_source(loop.get_executor(), config, binds), objects,
                         [&config] { return config::unusable_password_file(config); });
    sync::StoreClient client(std::move(store));
    bool interrupted = false;
    sync::Engine::Parts parts{source, client, &system_time};
    parts.steady = &steady_time;
    parts.source_kind = config.source;
    parts.consent = consent_of(config);
    parts.stopping = [&interrupted] { return interrupted; };
    sync::Engine engine(std::move(parts), config.sync);
    sync::CycleRequest request;
    request.full = options.full;
    request.dry_run = options.dry_run;
    request.trigger = "once";
    request.approve = options.approve;
    request.by.actor = sync::host_user(api::name_of_user(::getuid()));

    boost::asio::steady_timer ticker(loop);
    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    std::optional<sync::CycleReport> report;
    auto on_signal = [&](const boost::system::error_code& error, int) {
        if (error) return;
        interrupted = true;
        source.end();
        // Restores the default action: a second signal ends the process without waiting for a commit.
        boost::system::error_code ignored;
        signals.clear(ignored);
    };
    signals.async_wait(on_signal);
    auto on_end = [&](std::exception_ptr error, sync::CycleReport done) {
        if (error) std::rethrow_exception(error);
        report = std::move(done);
        signals.cancel();
        ticker.cancel();
        source.end();
    };
    boost::asio::co_spawn(loop, first_cycle(engine, std::move(request)), std::move(on_end));
    if (isatty(STDERR_FILENO)) {
        auto rethrow = [](std::exception_ptr error) {
            if (error) std::rethrow_exception(error);
        };
        boost::asio::co_spawn(loop, show_progress(source, objects, ticker), std::move(rethrow));
    }
    loop.run();
    if (!report->paused || options.dry_run) note_refusal(client.store(), fingerprint, *report, *binds);

    const std::string text = options.dry_run ? plan_text(*report) : summary_text(*report);
    std::fputs(text.c_str(), stdout);
    if (report->error) {
        const std::string why = text::printable_lines(report->error->message());
        std::fprintf(stderr, "dirsyncd: %s\n", why.c_str());
    }
    if (interrupted && report->error) std::fprintf(stderr, "dirsyncd: interrupted; the store is as it was\n");
    return report->exit_code(options.dry_run);
}

}  // namespace dirsync::daemon
