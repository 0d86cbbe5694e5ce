#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ctl/commands.hpp"

namespace dirsync::ctl {

/// All values of a command line. One set for all commands, because only one of them runs.
struct Arguments : Options {
    std::vector<std::string> words;  ///< of `help`
    std::string name;                ///< of the user, group, hold, run or snapshot
    std::string member;
    std::string file;
    std::string format;
    std::string reason;
    std::string source_type;
    std::optional<std::string> accept;
    std::optional<std::string> user_name, display_name, given_name, family_name, middle_name, email;
    std::optional<std::string> description, user, group, permission_set, target, effective;
    std::vector<std::string> only;
    std::vector<std::string> users, groups, units, filters, excluded_users, excluded_groups;
    std::string domain;
    std::optional<std::string> since, until, run;
    long long limit = -1;
    bool check = false, full = false, all = false, follow = false, wait = false, names = false;
    bool yes = false, force = false, dry_run = false, skip_bad = false;
    bool create_permission_sets = false, assignments_only = false;
};

using Place = std::variant<bool Arguments::*, long long Arguments::*, std::string Arguments::*,
                           std::optional<std::string> Arguments::*, std::vector<std::string> Arguments::*>;

enum class Need : unsigned char {
    none,
    required,
    one_of,  ///< exactly one of the parameters marked so
};

/// An option, or an argument by its position. A list may be given several times.
struct Parameter {
    std::string name;   ///< `--only`; of an argument by position a word without dashes
    std::string value;  ///< what stands for the value in help: `NAME`; empty: a flag
    std::string help;
    Place place;
    Need need = Need::none;
    std::vector<std::string> choices = {};  ///< the only values it takes; empty: any
};

/// One command of dirsyncctl. Parser, help and suggestions are made from this; so can be man pages and
/// completions.
struct Command {
    std::string name;  ///< `status`, `users list`
    std::string help;  ///< one line
    std::vector<Parameter> parameters;
    int (*run)(Arguments&);
    /// Works without a daemon and with a faulty configuration: the socket is not looked for first.
    bool alone = false;
};

/// The first word of commands that have a second one.
struct CommandGroup {
    std::string name;
    std::string help;
};

/// More lines than a store can have.
inline constexpr long long most_lines = 1'000'000'000;

inline bool is_option(const Parameter& parameter) { return parameter.name.starts_with('-'); }

/// For every command that reads or answers.
inline const Parameter json_parameter{"--json", "", "Print JSON", &Arguments::json};
inline const Parameter reason_parameter{
    "--reason", "TEXT", "The reason; it is kept with the run, and 'runs' shows it", &Arguments::reason};
inline const Parameter yes_parameter{"--yes", "", "Do not ask, even on a terminal", &Arguments::yes};
inline const Parameter all_parameter{"--all", "", "Show every line, even on a terminal", &Arguments::all};
inline const Parameter limit_parameter{"--limit", "N", "Show at most N, from 1 to 1000000000",
                                       &Arguments::limit};

}  // namespace dirsync::ctl
