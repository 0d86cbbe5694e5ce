#include "ctl/command_line.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/rules.hpp"
#include "ctl/command_table.hpp"

namespace dirsync::ctl {
namespace {

/// CLI11 reads the command line by the table.
class Parser {
public:
    Parser(CommandLine& line, std::string_view version) : line_(line) {
        cli_.require_subcommand(1);
        cli_.fallthrough();
        cli_.set_version_flag("--version", fmt::format("dirsyncctl {}", version));
        for (const auto& parameter : common_parameters()) add(cli_, parameter);
        for (const auto& group : command_groups()) cli_.add_subcommand(group.name)->require_subcommand(1);
        for (const auto& command : command_table()) add(command);
    }

    void parse(std::vector<std::string> words, Width width) {
        try {
            // CLI11 takes them from the end.
            std::reverse(words.begin(), words.end());
            cli_.parse(std::move(words));
            line_.command = commands_.at(&chosen());
            line_.arguments.config_given = cli_.count("--config") > 0;
        } catch (const CLI::CallForHelp&) {
            line_.said = help_text(name_of(chosen()), width);
        } catch (const CLI::CallForVersion& version) {
            line_.said = version.what();
            if (!line_.said.ends_with('\n')) line_.said += '\n';
        } catch (const CLI::ParseError& error) {
            line_.said = wrong(error);
            line_.code = exit_usage;
        }
    }

private:
    void add(const Command& command) {
        CLI::App* at = &cli_;
        std::string_view rest = command.name;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(' '), rest.size());
            const std::string word(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const auto known =
                at->get_subcommands([&word](CLI::App* app) { return app->get_name() == word; });
            at = known.empty() ? at->add_subcommand(word, command.help) : known.front();
        }
        CLI::Option_group* choice = nullptr;
        for (const auto& parameter : command.parameters) {
            if (parameter.need != Need::one_of) {
                add(*at, parameter);
                continue;
            }
            if (choice == nullptr) {
                choice = at->add_option_group("one of");
                choice->require_option(1);
            }
            add(*choice, parameter);
        }
        commands_[at] = &command;
    }

    void add(CLI::App& app, const Parameter& parameter) {
        CLI::Option* option = std::visit(
            [&](auto place) -> CLI::Option* {
                auto& value = line_.arguments.*place;
                using Value = std::remove_reference_t<decltype(value)>;
                if constexpr (std::is_same_v<Value, bool>) {
                    return app.add_flag(parameter.name, value, parameter.help);
                } else {
                    return app.add_option(parameter.name, value, parameter.help);
                }
            },
            parameter.place);
        const bool is_list = std::holds_alternative<std::vector<std::string> Arguments::*>(parameter.place);
        // `--only A B` would take the B of somebody else.
        if (is_list && is_option(parameter)) option->allow_extra_args(false);
        if (parameter.need == Need::required) option->required();
        if (!parameter.choices.empty()) option->check(CLI::IsMember(parameter.choices));
        if (std::holds_alternative<long long Arguments::*>(parameter.place))
            option->check(CLI::Validator(&why_not_a_limit, ""));
        if (names_something(parameter)) option->check(CLI::Validator(&why_no_name, ""));
    }

    /// Options of edits may be empty: that clears an attribute.
    static bool names_something(const Parameter& parameter) {
        return !is_option(parameter) || parameter.place == Place(&Arguments::only) ||
               parameter.place == Place(&Arguments::user) || parameter.place == Place(&Arguments::group) ||
               parameter.place == Place(&Arguments::run) || parameter.place == Place(&Arguments::effective);
    }

    /// Empty: it is one.
    static std::string why_not_a_limit(const std::string& text) {
        const bool is_number = !text.empty() && text.size() <= std::to_string(most_lines).size() &&
                               text.find_first_not_of("0123456789") == std::string::npos;
        const long long number = is_number ? std::stoll(text) : 0;
        if (number >= 1 && number <= most_lines) return {};
        return fmt::format("takes a whole number from 1 to {}, not {}", most_lines,
                           quoted_peer_text(text, 40));
    }

    static std::string why_no_name(const std::string& text) {
        return text.empty() ? "must not be empty" : std::string();
    }

    /// The innermost command or group that was typed; the program itself if there was no command.
    CLI::App& chosen() {
        CLI::App* at = &cli_;
        while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
        return *at;
    }

    std::string name_of(const CLI::App& app) const {
        std::string name;
        for (const CLI::App* at = &app; at != &cli_; at = at->get_parent())
            name.insert(0, name.empty() ? at->get_name() : at->get_name() + " ");
        return name;
    }

    /// The first word that no command takes: an option, or a word that is not one.
    std::string left_over(bool option) {
        for (const auto& word : cli_.remaining(true)) {
            if (word.starts_with('-') == option) return word;
        }
        return {};
    }

    std::string wrong(const CLI::ParseError& error) {
        CLI::App& app = chosen();
        const std::string name = name_of(app);
        const auto command = commands_.find(&app);
        if (command == commands_.end()) return no_command(name);
        const std::string help = fmt::format("'dirsyncctl help {}' explains it", name);
        const std::string option = left_over(true);
        if (!option.empty()) {
            const auto close = close_option(*command->second, option);
            return fmt::format("'{}' has no option '{}'; {}", name, option,
                               close.empty() ? help : fmt::format("did you mean '{}'?", close));
        }
        const std::string word = left_over(false);
        if (!word.empty()) {
            const auto below = commands_below(name);
            return below.empty() ? fmt::format("'{}' takes no argument '{}'; {}", name, word, help)
                                 : unknown_command(name + " " + word);
        }
        return fmt::format("{}; {}", error.what(), help);
    }

    std::string no_command(const std::string& group) {
        const std::string word = left_over(false);
        if (!word.empty()) return unknown_command(group.empty() ? word : group + " " + word);
        if (const std::string option = left_over(true); !option.empty())
            return fmt::format("there is no option '{}'; 'dirsyncctl help' lists them", option);
        if (group.empty()) return "name a command; 'dirsyncctl help' lists them";
        return fmt::format("'{}' needs a second word; 'dirsyncctl help {}' lists them", group, group);
    }

    static std::string close_option(const Command& command, std::string_view option) {
        std::vector<std::string_view> names;
        for (const auto* parameters : {&command.parameters, &common_parameters()}) {
            for (const auto& parameter : *parameters) {
                if (is_option(parameter))
                    names.push_back(std::string_view(parameter.name).substr(parameter.name.find("--")));
            }
        }
        const auto close = config::close_match(option.substr(0, option.find('=')), names);
        return close.value_or("");
    }

    CommandLine& line_;
    CLI::App cli_{"", "dirsyncctl"};
    std::map<const CLI::App*, const Command*> commands_;
};

}  // namespace

CommandLine parsed_line(const std::vector<std::string>& words, std::string_view version, Width width) {
    CommandLine line;
    Parser(line, version).parse(words, width);
    return line;
}

}  // namespace dirsync::ctl
