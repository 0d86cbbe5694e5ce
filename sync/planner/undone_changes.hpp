#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/row_text.hpp"
#include "sync/planner/guard.hpp"

namespace dirsync::sync {

/// How many names a hold shows.
inline constexpr std::size_t sample_size = 10;

/// The changes that admins undid, during one plan (semantics 5.10): says which of them the directory asks for
/// again and holds those back, unless they were approved.
class UndoneChanges {
public:
    /// Both outlive it.
    UndoneChanges(std::span<const Reverted> reverted, const Guards& guards);

    bool none() const noexcept { return entries_.empty(); }

    /// True when this creation or removal is to be held back. `name`: for the hold's sample.
    bool holds(Action action, const HeldObject& object, std::string_view name);

    /// Gives `wanted` the stored values in columns whose change was undone. `whole`: `wanted` is all that the
    /// directory asks for; false: only its status is. `cause`: the reason for its status; a status that was
    /// undone for another reason is not kept.
    template <class Row>
    void keep(const ObjectGuid& guid, const Row& stored, Row& wanted, bool whole, Reason cause) {
        Entry* entry = find(Action::update, {guid, ObjectGuid{}});
        if (entry == nullptr || guards_.approved(HoldClass::reverted, entry->reverted->object)) return;
        auto kept = keep_undone(entry->reverted->undone, stored, wanted, !whole, text_of(cause));
        entry->fate = kept.any ? Fate::held : kept.rest.empty() ? Fate::open : Fate::left;
        entry->rest = std::move(kept.rest);
        if (kept.any) add_sample(name_of(stored));
    }

    /// The plan does not say what the directory asks for here: the entry stays as it is.
    void leave(const HeldObject& object);

    /// Entries of memberships about which nothing was said yet.
    std::vector<HeldObject> open_memberships() const;

    /// nullopt: nothing is held back.
    std::optional<Hold> hold() const;
    /// What is to be remembered after the plan, sorted. Entries about which nothing was said are settled, if
    /// `is_decided` says that the plan looked at the object.
    std::vector<Reverted> rest(const std::function<bool(const ObjectGuid&)>& is_decided) const;

private:
    enum class Fate : std::uint8_t { open, held, left };
    struct Entry {
        const Reverted* reverted = nullptr;
        Fate fate = Fate::open;
        std::string rest;  ///< of an update that was looked at
    };
    Entry* find(Action action, const HeldObject& object);
    void add_sample(std::string_view name);
    static const std::string& name_of(const UserRow& row) noexcept { return row.user_name; }
    static const std::string& name_of(const GroupRow& row) noexcept { return row.display_name; }

    const Guards& guards_;
    std::vector<Entry> entries_;
    boost::unordered_flat_map<HeldObject, std::size_t> places_;
    std::vector<std::string> sample_;
};

}  // namespace dirsync::sync
