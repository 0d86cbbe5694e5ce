#include "engine/read_notes.hpp"

#include <algorithm>

namespace dirsync::sync {
namespace {

std::string counted(std::uint64_t entries, EntryKind kind) {
    const char* one = kind == EntryKind::user ? " user" : kind == EntryKind::group ? " group" : " container";
    return std::to_string(entries) + one + (entries == 1 ? "" : "s");
}

}  // namespace

void ReadNotes::note(const Folded& folded, bool whole, const AttributeNames& names, KnownDomains& domains) {
    if (whole) {
        note_unreadable(folded, names, domains);
    } else {
        note_hidden(folded, names, domains);
    }
    note_expiry(folded, domains);
    note_filters(folded, whole);
}

/// Of a domain it is said once: a read of changes shows a few of those whom the whole read counted.
void ReadNotes::note_expiry(const Folded& folded, const KnownDomains& domains) {
    for (const auto& [domain, count] : folded.without_expiry) {
        const std::string about = domains.all()[domain].dns_name + ": accountExpires of ";
        const std::string what =
            " cannot be read: what was told before counts, so that an account that expires earlier now stays "
            "enabled; give the account the right to read it";
        const bool is_said = std::any_of(unreadable_.begin(), unreadable_.end(), [&](const auto& note) {
            return note.starts_with(about) && note.ends_with(what);
        });
        if (!is_said) unreadable_.push_back(about + counted(count, EntryKind::user) + what);
    }
}

/// Which filters have matched a user since the last whole read.
void ReadNotes::note_filters(const Folded& folded, bool whole) {
    const auto& matching = folded.matching_filters;
    if (whole) {
        matching_filters_ = matching;
    } else if (matching_filters_ && matching_filters_->size() == matching.size()) {
        for (std::size_t i = 0; i < matching.size(); ++i)
            if (matching[i]) (*matching_filters_)[i] = true;
    }
}

std::vector<std::string> ReadNotes::filters_without_match(const ScopeSettings& scope,
                                                          std::span<const Hold> holds) const {
    std::vector<std::string> keys;
    const auto& filters = scope.user_filters;
    const bool is_held = std::any_of(holds.begin(), holds.end(),
                                     [](const Hold& hold) { return hold.hold == HoldClass::scope_edit; });
    for (std::size_t i = 0; i < filters.size(); ++i) {
        const bool is_known = matching_filters_ && matching_filters_->size() == filters.size();
        const bool matches = is_known ? (*matching_filters_)[i] : !is_held;
        if (!matches) keys.push_back("user_filters: " + filters[i].filter.text());
    }
    return keys;
}

/// Lists that lack a member whose memberOf names the group, and attributes that permissions hide.
void ReadNotes::note_hidden(const Folded& folded, const AttributeNames& names, const KnownDomains& domains) {
    for (const auto& lost : folded.unreadable) {
        if (lost.attribute && !lost.is_unproved && !lost.keeps_out) continue;
        std::string note = domains.all()[lost.domain].dns_name + ": ";
        if (lost.keeps_out) {
            const std::string& name = names[*lost.attribute];
            note += counted(lost.entries, lost.kind) + (lost.entries == 1 ? " stays" : " stay") +
                    " out: a filter of the scope would let them in for want of " + name +
                    ", which the account may not read of them; give it the right to read " + name;
        } else if (lost.attribute) {
            note += names[*lost.attribute] + " of " + counted(lost.entries, lost.kind) +
                    " is not shown any more, and their permissions do not prove that the account may read "
                    "it: it is kept as it was; give the account the right to read it and their permissions";
        } else {
            note += "member of " + counted(lost.entries, EntryKind::group) +
                    " lacks some whose memberOf names the group: they are kept; give the account the "
                    "right to read member";
        }
        if (std::find(unreadable_.begin(), unreadable_.end(), note) == unreadable_.end())
            unreadable_.push_back(std::move(note));
    }
}

/// What a whole read kept.
void ReadNotes::note_unreadable(const Folded& folded, const AttributeNames& names, KnownDomains& domains) {
    unreadable_.clear();
    domains.forget_unreadable();
    note_hidden(folded, names, domains);
    for (const auto& [domain, count] : folded.unnumbered) {
        unreadable_.push_back(domains.all()[domain].dns_name + ": uSNChanged of " + std::to_string(count) +
                              (count == 1 ? " user" : " users") +
                              " cannot be read: their changes, disabling included, are noticed by a whole "
                              "read only; give the account the right to read it");
    }
    for (const auto& lost : folded.unreadable) {
        if (!lost.attribute || lost.is_unproved || lost.keeps_out) continue;
        const std::string& name = names[*lost.attribute];
        if (lost.of_everybody) domains.add_unreadable(lost.domain, name);
        unreadable_.push_back(domains.all()[lost.domain].dns_name + ": " + name + " of " +
                              counted(lost.entries, lost.kind) +
                              " cannot be read any more though nobody changed it: it is kept as it was; "
                              "give the account the right to read it");
    }
}

}  // namespace dirsync::sync
