#pragma once

#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/responses.hpp"
#include "model/row_reader.hpp"

namespace dirsync::api {

// Rows of the store as JSON objects, with the columns of their views in their order (docs/contract.md).
boost::json::object object_of(const sync::UserRecord& user);
boost::json::object object_of(const sync::GroupRecord& group);
boost::json::object object_of(const sync::PermissionSet& set);
boost::json::object object_of(const sync::AssignmentRecord& assignment);
boost::json::object object_of(const sync::RecordedRun& run);
/// Of a line of the journal or of a plan.
boost::json::object object_of(const sync::ChangeLine& change);
boost::json::object object_of(const sync::JournalLine& line);
boost::json::object object_of(const sync::HeldLine& line);
boost::json::object object_of(const sync::ListedError& listed);
boost::json::object object_of(const sync::SourceRecord& source);
/// Appends what a run is but for its id and times.
void append_outcome(boost::json::object& object, const sync::RunRecord& run);
/// Empty for nothing.
boost::json::object object_of(const sync::AnyRecord& record);

template <class Item>
boost::json::array array_of(const std::vector<Item>& items) {
    boost::json::array array;
    array.reserve(items.size());
    for (const auto& item : items) array.push_back(object_of(item));
    return array;
}

/// What a call of the store gave, or its error.
template <class Item>
http::Response answer_of(const Result<std::vector<Item>>& items) {
    return items ? ok(boost::json::serialize(array_of(*items))) : failure(items.error());
}

}  // namespace dirsync::api
