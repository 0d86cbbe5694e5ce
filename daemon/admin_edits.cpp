#include "daemon/admin_edits.hpp"

#include <algorithm>

#include "admin/permission.hpp"
#include "admin/row_table.hpp"

namespace dirsync::daemon {
namespace {

/// What the store has; it is the source as well.
sync::Explanation explanation_of(const sync::SourceRecord& source, std::string name, const char* object_type,
                                 const std::string& external_id) {
    sync::Explanation explanation;
    explanation.name = std::move(name);
    explanation.object_type = object_type;
    explanation.external_id = external_id;
    explanation.in_scope = true;
    explanation.because.push_back({"identity_source: " + std::string(text_of(source.kind)), {}});
    return explanation;
}

void add_attribute(sync::Explanation& explanation, const char* target, const std::string& value) {
    if (!value.empty()) explanation.attributes.push_back({target, value, ""});
}

std::optional<sync::Explanation> explained(const std::string& name, const sync::AdminFacts& facts) {
    admin::RowTable<sync::UserRow> users;
    for (const auto& user : facts.users) users.add_stored(user.node, user.id, user.row);
    if (const auto* user = users.named(name)) {
        const sync::UserRow& row = *user->after;
        auto explanation = explanation_of(facts.source, row.user_name, "USER", row.external_id);
        add_attribute(explanation, "userName", row.user_name);
        add_attribute(explanation, "displayName", row.display_name);
        add_attribute(explanation, "givenName", row.given_name);
        add_attribute(explanation, "familyName", row.family_name);
        add_attribute(explanation, "middleName", row.middle_name);
        add_attribute(explanation, "email", row.email);
        if (row.status == sync::Status::disabled) explanation.status_note = "disabled by an admin";
        return explanation;
    }
    admin::RowTable<sync::GroupRow> groups;
    for (const auto& group : facts.groups) groups.add_stored(group.node, group.id, group.row);
    if (const auto* group = groups.named(name)) {
        const sync::GroupRow& row = *group->after;
        auto explanation = explanation_of(facts.source, row.display_name, "GROUP", row.external_id);
        add_attribute(explanation, "displayName", row.display_name);
        add_attribute(explanation, "description", row.description);
        return explanation;
    }
    return std::nullopt;
}

}  // namespace

/// On the store's thread: everything in one transaction.
Result<admin::Decision> AdminEdits::decided(sync::IdentityStore& store, const std::vector<admin::Edit>& edits,
                                            const api::EditOptions& options,
                                            sync::SourceKind configured) const {
    const bool of_the_directory = std::ranges::any_of(edits, &admin::is_of_the_directory);
    admin::Decision decision;
    const auto decide = [&](const sync::AdminFacts& facts) -> Result<sync::AdminPlan> {
        admin::EditContext context{facts.source, configured, options.by.actor, of_the_directory};
        if (auto error = admin::why_refused(context)) return *error;
        decision = admin::planned(edits, facts, &random_row_id);
        const bool any_good = decision.created + decision.updated + decision.removed + decision.unchanged > 0;
        if (!decision.problems.empty() && !(options.skip_bad && any_good))
            return admin::error_of(decision.problems);
        return decision.plan;
    };
    const sync::AdminKeys keys = admin::keys_of(edits);
    if (options.dry_run) {
        const auto facts = store.admin().find(keys);
        if (!facts) return facts.error();
        if (auto planned = decide(*facts); !planned) return planned.error();
        return decision;
    }
    const sync::RunRecord run = sync::run_of_admin("admin", options.by, parts_.now());
    if (auto done = store.admin().edit(keys, decide, run); !done) return done.error();
    return decision;
}

Task<Result<admin::Decision>> AdminEdits::edit(std::vector<admin::Edit> edits, api::EditOptions options) {
    auto work = [this, &edits, &options, configured = parts_.configured()](sync::IdentityStore& store) {
        return decided(store, edits, options, configured);
    };
    auto decision = co_await parts_.store.transact(std::move(work));
    if (decision && !options.dry_run && !decision->plan.writes_nothing()) co_await parts_.wrote();
    co_return decision;
}

Task<Result<api::Edited>> AdminEdits::edit_one(admin::Edit edit, api::EditOptions options) {
    std::vector<admin::Edit> edits;
    edits.push_back(std::move(edit));
    auto work = [&, configured = parts_.configured()](sync::IdentityStore& store) -> Result<api::Edited> {
        auto decision = decided(store, edits, options, configured);
        if (!decision) return std::move(decision).error();
        auto row = store.rows().with_id(decision->objects.front());
        if (!row) return std::move(row).error();
        return api::Edited{std::move(*decision), std::move(*row)};
    };
    auto edited = co_await parts_.store.transact(std::move(work));
    if (edited && !edited->decision.plan.writes_nothing()) co_await parts_.wrote();
    co_return edited;
}

Task<Result<std::vector<sync::ListedAssignment>>> AdminEdits::assignments() {
    return parts_.store.assignments();
}

Task<Result<std::vector<admin::EffectiveAssignment>>> AdminEdits::effective(std::string user) {
    using Effective = Result<std::vector<admin::EffectiveAssignment>>;
    auto work = [&user](sync::IdentityStore& store) -> Effective {
        const auto facts = store.admin().find(admin::keys_for_effective(user));
        if (!facts) return facts.error();
        return admin::effective(user, *facts);
    };
    co_return co_await parts_.store.transact(std::move(work));
}

Task<Result<sync::Explanation>> AdminEdits::explain(std::string name) {
    auto work = [&name](sync::IdentityStore& store) -> Result<sync::Explanation> {
        sync::AdminKeys keys = admin::keys_for_effective(name);
        keys.group_names = keys.user_names;
        const auto facts = store.admin().find(keys);
        if (!facts) return facts.error();
        auto explanation = explained(name, *facts);
        if (explanation) return std::move(*explanation);
        return Error(ErrorCode::not_found,
                     "nothing is called " + quoted_peer_text(name) +
                         "; the store has what 'dirsyncctl user create' and 'group create' "
                         "made");
    };
    co_return co_await parts_.store.transact(std::move(work));
}

}  // namespace dirsync::daemon
