#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/known_domains.hpp"
#include "model/settings.hpp"
#include "sync/folded.hpp"

namespace dirsync::sync {

/// What reads told beside what they changed: what the account may not read, and which filters of the scope
/// match nobody. Kept from cycle to cycle.
class ReadNotes {
public:
    /// After a read. Of a whole one, what is unreadable of everybody goes into `domains`, for the reads of
    /// changes to come.
    void note(const Folded& folded, bool whole, const AttributeNames& names, KnownDomains& domains);
    /// The filters are others now.
    void forget_filters() { matching_filters_.reset(); }

    /// Of the last whole read, and of the reads of changes since.
    const std::vector<std::string>& unreadable() const noexcept { return unreadable_; }
    /// Filters of the scope that match nobody, most likely misspelt ones (semantics 2.10). Before this
    /// process has read everything it is not known; what is held by an edit of the scope stays held until
    /// then.
    std::vector<std::string> filters_without_match(const ScopeSettings& scope,
                                                   std::span<const Hold> holds) const;

private:
    void note_unreadable(const Folded& folded, const AttributeNames& names, KnownDomains& domains);
    void note_hidden(const Folded& folded, const AttributeNames& names, const KnownDomains& domains);
    void note_expiry(const Folded& folded, const KnownDomains& domains);
    void note_filters(const Folded& folded, bool whole);

    std::optional<std::vector<bool>> matching_filters_;  // since the last whole read; nullopt: there was none
    std::vector<std::string> unreadable_;
};

}  // namespace dirsync::sync
