#pragma once

#include "model/describe.hpp"
#include "model/seams/admin_store.hpp"

namespace dirsync::sync {

/// Lines of the journal for what only admins write; object types PERMISSION_SET and ASSIGNMENT.
ChangeLine described(const PermissionSetChange& change);
/// Its name says it all: `alice: ReadOnly on billing`.
ChangeLine described(const AssignmentChange& change);

}  // namespace dirsync::sync
