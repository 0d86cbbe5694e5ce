#include "store/views.hpp"

#include <algorithm>
#include <array>

namespace dirsync::store {
namespace {

using enum ColumnKind;

constexpr std::array users{
    ViewColumn{"user_id", id},       ViewColumn{"user_name", name},   ViewColumn{"display_name", text},
    ViewColumn{"given_name", text},  ViewColumn{"family_name", text}, ViewColumn{"middle_name", text},
    ViewColumn{"email", name},       ViewColumn{"status", text},      ViewColumn{"external_id", external_id},
    ViewColumn{"sid", text},         ViewColumn{"attributes", text},  ViewColumn{"scope", text},
    ViewColumn{"out_since", time},   ViewColumn{"created_at", time},  ViewColumn{"updated_at", time},
    ViewColumn{"revision", integer},
};
constexpr std::array groups{
    ViewColumn{"group_id", id},      ViewColumn{"display_name", name},
    ViewColumn{"description", text}, ViewColumn{"external_id", external_id},
    ViewColumn{"attributes", text},  ViewColumn{"scope", text},
    ViewColumn{"out_since", time},   ViewColumn{"created_at", time},
    ViewColumn{"updated_at", time},  ViewColumn{"revision", integer},
};
constexpr std::array memberships{ViewColumn{"group_id", id}, ViewColumn{"user_id", id}};
constexpr std::array permission_sets{
    ViewColumn{"permission_set_id", id},
    ViewColumn{"name", text},
    ViewColumn{"description", text},
};
constexpr std::array assignments{
    ViewColumn{"assignment_id", id},     ViewColumn{"principal_type", text}, ViewColumn{"principal_id", id},
    ViewColumn{"permission_set_id", id}, ViewColumn{"target", text},         ViewColumn{"dangling", integer},
};
constexpr std::array changes{
    ViewColumn{"seq", integer}, ViewColumn{"run_id", id},        ViewColumn{"at", time},
    ViewColumn{"action", text}, ViewColumn{"object_type", text}, ViewColumn{"object_id", id},
    ViewColumn{"name", text},   ViewColumn{"before", text},      ViewColumn{"after", text},
    ViewColumn{"reason", text},
};
constexpr std::array runs{
    ViewColumn{"run_id", id},   ViewColumn{"started_at", time}, ViewColumn{"ended_at", time},
    ViewColumn{"kind", text},   ViewColumn{"trigger", text},    ViewColumn{"outcome", text},
    ViewColumn{"counts", text}, ViewColumn{"error", text},      ViewColumn{"actor", text},
    ViewColumn{"note", text},   ViewColumn{"hold_id", text},
};
constexpr std::array holds{
    ViewColumn{"hold_id", id},   ViewColumn{"class", text}, ViewColumn{"object_type", text},
    ViewColumn{"object_id", id}, ViewColumn{"name", text},  ViewColumn{"since", time},
    ViewColumn{"reason", text},
};
constexpr std::array entity_errors{
    ViewColumn{"external_id", id}, ViewColumn{"sid", text},  ViewColumn{"object_type", text},
    ViewColumn{"name", text},      ViewColumn{"code", text}, ViewColumn{"message", text},
    ViewColumn{"since", time},
};
constexpr std::array identity_source{
    ViewColumn{"type", text},  ViewColumn{"identity", text}, ViewColumn{"store_id", id},
    ViewColumn{"since", time}, ViewColumn{"state", text},
};

constexpr std::array all{
    View{"v1_users", users},
    View{"v1_groups", groups},
    View{"v1_memberships", memberships},
    View{"v1_permission_sets", permission_sets},
    View{"v1_assignments", assignments},
    View{"v1_changes", changes},
    View{"v1_runs", runs},
    View{"v1_holds", holds},
    View{"v1_entity_errors", entity_errors},
    View{"v1_identity_source", identity_source},
};

Error no_column(const View& view, std::string_view column) {
    return Error(ErrorCode::not_found,
                 "the view " + std::string(view.name) + " has no column " + quoted_peer_text(column));
}

}  // namespace

const ViewColumn* View::find(std::string_view column) const noexcept {
    const auto found = std::ranges::find(columns, column, &ViewColumn::name);
    return found == columns.end() ? nullptr : &*found;
}

std::size_t View::index_of(std::string_view column) const noexcept {
    const ViewColumn* found = find(column);
    DIRSYNC_ASSERT(found != nullptr);
    return static_cast<std::size_t>(found - columns.data());
}

std::span<const View> views() noexcept { return all; }

Result<CheckedQuery> checked(const sync::ViewQuery& query) {
    CheckedQuery out;
    const auto view = std::ranges::find(all, query.view, &View::name);
    if (view == all.end()) {
        return Error(ErrorCode::not_found, "there is no view " + quoted_peer_text(query.view));
    }
    out.view = view;
    for (const auto& [column, value] : query.equals) {
        const ViewColumn* found = view->find(column);
        if (found == nullptr) return no_column(*view, column);
        out.equals.emplace_back(found, value);
    }
    std::string_view order = query.order_by;
    if (order.starts_with('-')) {
        out.descending = true;
        order.remove_prefix(1);
    }
    if (!order.empty() || out.descending) {
        out.order_by = view->find(order);
        if (out.order_by == nullptr) return no_column(*view, order);
    }
    if (query.after_seq && view->find("seq") == nullptr) return no_column(*view, "seq");
    out.after_seq = query.after_seq;
    out.limit = query.limit;
    out.offset = query.offset;
    return out;
}

}  // namespace dirsync::store
