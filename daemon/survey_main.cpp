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
#include "daemon/refusals.hpp"
#include "http/http_server.hpp"
#include "store/memory/store.hpp"
#include "store/sqlite/inspect.hpp"
#include "store/sqlite/store.hpp"
#include "survey/surveyor.hpp"

namespace dirsync::daemon {
namespace {

/// What a first run would find: the store that is there, or else an empty one, which is not made on the disk.
/// While a daemon runs its store is out of reach: an empty one stands for it as well.
Result<std::unique_ptr<sync::IdentityStore>> store_of(const config::Config& config) {
    std::error_code ignored;
    if (!std::filesystem::exists(config.store.sqlite_path, ignored)) return store::make_memory_store();
    store::SqliteOptions options;
    options.path = config.store.sqlite_path;
    auto opened = store::open_sqlite(options);
    if (!opened && opened.error().code() == ErrorCode::store_in_use) return store::make_memory_store();
    return opened;
}

/// What the process knows of refused credentials: what a daemon or `--once` left in the store, and its own.
class SurveyRefusals {
public:
    std::optional<Error> why_not(const config::Config& config, const config::DomainConfig& domain) const {
        const auto here = Refusals::Point::clock::now();
        if (const auto stored = store::stored_refusal(config.store.sqlite_path)) {
            Refusals of_store;
            of_store.recall(*stored, system_time(), here);
            if (auto why = of_store.why_not(credentials_fingerprint(config), here)) return why;
        }
        return own_.why_not(fingerprint_of(config, domain), here);
    }
    void note(const config::Config& config, const config::DomainConfig& domain, bool refused) {
        own_.note(fingerprint_of(config, domain), refused, Refusals::Point::clock::now());
    }

private:
    Refusals own_;
};

Task<http::Response> answer(const http::Router& router, http::Request request) {
    const auto match = router.match(request);
    if (match.handler != nullptr) co_return co_await (*match.handler)(std::move(request));
    co_return api::problem(404, "not found", "only surveys are answered here, by POST");
}

}  // namespace

int run_survey(const std::string& socket) {
    boost::asio::io_context loop{1};
    SurveyRefusals refusals;
    survey::Surveyor::Parts parts;
    parts.executor = loop.get_executor();
    parts.refusal = [&refusals](const config::Config& config, const config::DomainConfig& domain) {
        return refusals.why_not(config, domain);
    };
    parts.tried = [&refusals](const config::Config& config, const config::DomainConfig& domain,
                              bool refused) { refusals.note(config, domain, refused); };
    parts.store = &store_of;
    parts.binds = std::make_shared<ldap::BindBudget>();
    survey::Surveyor surveyor(std::move(parts));
    http::Router router;
    api::add_survey_routes(router, surveyor);
    http::HttpServer::Handler handler = [&router](http::Request request) {
        return answer(router, std::move(request));
    };
    // Only the user who started this process and root may use it.
    auto server = http::HttpServer::listen_unix(loop.get_executor(), socket, "", std::move(handler));
    if (!server) {
        std::fprintf(stderr, "dirsyncd: %s\n", server.error().message().c_str());
        return exit_unavailable;
    }
    boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
    signals.async_wait([&loop](const boost::system::error_code&, int) { loop.stop(); });
    boost::asio::posix::stream_descriptor parent(loop, ::dup(STDIN_FILENO));
    char byte = 0;
    // Standard input is only watched for its end: the parent is gone then.
    parent.async_read_some(boost::asio::buffer(&byte, 1),
                           [&loop](const boost::system::error_code&, std::size_t) { loop.stop(); });
    loop.run();
    (*server)->close();
    // A `dirsyncctl` that was killed did not remove the folder.
    ::rmdir(std::filesystem::path(socket).parent_path().c_str());
    return 0;
}

}  // namespace dirsync::daemon
