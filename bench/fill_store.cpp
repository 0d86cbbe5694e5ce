// fill_store FILE USERS GROUPS MEMBERSHIPS_PER_USER: a first sync of a made-up domain into a fresh SQLite
// store by the real engine, with everything in scope. Prints wall, CPU and memory. For sizes that no lab has.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "bench/synthetic_directory.hpp"
#include "engine/engine.hpp"
#include "engine/store/store_client.hpp"
#include "store/sqlite/store.hpp"

namespace {

using namespace dirsync;

Task<sync::CycleReport> first_sync(sync::Engine& engine) {
    auto started = co_await engine.start();
    if (!started) {
        std::fprintf(stderr, "fill_store: %s\n", started.error().message().c_str());
        std::exit(1);
    }
    sync::CycleRequest request;
    request.trigger = "bench";
    co_return co_await engine.cycle(std::move(request));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: fill_store FILE USERS GROUPS MEMBERSHIPS_PER_USER\n");
        return 64;
    }
    const auto number = [&](int i) { return static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)); };
    bench::SyntheticDirectory directory({number(2), number(3), number(4)});
    store::SqliteOptions options;
    options.path = argv[1];
    auto store = store::open_sqlite(options);
    if (!store) {
        std::fprintf(stderr, "fill_store: %s\n", store.error().message().c_str());
        return 75;
    }
    sync::SyncSettings settings;
    settings.domains = {"corp.example.com"};
    settings.scope.user_filters.push_back({"corp.example.com", *sync::Filter::parse("(sAMAccountName=*)")});
    for (std::uint32_t i = 0; i < number(3); ++i) {
        settings.scope.groups.push_back(
            *sync::parse_scope_name("guid:" + to_text(bench::SyntheticDirectory::group_guid(i))));
    }
    boost::asio::io_context loop{1};
    sync::StoreClient client(std::move(*store));
    sync::Engine engine(
        {directory, client, [] { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }},
        settings);
    const auto before = std::chrono::steady_clock::now();
    int code = 1;
    auto done = [&code](std::exception_ptr error, sync::CycleReport report) {
        if (error) std::rethrow_exception(error);
        code = report.exit_code(false);
        if (report.error) std::fprintf(stderr, "fill_store: %s\n", report.error->message().c_str());
    };
    boost::asio::co_spawn(loop, first_sync(engine), std::move(done));
    loop.run();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - before;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    const double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    std::printf(
        "users %u groups %u memberships_per_user %u wall_s %.2f cpu_s %.2f cpu_us_per_user %.1f maxrss_kib "
        "%ld\n",
        number(2), number(3), number(4), wall.count(), cpu, cpu / number(2) * 1e6, usage.ru_maxrss);
    return code;
}
