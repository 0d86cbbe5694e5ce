#include "ctl/source_commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include <CLI/CLI.hpp>

#include "ctl/text/format.hpp"
#include "ctl/text/json_text.hpp"
#include "ctl/text/source_format.hpp"

namespace dirsync::ctl {
namespace {

constexpr int exit_refused = 3;
/// The daemon takes 1 MiB at once.
constexpr std::size_t largest_piece = 900'000;

std::string member_of(std::string_view name, const std::string& value) {
    return "\"" + std::string(name) + "\":\"" + json_escaped(value) + "\"";
}

int complain(const std::string& text, int code) {
    std::fprintf(stderr, "dirsyncctl: %s\n", text.c_str());
    return code;
}

class SourceCommands {
public:
    SourceCommands(CLI::App& source, Options& options, std::function<int()>& command)
        : options_(options), command_(command) {
        auto* change = add(source, "change", "Consent to the change of the source that waits",
                           [this] { return this->change(); });
        change->add_option("type", type_,
                           "The configured type, to be sure: directory, active_directory, ...");
        accept_option_ =
            change->add_option("--accept", accept_, "The literal word ACCEPT")->type_name("ACCEPT");
        change->add_flag("--names", names_, "List every user, group and assignment that goes");
        change->add_flag("--json", options_.json, "Print JSON");

        auto* snapshots = add(source, "snapshots", "What the store held before each change of the source",
                              [this] { return get(options_, "/v1/source/snapshots", &snapshots_text); });
        snapshots->add_flag("--json", options_.json, "Print JSON");
        auto* exported =
            add(*snapshots, "export", "Write a snapshot as JSON Lines", [this] { return write_file(); });
        exported->add_option("id", id_, "Id of the snapshot")->required();
        exported->add_option("file", file_, "File to write; standard output without one")->type_name("FILE");
        auto* import =
            add(*snapshots, "import", "Take a snapshot in that was exported", [this] { return read_file(); });
        import->add_option("file", file_, "File to read")->type_name("FILE")->required();

        auto* restore = add(source, "restore", "Bring back what a snapshot has and the store lacks",
                            [this] { return this->restore(); });
        restore->add_option("id", id_, "Id of the snapshot, from 'source snapshots'")->required();
        restore->add_flag("--assignments-only", assignments_only_, "Leave users and groups as they are");
        restore->add_flag("--json", options_.json, "Print JSON");
    }

private:
    CLI::App* add(CLI::App& parent, const std::string& name, const std::string& help,
                  std::function<int()> run) {
        auto* sub = parent.add_subcommand(name, help);
        // The innermost command that was typed is the one: CLI11 calls it first.
        sub->callback([this, run = std::move(run)] {
            if (!chosen_) command_ = run;
            chosen_ = true;
        });
        return sub;
    }

    int change() {
        std::string body = type_.empty() ? "" : "," + member_of("type", type_);
        std::string word = accept_;
        if (accept_option_->count() == 0) {
            const auto seen =
                call(options_.socket, "GET", std::string("/v1/source/change") + (names_ ? "?names=1" : ""));
            if (!seen) return fail(seen.error());
            if (!seen->ok()) return print(options_, *seen, nullptr, 0);
            const boost::json::value preview = parsed(seen->body);
            const boost::json::value& pending = member(preview, "pending");
            if (!pending.is_object()) {
                return complain("no change of the identity source waits; nothing was changed", exit_usage);
            }
            const Format format = [this](std::string_view json) { return source_change_text(json, names_); };
            print(options_, *seen, format, 0);
            if (isatty(STDIN_FILENO) == 0) {
                return complain(
                    "no terminal to ask at: '--accept ACCEPT' consents to this change; nothing was changed",
                    exit_refused);
            }
            std::fputs("\nType the word ACCEPT to go on: ", stderr);
            // As it was typed, blanks and all.
            if (!std::getline(std::cin, word)) word.clear();
            body +=
                "," + member_of("from", shown(pending, "from")) + "," + member_of("to", shown(pending, "to"));
        }
        const auto answer =
            call(options_.socket, "POST", "/v1/source/change", "{" + member_of("accept", word) + body + "}");
        if (!answer) return fail(answer.error());
        return print(options_, *answer, &source_changed_text, exit_code_of(answer->body, exit_unavailable));
    }

    int restore() {
        return send(options_, "POST", "/v1/source/snapshots/" + percent_encoded(id_) + "/restore",
                    std::string("{\"assignments_only\":") + (assignments_only_ ? "true}" : "false}"),
                    &restored_text);
    }

    int write_file() {
        const auto answer = call(options_.socket, "GET", "/v1/source/snapshots/" + percent_encoded(id_));
        if (!answer) return fail(answer.error());
        if (!answer->ok()) return print(options_, *answer, nullptr, 0);
        if (file_.empty() || file_ == "-") {
            std::fputs(safe_output(answer->body, true).c_str(), stdout);
            return 0;
        }
        std::ofstream out(file_, std::ios::binary | std::ios::trunc);
        out << answer->body;
        out.close();
        if (!out) return complain("cannot write " + file_, exit_unavailable);
        return 0;
    }

    /// In pieces that begin with the first line each: the daemon adds what it does not have.
    int read_file() {
        std::ifstream in(file_, std::ios::binary);
        std::string first;
        if (!in || !std::getline(in, first)) return complain("cannot read " + file_, exit_usage);
        std::string line;
        std::uint64_t lines = 1;
        bool more = true;
        while (more) {
            std::string piece = first + "\n";
            const std::uint64_t before = lines;
            while (piece.size() < largest_piece && (more = static_cast<bool>(std::getline(in, line)))) {
                piece += line + "\n";
                ++lines;
            }
            const auto answer = call(options_.socket, "POST", "/v1/source/snapshots", piece);
            if (!answer) return fail(answer.error());
            if (!answer->ok()) {
                std::fprintf(stderr, "dirsyncctl: %s, behind line %llu\n", file_.c_str(),
                             static_cast<unsigned long long>(before));
                return print(options_, *answer, nullptr, 0);
            }
            if (!more) {
                const Format text = [](std::string_view json) {
                    return "taken in: snapshot " + shown(parsed(json), "id") + "\n";
                };
                return print(options_, *answer, text, 0);
            }
        }
        return 0;
    }

    Options& options_;
    std::function<int()>& command_;
    CLI::Option* accept_option_ = nullptr;
    bool chosen_ = false;
    std::string type_;
    std::string accept_;
    std::string id_;
    std::string file_;
    bool names_ = false;
    bool assignments_only_ = false;
};

}  // namespace

std::shared_ptr<void> add_source_commands(CLI::App& source, Options& options, std::function<int()>& command) {
    return std::make_shared<SourceCommands>(source, options, command);
}

}  // namespace dirsync::ctl
