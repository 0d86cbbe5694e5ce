#include <algorithm>
#include <charconv>
#include <sstream>

#include <fmt/format.h>

#include "api/messages/surveys.hpp"
#include "core/text.hpp"
#include "core/visible_text.hpp"
#include "ctl/setup/setup_dialogue.hpp"
#include "ctl/text/shown.hpp"

// Who is synced: chosen from what is found in the directory.
namespace dirsync::ctl {
namespace {

struct Found {
    std::string kind;
    std::string name;
    std::string title;
    bool disabled = false;
};

const char* list_of(const std::string& kind, bool excluded) {
    if (kind == "group") return excluded ? "exclude.groups" : "groups";
    if (kind == "user") return excluded ? "exclude.users" : "users";
    return "organizational_units";
}

const char* word_of(std::string_view list) {
    if (list == "groups") return "group";
    if (list == "users") return "user";
    if (list == "organizational_units") return "unit";
    if (list == "user_filters") return "filter";
    return list == "exclude.users" ? "not user" : "not group";
}

/// What is in the scope of the draft, in the order in which it is shown.
std::vector<ScopeEntry> entries_of(const sync::ScopeSettings& scope) {
    std::vector<ScopeEntry> entries;
    const auto add = [&entries](const char* list, const std::vector<sync::ScopeName>& names) {
        for (const auto& name : names) entries.push_back({list, name.text, "", "", 0, false});
    };
    add("groups", scope.groups);
    add("users", scope.users);
    add("organizational_units", scope.organizational_units);
    for (const auto& filter : scope.user_filters)
        entries.push_back({"user_filters", filter.filter.text(), filter.domain, "", 0, false});
    add("exclude.users", scope.exclude_users);
    add("exclude.groups", scope.exclude_groups);
    return entries;
}

/// `1 3-5` of `count` things, from 1; nullopt: it is not such a list.
std::optional<std::vector<std::size_t>> numbers_of(std::string text, std::size_t count) {
    std::replace(text.begin(), text.end(), ',', ' ');
    std::vector<std::size_t> numbers;
    std::istringstream stream(text);
    for (std::string word; stream >> word;) {
        std::size_t first = 0;
        const char* end = word.data() + word.size();
        auto read = std::from_chars(word.data(), end, first);
        std::size_t last = first;
        if (read.ec == std::errc{} && read.ptr != end && *read.ptr == '-')
            read = std::from_chars(read.ptr + 1, end, last);
        if (read.ec != std::errc{} || read.ptr != end || first == 0 || last > count || first > last)
            return std::nullopt;
        for (std::size_t number = first; number <= last; ++number) numbers.push_back(number);
    }
    if (numbers.empty()) return std::nullopt;
    return numbers;
}

/// With the name before it, a title fits into a line.
constexpr std::size_t widest_title = 50;

class ScopePart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        if (!searched_for_.empty()) {
            turn.work = SetupWork::search;
            turn.argument = searched_for_;
            turn.saying = "searching";
            return turn;
        }
        if (!found_.empty()) {
            turn.text = results(state.around.width);
            turn.question = "Which of them (1 3-5; 'x 2' keeps one out; 'none')";
            turn.proposed = found_.size() == 1 ? "1" : "none";
            return turn;
        }
        turn.text = scope_text(state);
        turn.question = "Search (name or its beginning, * stands for anything), 'remove N', or 'done'";
        if (!entries_of(state.draft.config.sync.scope).empty()) turn.proposed = "done";
        return turn;
    }
    void worked(SetupState& state, const WorkDone& done) override {
        const std::string text = std::move(searched_for_);
        searched_for_.clear();
        if (!done.ok) {
            state.note = done.said;
            return;
        }
        const auto answer = messages::read_answer<messages::FoundNames>(done.json);
        more_ = answer && answer->more;
        if (answer) {
            for (const auto& one : answer->names)
                found_.push_back({shown(one.kind), one.scope_name, shown(one.title), one.disabled});
        }
        if (found_.empty())
            state.note = fmt::format("Nothing is named {}. Try its beginning, or *part*.", text);
    }
    void take(SetupState& state, const std::string& answer) override {
        if (!found_.empty()) return choose(state, answer);
        if (answer == "done" || answer.empty()) {
            if (entries_of(state.draft.config.sync.scope).empty() && !warned_) {
                warned_ = true;
                state.note =
                    "Nobody is in the scope, so nothing would be synced. Enter 'done' again to accept that.";
                return;
            }
            state.step = step_after(state, SetupStep::scope);
        } else if (answer.starts_with("remove ")) {
            remove(state, answer.substr(7));
        } else if (answer.front() == '(') {
            add_filter(state, answer);
        } else {
            searched_for_ = answer;
        }
    }
    std::string help() const override {
        return "A group brings itself, every group nested in it and all their users; a user comes without "
               "groups; a unit brings the users in it. 'group:', 'user:' and 'ou:' in front of a name search "
               "for that kind only. Write an LDAP filter on users as it is, for example (department=Sales), "
               "followed by the domain if there are several. An exclusion ('x 2') wins over everything else. "
               "Later you can use: dirsyncctl scope add.";
    }

private:
    std::string results(Width width) const {
        std::vector<std::vector<std::string>> rows;
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const Found& one = found_[i];
            rows.push_back({std::to_string(i + 1), one.kind == "organizational_unit" ? "unit" : one.kind,
                            text::printable(one.name),
                            cut(one.title, widest_title) + (one.disabled ? " (disabled)" : "")});
        }
        std::string text = aligned(rows, width);
        if (more_) return text + "There are more: narrow the search.";
        text.pop_back();
        return text;
    }

    static std::string scope_text(const SetupState& state) {
        const auto entries = entries_of(state.draft.config.sync.scope);
        if (entries.empty() && state.around.other_entries.empty())
            return "Who is to be synced? Nobody is in the scope yet.";
        std::vector<std::vector<std::string>> rows;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            rows.push_back({std::to_string(i + 1), word_of(entries[i].list), text::printable(entries[i].text),
                            entries[i].domain});
        }
        for (const auto& other : state.around.other_entries)
            rows.push_back({"-", word_of(other.list), text::printable(other.text), "(in scope.d: stays)"});
        std::string text = "In the scope:\n" + aligned(rows, state.around.width);
        text.pop_back();
        return text;
    }

    void choose(SetupState& state, const std::string& answer) {
        const bool excluded = answer.starts_with("x ");
        if (answer == "none") {
            found_.clear();
            return;
        }
        const auto numbers = numbers_of(excluded ? answer.substr(2) : answer, found_.size());
        if (!numbers) {
            state.note = fmt::format("Answer with numbers from 1 to {}, or 'none'.", found_.size());
            return;
        }
        for (const auto number : *numbers) {
            const Found& one = found_[number - 1];
            if (excluded && one.kind == "organizational_unit") {
                state.note = "Units cannot be kept out; users and groups can.";
                continue;
            }
            add(state, {list_of(one.kind, excluded), one.name, "", "", 0, true});
        }
        found_.clear();
    }

    static void add(SetupState& state, const ScopeEntry& entry) {
        const auto same = [&entry](const ScopeEntry& other) { return same_entry(entry, other); };
        const auto entries = entries_of(state.draft.config.sync.scope);
        const auto& others = state.around.other_entries;
        if (std::any_of(entries.begin(), entries.end(), same) ||
            std::any_of(others.begin(), others.end(), same)) {
            state.note = entry.text + " is in the scope already.";
            return;
        }
        if (auto added = add_entry(state.draft.config, entry); !added) state.note = added.error().message();
    }

    static void add_filter(SetupState& state, const std::string& answer) {
        const auto end = answer.rfind(')');
        if (end == std::string::npos) {
            state.note = "A filter ends with ')'.";
            return;
        }
        std::string domain = text::lower(text::trimmed(std::string_view(answer).substr(end + 1)));
        const auto& domains = state.draft.config.domains;
        if (domain.empty() && domains.size() == 1) domain = domains.front().name;
        const bool known = std::any_of(domains.begin(), domains.end(),
                                       [&domain](const auto& one) { return one.name == domain; });
        if (!known) {
            state.note = "Write the domain after the filter.";
            return;
        }
        add(state, {"user_filters", answer.substr(0, end + 1), domain, "", 0, true});
    }

    static void remove(SetupState& state, const std::string& answer) {
        const auto entries = entries_of(state.draft.config.sync.scope);
        const auto numbers = numbers_of(answer, entries.size());
        if (!numbers) {
            state.note = "No such number is in the scope.";
            return;
        }
        for (const auto number : *numbers) remove_entry(state.draft.config, entries[number - 1]);
    }

    std::string searched_for_;  // not yet
    std::vector<Found> found_;
    bool more_ = false;
    bool warned_ = false;
};

}  // namespace

std::unique_ptr<SetupPart> scope_part() { return std::make_unique<ScopePart>(); }

}  // namespace dirsync::ctl
