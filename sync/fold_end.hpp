#pragma once

#include <span>
#include <utility>
#include <vector>

#include "model/clock.hpp"
#include "sync/fold_state.hpp"

// The last step of a fold, for fold*.cpp only.
namespace dirsync::sync {

/// Makes of all that was told what the read changes.
class FoldEnd : public FoldState {
public:
    explicit FoldEnd(FoldState&& told) : FoldState(std::move(told)) {}

    /// As `LettingIn::finish`.
    Folded folded(const Clock& clock, std::span<const ObjectGuid> approved, Limit unproven_deletion);

private:
    void drop_overtaken_rows();
    void settle_invisible(const Clock& clock, std::span<const ObjectGuid> approved, Limit unproven_deletion);
    void settle_gone(Folded& result);
    std::vector<Edge> keep_doubtful_links();
    std::vector<bool> blind_domains() const;
    bool is_only_looked_for(Node group) const;
    void keep_held_links(std::vector<Edge>& held);
    void keep_told_links(std::vector<Edge>& held);
    bool lists_still(Edge edge) const;
    void finish_edges(Folded& result);
    void append_changed_edges(Folded& result) const;
    void forget_placeholders(Folded& result) const;
    void settle_dead_placeholders(const MirrorDelta& delta);
    void leave_gone_containers();
    void finish_rows(Folded& result);
    void note_followed(MirrorDelta& delta) const;
    std::vector<Unreadable> unreadable() const;
};

}  // namespace dirsync::sync
