// The pure core at 10,000 and 1,000,000 users: membership closure, scope, desired rows, diff by hash.
#include <memory>

#include <benchmark/benchmark.h>

#include "bench/synthetic_directory.hpp"
#include "sync/desired.hpp"
#include "sync/fold.hpp"
#include "sync/scope.hpp"
#include "sync/stored_index.hpp"

namespace dirsync::bench {
namespace {

/// A mirror of that many users, with a tenth as many groups and ten memberships each.
struct World {
    explicit World(std::uint32_t users)
        : directory({users, users / 10, 10}),
          names(sync::base_attribute_names()),
          mapping(sync::Mapping::defaults()) {
        mapping.bind(names);
        mapper =
            std::make_unique<sync::RowMapper>(mapping, names, std::vector<std::string>{"corp.example.com"});
        mirror.set_domain_sids({SyntheticDirectory::domain().sid});
        sync::Folding fold(
            {.mirror = mirror, .scope = scope, .domain_names = {"corp.example.com"}, .domain_of_read = {0}});
        for (std::uint32_t i = 0; i < users; ++i) fold.take(directory.user(i, names));
        for (std::uint32_t i = 0; i < users / 10; ++i) fold.take(directory.group(i, names));
        auto folded = sync::LettingIn(sync::Proving(sync::Settling(std::move(fold))))
                          .finish(sync::certain_at(Time{}), {}, std::nullopt);
        mirror.apply(folded.delta);
        for (auto& upsert : folded.delta.upserts) {
            if (upsert.row.kind != sync::EntryKind::user) continue;
            rows.push_back(upsert.row);
            attributes.push_back(std::move(upsert.attributes));
        }
        for (std::uint32_t i = 0; i < users / 10; ++i) {
            scope.groups.push_back(
                *sync::parse_scope_name("guid:" + to_text(SyntheticDirectory::group_guid(i))));
            nodes.push_back(mirror.find(SyntheticDirectory::group_guid(i)));
        }
        view = sync::ScopeView(mirror, scope, nodes, {}, {true});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto desired =
                mapper->user(rows[i], sync::AttributesView(attributes[i]), sync::Status::enabled);
            stored.load_user(rows[i].node, sync::hash_of(desired.row), sync::name_key(desired.row.user_name),
                             sync::name_key(desired.row.email), desired.row.status, desired.row.scope,
                             std::nullopt);
        }
    }

    static World& of(std::int64_t users) {
        static std::unique_ptr<World> world;
        if (!world || world->directory.size().users != users) {
            world.reset();
            world = std::make_unique<World>(static_cast<std::uint32_t>(users));
        }
        return *world;
    }

    SyntheticDirectory directory;
    sync::AttributeNames names;
    sync::Mapping mapping;
    std::unique_ptr<sync::RowMapper> mapper;
    sync::ScopeSettings scope;
    sync::Mirror mirror;
    std::vector<sync::MirrorRow> rows;
    std::vector<std::string> attributes;
    std::vector<sync::Node> nodes;
    sync::ScopeView view;
    sync::StoredIndex stored;
};

void per_user(benchmark::State& state, std::size_t users) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(users));
    state.counters["s_per_user"] =
        benchmark::Counter(static_cast<double>(users),
                           benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void membership_closure(benchmark::State& state) {
    World& world = World::of(state.range(0));
    std::vector<sync::Node> groups;
    for (auto _ : state) {
        sync::GroupsAbove above(world.mirror, world.view, world.scope);
        std::size_t memberships = 0;
        for (const auto& row : world.rows) {
            above.of_user(row.node, groups);
            memberships += groups.size();
        }
        benchmark::DoNotOptimize(memberships);
    }
    per_user(state, world.rows.size());
}

void scope(benchmark::State& state) {
    World& world = World::of(state.range(0));
    for (auto _ : state) {
        const sync::ScopeView view(world.mirror, world.scope, world.nodes, {}, {true});
        std::size_t in = 0;
        for (const auto& row : world.rows) in += view.is_user_in(world.mirror, row.node) ? 1 : 0;
        benchmark::DoNotOptimize(in);
    }
    per_user(state, world.rows.size());
}

void desired(benchmark::State& state) {
    World& world = World::of(state.range(0));
    for (auto _ : state) {
        for (std::size_t i = 0; i < world.rows.size(); ++i) {
            benchmark::DoNotOptimize(world.mapper->user(
                world.rows[i], sync::AttributesView(world.attributes[i]), sync::Status::enabled));
        }
    }
    per_user(state, world.rows.size());
}

void diff(benchmark::State& state) {
    World& world = World::of(state.range(0));
    for (auto _ : state) {
        std::size_t differs = 0;
        for (std::size_t i = 0; i < world.rows.size(); ++i) {
            const auto row = world.mapper->user(world.rows[i], sync::AttributesView(world.attributes[i]),
                                                sync::Status::enabled);
            differs += sync::hash_of(row.row) != world.stored.hash(world.rows[i].node) ? 1 : 0;
        }
        if (differs != 0) state.SkipWithError("rows differ that are equal");
    }
    per_user(state, world.rows.size());
}

void fold_unchanged(benchmark::State& state) {
    World& world = World::of(state.range(0));
    for (auto _ : state) {
        sync::Folding fold({.mirror = world.mirror,
                            .scope = world.scope,
                            .domain_names = {"corp.example.com"},
                            .domain_of_read = {0}});
        for (std::uint32_t i = 0; i < world.directory.size().users; ++i)
            fold.take(world.directory.user(i, world.names));
        auto folded = sync::LettingIn(sync::Proving(sync::Settling(std::move(fold))))
                          .finish(sync::certain_at(Time{}), {}, std::nullopt);
        if (!folded.delta.empty()) state.SkipWithError("an unchanged read changed the mirror");
    }
    per_user(state, world.rows.size());
}

BENCHMARK(membership_closure)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(scope)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(desired)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(diff)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(fold_unchanged)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dirsync::bench
