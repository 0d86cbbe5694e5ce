#include "ctl/setup/setup_unattended.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "config/yaml_tree.hpp"
#include "ctl/setup/setup_plan.hpp"
#include "ctl/setup/setup_worker.hpp"
#include "ctl/terminal.hpp"
#include "ctl/text/check_format.hpp"

namespace dirsync::ctl {
namespace {

void print(const std::string& text) {
    std::fputs(dialogue_lines(text, terminal_width(STDOUT_FILENO)).c_str(), stdout);
    std::fflush(stdout);
}

/// Where the scalar `text` stands below `node`; the beginning when it does not.
config::Place place_of(const config::YamlTree& tree, const config::Node* node, const std::string& text) {
    if (node == nullptr) return {};
    if (node->kind == config::Node::Kind::scalar && node->text == text) return tree.place_of(node->offset);
    for (const auto* item : node->items) {
        if (const auto place = place_of(tree, item, text); place.line != 0) return place;
    }
    for (const auto& member : node->members) {
        if (const auto place = place_of(tree, member.value, text); place.line != 0) return place;
    }
    return {};
}

class Unattended {
public:
    Unattended(Options& options, const std::filesystem::path& file, const std::string& answers)
        : options_(options), file_(file), answers_(answers) {}

    int run() {
        std::ifstream in(answers_, std::ios::binary);
        if (!in) return complain("cannot read " + answers_, exit_usage);
        text_.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        auto read = read_draft(text_, answers_, true);
        std::error_code ignored;
        if (std::filesystem::exists(file_, ignored) && !read.draft.replace.value_or(false)) {
            read.problems.push_back(
                {answers_, 1, 1, "setup.replace",
                 file_.string() + " exists: true replaces it and keeps the old one beside it"});
        }
        if (!read.problems.empty()) return complain_about(read.problems);
        draft_ = std::move(read.draft);
        if (options_.socket.empty()) options_.socket = draft_.config.control_socket;
        draft_.config.control_socket = options_.socket;
        draft_.config.file = file_;
        around_ = surroundings_of(draft_, options_.socket, Options{}.config);
        SetupWorker worker(options_.socket, around_);
        if (const int code = check(worker); code != 0) return code;
        if (draft_.config.source == sync::SourceKind::active_directory) {
            const WorkDone plan = perform(worker, SetupWork::plan);
            print(plan.ok ? short_plan(plan.json) : "No plan could be made: " + plan.said);
        }
        print(source_change_of(draft_.config, around_));
        const WorkDone written = perform(worker, SetupWork::write);
        if (!written.ok) return complain(written.said, exit_unavailable);
        print(written.said);
        if (!*draft_.start) {
            print(how_to_start(draft_.config, around_));
            return 0;
        }
        const WorkDone started = perform(worker, SetupWork::start);
        if (!started.ok) return complain(started.said, exit_unavailable);
        print(started.said);
        return 0;
    }

private:
    WorkDone perform(SetupWorker& worker, SetupWork work) {
        Turn turn;
        turn.work = work;
        return worker.perform(turn, draft_);
    }

    int check(SetupWorker& worker) {
        const WorkDone done = perform(worker, SetupWork::check);
        if (!done.ok) return complain("the checks could not be made: " + done.said, exit_unavailable);
        const auto checks = checks_of(done.json);
        std::fputs(checks_text(checks, terminal_width(STDOUT_FILENO)).c_str(), stdout);
        const auto wrong_names = names_that_mean_nothing(checks);
        complain_about(wrong_names);
        const int code = std::max(exit_code_of(checks), wrong_names.empty() ? 0 : exit_config);
        if (code == 0 || draft_.go_on) return 0;
        return complain("nothing was written; setup: {go_on: true} writes it all the same", code);
    }

    std::vector<config::Problem> names_that_mean_nothing(const std::vector<Check>& checks) const {
        std::vector<config::Problem> ignored;
        const config::YamlTree tree(text_, answers_, ignored);
        std::vector<config::Problem> problems;
        for (const auto& check : checks) {
            if (check.name != "scope" || check.subject.empty() || check.outcome != CheckOutcome::warning)
                continue;
            const auto place = place_of(tree, tree.root(), check.subject);
            problems.push_back({answers_, place.line, place.column, "sync_scope",
                                check.subject + ": " + check.seen + "; " + check.advice});
        }
        return problems;
    }

    Options& options_;
    std::filesystem::path file_;
    std::string answers_;
    std::string text_;
    Draft draft_;
    Surroundings around_;
};

}  // namespace

int setup_unattended(Options& options, const std::filesystem::path& file, const std::string& answers) {
    return Unattended(options, file, answers).run();
}

}  // namespace dirsync::ctl
