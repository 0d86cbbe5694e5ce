#include "ctl/setup/setup_command.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "ctl/atomic_file.hpp"
#include "ctl/setup/setup_unattended.hpp"
#include "ctl/setup/setup_worker.hpp"
#include "ctl/terminal.hpp"

namespace dirsync::ctl {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Beside the configuration, which is where the next one will look for it.
fs::path kept_file(const fs::path& file) { return file.string() + ".setup"; }

class Dialogue {
public:
    Dialogue(Options& options, fs::path file) : options_(options), file_(std::move(file)) {}

    int run() {
        if (auto writable = can_write(); !writable) {
            return complain(writable.error().message() + "; run it as root", exit_unavailable);
        }
        terminal_.say(fmt::format(
            "Setting up dirsyncd: {}\nEnter takes the value in [brackets]. '?' explains, 'back' goes "
            "back, 'leave' or Ctrl-C ends and keeps what was answered.\n\n",
            file_.string()));
        auto draft = first_draft();
        if (!draft) return left("its beginning");
        if (options_.socket.empty()) options_.socket = draft->config.control_socket;
        draft->config.control_socket = options_.socket;
        draft->config.file = file_;
        Surroundings around = surroundings_of(*draft, options_.socket, Options{}.config);
        around.width = terminal_width(STDOUT_FILENO);
        SetupWorker worker(options_.socket, around);
        SetupDialogue dialogue(std::move(*draft), around);
        kept_ = draft_text(dialogue.draft());
        return converse(dialogue, worker);
    }

private:
    int converse(SetupDialogue& dialogue, SetupWorker& worker) {
        while (!dialogue.is_over()) {
            const Turn turn = dialogue.turn();
            if (!turn.text.empty()) terminal_.say("\n" + turn.text);
            if (turn.work != SetupWork::none) {
                terminal_.say("... " + turn.saying);
                const WorkDone done = worker.perform(turn, dialogue.draft());
                if (Terminal::is_interrupted()) return left(dialogue.draft().step);
                dialogue.worked(done);
            } else {
                const auto line = terminal_.ask(turn.question, turn.proposed);
                if (!line) return left(dialogue.draft().step);
                dialogue.answer(*line);
            }
            if (auto kept = keep(dialogue.draft()); !kept) terminal_.say(kept.error().message());
        }
        if (dialogue.is_left()) return left(dialogue.draft().step);
        terminal_.say(fmt::format("\n{}\nLook at it with: dirsyncctl{} status, dirsyncctl{} doctor",
                                  dialogue.turn().text, this_file(), this_file()));
        ::unlink(kept_file(file_).c_str());
        return 0;
    }

    /// What an earlier dialogue left, else the configuration that is there, else nothing. nullopt: it was
    /// left.
    std::optional<Draft> first_draft() {
        if (const auto text = content_of(kept_file(file_))) {
            auto read = read_draft(*text, kept_file(file_).string(), false);
            for (;;) {
                const auto answer = terminal_.ask(
                    fmt::format("An earlier setup was left at '{}'. Go on from there ('no' starts over)",
                                read.draft.step),
                    "yes");
                if (!answer || is_farewell(*answer)) return std::nullopt;
                const auto yes = yes_or_no(*answer);
                if (!yes) {
                    terminal_.say("Answer yes or no; 'leave' ends.");
                    continue;
                }
                if (*yes) return std::move(read.draft);
                ::unlink(kept_file(file_).c_str());
                break;
            }
        }
        Draft draft;
        if (const auto text = content_of(file_)) {
            auto read = read_draft(*text, file_.string(), false);
            for (const auto& problem : read.problems) terminal_.say(config::to_text(problem));
            draft = std::move(read.draft);
            terminal_.say(fmt::format("The answers proposed are those of {}.", file_.string()));
        }
        draft.step.clear();
        return draft;
    }

    Result<void> can_write() const {
        std::error_code ignored;
        fs::path folder = file_.parent_path();
        if (!fs::exists(folder, ignored)) folder = folder.parent_path();
        if (::access(folder.c_str(), W_OK | X_OK) != 0) return file_error(folder, "cannot be written to");
        return {};
    }

    /// No file is left behind by a user who only looks and leaves without an answer.
    Result<void> keep(const Draft& draft) {
        std::string text = draft_text(draft);
        if (text == kept_) return {};
        if (::mkdir(file_.parent_path().c_str(), 0750) != 0 && errno != EEXIST)
            return file_error(file_.parent_path(), "cannot be made");
        struct stat like {};
        like.st_mode = 0600;
        like.st_uid = ::geteuid();
        like.st_gid = ::getegid();
        auto replaced = replace_file(kept_file(file_), text, like);
        if (replaced) kept_ = std::move(text);
        return replaced;
    }

    /// What `dirsyncctl` needs to be told, so that it finds this file.
    std::string this_file() const {
        return file_ == Options{}.config ? std::string() : fmt::format(" -c {}", file_.string());
    }

    int left(const std::string& step) {
        terminal_.say(fmt::format("\nLeft at '{}'; go on with: dirsyncctl setup{}", step, this_file()));
        return exit_waits;
    }

    Options& options_;
    fs::path file_;
    std::string kept_;  // what the file holds, or would hold before the first answer
    Terminal terminal_;
};

}  // namespace

int setup(Options& options, const std::string& answers) {
    std::error_code error;
    const fs::path file = fs::absolute(options.config, error).lexically_normal();
    if (!options.socket.empty())
        options.socket = fs::absolute(options.socket, error).lexically_normal().string();
    if (!answers.empty()) return setup_unattended(options, file, answers);
    if (!Terminal::is_there())
        return complain("there is no terminal to ask at: --answers FILE sets up without one", exit_usage);
    return Dialogue(options, file).run();
}

std::vector<Command> setup_commands() {
    return {{"setup",
             "Set dirsyncd up: source, domains, login, mapping, scope; ends in a configuration file",
             {{"--answers", "FILE", "Take the answers from this file, ask nothing", &Arguments::file}},
             [](Arguments& arguments) { return setup(arguments, arguments.file); },
             true}};
}

}  // namespace dirsync::ctl
