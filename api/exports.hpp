#pragma once

#include <vector>

#include "http/http_server.hpp"
#include "model/seams/admin_store.hpp"
#include "model/snapshot.hpp"

namespace dirsync::api {

// Exports in lines as answers; a long one is written and sent piece by piece.
http::Response export_answer(std::vector<sync::ListedAssignment> assignments);
http::Response export_answer(sync::SnapshotContents contents);

}  // namespace dirsync::api
