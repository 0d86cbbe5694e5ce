#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/row_client.hpp"
#include "store/memory/store.hpp"

namespace dirsync::api {

/// A memory store with the rows of a test, on the test's own thread.
class FilledStore {
public:
    sync::StoreClient client{store::make_memory_store(), sync::StoreThread::Runs::at_once};

    static constexpr Time noon{Duration{1'780'315'200}};

    RowId add_user(const std::string& name) {
        sync::UserRow row;
        row.user_name = name;
        plan_.users.push_back({sync::Action::create, next_, random_row_id(), {}, row, {}});
        const RowId id = plan_.users.back().id;
        users_.emplace_back(name, next_++);
        write();
        return id;
    }
    void remove_user(const std::string& name) {
        const auto known = std::ranges::find(users_, name, &std::pair<std::string, sync::Node>::first);
        DIRSYNC_ASSERT(known != users_.end());
        const auto stored = client.store().users(std::span(&known->second, 1));
        DIRSYNC_ASSERT(stored && !stored->empty());
        const auto& row = stored->front();
        plan_.users.push_back({sync::Action::remove, row.node, row.id, row.row, {}, {}});
        users_.erase(known);
        write();
    }
    /// Users `u1` to `uN`, or of another letter, in one run.
    void add_users(std::size_t count, const std::string& letter = "u") {
        for (std::size_t i = 1; i <= count; ++i) {
            sync::UserRow row;
            row.user_name = letter + std::to_string(i);
            plan_.users.push_back({sync::Action::create, next_++, random_row_id(), {}, row, {}});
        }
        write();
    }
    /// The time of the runs that follow.
    void set_time(Time time) { time_ = time; }
    RowId add_user_row(const sync::UserRow& row) {
        plan_.users.push_back({sync::Action::create, next_, random_row_id(), {}, row, {}});
        const RowId id = plan_.users.back().id;
        users_.emplace_back(row.user_name, next_++);
        write();
        return id;
    }
    /// `members` are there already.
    RowId add_group(const std::string& name, const std::vector<std::string>& members = {}) {
        sync::GroupRow row;
        row.display_name = name;
        plan_.groups.push_back({sync::Action::create, next_, random_row_id(), {}, row, {}});
        const RowId id = plan_.groups.back().id;
        for (const auto& member : members) {
            for (const auto& [user, node] : users_) {
                if (user == member) plan_.memberships.push_back({next_, node, true, {}});
            }
        }
        ++next_;
        write();
        return id;
    }
    void hold(sync::Hold hold) {
        holds_.push_back(std::move(hold));
        write();
    }

private:
    void write() {
        plan_.holds = holds_;
        sync::Commit commit;
        commit.plan = &plan_;
        commit.run.ended = time_;
        DIRSYNC_ASSERT(client.store().commit(commit).has_value());
        plan_ = {};
    }

    Time time_ = noon;
    sync::Plan plan_;
    std::vector<sync::Hold> holds_;
    std::vector<std::pair<std::string, sync::Node>> users_;
    sync::Node next_ = 1;
};

}  // namespace dirsync::api
