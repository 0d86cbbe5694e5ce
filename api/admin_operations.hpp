#pragma once

#include <string>
#include <vector>

#include "admin/effective.hpp"
#include "admin/import.hpp"
#include "admin/planner.hpp"
#include "core/task.hpp"
#include "model/seams/row_reader.hpp"

namespace dirsync::api {

struct EditOptions {
    bool dry_run = false;   ///< report what would be written, write nothing
    bool skip_bad = false;  ///< write the good edits; else nothing is written if one is bad
    sync::Asked by = {};
};

struct Edited {
    admin::Decision decision;
    sync::AnyRecord row;  ///< nothing: it was removed
};

/// The edits that admins make: implemented by the application, called by the control API on the loop thread.
class AdminOperations {
public:
    virtual ~AdminOperations() = default;

    /// Writes all edits as one run of kind `admin`. Without `skip_bad`, problems are the error: a line for
    /// each, refused, or not_found if there is only one and it says so.
    virtual Task<Result<admin::Decision>> edit(std::vector<admin::Edit> edits, EditOptions options) = 0;
    /// Writes one edit, and returns the row that it was about as it is afterwards.
    virtual Task<Result<Edited>> edit_one(admin::Edit edit, EditOptions options) = 0;
    virtual Task<Result<std::vector<sync::ListedAssignment>>> assignments() = 0;
    virtual Task<Result<std::vector<admin::EffectiveAssignment>>> effective(std::string user) = 0;
};

}  // namespace dirsync::api
