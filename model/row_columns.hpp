#pragma once

#include "model/rows.hpp"

namespace dirsync::sync {

/// Calls `visit(column, field)` for every column of v1_users that a change can show, in its order.
template <class Visit>
void visit_columns(const UserRow*, Visit&& visit) {
    visit("user_name", &UserRow::user_name);
    visit("display_name", &UserRow::display_name);
    visit("given_name", &UserRow::given_name);
    visit("family_name", &UserRow::family_name);
    visit("middle_name", &UserRow::middle_name);
    visit("email", &UserRow::email);
    visit("status", &UserRow::status);
    visit("external_id", &UserRow::external_id);
    visit("sid", &UserRow::sid);
    visit("attributes", &UserRow::attributes);
    visit("scope", &UserRow::scope);
    visit("out_since", &UserRow::out_since);
}
/// The same for v1_groups.
template <class Visit>
void visit_columns(const GroupRow*, Visit&& visit) {
    visit("display_name", &GroupRow::display_name);
    visit("description", &GroupRow::description);
    visit("external_id", &GroupRow::external_id);
    visit("attributes", &GroupRow::attributes);
    visit("scope", &GroupRow::scope);
    visit("out_since", &GroupRow::out_since);
}

}  // namespace dirsync::sync
