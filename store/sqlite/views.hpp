#pragma once

#include "model/seams/identity_store.hpp"
#include "store/sqlite/file/db.hpp"
#include "store/views.hpp"

namespace dirsync::store {

/// What `query` asks of a view of docs/contract.md, inside the caller's transaction. Throws DbFailure.
sync::Rows read_view(Db& db, const CheckedQuery& query);

}  // namespace dirsync::store
