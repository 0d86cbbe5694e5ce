#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/plan.hpp"

namespace dirsync::sync {

/// The numbers are those of the journal's tables.
enum class LineAction : std::uint8_t { create = 1, update, remove, add_member, remove_member };
enum class ObjectType : std::uint8_t { user, group, permission_set, assignment };

/// The words of the contract: create | update | delete | add_member | remove_member.
std::string_view text_of(LineAction action) noexcept;
/// USER | GROUP | PERMISSION_SET | ASSIGNMENT.
std::string_view text_of(ObjectType type) noexcept;
/// The reverse; nullopt: no word of ours.
std::optional<LineAction> parse_line_action(std::string_view text) noexcept;
std::optional<ObjectType> parse_object_type(std::string_view text) noexcept;

/// One change as a line of `plan` and of v1_changes has it. `before` and `after` are JSON objects of the
/// attributes that differ; empty text means null.
struct ChangeLine {
    LineAction action = LineAction::create;
    ObjectType object_type = ObjectType::user;
    std::string object_id;
    std::string name;
    std::string before;
    std::string after;
    std::string reason;  ///< for people: an older version may have written it
};

ChangeLine described(const UserChange& change);
ChangeLine described(const GroupChange& change);
/// Of a membership the object is the group.
ChangeLine described(const MembershipChange& change, const RowId& group, std::string_view group_name,
                     const RowId& user, std::string_view user_name);

/// Extra attributes as the JSON object of the `attributes` column.
std::string json_text(const ExtraAttributes& attributes);

}  // namespace dirsync::sync
