#include "ctl/scope_commands.hpp"

#include <cstdio>

#include <boost/json.hpp>

#include "core/text.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

int refuse(const std::string& why) {
    std::fprintf(stderr, "dirsyncctl: %s\n", why.c_str());
    return exit_usage;
}

int complain_about(const std::vector<config::Problem>& problems) {
    for (const auto& problem : problems) std::fprintf(stderr, "%s\n", config::to_text(problem).c_str());
    return exit_config;
}

json::value parsed(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    return error ? json::value() : value;
}

/// The file that the daemon runs by; the one of -c or the usual one when no daemon answers.
std::filesystem::path config_in_use(const Options& options, std::string& other) {
    const std::filesystem::path given(options.config);
    const auto answer = call(options.socket, "GET", "/v1/status");
    if (!answer || !answer->ok()) return given;
    const auto status = parsed(answer->body);
    const auto* path = status.is_object() ? status.get_object().if_contains("config") : nullptr;
    path = path == nullptr || !path->is_object() ? nullptr : path->get_object().if_contains("path");
    if (path == nullptr || !path->is_string()) return given;
    std::filesystem::path running(std::string(path->get_string()));
    std::error_code ignored;
    if (options.config_given && !std::filesystem::equivalent(given, running, ignored))
        other = running.string();
    return running;
}

std::string place_of(const ScopeEntry& entry) { return entry.file + ":" + std::to_string(entry.line); }

/// What a plan says about a name that means nothing; empty: it means something.
std::string nothing_named(const json::value& plan, const ScopeEntry& entry) {
    const auto* warnings = plan.is_object() ? plan.get_object().if_contains("scope_warnings") : nullptr;
    if (warnings == nullptr || !warnings->is_array()) return {};
    for (const auto& warning : warnings->get_array()) {
        if (!warning.is_string()) continue;
        const std::string_view text(warning.get_string().data(), warning.get_string().size());
        if (text.starts_with(entry.list + ": " + entry.text + ":")) return std::string(text);
    }
    return {};
}

/// Shows what the scope would lead to. The exit code to end with; nullopt: go on.
std::optional<int> show_plan(const Options& options, const config::Config& edited, const ScopeEntry& entry,
                             bool adds, bool force) {
    json::object body;
    body["config"] = config::redacted_dump(edited);
    const auto answer = call(options.socket, "POST", "/v1/plan", json::serialize(body));
    if (!answer || !answer->ok()) {
        if (force) return std::nullopt;
        const int code = answer ? print(options, *answer, plan_text, 0) : fail(answer.error());
        std::fprintf(stderr, "dirsyncctl: nothing was changed; --force saves without a plan\n");
        return code;
    }
    if (const int code = exit_code_of(answer->body, 0); code != 0 && code != 2 && code != 3 && !force) {
        std::fputs(safe_output(plan_text(answer->body), false).c_str(), stderr);
        std::fprintf(stderr, "dirsyncctl: nothing was changed; --force saves without a plan\n");
        return code;
    }
    const std::string nothing = adds ? nothing_named(parsed(answer->body), entry) : std::string();
    if (!nothing.empty() && !force) {
        return refuse(nothing + "\ndirsyncctl: nothing was changed; --force adds it all the same");
    }
    if (!options.json) std::fputs(safe_output(plan_text(answer->body), false).c_str(), stdout);
    return std::nullopt;
}

bool agreed(const ScopeRequest& request) { return request.yes || says_yes("Save this?"); }

/// Saves the entries and has the daemon read them; takes them back when it refuses.
int save(const Options& options, const std::filesystem::path& file, const std::vector<ScopeEntry>& before,
         const std::vector<ScopeEntry>& after, const std::string& done) {
    if (auto written = write_scope(file, after); !written) {
        std::fprintf(stderr, "dirsyncctl: %s\n", written.error().message().c_str());
        return exit_config;
    }
    const auto answer = call(options.socket, "POST", "/v1/reload?reason=" + percent_encoded(reason_of(done)));
    if (!answer) {
        std::fprintf(stderr, "dirsyncctl: saved, but the daemon could not be told: %s\n",
                     answer.error().message().c_str());
        return exit_unavailable;
    }
    if (!answer->ok()) {
        const int code = print(options, *answer, reload_text, 0);
        if (auto undone = write_scope(file, before); undone) {
            std::fprintf(stderr, "dirsyncctl: the scope is as it was\n");
        } else {
            std::fprintf(stderr, "dirsyncctl: %s\n", undone.error().message().c_str());
        }
        return code;
    }
    std::printf("%s\n", done.c_str());
    return 0;
}

struct Opened {
    std::filesystem::path file;
    config::Config config;
    std::vector<ScopeEntry> entries;
};

/// Configuration and entries; the exit code when they cannot be used.
std::optional<int> open(const Options& options, Opened& opened) {
    std::string other;
    opened.file = config_in_use(options, other);
    if (!other.empty())
        return refuse("the daemon runs by " + other + ", not by " + options.config + ": give -c " + other);
    auto loaded = config::load(opened.file);
    if (!loaded.problems.empty()) return complain_about(loaded.problems);
    opened.config = std::move(loaded.config);
    opened.entries = scope_entries(opened.file);
    return std::nullopt;
}

std::optional<int> cannot_ask(const ScopeRequest& request) {
    if (request.yes || Terminal::is_there()) return std::nullopt;
    return refuse("there is no terminal to ask at: add --yes");
}

}  // namespace

std::string reason_of(std::string_view done) {
    constexpr std::size_t longest = 300;
    constexpr int most_of_one_character = 4;
    std::string_view cut = done.substr(0, longest);
    for (int i = 1; i < most_of_one_character && !text::is_valid_utf8(cut); ++i) cut.remove_suffix(1);
    // Other bytes, as the name of a file may have them, are no text that the daemon takes.
    return text::is_valid_utf8(cut) ? "scope: " + std::string(cut) : "scope";
}

Result<ScopeEntry> entry_of(const ScopeRequest& request) {
    ScopeEntry entry;
    int named = 0;
    const auto take = [&](const char* list, const std::string& text) {
        if (text.empty()) return;
        ++named;
        entry.list = list;
        entry.text = text;
    };
    take("users", request.user);
    take("groups", request.group);
    take("organizational_units", request.unit);
    take("user_filters", request.filter);
    take("exclude.users", request.exclude_user);
    take("exclude.groups", request.exclude_group);
    if (named != 1) {
        return Error(ErrorCode::config_invalid,
                     "name one of --user, --group, --ou, --filter, --exclude-user and --exclude-group");
    }
    if (request.domain.empty() != request.filter.empty())
        return Error(ErrorCode::config_invalid, "--filter and --domain go together");
    entry.domain = request.domain;
    entry.ours = true;
    return entry;
}

int list_scope(const Options& options) {
    std::string other;
    const auto entries = scope_entries(config_in_use(options, other));
    json::array list;
    for (const auto& entry : entries) {
        json::object object;
        object["list"] = entry.list;
        object["entry"] = entry.text;
        object["domain"] = entry.domain.empty() ? json::value() : json::value(entry.domain);
        object["where"] = place_of(entry);
        object["editable"] = entry.ours;
        list.push_back(std::move(object));
    }
    const std::string text = json::serialize(list);
    const std::string shown =
        options.json ? text + "\n" : table_text(text, {"list", "entry", "domain", "where"});
    std::fputs(safe_output(shown, options.json).c_str(), stdout);
    return 0;
}

int add_to_scope(const Options& options, const ScopeRequest& request) {
    const auto entry = entry_of(request);
    if (!entry) return refuse(entry.error().message());
    Opened opened;
    if (const auto code = open(options, opened)) return *code;
    for (const auto& known : opened.entries) {
        if (!same_entry(known, *entry)) continue;
        std::printf("it is in the scope already: %s\n", place_of(known).c_str());
        return 0;
    }
    if (const auto code = cannot_ask(request)) return *code;
    if (auto added = add_entry(opened.config, *entry); !added) return refuse(added.error().message());
    // Rules that need the whole configuration: a domain that is not configured, an OU that is no DN.
    const auto checked = config::load_text(config::redacted_dump(opened.config), opened.file.string());
    if (!checked.problems.empty()) {
        std::string why;
        for (const auto& problem : checked.problems) {
            if (problem.path.starts_with("sync_scope"))
                why += (why.empty() ? "" : "\n") + entry->text + ": " + problem.message;
        }
        if (!why.empty()) return refuse(why);
    }
    if (const auto code = show_plan(options, opened.config, *entry, true, request.force)) return *code;
    if (!agreed(request)) {
        std::printf("nothing was changed\n");
        return 0;
    }
    auto after = opened.entries;
    after.push_back(*entry);
    return save(options, opened.file, opened.entries, after,
                "added to " + scope_file(opened.file).string() + "; the next cycle applies it");
}

int remove_from_scope(const Options& options, const ScopeRequest& request) {
    const auto entry = entry_of(request);
    if (!entry) return refuse(entry.error().message());
    Opened opened;
    if (const auto code = open(options, opened)) return *code;
    bool found = false;
    for (const auto& known : opened.entries) {
        if (!same_entry(known, *entry)) continue;
        if (!known.ours) {
            return refuse(place_of(known) + ": '" + known.text +
                          "' stands in a file that was written by hand: take it out there, then "
                          "'dirsyncctl reload'");
        }
        found = true;
    }
    if (!found) return refuse("'" + entry->text + "' is not in the scope; 'dirsyncctl scope list' shows it");
    if (const auto code = cannot_ask(request)) return *code;
    remove_entry(opened.config, *entry);
    if (const auto code = show_plan(options, opened.config, *entry, false, request.force)) return *code;
    if (!agreed(request)) {
        std::printf("nothing was changed\n");
        return 0;
    }
    auto after = opened.entries;
    std::erase_if(after, [&](const ScopeEntry& known) { return same_entry(known, *entry); });
    return save(options, opened.file, opened.entries, after,
                "removed from " + scope_file(opened.file).string() + "; the next cycle applies it");
}

}  // namespace dirsync::ctl
