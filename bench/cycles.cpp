// cycles [COUNT]: what a cycle costs once the first read is done, at 1,000 and at 100,000 users: one in which
// nothing changed, and one that brings a single membership; the real engine and SQLite, a made-up directory.
// Prints CPU, the ratio of the two sizes, and what COUNT (10,000) cycles add to the memory.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "bench/synthetic_directory.hpp"
#include "engine/engine.hpp"
#include "engine/store/store_client.hpp"
#include "store/sqlite/store.hpp"

namespace {

using namespace dirsync;

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

long resident_kib() {
    std::ifstream statm("/proc/self/statm");
    long size = 0;
    long resident = 0;
    statm >> size >> resident;
    return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

[[noreturn]] void fail(const std::string& why) {
    std::fprintf(stderr, "cycles: %s\n", why.c_str());
    std::exit(1);
}

/// A store below a folder of its own, filled by a first sync.
class Bench {
public:
    explicit Bench(std::uint32_t users)
        : directory_({users, users / 20, 5}), folder_(make_folder()), store_(open(folder_ / "identity.db")) {
        settings_.domains = {"corp.example.com"};
        // The same membership goes again and again.
        settings_.safety.remove_members_per_group = {1'000'000, 100'000};
        settings_.safety.remove_memberships = {1'000'000, 100'000};
        settings_.scope.user_filters.push_back(
            {"corp.example.com", *sync::Filter::parse("(sAMAccountName=*)")});
        for (std::uint32_t i = 0; i < 40; ++i) {
            settings_.scope.groups.push_back(
                *sync::parse_scope_name("guid:" + to_text(bench::SyntheticDirectory::group_guid(i))));
        }
        engine_ = std::make_unique<sync::Engine>(
            sync::Engine::Parts{
                directory_, *store_,
                [] { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }},
            settings_);
        await(engine_->start());
        cycle();
    }
    ~Bench() {
        engine_.reset();
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    /// CPU of a cycle without changes, in microseconds.
    double idle(int count) {
        const double before = cpu_seconds();
        for (int i = 0; i < count; ++i) {
            if (cycle().wrote) fail("a cycle without changes wrote something");
        }
        return (cpu_seconds() - before) / count * 1e6;
    }
    /// CPU of a cycle that adds or removes one membership, commit included.
    double one_membership(int count) {
        const sync::MemberRef member{bench::SyntheticDirectory::user_guid(directory_.size().users / 2), {}};
        const double before = cpu_seconds();
        for (int i = 0; i < count; ++i) {
            sync::MemberChanges changes;
            changes.group = bench::SyntheticDirectory::group_guid(3);
            (i % 2 == 0 ? changes.added : changes.removed).push_back(member);
            directory_.will_tell(std::move(changes));
            if (const auto report = cycle(); report.changes != 1) fail("a membership was not written");
        }
        return (cpu_seconds() - before) / count * 1e6;
    }

private:
    static std::filesystem::path make_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "cyclesXXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) fail("no temporary folder");
        return pattern;
    }
    static std::unique_ptr<sync::StoreClient> open(const std::filesystem::path& path) {
        store::SqliteOptions options;
        options.path = path;
        auto store = store::open_sqlite(options);
        if (!store) fail(store.error().message());
        return std::make_unique<sync::StoreClient>(std::move(*store));
    }
    template <class T>
    T await(Task<T> task) {
        std::optional<T> result;
        auto done = [&result](std::exception_ptr error, T value) {
            if (error) std::rethrow_exception(error);
            result.emplace(std::move(value));
        };
        boost::asio::co_spawn(loop_, std::move(task), std::move(done));
        loop_.restart();
        loop_.run();
        return std::move(*result);
    }
    sync::CycleReport cycle() {
        sync::CycleRequest request;
        request.trigger = "bench";
        auto report = await(engine_->cycle(std::move(request)));
        if (report.error) fail(report.error->message());
        return report;
    }

    bench::SyntheticDirectory directory_;
    std::filesystem::path folder_;
    std::unique_ptr<sync::StoreClient> store_;
    sync::SyncSettings settings_;
    boost::asio::io_context loop_{1};
    std::unique_ptr<sync::Engine> engine_;
};

}  // namespace

int main(int argc, char** argv) {
    const int count = argc > 1 ? std::atoi(argv[1]) : 10'000;
    double idle[2]{};
    double change[2]{};
    long growth = 0;
    const std::uint32_t sizes[] = {1'000, 100'000};
    std::printf("%10s %22s %30s\n", "users", "idle cycle, us CPU", "one membership, us CPU");
    for (int i = 0; i < 2; ++i) {
        Bench bench(sizes[i]);
        bench.idle(100);
        bench.one_membership(100);
        const long before = resident_kib();
        idle[i] = bench.idle(count);
        change[i] = bench.one_membership(1000);
        growth = resident_kib() - before;
        std::printf("%10u %22.0f %30.0f\n", sizes[i], idle[i], change[i]);
    }
    const auto verdict = [](bool holds) { return holds ? "ok" : "TOO MUCH"; };
    std::printf("idle cycle, to 2000 us              %6.2f  %s\n", idle[1] / 2000, verdict(idle[1] < 2000));
    std::printf("one membership, to 2000 us          %6.2f  %s\n", change[1] / 2000,
                verdict(change[1] < 2000));
    std::printf("one membership, 100,000 to 1,000    %6.2f  %s\n", change[1] / change[0],
                verdict(change[1] < 2 * change[0]));
    std::printf("memory after %d cycles more, KiB %6ld\n", count + 1000, growth);
    return idle[1] < 2000 && change[1] < 2000 && change[1] < 2 * change[0] ? 0 : 1;
}
