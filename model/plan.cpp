#include "model/plan.hpp"

#include "core/error.hpp"

namespace dirsync::sync {

std::string_view text_of(Reason reason) noexcept {
    switch (reason) {
        case Reason::entered_scope:
            return "in scope";
        case Reason::changed:
            return "changed in the directory";
        case Reason::mapping_changed:
            return "the mapping changed";
        case Reason::disabled_in_source:
            return "disabled in the directory";
        case Reason::expired_in_source:
            return "expired in the directory";
        case Reason::enabled_in_source:
            return "enabled in the directory";
        case Reason::left_scope:
            return "left the scope";
        case Reason::back_in_scope:
            return "back in scope";
        case Reason::clock_ran_out:
            return "out of scope for too long";
        case Reason::deleted_in_source:
            return "deleted in the directory";
        case Reason::unproven_deletion:
            return "absent from every read for too long";
        case Reason::not_visible:
            return "not visible in the directory: held";
        case Reason::visible_again:
            return "visible in the directory again";
        case Reason::member_added:
            return "member in the directory";
        case Reason::member_removed:
            return "no longer a member in the directory";
        case Reason::paused_too_long:
            return "paused for too long";
        case Reason::by_admin:
            return "by an admin";
        case Reason::source_changed:
            return "the identity source changed";
        case Reason::restored:
            return "restored from a snapshot";
        case Reason::reverted:
            return "a run was reverted";
        case Reason::excluded_by_scope:
            return "excluded by the scope";
        case Reason::nested_group_gone:
            return "a nested group was removed";
    }
    DIRSYNC_ASSERT(!"a reason");
    return {};
}

std::string_view text_of(HoldClass hold) noexcept {
    switch (hold) {
        case HoldClass::absent:
            return "absent";
        case HoldClass::remove_users:
            return "remove_users";
        case HoldClass::disable_users:
            return "disable_users";
        case HoldClass::remove_groups:
            return "remove_groups";
        case HoldClass::remove_memberships:
            return "remove_memberships";
        case HoldClass::rename_users:
            return "rename_users";
        case HoldClass::remove_members_of_group:
            return "remove_members_per_group";
        case HoldClass::reverted:
            return "reverted";
        case HoldClass::enable_users:
            return "enable_users";
        case HoldClass::clear_attribute:
            return "clear_attribute";
        case HoldClass::scope_edit:
            return "scope_edit";
    }
    DIRSYNC_ASSERT(!"a class of holds");
    return {};
}

}  // namespace dirsync::sync
