#pragma once

#include <string>
#include <vector>

#include "model/plan.hpp"

namespace dirsync::sync {

/// One change in the words of the contract: a line of `plan` and of v1_changes. `before` and `after` are
/// JSON objects of the attributes that differ; empty text means null.
struct ChangeLine {
    std::string action;       ///< create | update | delete | add_member | remove_member
    std::string object_type;  ///< USER | GROUP
    std::string object_id;
    std::string name;
    std::string before;
    std::string after;
    std::string reason;
};

ChangeLine described(const UserChange& change);
ChangeLine described(const GroupChange& change);
/// Of a membership the object is the group.
ChangeLine described(const MembershipChange& change, const RowId& group, std::string_view group_name,
                     const RowId& user, std::string_view user_name);

/// Extra attributes as the JSON object of the `attributes` column.
std::string json_text(const ExtraAttributes& attributes);

}  // namespace dirsync::sync
