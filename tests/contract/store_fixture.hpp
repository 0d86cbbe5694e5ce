#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/sid.hpp"
#include "model/seams/identity_store.hpp"
#include "store/memory/store.hpp"
#include "store/sqlite/store.hpp"

namespace dirsync::store::testing {

using sync::Edge;
using sync::Node;
using sync::Reason;

constexpr Time noon{Duration{1'790'000'000}};  // 2026-09-21T14:13:20Z
constexpr std::string_view noon_text = "2026-09-21T14:13:20Z";

template <class Uuid>
Uuid uuid_of(std::uint32_t number, std::uint8_t family) {
    Uuid uuid;
    uuid.bytes[0] = family;
    uuid.bytes[6] = 0x40;
    uuid.bytes[8] = 0x80;
    for (std::size_t i = 0; i < 4; ++i)
        uuid.bytes[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    return uuid;
}
inline ObjectGuid guid_of_node(Node node) { return uuid_of<ObjectGuid>(node, 0xf3); }
inline RowId id_of_node(Node node) { return uuid_of<RowId>(node, 0x1d); }
inline std::string id_text(Node node) { return to_text(id_of_node(node)); }

inline sync::UserRow a_user(Node node, const std::string& name) {
    sync::UserRow row;
    row.user_name = name + "@corp.example.com";
    row.display_name = "The " + name;
    row.given_name = name;
    row.family_name = "Sample";
    row.email = name + "@example.com";
    row.sid = "S-1-5-21-1-2-3-" + std::to_string(1000 + node);
    row.external_id = sync::external_id_of(guid_of_node(node));
    return row;
}
inline sync::GroupRow a_group(Node node, const std::string& name) {
    sync::GroupRow row;
    row.display_name = name + "@corp.example.com";
    row.description = "All of " + name;
    row.external_id = sync::external_id_of(guid_of_node(node));
    return row;
}

inline sync::UserChange created(Node node, sync::UserRow row) {
    return {sync::Action::create, node, id_of_node(node), {}, std::move(row), Reason::entered_scope};
}
inline sync::GroupChange created(Node node, sync::GroupRow row) {
    return {sync::Action::create, node, id_of_node(node), {}, std::move(row), Reason::entered_scope};
}
inline sync::UserChange updated(Node node, sync::UserRow before, sync::UserRow after) {
    return {sync::Action::update, node,           id_of_node(node), std::move(before),
            std::move(after),     Reason::changed};
}
inline sync::GroupChange updated(Node node, sync::GroupRow before, sync::GroupRow after) {
    return {sync::Action::update, node,           id_of_node(node), std::move(before),
            std::move(after),     Reason::changed};
}
inline sync::UserChange removed(Node node, sync::UserRow row) {
    return {sync::Action::remove, node, id_of_node(node), std::move(row), {}, Reason::deleted_in_source};
}
inline sync::GroupChange removed(Node node, sync::GroupRow row) {
    return {sync::Action::remove, node, id_of_node(node), std::move(row), {}, Reason::deleted_in_source};
}
inline sync::MembershipChange member_added(Node group, Node user) {
    return {group, user, true, Reason::member_added};
}
inline sync::MembershipChange member_removed(Node group, Node user) {
    return {group, user, false, Reason::member_removed};
}

/// Everything a load hands out, as values.
struct LoadedState : sync::StateSink {
    struct UserKeys {
        Node node;
        std::uint64_t hash;
        sync::NameKey user_name;
        sync::NameKey email;
        sync::Status status;
        sync::ScopeState scope;
        std::optional<Time> out_since;
        bool operator==(const UserKeys&) const = default;
    };
    struct GroupKeys {
        Node node;
        std::uint64_t hash;
        sync::NameKey display_name;
        sync::ScopeState scope;
        std::optional<Time> out_since;
        bool operator==(const GroupKeys&) const = default;
    };

    void object(const sync::MirrorRow& row) override { objects.push_back(row); }
    void container_dn(Node node, std::string_view dn) override {
        EXPECT_TRUE(edges.empty()) << "the DNs of containers come behind all objects, before edges";
        containers.emplace_back(node, dn);
    }
    void edge(Edge edge) override { edges.push_back(edge); }
    void user_row(Node node, std::uint64_t hash, sync::NameKey user_name, sync::NameKey email,
                  sync::Status status, sync::ScopeState scope, std::optional<Time> out_since) override {
        users.push_back({node, hash, user_name, email, status, scope, out_since});
    }
    void group_row(Node node, std::uint64_t hash, sync::NameKey display_name, sync::ScopeState scope,
                   std::optional<Time> out_since) override {
        groups.push_back({node, hash, display_name, scope, out_since});
    }
    void guard_count(const sync::GuardCount& count) override { guard_counts.push_back(count); }

    std::vector<sync::MirrorRow> objects;
    std::vector<std::pair<Node, std::string>> containers;
    std::vector<Edge> edges;
    std::vector<UserKeys> users;
    std::vector<GroupKeys> groups;
    std::vector<sync::GuardCount> guard_counts;
};

inline std::string text_in(const sync::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return "NULL";
}

/// A query of a view, put together word by word.
struct ViewQueryBuilder : sync::ViewQuery {
    ViewQueryBuilder where(const std::string& name, const std::string& value) && {
        equals.emplace_back(name, value);
        return std::move(*this);
    }
    ViewQueryBuilder after(std::int64_t seq) && {
        after_seq = seq;
        return std::move(*this);
    }
    ViewQueryBuilder by(const std::string& name) && {
        order_by = name;
        return std::move(*this);
    }
    ViewQueryBuilder page(std::int64_t size, std::int64_t first) && {
        limit = size;
        offset = first;
        return std::move(*this);
    }
};
inline ViewQueryBuilder view(const std::string& name) {
    ViewQueryBuilder query;
    query.view = name;
    return query;
}

/// A temporary folder that goes with the object.
class TempFolder {
public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "dirsync-store-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) path_ = name;
        EXPECT_FALSE(path_.empty());
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    void clear() {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            std::filesystem::remove_all(entry.path(), ignored);
        }
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

inline std::unique_ptr<sync::IdentityStore> open_store(const std::string& path) {
    SqliteOptions options;
    options.path = path;
    options.look_lasts = {};
    options.now = [] { return noon; };
    auto opened = open_sqlite(options);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
}

/// Why the store there is not opened.
inline Error opened_in_vain(const std::string& path) {
    SqliteOptions options;
    options.path = path;
    options.look_lasts = {};
    auto opened = open_sqlite(options);
    EXPECT_FALSE(opened) << path << " was opened";
    return opened ? Error(ErrorCode::internal, "") : opened.error();
}

/// A line for what alice did at noon.
inline sync::RunRecord asked(std::string trigger, std::string reason = "") {
    return sync::run_of_admin(std::move(trigger), {sync::host_user("alice"), std::move(reason)}, noon);
}

/// A commit of `plan` at the store's own generation; the mirror does not move.
inline sync::Commit commit_of(const sync::Plan& plan, std::uint64_t generation, Time at = noon) {
    sync::Commit commit;
    commit.from_generation = generation;
    commit.plan = &plan;
    commit.run.started = at - Duration{5};
    commit.run.ended = at;
    commit.run.trigger = "schedule";
    commit.run.kind = sync::RunKind::incremental;
    return commit;
}

enum class Backend { memory, sqlite };

/// The suite that every store must pass. Each test ends with a whole store.
class StoreContract : public ::testing::TestWithParam<Backend> {
protected:
    StoreContract() { open(); }

    void TearDown() override {
        if (!store_) return;
        const auto whole = store_->check_integrity();
        EXPECT_TRUE(whole) << whole.error().message();
    }

    void open() {
        store_ = GetParam() == Backend::memory ? make_memory_store([] { return noon; })
                                               : open_store(folder_.file("identity.db"));
    }
    /// Ends the process's hold on the store and takes it up again, where there is something to take up.
    void reopen() {
        if (GetParam() == Backend::memory) return;
        store_.reset();
        open();
    }

    sync::IdentityStore& store() { return *store_; }
    sync::StoredFacts facts() {
        auto facts = store_->facts();
        EXPECT_TRUE(facts) << facts.error().message();
        return facts ? std::move(*facts) : sync::StoredFacts{};
    }
    LoadedState loaded() {
        LoadedState state;
        const auto facts = store_->load(state);
        EXPECT_TRUE(facts) << facts.error().message();
        return state;
    }
    void apply(const sync::Plan& plan, Time at = noon) {
        const auto done = store_->commit(commit_of(plan, facts().cursor.generation, at));
        ASSERT_TRUE(done) << done.error().message();
    }
    void apply(const sync::MirrorDelta& delta) {
        sync::Commit commit;
        commit.from_generation = facts().cursor.generation;
        commit.mirror = &delta;
        commit.cursor = facts().cursor;
        commit.run.ended = noon;
        const auto done = store_->commit(commit);
        ASSERT_TRUE(done) << done.error().message();
    }
    sync::Rows rows(const sync::ViewQuery& query) {
        auto rows = store_->query(query);
        EXPECT_TRUE(rows) << rows.error().message();
        return rows ? std::move(*rows) : sync::Rows{};
    }
    /// One column of a view, in its order.
    std::vector<std::string> column(sync::ViewQuery query, const std::string& name) {
        const sync::Rows found = rows(query);
        const auto place = std::ranges::find(found.columns, name) - found.columns.begin();
        std::vector<std::string> out;
        for (const auto& row : found.rows) out.push_back(text_in(row.at(static_cast<std::size_t>(place))));
        return out;
    }
    /// The lines of the journal, `action name before after reason`, above `seq`.
    std::vector<std::string> lines(std::int64_t after_seq = 0) {
        std::vector<std::string> out;
        for (const auto& row : rows(view("v1_changes").after(after_seq)).rows) {
            out.push_back(text_in(row[3]) + " " + text_in(row[6]) + " " + text_in(row[7]) + " " +
                          text_in(row[8]));
        }
        return out;
    }

    TempFolder folder_;
    std::unique_ptr<sync::IdentityStore> store_;
};

inline std::string backend_name(const ::testing::TestParamInfo<Backend>& info) {
    return info.param == Backend::memory ? "memory" : "sqlite";
}

}  // namespace dirsync::store::testing

#define DIRSYNC_FOR_EVERY_STORE(suite)                                                      \
    INSTANTIATE_TEST_SUITE_P(Stores, suite,                                                 \
                             ::testing::Values(::dirsync::store::testing::Backend::memory,  \
                                               ::dirsync::store::testing::Backend::sqlite), \
                             ::dirsync::store::testing::backend_name)
