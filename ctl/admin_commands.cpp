#include "ctl/admin_commands.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "ctl/text/admin_format.hpp"
#include "ctl/text/format.hpp"

namespace dirsync::ctl {
namespace {

using Member = std::pair<std::string, std::optional<std::string>>;

/// A JSON object of the members that were given.
std::string object_of(const std::vector<Member>& members) {
    std::string text = "{";
    for (const auto& [name, value] : members) {
        if (!value) continue;
        text += (text.size() == 1 ? "\"" : ",\"") + name + "\":\"" + json_escaped(*value) + "\"";
    }
    return text + "}";
}

std::string path_of(const std::string& kind, const std::string& name) {
    return "/v1/" + kind + "/" + percent_encoded(name);
}

/// All there is to read; nullopt with errno: it cannot be read. Not a stream: those throw for a folder.
std::optional<std::string> content_of(std::FILE* file) {
    std::string text;
    std::array<char, 65536> buffer;
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file))
        text.append(buffer.data(), size);
    return std::ferror(file) != 0 ? std::nullopt : std::optional(std::move(text));
}

std::optional<std::string> content_of(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
    return file ? content_of(file.get()) : std::nullopt;
}

/// Values of the command line, one set for all commands: only one of them runs.
struct Arguments {
    std::string name;
    std::string other;
    std::string file;
    std::string format;
    std::optional<std::string> user_name, display_name, given_name, family_name, middle_name, email;
    std::optional<std::string> description, user, group, permission_set, target, effective;
    bool force = false, dry_run = false, skip_bad = false, create_permission_sets = false;
};

class AdminCommands {
public:
    AdminCommands(CLI::App& cli, Options& options, std::function<int()>& command)
        : cli_(cli), options_(options), command_(command) {}

    void add_all() {
        add_user_commands();
        add_group_commands();
        add_permission_set_commands();
        add_assignment_commands();
    }

private:
    CLI::App& kind(const std::string& name, const std::string& help) {
        auto* parent = cli_.add_subcommand(name, help);
        parent->require_subcommand(1);
        return *parent;
    }
    CLI::App& add(CLI::App& parent, const std::string& name, const std::string& help,
                  std::function<int()> run) {
        auto* sub = parent.add_subcommand(name, help);
        sub->add_flag("--json", options_.json, "Print JSON");
        sub->callback([&command = command_, run = std::move(run)] { command = run; });
        return *sub;
    }
    static void named(CLI::App& sub, const std::string& what, std::string& place, const std::string& help) {
        sub.add_option(what, place, help)->required();
    }
    void user_attributes(CLI::App& sub) {
        sub.add_option("--email", args_.email, "E-mail address")->type_name("E");
        sub.add_option("--display-name", args_.display_name, "Name to show; default: the userName")
            ->type_name("D");
        sub.add_option("--given-name", args_.given_name, "Given name")->type_name("G");
        sub.add_option("--family-name", args_.family_name, "Family name")->type_name("F");
        sub.add_option("--middle-name", args_.middle_name, "Middle name")->type_name("M");
    }
    void import_options(CLI::App& sub) {
        sub.add_option("file", args_.file, "File to read; - reads standard input")->required();
        sub.add_option("--format", args_.format, "csv or jsonl; default: by the name of the file")
            ->check(CLI::IsMember({"csv", "jsonl"}));
        sub.add_flag("--dry-run", args_.dry_run, "Say what would be written, write nothing");
        sub.add_flag("--skip-bad", args_.skip_bad, "Write the good lines though others are bad");
    }

    int edit(std::string_view method, const std::string& target, const std::string& body,
             const std::string& kind, const std::string& verb) {
        return send(options_, method, target, body, [&](std::string_view json) {
            return method == "DELETE" && verb == "deleted" ? deleted_text(json, kind)
                                                           : edited_text(json, kind, verb);
        });
    }
    std::vector<Member> user_members() const {
        return {{"user_name", args_.user_name},       {"email", args_.email},
                {"display_name", args_.display_name}, {"given_name", args_.given_name},
                {"family_name", args_.family_name},   {"middle_name", args_.middle_name}};
    }

    void add_user_commands() {
        CLI::App& user = kind("user", "Edit users of the built-in directory");
        CLI::App& create = add(user, "create", "Create a user", [this] {
            args_.user_name = args_.name;
            return edit("POST", "/v1/users", object_of(user_members()), "user", "created");
        });
        named(create, "username", args_.name, "userName: unique, no white space");
        user_attributes(create);
        CLI::App& update = add(user, "update", "Change a user; an empty value clears an attribute", [this] {
            return update_with("user", path_of("users", args_.name), object_of(user_members()));
        });
        named(update, "user", args_.name, "userName or id");
        update.add_option("--user-name", args_.user_name, "New userName; the id stays")
            ->type_name("USERNAME");
        user_attributes(update);
        named(add(user, "delete", "Delete a user and their memberships; assignments stay, dangling",
                  [this] { return edit("DELETE", path_of("users", args_.name), "", "user", "deleted"); }),
              "user", args_.name, "userName or id");
        for (const bool enable : {true, false}) {
            const std::string verb = enable ? "enable" : "disable";
            CLI::App& sub = add(
                user, verb, (enable ? "Enable" : "Disable") + std::string(" a user"), [this, enable, verb] {
                    const std::string body = enable ? R"({"status":"ENABLED"})" : R"({"status":"DISABLED"})";
                    return edit("PATCH", path_of("users", args_.name), body, "user", verb + "d");
                });
            named(sub, "user", args_.name, "userName or id");
        }
        import_options(add(user, "import", "Create and update users from CSV or JSON Lines",
                           [this] { return import("users"); }));
    }

    void add_group_commands() {
        CLI::App& group = kind("group", "Edit groups of the built-in directory");
        const auto members = [this] {
            return std::vector<Member>{{"display_name", args_.display_name},
                                       {"description", args_.description}};
        };
        CLI::App& create = add(group, "create", "Create a group", [this, members] {
            args_.display_name = args_.name;
            return edit("POST", "/v1/groups", object_of(members()), "group", "created");
        });
        named(create, "name", args_.name, "Name of the group: unique");
        create.add_option("--description", args_.description, "What it is for")->type_name("D");
        CLI::App& update =
            add(group, "update", "Change a group; an empty value clears an attribute", [this, members] {
                return update_with("group", path_of("groups", args_.name), object_of(members()));
            });
        named(update, "group", args_.name, "Name or id");
        update.add_option("--name", args_.display_name, "New name; the id stays")->type_name("NAME");
        update.add_option("--description", args_.description, "What it is for")->type_name("D");
        named(add(group, "delete", "Delete a group and its memberships; assignments stay, dangling",
                  [this] { return edit("DELETE", path_of("groups", args_.name), "", "group", "deleted"); }),
              "group", args_.name, "Name or id");
        for (const bool adds : {true, false}) {
            CLI::App& sub =
                add(group, adds ? "add-member" : "remove-member",
                    adds ? "Make a user a member" : "End a membership", [this, adds] {
                        const std::string path =
                            path_of("groups", args_.name) + "/members/" + percent_encoded(args_.other);
                        return edit(adds ? "PUT" : "DELETE", path, "", "group",
                                    args_.other + (adds ? " is a member now" : " is no member now"));
                    });
            named(sub, "group", args_.name, "Name or id of the group");
            named(sub, "username", args_.other, "userName or id of the user");
        }
        import_options(add(group, "import",
                           "Create and update groups, and add members, from CSV or JSON Lines",
                           [this] { return import("groups"); }));
    }

    void add_permission_set_commands() {
        CLI::App& set = kind("permission-set", "Permission sets, which assignments give to users and groups");
        CLI::App& create = add(set, "create", "Create a permission set", [this] {
            const std::string body = object_of({{"name", args_.name}, {"description", args_.description}});
            return edit("POST", "/v1/permission-sets", body, "permission set", "created");
        });
        named(create, "name", args_.name, "Name: unique");
        create.add_option("--description", args_.description, "What it permits")->type_name("D");
        add(set, "list", "All of them", [this] {
            return get(options_, "/v1/permission-sets", [](std::string_view json) {
                return table_text(json, {"name", "description", "permission_set_id"});
            });
        });
        CLI::App& remove = add(set, "delete", "Delete a permission set", [this] {
            const std::string path =
                path_of("permission-sets", args_.name) + (args_.force ? "?force=true" : "");
            return edit("DELETE", path, "", "permission set", "deleted");
        });
        named(remove, "name", args_.name, "Name or id");
        remove.add_flag("--force", args_.force, "With its assignments");
    }

    void add_assignment_commands() {
        CLI::App& assignment = kind("assignment", "Who has which permission set on what");
        CLI::App& create = add(assignment, "create", "Give a permission set to a user or group", [this] {
            const std::string body = object_of({{"user", args_.user},
                                                {"group", args_.group},
                                                {"permission_set", args_.permission_set},
                                                {"target", args_.target}});
            return edit("POST", "/v1/assignments", body, "assignment", "created");
        });
        auto* principal = create.add_option_group("principal");
        principal->add_option("--user", args_.user, "userName or id")->type_name("U");
        principal->add_option("--group", args_.group, "Name or id of a group")->type_name("G");
        principal->require_option(1);
        create.add_option("--permission-set", args_.permission_set, "Name or id")->type_name("P")->required();
        create.add_option("--target", args_.target, "What it is for: an account, an application")
            ->type_name("T")
            ->required();
        CLI::App& list =
            add(assignment, "list", "All of them, those whose principal is gone as well", [this] {
                const std::string query =
                    args_.effective ? "?effective=" + percent_encoded(*args_.effective) : std::string();
                return get(options_, "/v1/assignments" + query, assignments_text);
            });
        list.add_option("--effective", args_.effective, "What this user has, directly and through groups")
            ->type_name("USER");
        named(add(assignment, "delete", "Take an assignment away",
                  [this] {
                      return edit("DELETE", path_of("assignments", args_.name), "", "assignment", "deleted");
                  }),
              "id", args_.name, "Id of the assignment, from 'assignment list'");
        CLI::App& out = *assignment.add_subcommand("export", "Write all assignments as JSON Lines");
        out.callback([this] { command_ = [this] { return write_export(); }; });
        out.add_option("file", args_.file, "File to write; default: standard output");
        CLI::App& in =
            add(assignment, "import",
                "Create the assignments of an export, matching users and groups by externalId, then by name",
                [this] { return import("assignments"); });
        import_options(in);
        in.add_flag("--create-permission-sets", args_.create_permission_sets,
                    "Create those that the file names and that are missing");
    }

    int update_with(const std::string& kind, const std::string& path, const std::string& body) {
        if (body == "{}") {
            std::fprintf(stderr, "dirsyncctl: nothing to change was given: see '%s update --help'\n",
                         kind.c_str());
            return exit_usage;
        }
        return edit("PATCH", path, body, kind, "updated");
    }

    int import(const std::string& kind) {
        const bool is_stdin = args_.file == "-";
        const auto text = is_stdin ? content_of(stdin) : content_of(args_.file);
        if (!text) {
            std::fprintf(stderr, "dirsyncctl: cannot read %s: %s\n", args_.file.c_str(),
                         std::strerror(errno));
            return exit_usage;
        }
        std::string target =
            "/v1/" + kind + "/import?file=" + percent_encoded(is_stdin ? "stdin" : args_.file);
        if (!args_.format.empty()) target += "&format=" + args_.format;
        if (args_.dry_run) target += "&dry_run=true";
        if (args_.skip_bad) target += "&skip_bad=true";
        if (args_.create_permission_sets) target += "&create_permission_sets=true";
        const auto answer = call(options_.socket, "POST", target, *text);
        if (!answer) return fail(answer.error());
        if (answer->ok()) std::fputs(left_out_text(answer->body).c_str(), stderr);
        return print(options_, *answer, import_text, exit_code_of(answer->body, 0));
    }

    int write_export() {
        const auto answer = call(options_.socket, "GET", "/v1/assignments/export");
        if (!answer) return fail(answer.error());
        if (!answer->ok()) return print(options_, *answer, nullptr, 0);
        if (args_.file.empty()) {
            std::fputs(safe_output(answer->body, true).c_str(), stdout);
            return 0;
        }
        std::ofstream out(args_.file, std::ios::binary | std::ios::trunc);
        out << answer->body << std::flush;
        if (out.good()) return 0;
        std::fprintf(stderr, "dirsyncctl: cannot write %s: %s\n", args_.file.c_str(), std::strerror(errno));
        return exit_usage;
    }

    CLI::App& cli_;
    Options& options_;
    std::function<int()>& command_;
    Arguments args_;
};

}  // namespace

std::shared_ptr<void> add_admin_commands(CLI::App& cli, Options& options, std::function<int()>& command) {
    auto commands = std::make_shared<AdminCommands>(cli, options, command);
    commands->add_all();
    return commands;
}

}  // namespace dirsync::ctl
