#include "ctl/commands/scope_commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/format.h>
#include <boost/describe/class.hpp>

#include "api/messages/cycles.hpp"
#include "core/text.hpp"
#include "ctl/commands/cycle_commands.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/format.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

constexpr const char* without_plan = "nothing was changed; --force saves without a plan";

/// The file that the daemon runs by; the one of -c or the usual one when no daemon answers.
std::filesystem::path config_in_use(const Options& options, std::string& other) {
    const std::filesystem::path given(options.config);
    const auto status = status_of(options.socket);
    if (!status || status->config.path.empty()) return given;
    const std::filesystem::path running(status->config.path);
    std::error_code ignored;
    if (options.config_given && !std::filesystem::equivalent(given, running, ignored))
        other = running.string();
    return running;
}

std::string place_of(const ScopeEntry& entry) { return fmt::format("{}:{}", entry.file, entry.line); }

/// What a plan says about a name that means nothing; empty: it means something.
std::string nothing_named(std::string_view plan_json, const ScopeEntry& entry) {
    const std::string start = fmt::format("{}: {}:", entry.list, entry.text);
    const auto plan = messages::read_answer<messages::CycleReport>(plan_json);
    if (!plan) return {};
    for (const auto& warning : plan->scope_warnings) {
        if (warning.starts_with(start)) return warning;
    }
    return {};
}

/// An edit of the scope, and the configuration that it leads to.
class ScopeEdit {
public:
    ScopeEdit(const Arguments& arguments, bool adds) : arguments_(arguments), adds_(adds) {}

    int run() {
        auto named = entries_of(arguments_);
        if (!named) return complain(named.error().message(), exit_usage);
        entries_ = std::move(*named);
        if (const auto code = open()) return *code;
        if (const auto code = adds_ ? take_new() : take_known()) return *code;
        int plan_code = 0;
        if (const auto code = show_plan(plan_code)) return *code;
        if (arguments_.dry_run) return plan_code;
        if (!arguments_.yes) {
            if (!Terminal::is_there())
                return complain("there is no terminal to ask at: add --yes", exit_usage);
            if (!says_yes("Save this?")) {
                std::printf("nothing was changed\n");
                return 0;
            }
        }
        return save();
    }

private:
    /// Configuration and entries; the exit code when they cannot be used.
    std::optional<int> open() {
        std::string other;
        file_ = config_in_use(arguments_, other);
        if (!other.empty()) {
            return complain(
                fmt::format("the daemon uses {}, not {}: give -c {}", other, arguments_.config, other),
                exit_usage);
        }
        auto loaded = config::load(file_);
        if (!loaded.problems.empty()) return complain_about(loaded.problems);
        edited_ = std::move(loaded.config);
        before_ = after_ = scope_entries(file_);
        return std::nullopt;
    }

    /// Entries that are there already are left alone; 0 when all of them are.
    std::optional<int> take_new() {
        std::erase_if(entries_, [this](const ScopeEntry& entry) {
            const auto known = std::find_if(before_.begin(), before_.end(), [&entry](const ScopeEntry& one) {
                return same_entry(one, entry);
            });
            if (known == before_.end()) return false;
            std::printf("it is in the scope already: %s\n", place_of(*known).c_str());
            return true;
        });
        if (entries_.empty()) return 0;
        for (const auto& entry : entries_) {
            if (auto added = add_entry(edited_, entry); !added)
                return complain(added.error().message(), exit_usage);
            after_.push_back(entry);
        }
        return wrong_for_the_rest();
    }

    /// Rules that need the whole configuration: a domain that is not configured, a unit that is not a DN.
    std::optional<int> wrong_for_the_rest() const {
        const auto checked = config::load_text(config::redacted_dump(edited_), file_.string());
        std::string why;
        for (const auto& problem : checked.problems) {
            if (!problem.path.starts_with("sync_scope")) continue;
            const std::string whose = entries_.size() == 1 ? entries_[0].text : problem.path;
            why += fmt::format("{}{}: {}", why.empty() ? "" : "\n", whose, problem.message);
        }
        if (why.empty()) return std::nullopt;
        return complain(why, exit_usage);
    }

    std::optional<int> take_known() {
        for (const auto& entry : entries_) {
            const auto is_it = [&entry](const ScopeEntry& one) { return same_entry(one, entry); };
            const auto by_hand = std::find_if(before_.begin(), before_.end(),
                                              [&](const ScopeEntry& one) { return is_it(one) && !one.ours; });
            if (by_hand != before_.end()) {
                return complain(
                    fmt::format("{}: '{}' is in a file that was written by hand: remove it there, "
                                "then run 'dirsyncctl reload'",
                                place_of(*by_hand), by_hand->text),
                    exit_usage);
            }
            if (std::erase_if(after_, is_it) == 0) {
                return complain(
                    fmt::format("'{}' is not in the scope; 'dirsyncctl scope list' shows it", entry.text),
                    exit_usage);
            }
            remove_entry(edited_, entry);
        }
        return std::nullopt;
    }

    /// Shows what the scope would lead to. The exit code to end with; nullopt: go on.
    std::optional<int> show_plan(int& plan_code) const {
        const messages::PlanRequest request{config::redacted_dump(edited_)};
        const auto answer = call(arguments_.socket, "POST", "/v1/plan", messages::text_of(request));
        if (!answer || !answer->ok()) {
            if (arguments_.force) return std::nullopt;
            const int code = answer ? print(arguments_, *answer, plan_format(true), 0) : fail(answer.error());
            return complain(without_plan, code);
        }
        plan_code = exit_code_of(answer->body, 0);
        const bool is_plan = plan_code == 0 || plan_code == exit_changes || plan_code == exit_waits;
        if (!is_plan && !arguments_.force) {
            std::fputs(safe_output(plan_text(answer->body), false).c_str(), stderr);
            return complain(without_plan, plan_code);
        }
        if (adds_ && !arguments_.force) {
            for (const auto& entry : entries_) {
                const std::string nothing = nothing_named(answer->body, entry);
                if (nothing.empty()) continue;
                complain(nothing, exit_usage);
                return complain("nothing was changed; --force adds it all the same", exit_usage);
            }
        }
        print(arguments_, *answer, plan_format(arguments_.all), 0);
        return std::nullopt;
    }

    /// Saves the entries and has the daemon read them; takes them back when it refuses.
    int save() const {
        if (auto written = write_scope(file_, after_); !written)
            return complain(written.error().message(), exit_config);
        const std::string done = fmt::format("{} {}; the next cycle applies it",
                                             adds_ ? "added to" : "removed from", scope_file(file_).string());
        const auto answer =
            call(arguments_.socket, "POST", "/v1/reload?reason=" + percent_encoded(reason_of(done)));
        if (!answer) {
            return complain("saved, but the daemon could not be told: " + answer.error().message(),
                            exit_unavailable);
        }
        if (!answer->ok()) {
            const int code = print(arguments_, *answer, reload_text, 0);
            const auto undone = write_scope(file_, before_);
            return complain(undone ? "the scope is as it was" : undone.error().message(), code);
        }
        std::printf("%s\n", done.c_str());
        return 0;
    }

    const Arguments& arguments_;
    bool adds_;
    std::vector<ScopeEntry> entries_;
    std::filesystem::path file_;
    config::Config edited_;
    std::vector<ScopeEntry> before_;
    std::vector<ScopeEntry> after_;
};

/// An entry of the scope as `scope list --json` has it: made here, because the files are read here.
struct ListedEntry {
    std::string list;
    std::string entry;
    std::optional<std::string> domain;
    std::string where;
    bool editable = false;
};
BOOST_DESCRIBE_STRUCT(ListedEntry, (), (list, entry, domain, where, editable))

int list_scope(Arguments& arguments) {
    std::string other;
    std::vector<ListedEntry> all;
    for (const auto& entry : scope_entries(config_in_use(arguments, other))) {
        ListedEntry& listed = all.emplace_back();
        listed.list = entry.list;
        listed.entry = entry.text;
        if (!entry.domain.empty()) listed.domain = entry.domain;
        listed.where = place_of(entry);
        listed.editable = entry.ours;
    }
    const auto shown_columns = columns<ListedEntry>(&ListedEntry::list, &ListedEntry::entry,
                                                    &ListedEntry::domain, &ListedEntry::where);
    const std::string text = arguments.json ? messages::text_of(all) + "\n"
                                            : table_of(all, shown_columns, terminal_width(STDOUT_FILENO));
    std::fputs(safe_output(text, arguments.json).c_str(), stdout);
    return 0;
}

std::vector<Parameter> edit_parameters() {
    return {
        {"--user", "NAME", "A user", &Arguments::users},
        {"--group", "NAME", "A group and all below it", &Arguments::groups},
        {"--ou", "DN", "An organizational unit", &Arguments::units},
        {"--filter", "FILTER", "Users that match this filter; needs --domain", &Arguments::filters},
        {"--domain", "DOMAIN", "The domain of the filter", &Arguments::domain},
        {"--exclude-user", "NAME", "A user to exclude", &Arguments::excluded_users},
        {"--exclude-group", "NAME", "A group to exclude", &Arguments::excluded_groups},
        {"--dry-run", "", "Show the plan, change nothing; exit as 'plan' does", &Arguments::dry_run},
        all_parameter,
        {"--yes", "", "Do not ask", &Arguments::yes},
        {"--force", "", "Save even if the name matches nothing or no plan can be made", &Arguments::force},
    };
}

}  // namespace

std::vector<Command> scope_commands() {
    return {
        {"scope list", "List all entries and the file of each", {json_parameter}, &list_scope},
        {"scope add", "Show what adding entries would do, then add them", edit_parameters(),
         [](Arguments& arguments) { return ScopeEdit(arguments, true).run(); }},
        {"scope remove", "Show what removing entries would do, then remove them", edit_parameters(),
         [](Arguments& arguments) { return ScopeEdit(arguments, false).run(); }},
    };
}

std::string reason_of(std::string_view done) {
    constexpr std::size_t longest = 300;
    constexpr int most_of_one_character = 4;
    std::string_view cut = done.substr(0, longest);
    for (int i = 1; i < most_of_one_character && !text::is_valid_utf8(cut); ++i) cut.remove_suffix(1);
    // The daemon takes text alone, and the name of a file may hold other bytes.
    return text::is_valid_utf8(cut) ? "scope: " + std::string(cut) : "scope";
}

Result<std::vector<ScopeEntry>> entries_of(const Arguments& arguments) {
    std::vector<ScopeEntry> entries;
    const auto take = [&](const char* list, const std::vector<std::string>& names) {
        for (const auto& name : names) {
            const ScopeEntry entry{list, name, "", "", 0, true};
            const bool is_known =
                std::any_of(entries.begin(), entries.end(),
                            [&entry](const ScopeEntry& one) { return same_entry(one, entry); });
            if (!name.empty() && !is_known) entries.push_back(entry);
        }
    };
    take("users", arguments.users);
    take("groups", arguments.groups);
    take("organizational_units", arguments.units);
    take("user_filters", arguments.filters);
    take("exclude.users", arguments.excluded_users);
    take("exclude.groups", arguments.excluded_groups);
    if (entries.empty()) {
        return Error(ErrorCode::config_invalid,
                     "name --user, --group, --ou, --filter, --exclude-user or --exclude-group");
    }
    bool has_filter = false;
    for (auto& entry : entries) {
        if (entry.list != "user_filters") continue;
        entry.domain = arguments.domain;
        has_filter = true;
    }
    if (arguments.domain.empty() == has_filter)
        return Error(ErrorCode::config_invalid, "--filter and --domain go together");
    return entries;
}

}  // namespace dirsync::ctl
