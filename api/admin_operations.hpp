#pragma once

#include <string>
#include <vector>

#include "admin/effective.hpp"
#include "admin/import.hpp"
#include "admin/planner.hpp"
#include "core/task.hpp"
#include "model/row_reader.hpp"

namespace dirsync::api {

struct EditOptions {
    bool dry_run = false;   ///< say what would be written, write nothing
    bool skip_bad = false;  ///< write what is good; else one bad edit and nothing is written
    sync::Asked by = {};
};

struct Edited {
    admin::Decision decision;
    sync::AnyRecord row;  ///< nothing: it was removed
};

/// What admins edit themselves: implemented by the application, called by the control API on the loop thread.
class AdminOperations {
public:
    virtual ~AdminOperations() = default;

    /// Writes all edits as one run of kind `admin`. With problems and without `skip_bad` they are the error
    /// (refused, or not_found of a single one), a line each.
    virtual Task<Result<admin::Decision>> edit(std::vector<admin::Edit> edits, EditOptions options) = 0;
    /// Writes one edit, and gives what it was about as it is then.
    virtual Task<Result<Edited>> edit_one(admin::Edit edit, EditOptions options) = 0;
    virtual Task<Result<std::vector<sync::ListedAssignment>>> assignments() = 0;
    virtual Task<Result<std::vector<admin::EffectiveAssignment>>> effective(std::string user) = 0;
};

}  // namespace dirsync::api
