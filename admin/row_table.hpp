#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/rows.hpp"

namespace dirsync::admin {

inline constexpr std::size_t no_edit = std::numeric_limits<std::size_t>::max();

inline const std::string& name_of(const sync::UserRow& row) noexcept { return row.user_name; }
inline const std::string& name_of(const sync::GroupRow& row) noexcept { return row.display_name; }

/// The users or groups that edits are about, as they are stored and as the edits so far leave them. Pointers
/// stay valid.
template <class Row>
class RowTable {
public:
    struct Work {
        sync::Node node = sync::no_node;
        RowId id;
        std::optional<Row> before;   ///< nullopt: an edit creates it
        std::optional<Row> after;    ///< nullopt: an edit removes it
        std::size_t edit = no_edit;  ///< the last one that was about it
    };

    void add_stored(sync::Node node, const RowId& id, const Row& row) {
        Work& work = rows_.emplace_back(Work{node, id, row, row, no_edit});
        index(work);
    }
    Work& create(sync::Node node, const RowId& id, Row row, std::size_t edit) {
        Work& work = rows_.emplace_back(Work{node, id, std::nullopt, std::move(row), edit});
        index(work);
        return work;
    }
    void change(Work& work, Row row, std::size_t edit) {
        forget_name(work);
        work.after = std::move(row);
        work.edit = edit;
        by_name_.try_emplace(sync::name_key(name_of(*work.after)), &work);
    }
    void remove(Work& work, std::size_t edit) {
        forget_name(work);
        by_id_.erase(work.id);
        by_external_id_.erase(work.after->external_id);
        work.after.reset();
        work.edit = edit;
    }

    /// By its name alone. Null: none has it.
    Work* with_name(std::string_view name) { return at(by_name_, sync::name_key(name)); }
    /// By name, id or externalId. Null: none is called so.
    Work* named(std::string_view name) {
        if (Work* found = with_name(name); found != nullptr) return found;
        if (const auto id = parse<RowId>(name)) {
            if (Work* found = at(by_id_, *id); found != nullptr) return found;
        }
        return with_external_id(name);
    }
    Work* with_external_id(std::string_view typed) {
        for (const auto& id : sync::external_ids_meant(typed)) {
            if (Work* found = at(by_external_id_, id); found != nullptr) return found;
        }
        return nullptr;
    }
    Work* with_id(const RowId& id) { return at(by_id_, id); }

    std::deque<Work>& all() noexcept { return rows_; }

private:
    template <class Map, class Key>
    static Work* at(const Map& map, const Key& key) {
        const auto found = map.find(key);
        return found == map.end() ? nullptr : found->second;
    }
    // Another one may have the name already: that is judged at the end.
    void forget_name(const Work& work) {
        const auto found = by_name_.find(sync::name_key(name_of(*work.after)));
        if (found != by_name_.end() && found->second == &work) by_name_.erase(found);
    }
    void index(Work& work) {
        by_name_.try_emplace(sync::name_key(name_of(*work.after)), &work);
        by_id_.try_emplace(work.id, &work);
        if (!work.after->external_id.empty()) by_external_id_.try_emplace(work.after->external_id, &work);
    }

    std::deque<Work> rows_;
    std::unordered_map<sync::NameKey, Work*> by_name_;
    std::unordered_map<RowId, Work*> by_id_;
    std::unordered_map<std::string, Work*> by_external_id_;
};

}  // namespace dirsync::admin
