#include <filesystem>

#include "config/rules.hpp"
#include "ctl/setup/setup_dialogue.hpp"
#include "ctl/setup/setup_plan.hpp"

// Where the store lies, the plan, the file, and the start.
namespace dirsync::ctl {
namespace {

class StorePart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        turn.question = "File of the identity store";
        turn.proposed = state.draft.config.store.sqlite_path;
        return turn;
    }
    void take(SetupState& state, const std::string& answer) override {
        std::string path = answer;
        std::error_code error;
        const auto fault =
            config::normalize(config::TextKind::path, std::filesystem::current_path(error), path);
        if (fault || path.empty()) {
            state.note = fault ? fault->message : "Name a file.";
            return;
        }
        state.draft.config.store.sqlite_path = path;
        state.step = step_after(state, SetupStep::store);
    }
    std::string help() const override {
        return "Applications read users and groups from this SQLite file. The systemd unit lets the service "
               "write to /var/lib/dirsyncd and nowhere else. The folder must exist; the file is created.";
    }
};

class PlanPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        if (!looked_ && !state.is_directory()) {
            turn.work = SetupWork::plan;
            turn.saying = "reading the directory for a plan; in a large one this takes a while";
            return turn;
        }
        turn.text = plan_;
        if (const std::string change = source_change_of(state.draft.config, state.around); !change.empty())
            turn.text += (turn.text.empty() ? "" : "\n") + change;
        turn.question = "Go on ('yes', 'again', or 'back' to change the scope)";
        turn.proposed = "yes";
        return turn;
    }
    void worked(SetupState&, const WorkDone& done) override {
        looked_ = true;
        plan_ = done.ok ? short_plan(done.json) : "No plan could be made: " + done.said;
    }
    void take(SetupState& state, const std::string& answer) override {
        if (yes_or_no(answer).value_or(false)) {
            state.step = step_after(state, SetupStep::plan);
        } else if (answer == "again") {
            looked_ = false;
        } else {
            state.note = "Answer 'yes', 'again' or 'back'.";
        }
    }
    std::string help() const override {
        return "This is what the first run under this configuration would write. The same code will write it "
               "later; nothing is written now.";
    }

private:
    bool looked_ = false;
    std::string plan_;
};

class WritePart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        if (writing_) {
            turn.work = SetupWork::write;
            turn.saying = "writing " + state.draft.config.file.string();
            return turn;
        }
        const std::string file = state.draft.config.file.string();
        if (state.around.file_exists) {
            turn.question = file + " exists; the old one is kept beside it. Replace it ('yes', 'no', 'show')";
        } else {
            turn.question = "Write " + file + " ('yes', 'no', 'show')";
            turn.proposed = "yes";
        }
        return turn;
    }
    void worked(SetupState& state, const WorkDone& done) override {
        writing_ = false;
        state.note = done.said;
        if (!done.ok) return;
        state.step = step_after(state, SetupStep::write);
        if (way_of(state) != StartBy::hand) return;
        state.note += "\n" + how_to_start(state.draft.config, state.around);
        state.step = SetupStep::done;
    }
    void take(SetupState& state, const std::string& answer) override {
        std::vector<config::Problem> problems;
        if (answer == "show") {
            state.note = configuration_text(state.draft, problems);
            return;
        }
        const auto yes = yes_or_no(answer);
        if (!yes || !*yes) {
            state.note = yes ? "Nothing was written. 'back' changes answers, 'leave' ends."
                             : "Answer yes, no or show.";
            return;
        }
        configuration_text(state.draft, problems);
        for (const auto& problem : problems)
            state.note += (state.note.empty() ? "" : "\n") + problem.path + ": " + problem.message;
        writing_ = problems.empty();
    }
    std::string help() const override {
        return "A commented YAML file that you can edit by hand from now on. It has to pass 'dirsyncd "
               "--check-config' before it replaces another file. The old file is kept; its comments are not "
               "copied.";
    }

private:
    static StartBy way_of(const SetupState& state) {
        return start_by(state.around.runs_by_this_file, state.around.is_usual_file, state.around.service);
    }

    bool writing_ = false;
};

class StartPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        if (starting_) {
            turn.work = SetupWork::start;
            turn.saying = "putting it into force";
            return turn;
        }
        turn.question =
            state.around.runs_by_this_file
                ? "The daemon uses this file. Reload it now"
                : "Start the service now and whenever the host starts (systemctl enable --now dirsyncd)";
        turn.proposed = "yes";
        return turn;
    }
    void worked(SetupState& state, const WorkDone& done) override {
        starting_ = false;
        state.note = done.said;
        if (done.ok) state.step = SetupStep::done;
    }
    void take(SetupState& state, const std::string& answer) override {
        const auto yes = yes_or_no(answer);
        if (!yes) {
            state.note = "Answer yes or no.";
        } else if (*yes) {
            starting_ = true;
        } else {
            state.note = how_to_start(state.draft.config, state.around);
            state.step = SetupStep::done;
        }
    }
    std::string help() const override {
        return "The first cycle begins at once. 'dirsyncctl status' shows how it went. A change of the "
               "identity source still waits for the word ACCEPT.";
    }

private:
    bool starting_ = false;
};

}  // namespace

std::unique_ptr<SetupPart> store_part() { return std::make_unique<StorePart>(); }
std::unique_ptr<SetupPart> plan_part() { return std::make_unique<PlanPart>(); }
std::unique_ptr<SetupPart> write_part() { return std::make_unique<WritePart>(); }
std::unique_ptr<SetupPart> start_part() { return std::make_unique<StartPart>(); }

}  // namespace dirsync::ctl
