#include <benchmark/benchmark.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "model/seams/row_reader.hpp"
#include "store/sqlite/store.hpp"

namespace {

using namespace dirsync;
using sync::Node;

constexpr Time noon{Duration{1'790'000'000}};

template <class Uuid>
Uuid uuid_of(Node node, std::uint8_t family) {
    Uuid uuid;
    // Scattered like real GUIDs, so that unique indexes are not built in the order of their keys.
    std::uint64_t bits = (std::uint64_t{node} + family) * 0x9e3779b97f4a7c15ULL;
    for (std::size_t i = 0; i < 8; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(bits >> (8 * i));
    for (std::size_t i = 0; i < 4; ++i) uuid.bytes[12 + i] = static_cast<std::uint8_t>(node >> (8 * i));
    uuid.bytes[11] = family;
    return uuid;
}

/// What a first sync of a directory hands to the store: everything new.
struct FirstSync {
    FirstSync(Node users, Node members_a_user) {
        const Node groups = std::max<Node>(users / 10, 1);
        std::mt19937 random(1);
        plan.users.reserve(users);
        delta.upserts.reserve(users + groups);
        for (Node node = 0; node < users; ++node) add_user(node);
        for (Node node = users; node < users + groups; ++node) add_group(node);
        std::uniform_int_distribution<Node> any_group(users, users + groups - 1);
        for (Node node = 0; node < users; ++node) {
            for (Node i = 0; i < members_a_user; ++i) delta.edges_added.push_back({any_group(random), node});
        }
        std::ranges::sort(delta.edges_added);
        const auto repeats = std::ranges::unique(delta.edges_added);
        delta.edges_added.erase(repeats.begin(), repeats.end());
        for (const sync::Edge& edge : delta.edges_added) {
            plan.memberships.push_back({edge.group, edge.member, true, sync::Reason::member_added});
        }
    }

    void add_user(Node node) {
        const std::string name = "user" + std::to_string(node);
        sync::UserRow row;
        row.user_name = name + "@corp.example.com";
        row.display_name = "Given" + std::to_string(node) + " Family" + std::to_string(node % 1000);
        row.given_name = "Given" + std::to_string(node);
        row.family_name = "Family" + std::to_string(node % 1000);
        row.email = name + "@example.com";
        row.sid = "S-1-5-21-1004336348-1177238915-682003330-" + std::to_string(1000 + node);
        row.external_id = to_text(uuid_of<ObjectGuid>(node, 1));
        add_object(node, sync::EntryKind::user,
                   "CN=" + row.display_name + ",OU=Staff,DC=corp,DC=example,DC=com");
        plan.users.push_back({sync::Action::create,
                              node,
                              uuid_of<RowId>(node, 2),
                              {},
                              std::move(row),
                              sync::Reason::entered_scope});
    }

    void add_group(Node node) {
        sync::GroupRow row;
        row.display_name = "group" + std::to_string(node) + "@corp.example.com";
        row.external_id = to_text(uuid_of<ObjectGuid>(node, 1));
        add_object(node, sync::EntryKind::group,
                   "CN=group" + std::to_string(node) + ",DC=corp,DC=example,DC=com");
        plan.groups.push_back({sync::Action::create,
                               node,
                               uuid_of<RowId>(node, 2),
                               {},
                               std::move(row),
                               sync::Reason::entered_scope});
    }

    void add_object(Node node, sync::EntryKind kind, std::string dn) {
        sync::MirrorUpsert upsert;
        upsert.row.node = node;
        upsert.row.guid = uuid_of<ObjectGuid>(node, 1);
        upsert.row.kind = kind;
        upsert.row.hash = node * 0x9e3779b97f4a7c15ULL;
        upsert.row.primary_group_rid = 513;
        upsert.row.sid = parse_sid("S-1-5-21-1004336348-1177238915-682003330-" + std::to_string(1000 + node));
        upsert.dn = std::move(dn);
        upsert.attributes = std::string(220, 'a');
        delta.upserts.push_back(std::move(upsert));
    }

    sync::Commit commit() const {
        sync::Commit out;
        out.cursor.emplace();
        out.mirror = &delta;
        out.plan = &plan;
        out.run.started = noon;
        out.run.ended = noon;
        return out;
    }

    sync::MirrorDelta delta;
    sync::Plan plan;
};

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "dirsync-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::unique_ptr<sync::IdentityStore> open() const {
        store::SqliteOptions options;
        options.path = file();
        return std::move(*store::open_sqlite(options));
    }
    std::string file() const { return (path_ / "identity.db").string(); }

private:
    std::filesystem::path path_;
};

void first_commit(benchmark::State& state) {
    const auto users = static_cast<Node>(state.range(0));
    const FirstSync sync(users, static_cast<Node>(state.range(1)));
    std::uintmax_t bytes = 0;
    for (auto _ : state) {
        state.PauseTiming();
        Folder folder;
        auto store = folder.open();
        state.ResumeTiming();
        const auto done = store->commit(sync.commit());
        if (!done) state.SkipWithError(done.error().message().c_str());
        state.PauseTiming();
        store.reset();
        bytes = std::filesystem::file_size(folder.file());
        state.ResumeTiming();
    }
    state.counters["us_per_user"] =
        benchmark::Counter(static_cast<double>(users) * 1e-6,
                           benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    state.counters["file_MB"] = static_cast<double>(bytes) / 1e6;
}
BENCHMARK(first_commit)
    ->Args({10'000, 5})
    ->Args({100'000, 10})
    ->ArgNames({"users", "memberships"})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

/// One membership comes and goes in a store of `users` with ten memberships each.
void one_membership(benchmark::State& state) {
    const FirstSync sync(static_cast<Node>(state.range(0)), 10);
    const Folder folder;
    auto store = folder.open();
    if (!store->commit(sync.commit())) std::abort();
    sync::MembershipChange change = sync.plan.memberships[sync.plan.memberships.size() / 2];
    std::uint64_t generation = 1;
    for (auto _ : state) {
        sync::Plan plan;
        change.add = !change.add;
        plan.memberships = {change};
        sync::MirrorDelta delta;
        (change.add ? delta.edges_added : delta.edges_removed).push_back({change.group, change.user});
        sync::Commit commit;
        commit.from_generation = generation++;
        commit.cursor.emplace();
        commit.mirror = &delta;
        commit.plan = &plan;
        commit.run.ended = noon;
        if (!store->commit(commit)) state.SkipWithError("commit");
    }
}
BENCHMARK(one_membership)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime();

struct CountingSink : sync::StateSink {
    void object(const sync::MirrorRow&) override { ++count; }
    void container_dn(Node, std::string_view) override {}
    void edge(sync::Edge) override { ++count; }
    void user_row(Node, std::uint64_t, sync::NameKey, sync::NameKey, sync::Status, sync::ScopeState,
                  std::optional<Time>) override {
        ++count;
    }
    void group_row(Node, std::uint64_t, sync::NameKey, sync::ScopeState, std::optional<Time>) override {
        ++count;
    }
    void guard_count(const sync::GuardCount&) override {}
    std::uint64_t count = 0;
};

void load(benchmark::State& state) {
    const FirstSync sync(static_cast<Node>(state.range(0)), 10);
    const Folder folder;
    auto store = folder.open();
    if (!store->commit(sync.commit())) std::abort();
    for (auto _ : state) {
        CountingSink sink;
        if (!store->load(sink)) state.SkipWithError("load");
        benchmark::DoNotOptimize(sink.count);
    }
}
BENCHMARK(load)->Arg(100'000)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

/// A consumer that follows the journal: nothing new, then the last hundred lines.
void poll_changes(benchmark::State& state) {
    const FirstSync sync(100'000, 10);
    const Folder folder;
    auto store = folder.open();
    if (!store->commit(sync.commit())) std::abort();
    const auto latest = store->rows().latest_changes(1);
    const std::uint64_t since = latest->front().seq - static_cast<std::uint64_t>(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(store->rows().changes_after(since, SIZE_MAX));
}
BENCHMARK(poll_changes)->Arg(0)->Arg(100)->Unit(benchmark::kMicrosecond);

/// A page of a hundred users out of a million, by how many percent of them lie before it.
void page_of_users(benchmark::State& state) {
    constexpr Node users = 1'000'000;
    static const Folder folder;
    static const auto store = [] {
        auto opened = folder.open();
        if (!opened->commit(FirstSync(users, 0).commit())) std::abort();
        return opened;
    }();
    const sync::Page page{static_cast<std::uint64_t>(users / 100 * state.range(0)), 100};
    for (auto _ : state) benchmark::DoNotOptimize(store->rows().users(page));
}
BENCHMARK(page_of_users)->Arg(0)->Arg(50)->Arg(99)->Unit(benchmark::kMicrosecond);

/// All members of a group, in one call.
void members_of_a_group(benchmark::State& state) {
    FirstSync sync(static_cast<Node>(state.range(0)), 0);
    const Node group = sync.plan.groups.front().node;
    for (const auto& user : sync.plan.users)
        sync.plan.memberships.push_back({group, user.node, true, sync::Reason::member_added});
    const Folder folder;
    auto store = folder.open();
    if (!store->commit(sync.commit())) std::abort();
    const RowId id = sync.plan.groups.front().id;
    for (auto _ : state) benchmark::DoNotOptimize(store->rows().members(id, {0, SIZE_MAX}));
}
BENCHMARK(members_of_a_group)->Arg(50'000)->Unit(benchmark::kMillisecond);

}  // namespace
