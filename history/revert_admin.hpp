#pragma once

#include <vector>

#include "model/seams/admin_store.hpp"
#include "model/seams/history_store.hpp"

namespace dirsync::sync {

/// The lines of a run that are of permission sets and assignments, on their way back.
class AdminBack {
public:
    /// The last line of the run first. Throws std::runtime_error for a line that this program never writes.
    void take(const ChangeLine& line);

    struct Outcome {
        std::vector<PermissionSetChange> permission_sets;
        std::vector<AssignmentChange> assignments;
        bool empty() const noexcept { return permission_sets.empty() && assignments.empty(); }
    };
    /// Decides what of it the store still allows; the rest goes to `not_restored`. Fails when reading fails.
    Result<Outcome> plan(AdminStore& store, std::vector<NotRestored>& not_restored) const;

private:
    struct Set {
        ChangeLine line;
        PermissionSetChange change;
    };
    struct Assigned {
        ChangeLine line;
        AssignmentChange change;
    };
    AdminKeys keys() const;

    std::vector<Set> sets_;
    std::vector<Assigned> assigned_;
};

}  // namespace dirsync::sync
