#include "ctl/command_table.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "config/rules.hpp"
#include "ctl/commands/admin_commands.hpp"
#include "ctl/commands/cycle_commands.hpp"
#include "ctl/commands/doctor.hpp"
#include "ctl/commands/history_commands.hpp"
#include "ctl/commands/hold_commands.hpp"
#include "ctl/commands/scope_commands.hpp"
#include "ctl/commands/source_commands.hpp"
#include "ctl/commands/store_commands.hpp"
#include "ctl/setup/setup_command.hpp"
#include "ctl/terminal.hpp"

namespace dirsync::ctl {
namespace {

int print_help(Arguments& arguments) {
    const std::string name = fmt::format("{}", fmt::join(arguments.words, " "));
    const std::string text = help_text(name, terminal_width(STDOUT_FILENO));
    if (text.empty()) return complain(unknown_command(name), exit_usage);
    std::fputs(text.c_str(), stdout);
    return 0;
}

std::vector<Command> help_commands() {
    return {{"help",
             "Explain a command, or list all of them",
             {{"command", "COMMAND", "Words of the command, for example: user create", &Arguments::words}},
             &print_help,
             true}};
}

std::string shown_name(const Parameter& parameter) {
    if (!is_option(parameter)) return parameter.value;
    return parameter.name + (parameter.value.empty() ? "" : " " + parameter.value);
}

void append_parameters(std::vector<Row>& rows, const std::vector<Parameter>& parameters, bool options) {
    for (const auto& parameter : parameters) {
        if (is_option(parameter) == options) rows.push_back({"  " + shown_name(parameter), parameter.help});
    }
}

std::string section(std::string_view title, const std::vector<Row>& rows, Width width) {
    return rows.empty() ? std::string() : fmt::format("\n{}:\n{}", title, aligned(rows, width));
}

/// The common options that the command has no other meaning for.
std::vector<Parameter> common_beside(const Command& command) {
    std::vector<Parameter> common = common_parameters();
    std::erase_if(common, [&command](const Parameter& one) {
        return std::ranges::find(command.parameters, one.name, &Parameter::name) != command.parameters.end();
    });
    return common;
}

std::string help_of(const Command& command, Width width) {
    std::vector<Row> arguments;
    append_parameters(arguments, command.parameters, false);
    std::vector<Row> options;
    append_parameters(options, command.parameters, true);
    append_parameters(options, common_beside(command), true);
    std::vector<Row> further;
    for (const auto* below : commands_below(command.name))
        further.push_back({"  " + below->name, below->help});
    return wrapped(fmt::format("Usage: dirsyncctl {}\n\n{}.\n", usage_of(command), command.help), width, 7) +
           section("Arguments", arguments, width) + section("Options", options, width) +
           section("See also", further, width);
}

std::string help_of(const CommandGroup& group, Width width) {
    std::vector<Row> rows;
    for (const auto* command : commands_below(group.name))
        rows.push_back({"  " + command->name, command->help});
    return fmt::format("Usage: dirsyncctl {} COMMAND ...\n\n{}.\n", group.name, group.help) +
           section("Commands", rows, width) +
           fmt::format("\n'dirsyncctl help {} COMMAND' explains one of them.\n", group.name);
}

std::string help_of_all(Width width) {
    std::vector<Row> rows;
    std::string last;
    for (const auto& command : command_table()) {
        const std::string first = command.name.substr(0, command.name.find(' '));
        if (first == last) continue;
        last = first;
        const auto& groups = command_groups();
        const auto group = std::find_if(groups.begin(), groups.end(),
                                        [&first](const CommandGroup& one) { return one.name == first; });
        if (group == groups.end()) {
            rows.push_back({"  " + first, command.help});
            continue;
        }
        std::string words;
        for (const auto* below : commands_below(first))
            words += (words.empty() ? "" : ", ") + below->name.substr(first.size() + 1);
        rows.push_back({"  " + first, fmt::format("{}: {}", group->help, words)});
    }
    std::vector<Row> options;
    append_parameters(options, common_parameters(), true);
    return "Usage: dirsyncctl [OPTIONS] COMMAND ...\n\n" +
           wrapped("Asks the running dirsyncd about its state and tells it what to do.\n", width) +
           section("Commands", rows, width) + section("Options", options, width) +
           "\n'dirsyncctl help COMMAND' explains one of them.\n";
}

}  // namespace

const std::vector<Command>& command_table() {
    static const std::vector<Command> table = [] {
        std::vector<Command> all;
        for (auto part :
             {cycle_commands(), hold_commands(), history_commands(), store_commands(), scope_commands(),
              source_commands(), admin_commands(), doctor_commands(), setup_commands(), help_commands()}) {
            std::move(part.begin(), part.end(), std::back_inserter(all));
        }
        return all;
    }();
    return table;
}

const std::vector<CommandGroup>& command_groups() {
    static const std::vector<CommandGroup> groups{
        {"users", "The users of the store"},
        {"groups", "The groups of the store"},
        {"scope", "The users and groups to sync"},
        {"source", "The identity source"},
        {"user", "Edit users of the built-in directory"},
        {"group", "Edit groups of the built-in directory"},
        {"permission-set", "Permission sets, which assignments give to users and groups"},
        {"assignment", "The permission sets that users and groups have on targets"},
    };
    return groups;
}

const std::vector<Parameter>& common_parameters() {
    static const std::vector<Parameter> common{
        {"--socket", "PATH", "Control socket of the daemon", &Arguments::socket},
        {"-c,--config", "FILE", "Take the socket from this configuration; setup and doctor work on this file",
         &Arguments::config},
    };
    return common;
}

const Command* command_named(std::string_view name) {
    const auto& table = command_table();
    const auto found =
        std::find_if(table.begin(), table.end(), [name](const Command& one) { return one.name == name; });
    return found == table.end() ? nullptr : &*found;
}

std::vector<const Command*> commands_below(std::string_view group) {
    const std::string start = std::string(group) + " ";
    std::vector<const Command*> found;
    for (const auto& command : command_table()) {
        if (command.name.starts_with(start)) found.push_back(&command);
    }
    return found;
}

std::string help_text(std::string_view name, Width width) {
    if (name.empty()) return help_of_all(width);
    if (const Command* command = command_named(name)) return help_of(*command, width);
    for (const auto& group : command_groups()) {
        if (group.name == name) return help_of(group, width);
    }
    return {};
}

std::string usage_of(const Command& command) {
    std::string text = command.name;
    std::string choice;
    for (const auto& parameter : command.parameters) {
        const std::string shown = shown_name(parameter);
        if (parameter.need == Need::one_of) {
            choice += (choice.empty() ? "" : " | ") + shown;
        } else if (parameter.need == Need::required) {
            text += " " + shown;
        } else {
            const bool repeats =
                std::holds_alternative<std::vector<std::string> Arguments::*>(parameter.place);
            text += fmt::format(" [{}]{}", shown, repeats ? "..." : "");
        }
    }
    return choice.empty() ? text : fmt::format("{} ({})", text, choice);
}

std::string unknown_command(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& command : command_table()) names.push_back(command.name);
    for (const auto& group : command_groups()) names.push_back(group.name);
    const auto close = config::close_match(name, names);
    return close ? fmt::format("there is no command '{}'; did you mean '{}'?", name, *close)
                 : fmt::format("there is no command '{}'; 'dirsyncctl help' lists them", name);
}

}  // namespace dirsync::ctl
