#include "daemon/app_admin.hpp"

#include <algorithm>

#include "admin/row_table.hpp"

namespace dirsync::daemon {
namespace {

/// Why an edit may not be written now; nullopt: it may.
std::optional<Error> refusal(const sync::SourceRecord& source, const std::string& configured,
                             bool of_the_directory) {
    // semantics 1.4: a store whose source is about to change is frozen.
    if (source.change_pending) {
        return Error(ErrorCode::refused,
                     "the store is frozen: a change of its identity source waits for consent; 'dirsyncctl "
                     "status' shows it");
    }
    if (!of_the_directory || (source.type == "directory" && configured == "directory")) return std::nullopt;
    if (source.type == "directory") {
        return Error(ErrorCode::refused,
                     "the configuration names " + configured +
                         " as the identity source: users and groups come from there, and are "
                         "not edited here");
    }
    return Error(ErrorCode::refused, "users and groups come from " +
                                         (source.identity.empty() ? source.type : source.identity) +
                                         ": change them there; only the built-in directory is edited here");
}

/// What the store has; it is the source as well.
sync::Explanation explanation_of(const sync::SourceRecord& source, std::string name, const char* object_type,
                                 const ObjectGuid& external_id) {
    sync::Explanation explanation;
    explanation.name = std::move(name);
    explanation.object_type = object_type;
    if (!external_id.is_nil()) explanation.external_id = to_text(external_id);
    explanation.in_scope = true;
    explanation.because.push_back({"identity_source: " + source.type, {}});
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

Task<Result<admin::Decision>> AppAdmin::edit(std::vector<admin::Edit> edits, api::EditOptions options) {
    const bool of_the_directory = std::ranges::any_of(edits, &admin::is_of_the_directory);
    const std::string configured = parts_.configured();
    std::function<Result<admin::Decision>()> work = [&]() -> Result<admin::Decision> {
        admin::Decision decision;
        const auto decide = [&](const sync::AdminFacts& facts) -> Result<sync::AdminPlan> {
            if (auto error = refusal(facts.source, configured, of_the_directory)) return *error;
            decision = admin::planned(edits, facts, &random_row_id);
            const bool any_good =
                decision.created + decision.updated + decision.removed + decision.unchanged > 0;
            if (!decision.problems.empty() && !(options.skip_bad && any_good))
                return admin::error_of(decision.problems);
            return decision.plan;
        };
        const sync::AdminKeys keys = admin::keys_of(edits);
        if (options.dry_run) {
            const auto facts = parts_.store.admin().find(keys);
            if (!facts) return facts.error();
            if (auto planned = decide(*facts); !planned) return planned.error();
            return decision;
        }
        const sync::RunRecord run = sync::run_of_admin("admin", options.by, parts_.now());
        if (auto done = parts_.store.admin().edit(keys, decide, run); !done) return done.error();
        return decision;
    };
    auto decision = co_await parts_.thread.run<Result<admin::Decision>>(std::move(work));
    if (decision && !options.dry_run && !decision->plan.writes_nothing()) co_await parts_.wrote();
    co_return decision;
}

Task<Result<std::vector<sync::ListedAssignment>>> AppAdmin::assignments() {
    using Listed = Result<std::vector<sync::ListedAssignment>>;
    std::function<Listed()> work = [this] { return parts_.store.admin().assignments(); };
    co_return co_await parts_.thread.run<Listed>(std::move(work));
}

Task<Result<std::vector<admin::EffectiveAssignment>>> AppAdmin::effective(std::string user) {
    using Effective = Result<std::vector<admin::EffectiveAssignment>>;
    std::function<Effective()> work = [this, &user]() -> Effective {
        const auto facts = parts_.store.admin().find(admin::keys_for_effective(user));
        if (!facts) return facts.error();
        return admin::effective(user, *facts);
    };
    co_return co_await parts_.thread.run<Effective>(std::move(work));
}

Task<Result<sync::Explanation>> AppAdmin::explain(std::string name) {
    std::function<Result<sync::Explanation>()> work = [this, &name]() -> Result<sync::Explanation> {
        sync::AdminKeys keys = admin::keys_for_effective(name);
        keys.group_names = keys.user_names;
        const auto facts = parts_.store.admin().find(keys);
        if (!facts) return facts.error();
        auto explanation = explained(name, *facts);
        if (explanation) return std::move(*explanation);
        return Error(ErrorCode::not_found,
                     "nothing is called " + quoted_peer_text(name) +
                         "; the store has what 'dirsyncctl user create' and 'group create' "
                         "made");
    };
    co_return co_await parts_.thread.run<Result<sync::Explanation>>(std::move(work));
}

}  // namespace dirsync::daemon
