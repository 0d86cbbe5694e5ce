#include "store/memory/rows.hpp"

#include <algorithm>
#include <tuple>

#include "model/words.hpp"

namespace dirsync::store {
namespace {

template <class Row>
using RecordsOf = std::map<sync::Node, sync::Record<Row>>;

template <class Row>
std::optional<sync::Record<Row>> called(const RecordsOf<Row>& records, std::string Row::*name,
                                        std::string_view text) {
    const auto first = [&records](auto matches) -> std::optional<sync::Record<Row>> {
        for (const auto& [node, record] : records) {
            if (matches(record)) return record;
        }
        return std::nullopt;
    };
    const sync::NameKey key = sync::name_key(text);
    auto found =
        first([&](const auto& record) { return key != 0 && sync::name_key(record.row.*name) == key; });
    const auto id = parse<RowId>(text);
    if (!found && id) found = first([&](const auto& record) { return record.id == *id; });
    for (const auto& external : sync::external_ids_meant(text)) {
        if (!found) found = first([&](const auto& record) { return record.row.external_id == external; });
    }
    return found;
}

template <class Row, class IsListed>
sync::Listed<sync::Record<Row>> listed(const RecordsOf<Row>& records, const sync::Page& page,
                                       IsListed is_listed) {
    sync::Listed<sync::Record<Row>> out;
    for (const auto& [node, record] : records) {
        if (node < page.from || !is_listed(node)) continue;
        if (out.rows.size() == page.limit) {
            out.next = node;
            break;
        }
        out.rows.push_back(record);
        out.rows.back().place = node;
    }
    return out;
}

/// Compared as SQLite does: letters of ASCII in either case, all others as they are.
bool is_same(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool begins_with(std::string_view text, std::string_view beginning) {
    return is_same(text.substr(0, beginning.size()), beginning);
}

template <class Row, class IsMeant>
std::vector<sync::Record<Row>> meant(const RecordsOf<Row>& records, std::size_t limit, IsMeant is_meant) {
    std::vector<sync::Record<Row>> out;
    for (const auto& [node, record] : records) {
        if (out.size() < limit && is_meant(record.row)) out.push_back(record);
    }
    return out;
}

template <class Item>
std::vector<Item> last_of(const std::vector<Item>& items, std::size_t limit) {
    return {items.end() - static_cast<std::ptrdiff_t>(std::min(limit, items.size())), items.end()};
}

bool is_any(sync::Node) { return true; }

}  // namespace

Result<std::optional<sync::UserRecord>> MemoryRows::user(std::string_view name) {
    return called(state_.users, &sync::UserRow::user_name, name);
}

Result<std::optional<sync::GroupRecord>> MemoryRows::group(std::string_view name) {
    return called(state_.groups, &sync::GroupRow::display_name, name);
}

Result<std::vector<sync::UserRecord>> MemoryRows::users_meant(std::string_view name, std::size_t limit) {
    if (name.empty()) return std::vector<sync::UserRecord>();
    const std::string local = std::string(name) + "@";
    const sync::NameKey key = sync::name_key(name);
    return meant(state_.users, limit, [&](const sync::UserRow& row) {
        return is_same(row.display_name, name) || begins_with(row.user_name, local) ||
               (key != 0 && sync::name_key(row.email) == key);
    });
}

Result<std::vector<sync::GroupRecord>> MemoryRows::groups_meant(std::string_view name, std::size_t limit) {
    if (name.empty()) return std::vector<sync::GroupRecord>();
    const std::string local = std::string(name) + "@";
    return meant(state_.groups, limit,
                 [&](const sync::GroupRow& row) { return begins_with(row.display_name, local); });
}

Result<sync::AnyRecord> MemoryRows::with_id(const RowId& id) {
    for (const auto& [node, user] : state_.users) {
        if (user.id == id) return sync::AnyRecord(user);
    }
    for (const auto& [node, group] : state_.groups) {
        if (group.id == id) return sync::AnyRecord(group);
    }
    if (const auto set = state_.permission_sets.find(id); set != state_.permission_sets.end())
        return sync::AnyRecord(set->second);
    if (const auto found = state_.assignments.find(id); found != state_.assignments.end())
        return sync::AnyRecord(sync::AssignmentRecord{found->second, is_dangling(state_, found->second)});
    return sync::AnyRecord();
}

Result<sync::Listed<sync::UserRecord>> MemoryRows::users(const sync::Page& page) {
    return listed(state_.users, page, is_any);
}

Result<sync::Listed<sync::GroupRecord>> MemoryRows::groups(const sync::Page& page) {
    return listed(state_.groups, page, is_any);
}

Result<sync::Listed<sync::UserRecord>> MemoryRows::members(const RowId& group, const sync::Page& page) {
    const auto found =
        std::ranges::find_if(state_.groups, [&group](const auto& item) { return item.second.id == group; });
    if (found == state_.groups.end()) return sync::Listed<sync::UserRecord>();
    const sync::Node node = found->first;
    return listed(state_.users, page, [&](sync::Node user) {
        return state_.memberships.contains({node, user});
    });
}

Result<std::vector<sync::PermissionSet>> MemoryRows::permission_sets() {
    std::vector<sync::PermissionSet> out;
    for (const auto& [id, set] : state_.permission_sets) out.push_back(set);
    std::ranges::sort(out, {}, &sync::PermissionSet::name);
    return out;
}

Result<std::vector<sync::RecordedRun>> MemoryRows::runs(std::size_t limit) {
    return last_of(state_.runs, limit);
}

Result<std::vector<RowId>> MemoryRows::runs_beginning(std::string_view text, std::size_t limit) {
    std::vector<RowId> out;
    for (const auto& run : state_.runs) {
        if (out.size() < limit && begins_with(to_text(run.id), text)) out.push_back(run.id);
    }
    return out;
}

Result<std::vector<sync::JournalLine>> MemoryRows::changes_after(std::uint64_t seq, std::size_t limit) {
    std::vector<sync::JournalLine> out;
    for (const auto& line : state_.journal) {
        if (line.seq > seq && out.size() < limit) out.push_back(line);
    }
    return out;
}

Result<std::vector<sync::JournalLine>> MemoryRows::latest_changes(std::size_t limit) {
    return last_of(state_.journal, limit);
}

Result<std::vector<sync::HeldLine>> MemoryRows::held(const std::string& hold_id) {
    std::vector<sync::HeldLine> out;
    for (const auto& [id, hold] : state_.holds) {
        if (!hold_id.empty() && id != hold_id) continue;
        for (const auto& object : hold.objects) out.push_back(held_line(state_, hold, object));
    }
    std::ranges::sort(out, {}, [](const sync::HeldLine& line) {
        return std::tie(line.hold_id, line.name, line.object_id);
    });
    return out;
}

Result<std::vector<sync::ListedError>> MemoryRows::errors() {
    std::vector<sync::ListedError> out;
    for (const auto& [id, record] : state_.errors) out.push_back(record);
    std::ranges::stable_sort(out, {}, [](const sync::ListedError& listed) { return listed.error.name; });
    return out;
}

}  // namespace dirsync::store
