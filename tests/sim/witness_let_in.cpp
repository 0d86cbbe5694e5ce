#include <algorithm>

#include "tests/sim/expect.hpp"
#include "tests/sim/witness.hpp"

// Nobody is let in, and nobody leaves by a slip, without a cause that the directory could tell.
namespace dirsync::sim {
namespace {

using sync::HoldClass;

std::string fault(const char* rule, const JournalLine& line) {
    return std::string(rule) + ": " + line.text();
}

}  // namespace

Verdict Witness::judge_created(const JournalLine& line) {
    const Row row = JournalLine::columns(line.after);
    const ObjectGuid guid = guid_of(row);
    if (is_approved(HoldClass::reverted, guid)) return std::nullopt;
    const bool is_enabled = column(row, "status") == "ENABLED";
    const auto& models = possible();
    const bool proved = std::any_of(models.begin(), models.end(), [&](const auto& model) {
        if (!line.is_user()) return model->is_group_in(guid);
        return model->is_user_in(guid) && (!is_enabled || !model->is_disabled(*model->object(guid)));
    });
    return proved ? std::nullopt : Verdict(fault("5.14: created without a cause", line));
}

/// By what the directory could tell, or told before its domain was taken out.
bool Witness::is_enabled_somewhere(const ObjectGuid& guid) {
    const auto is_enabled = [this](const Object* user) {
        if (user == nullptr || user->disabled) return false;
        // In doubt nobody comes back from an expiry.
        if (in_doubt_) return user->expires == sync::never_expires;
        return user->expires > judged_at_.time_since_epoch().count();
    };
    const auto& models = possible();
    return std::any_of(models.begin(), models.end(),
                       [&](const auto& model) { return is_enabled(model->object(guid)); }) ||
           std::any_of(known_.begin(), known_.end(),
                       [&](const auto& known) { return is_enabled(known.second.alive(guid)); });
}

Verdict Witness::judge_enabled(const ObjectGuid& guid, const Row& after, const JournalLine& line) {
    if (!is_enabled_somewhere(guid)) return fault("5.14: enabled without a cause", line);
    const bool is_out = column(after, "scope") == "out";
    if (is_out && clock_ran_out(after, scene_.choice.disable_after, judged_at_))
        return fault("4.4: enabled though it is out of scope for too long", line);
    return std::nullopt;
}

Verdict Witness::judge_added(const JournalLine& line) {
    const Row* group = replay_.store().row(line.object_id);
    const Row* user = replay_.store().row(column(JournalLine::columns(line.after), "user_id"));
    if (group == nullptr || user == nullptr) return fault("5.10: a membership of nobody", line);
    const ObjectGuid of_group = guid_of(*group);
    const ObjectGuid of_user = guid_of(*user);
    if (is_approved(HoldClass::reverted, of_group, of_user)) return std::nullopt;
    const auto& models = possible();
    const bool proved = std::any_of(models.begin(), models.end(),
                                    [&](const auto& model) { return model->is_member(of_group, of_user); });
    return proved ? std::nullopt : Verdict(fault("5.14: added to a group without a cause", line));
}

/// Of several newcomers with one name an enabled one goes first, then the one with the smallest GUID
/// (semantics 3.5).
Verdict Witness::judge_newcomers(const Model& model) const {
    for (const auto& line : lines_) {
        if (line.action != "create" || !line.is_user()) continue;
        const Row row = JournalLine::columns(line.after);
        const ObjectGuid guid = guid_of(row);
        const auto key = [](bool is_disabled, const ObjectGuid& of) {
            return std::pair(is_disabled, to_text(of));
        };
        const auto mine = key(column(row, "status") == "DISABLED", guid);
        for (const auto& other : model.users_in()) {
            if (other == guid || rows_before_.contains(other)) continue;
            const Object& user = *model.object(other);
            const auto wanted = model.user_row(user);
            const bool is_contested = wanted.error.empty() && lower(wanted.columns.at("user_name")) ==
                                                                  lower(column(row, "user_name"));
            if (is_contested && key(model.is_disabled(user), other) < mine)
                return fault("3.5: another newcomer goes first", line);
        }
    }
    return std::nullopt;
}

/// An entry that brings somebody in, or keeps somebody out, and never named anything.
bool Witness::has_unnamed_entry(bool excluding) const {
    return std::any_of(
        scene_.choice.listed.begin(), scene_.choice.listed.end(), [this, excluding](const Listed& entry) {
            const bool excludes =
                entry.list == sync::ScopeList::exclude_users || entry.list == sync::ScopeList::exclude_groups;
            return excludes == excluding &&
                   !named_.contains(std::string(text_of(entry.list)) + ": " + entry.text);
        });
}

/// The part of the configuration that says who is in the scope.
bool has_same_scope(const Choice& a, const Choice& b) {
    return std::equal(
               a.listed.begin(), a.listed.end(), b.listed.begin(), b.listed.end(),
               [](const Listed& x, const Listed& y) { return x.list == y.list && x.text == y.text; }) &&
           a.department == b.department && a.flatten == b.flatten && a.primary_group == b.primary_group;
}

/// Judges a user who leaves the scope (semantics 2.10).
Verdict Witness::judge_edit(const ObjectGuid& guid, const JournalLine& line) {
    if (!has_unnamed_entry(false) || is_approved(HoldClass::scope_edit, guid)) return std::nullopt;
    if (held_edits_.contains(guid)) return fault("2.10: held, and out of the scope all the same", line);
    if (!choice_before_ || choice_before_->domains != scene_.choice.domains ||
        has_same_scope(*choice_before_, scene_.choice))
        return std::nullopt;
    Pins pins = pins_before_;
    pins.insert(pins_.begin(), pins_.end());
    possible();
    Views known(scene_.forest.domains().size());
    for (const std::size_t domain : scene_.choice.domains) known[domain] = &known_without_[domain];
    const auto is_in = [&](Views views) {
        const Model model(scene_.forest, std::move(views), *choice_before_, pins, judged_at_, known_before_);
        return line.is_user() ? model.is_user_in(guid) : model.is_group_in(guid);
    };
    return is_in(served()) && is_in(std::move(known))
               ? Verdict(fault("2.10: taken out of the scope by a slip", line))
               : std::nullopt;
}

void Witness::note_choice(bool wrote) {
    if (wrote) choice_before_ = scene_.choice;
    held_edits_.clear();
    for (const auto& hold : must(scene_.store.facts(), "facts").holds) {
        if (hold.hold != HoldClass::scope_edit) continue;
        // Beside them memberships that would begin: their groups may leave.
        for (const auto& [guid, member] : hold.objects) {
            if (member.is_nil()) held_edits_.insert(guid);
        }
    }
}

}  // namespace dirsync::sim
