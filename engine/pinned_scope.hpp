#pragma once

#include <optional>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/folded.hpp"
#include "sync/resolved_scope.hpp"
#include "sync/stored_index.hpp"

namespace dirsync::sync {

/// What the names of the scope stand for, and what that was worked out from.
class PinnedScope {
public:
    const ResolvedScope& now() const noexcept { return resolved_; }

    /// As the pins of the store say, without a read.
    void load(const ScopeSettings& scope, std::span<const Pin> pins, const Mirror& mirror,
              const StoredIndex& stored);
    /// The names mean other attributes now: the next plan works everything out anew.
    void forget_origin() { origin_.reset(); }
    /// Nothing that it was worked out from changes with this read. Asked before the mirror takes it in.
    /// `found`: by the names of the scope.
    bool stands(std::span<const Pin> pins, const std::vector<ObjectGuid>& found, const MirrorDelta& delta,
                const Mirror& mirror) const;
    /// Works it out anew. True when the names stand for other objects than before.
    bool resolve(const ScopeSettings& scope, const std::vector<Pin>& pins,
                 const std::vector<ObjectGuid>& found, const Mirror& mirror, const StoredIndex& stored);

private:
    struct Origin {
        std::vector<ObjectGuid> found;                  // by the names
        boost::unordered_flat_set<ObjectGuid> objects;  // found or pinned
    };

    ResolvedScope resolved_;
    std::optional<Origin> origin_;  // nullopt: the next plan works it out anew
};

}  // namespace dirsync::sync
