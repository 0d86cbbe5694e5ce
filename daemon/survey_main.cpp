#include "daemon/survey_main.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include "api/responses.hpp"
#include "api/routes.hpp"
#include "config/secrets.hpp"
#include "core/exit_code.hpp"
#include "core/system_time.hpp"
#include "daemon/app.hpp"
#include "http/http_server.hpp"
#include "store/memory/store.hpp"
#include "store/sqlite/inspect.hpp"
#include "store/sqlite/store.hpp"
#include "survey/surveyor.hpp"

namespace dirsync::daemon {
namespace {

constexpr Duration pause_after_refusal{15 * 60};

/// What a first run would find: the store that is there, else an empty one, which is not made on the disk.
/// The daemon's own, while it runs, is out of reach: an empty one stands for it, too.
Result<std::unique_ptr<sync::IdentityStore>> store_of(const config::Config& config) {
    std::error_code ignored;
    if (!std::filesystem::exists(config.store.sqlite_path, ignored)) return store::make_memory_store();
    store::SqliteOptions options;
    options.path = config.store.sqlite_path;
    auto opened = store::open_sqlite(options);
    if (!opened && opened.error().code() == ErrorCode::store_in_use) return store::make_memory_store();
    return opened;
}

/// What `--once` learned is not tried here either.
std::optional<Error> refusal_of(const config::Config& config) {
    const auto known = store::stored_refusal(config.store.sqlite_path);
    if (!known || known->fingerprint != credentials_fingerprint(config)) return std::nullopt;
    const Duration passed = system_time() - known->since;
    if (passed < Duration(0) || passed >= pause_after_refusal) return std::nullopt;
    return Error(ErrorCode::invalid_credentials,
                 "the directory refused these credentials " + to_text(passed) +
                     " ago; they are not tried again before they change, lest the account is locked out");
}

Task<http::Response> answer(const http::Router& router, http::Request request) {
    const auto match = router.match(request);
    if (match.handler != nullptr) co_return co_await (*match.handler)(std::move(request));
    co_return api::problem(404, "not found", "only surveys are answered here, by POST");
}

}  // namespace

int run_survey(const std::string& socket) {
    boost::asio::io_context loop{1};
    survey::Surveyor surveyor(survey::Surveyor::Parts{
        loop.get_executor(), {}, &refusal_of, &store_of, std::make_shared<ldap::BindBudget>()});
    http::Router router;
    api::add_survey_routes(router, surveyor);
    http::HttpServer::Handler handler = [&router](http::Request request) {
        return answer(router, std::move(request));
    };
    // For whoever started this process, and for root.
    auto server = http::HttpServer::listen_unix(loop.get_executor(), socket, "", std::move(handler));
    if (!server) {
        std::fprintf(stderr, "dirsyncd: %s\n", server.error().message().c_str());
        return exit_unavailable;
    }
    boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
    signals.async_wait([&loop](const boost::system::error_code&, int) { loop.stop(); });
    boost::asio::posix::stream_descriptor parent(loop, ::dup(STDIN_FILENO));
    char byte = 0;
    // Nothing is ever said there: whatever comes, and most of all the end, means that nobody asks any more.
    parent.async_read_some(boost::asio::buffer(&byte, 1),
                           [&loop](const boost::system::error_code&, std::size_t) { loop.stop(); });
    loop.run();
    (*server)->close();
    // A `dirsyncctl` that was killed could not do it; one that was not does.
    ::rmdir(std::filesystem::path(socket).parent_path().c_str());
    return 0;
}

}  // namespace dirsync::daemon
