#include <iterator>

#include "tests/sim/expect.hpp"
#include "tests/sim/world.hpp"

// The configuration names another identity source, an admin consents to it, and people are made where no
// directory is read (semantics 1).
namespace dirsync::sim {
namespace {

using sync::SourceKind;

struct Named {
    SourceKind kind;
    const char* issuer;
};
constexpr Named sources[] = {{SourceKind::active_directory, ""},
                             {SourceKind::directory, ""},
                             {SourceKind::external_idp, "https://idp.example.com"},
                             {SourceKind::active_directory, ""},
                             {SourceKind::directory, ""},
                             {SourceKind::external_idp, "https://other.example.com"}};

RowId id_of(std::uint8_t kind, std::uint8_t number) {
    RowId id;
    id.bytes[0] = kind;
    id.bytes[15] = static_cast<std::uint8_t>(number + 1);
    return id;
}

}  // namespace

/// As a reload or a restart with another configuration: the memory of the processes ends with it.
void World::restart_all() {
    engine_.reset();
    other_engine_.reset();
}

void World::name_source(SourceKind kind, const std::string& issuer) {
    choice_.source = kind;
    choice_.issuer = issuer;
    given_consent_.reset();
    // What was to be approved may not be there any more.
    to_approve_.clear();
    restart_all();
}

/// To the change that waits, as `source change` does it.
sync::SourceConsent World::consent_to_change() {
    const auto source = must(store_->facts(), "facts").source;
    return {{source.identity.empty() ? "directory" : source.identity, source_label_of(choice_, forest_)},
            "ACCEPT"};
}

/// With a cycle of its own or by the configuration; some of the words and pairs are none.
Verdict World::accept_source(const Step& step) {
    sync::SourceConsent consent = consent_to_change();
    if (step.b % 8 == 6) consent.accept = "accept";
    if (step.b % 8 == 7) std::swap(consent.pair.from, consent.pair.to);
    if (step.a % 2 == 0) {
        given_consent_ = std::move(consent);
        return cycle();
    }
    choice_.consent = std::move(consent);
    restart_all();
    return std::nullopt;
}

bool World::is_source_settled() {
    const auto source = must(store_->facts(), "facts").source;
    return !source.change_pending && names_source(choice_, source);
}

/// An admin makes a user where cycles bring nobody in; the user may get a group and a permission set.
Verdict World::edit_directory(const Step& step) {
    if (choice_.source == SourceKind::active_directory || !is_source_settled()) return std::nullopt;
    const auto number = static_cast<std::uint8_t>(step.a % 9);
    const RowId user_id = id_of(1, number);
    const RowId group_id = id_of(2, number);
    if (witness_->replayed().row(to_text(user_id)) != nullptr) return std::nullopt;
    sync::UserRow user;
    user.user_name = "local" + std::to_string(number);
    user.display_name = user.user_name;
    sync::GroupRow group;
    group.display_name = "locals" + std::to_string(number);
    const bool has_group = step.b % 2 == 0 && witness_->replayed().row(to_text(group_id)) == nullptr;
    const sync::PermissionSet set{id_of(3, number), "may" + std::to_string(number), ""};
    const bool has_set = witness_->replayed().permission_sets.contains(to_text(set.id));
    const auto decide = [&](const sync::AdminFacts& facts) -> Result<sync::AdminPlan> {
        constexpr auto reason = sync::Reason::by_admin;
        sync::AdminPlan plan;
        const sync::Node node = facts.next_node;
        plan.rows.users.push_back({sync::Action::create, node, user_id, {}, user, reason});
        if (has_group) {
            plan.rows.groups.push_back({sync::Action::create, node + 1, group_id, {}, group, reason});
            plan.rows.memberships.push_back({node + 1, node, true, reason});
        }
        if (step.c % 3 != 0 || has_set) return plan;
        plan.permission_sets.push_back({sync::Action::create, set});
        const sync::Assignment assignment{id_of(4, number), sync::PrincipalType::user, user_id, set.id,
                                          "somewhere"};
        plan.assignments.push_back({sync::Action::create, assignment, user.user_name, set.name});
        return plan;
    };
    must(store_->admin().edit({}, decide, sync::run_of_admin("edit", {}, host_now())), "edit");
    generation_ = must(store_->facts(), "facts").cursor.generation;
    return witness_->judge_edit_of_directory();
}

bool World::change_source(const Step& step) {
    if (step.kind != StepKind::change_source) return false;
    // The line that consented to an earlier change may stay where it is.
    if (step.b % 3 != 0) choice_.consent.reset();
    const Named& named = sources[step.a % std::size(sources)];
    name_source(named.kind, named.issuer);
    return true;
}

/// What a store had of a directory is forgotten with it, and so is how far it was read.
void World::note_source() {
    const auto source = must(store_->facts(), "facts").source;
    const bool was_read = stored_source_.kind == SourceKind::active_directory;
    if (was_read && source.kind != SourceKind::active_directory) source_.go_back_to({});
    stored_source_ = source;
}

/// Back to Active Directory, with consent.
void World::end_with_the_forest() {
    const auto source = must(store_->facts(), "facts").source;
    if (choice_.source != SourceKind::active_directory) name_source(SourceKind::active_directory, "");
    if (source.kind != SourceKind::active_directory) given_consent_ = consent_to_change();
}

}  // namespace dirsync::sim
