#include "admin/planner.hpp"

#include <algorithm>

#include "admin/planner_parts.hpp"
#include "core/text.hpp"

namespace dirsync::admin {
namespace {

using sync::name_key;

/// Collects what one edit has to know.
class KeyCollector {
public:
    explicit KeyCollector(sync::AdminKeys& keys) : keys_(keys) {}

    void operator()(const CreateUser& edit) { names_of(edit.fields); }
    void operator()(const UpdateUser& edit) {
        user(edit.name);
        names_of(edit.fields);
    }
    void operator()(const PutUser& edit) {
        if (edit.fields.user_name) user(*edit.fields.user_name);
        names_of(edit.fields);
    }
    void operator()(const DeleteUser& edit) { user(edit.name); }
    void operator()(const CreateGroup& edit) { names_of(edit.fields); }
    void operator()(const UpdateGroup& edit) {
        group(edit.name);
        names_of(edit.fields);
    }
    void operator()(const PutGroup& edit) {
        if (edit.fields.display_name) group(*edit.fields.display_name);
        for (const auto& member : edit.members) user(member);
        keys_.memberships = true;
    }
    void operator()(const DeleteGroup& edit) { group(edit.name); }
    void operator()(const SetMember& edit) {
        group(edit.group);
        user(edit.user);
        keys_.memberships = true;
    }
    void operator()(const CreatePermissionSet& edit) { keys_.permission_sets.push_back(name_key(edit.name)); }
    void operator()(const DeletePermissionSet& edit) {
        permission_set(edit.name);
        keys_.assignments_of_permission_sets = true;
    }
    void operator()(const CreateAssignment& edit) {
        principal(edit.type, edit.principal);
        permission_set(edit.permission_set);
        keys_.assignments_of_principals = true;
    }
    void operator()(const DeleteAssignment& edit) { id(edit.id); }
    void operator()(const ImportAssignment& edit) {
        external_id(edit.external_id);
        principal(edit.type, edit.principal);
        permission_set(edit.permission_set);
        keys_.assignments_of_principals = true;
    }
    void operator()(const Malformed&) {}

private:
    void id(const std::string& text) {
        if (const auto id = parse<RowId>(text)) keys_.ids.push_back(*id);
        external_id(text);
    }
    void external_id(const std::string& text) {
        for (auto& id : sync::external_ids_meant(text)) keys_.external_ids.push_back(std::move(id));
    }
    void user(const std::string& name) {
        keys_.user_names.push_back(name_key(name));
        id(name);
    }
    void group(const std::string& name) {
        keys_.group_names.push_back(name_key(name));
        id(name);
    }
    void principal(sync::PrincipalType type, const std::string& name) {
        if (type == sync::PrincipalType::user) {
            user(name);
        } else {
            group(name);
        }
    }
    void permission_set(const std::string& name) {
        keys_.permission_sets.push_back(name_key(name));
        id(name);
    }
    void names_of(const UserFields& fields) {
        if (fields.user_name) keys_.user_names.push_back(name_key(*fields.user_name));
        if (fields.email) keys_.emails.push_back(name_key(*fields.email));
    }
    void names_of(const GroupFields& fields) {
        if (fields.display_name) keys_.group_names.push_back(name_key(*fields.display_name));
    }

    sync::AdminKeys& keys_;
};

Decision one_pass(std::span<const Edit> edits, const std::vector<bool>& left_out,
                  const sync::AdminFacts& facts, const std::function<RowId()>& new_id) {
    Decision decision;
    decision.objects.resize(edits.size());
    Pass pass{edits, new_id, decision};
    DirectoryWork directory(facts, pass);
    AssignmentWork assignments(facts, directory, pass);
    for (; pass.edit < edits.size(); ++pass.edit) {
        if (left_out[pass.edit]) continue;
        const auto applied = std::visit(
            [&]<class What>(const What& edit) -> Applied {
                if constexpr (std::is_same_v<What, Malformed>) {
                    return pass.refuse(edit.message);
                } else if constexpr (requires { directory.apply(edit); }) {
                    return directory.apply(edit);
                } else {
                    return assignments.apply(edit);
                }
            },
            edits[pass.edit].what);
        if (!applied) continue;
        switch (*applied) {
            case Effect::created:
                ++decision.created;
                break;
            case Effect::updated:
                ++decision.updated;
                break;
            case Effect::removed:
                ++decision.removed;
                break;
            case Effect::unchanged:
                ++decision.unchanged;
                break;
        }
    }
    directory.judge_names();
    directory.finish();
    assignments.finish();
    std::erase_if(decision.plan.counts, [](const auto& count) { return count.second == 0; });
    return decision;
}

}  // namespace

bool is_of_the_directory(const Edit& edit) noexcept {
    return std::visit(
        [](const auto& what) {
            return requires(DirectoryWork work) { work.apply(what); };
        },
        edit.what);
}

std::optional<sync::Status> parsed_status(std::string_view text) {
    const std::string word = text::upper(text);
    if (word == "ENABLED") return sync::Status::enabled;
    if (word == "DISABLED") return sync::Status::disabled;
    return std::nullopt;
}

sync::AdminKeys keys_of(std::span<const Edit> edits) {
    sync::AdminKeys keys;
    KeyCollector collect(keys);
    for (const auto& edit : edits) std::visit(collect, edit.what);
    return keys;
}

std::string to_text(const Problem& problem) {
    return problem.place.empty() ? problem.message : problem.place + ": " + problem.message;
}

Error error_of(std::span<const Problem> problems) {
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + to_text(problem);
    return Error(problems.size() == 1 ? problems[0].code : ErrorCode::refused, std::move(text));
}

Decision planned(std::span<const Edit> edits, const sync::AdminFacts& facts,
                 const std::function<RowId()>& new_id) {
    std::vector<bool> left_out(edits.size());
    std::vector<Problem> problems;
    // Without an edit, another one that built on it may fail as well.
    for (;;) {
        Decision decision = one_pass(edits, left_out, facts, new_id);
        const bool is_whole = decision.problems.empty();
        for (auto& problem : decision.problems) {
            left_out[problem.edit] = true;
            problems.push_back(std::move(problem));
        }
        if (!is_whole) continue;
        std::ranges::stable_sort(problems, {}, &Problem::edit);
        decision.problems = std::move(problems);
        return decision;
    }
}

}  // namespace dirsync::admin
