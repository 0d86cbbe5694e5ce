#include <algorithm>

#include <fmt/format.h>

#include "api/messages/surveys.hpp"
#include "core/text.hpp"
#include "ctl/setup/setup_dialogue.hpp"
#include "ctl/text/check_format.hpp"
#include "ctl/text/shown.hpp"

// The checks, further domains, and the mapping on real users.
namespace dirsync::ctl {
namespace {

class CheckPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        if (!looked_) {
            turn.work = SetupWork::check;
            turn.saying = "trying servers, login and rights";
            return turn;
        }
        turn.text = checks_.empty() ? "The checks could not be made: " + why_
                                    : checks_text(checks_, state.around.width);
        while (turn.text.ends_with('\n')) turn.text.pop_back();
        turn.question =
            is_good() ? "Go on ('yes', 'again', or 'change' the answers)"
                      : "Something failed: 'again', 'change' the answers, or go on all the same ('yes')";
        turn.proposed = is_good() ? "yes" : "again";
        return turn;
    }
    void worked(SetupState&, const WorkDone& done) override {
        looked_ = true;
        why_ = done.said;
        checks_ = done.ok ? checks_of(done.json) : std::vector<Check>();
        // The scope is asked for later and is empty until then.
        std::erase_if(checks_,
                      [](const Check& check) { return check.name == "scope" && check.subject.empty(); });
    }
    void take(SetupState& state, const std::string& answer) override {
        if (yes_or_no(answer).value_or(false)) {
            state.step = step_after(state, SetupStep::check);
        } else if (answer == "again") {
            looked_ = false;
        } else if (answer == "change") {
            state.step = SetupStep::login;
        } else {
            state.note = "Answer 'yes', 'again' or 'change'.";
        }
    }
    std::string help() const override {
        return "Answer 'again' after you mended something elsewhere, such as a right or a password file. "
               "'change' asks for login, servers and certificates again. 'dirsyncctl doctor' makes the same "
               "checks later.";
    }

private:
    bool is_good() const { return !checks_.empty() && exit_code_of(checks_) == 0; }

    bool looked_ = false;
    std::vector<Check> checks_;
    std::string why_;
};

class AnotherPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        turn.question = "Is there another domain to sync from";
        turn.proposed = state.domain + 1 < state.draft.config.domains.size() ? "yes" : "no";
        return turn;
    }
    void take(SetupState& state, const std::string& answer) override {
        const auto yes = yes_or_no(answer);
        if (!yes) {
            state.note = "Answer yes or no.";
        } else if (*yes) {
            ++state.domain;
            state.step = SetupStep::domain;
        } else {
            auto& domains = state.draft.config.domains;
            if (domains.size() > state.domain + 1) domains.resize(state.domain + 1);
            state.domain = 0;
            state.step = step_after(state, SetupStep::another);
        }
    }
    std::string help() const override {
        return "Group members from another configured domain are synced, too.";
    }
};

/// `a else b` as a chain of templates; the text of what is wrong with it, else empty.
std::string parse_chain(std::string_view text, sync::TemplateChain& chain) {
    constexpr std::string_view separator = " else ";
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(separator, at), text.size());
        const auto piece = text::trimmed(text.substr(at, end - at));
        if (!piece.empty()) {
            auto parsed_template = sync::Template::parse(piece);
            if (!parsed_template) return parsed_template.error().message();
            chain.push_back(std::move(*parsed_template));
        }
        at = end + (end < text.size() ? separator.size() : 1);
    }
    return {};
}

class MappingPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        if (!looked_) {
            turn.work = SetupWork::sample;
            turn.argument = whom_;
            turn.saying = "reading three users";
            return turn;
        }
        turn.text = table(state);
        turn.question = "Keep this, or TARGET = TEMPLATE [else TEMPLATE], 'show USER'";
        turn.proposed = "keep";
        return turn;
    }
    void worked(SetupState& state, const WorkDone& done) override {
        looked_ = true;
        why_ = done.said;
        auto answer = done.ok ? messages::read_answer<messages::Sample>(done.json) : std::nullopt;
        users_ = answer ? std::move(answer->users) : std::vector<messages::MappedUser>();
        const bool is_empty = std::all_of(users_.begin(), users_.end(), [this](const auto& user) {
            return value_of(user, changed_).empty();
        });
        if (!changed_.empty() && !users_.empty() && is_empty) {
            state.note =
                fmt::format("None of these users has a value for {} now. Is its template right?", changed_);
        }
        changed_.clear();
    }
    void take(SetupState& state, const std::string& answer) override {
        if (answer == "keep") {
            state.step = step_after(state, SetupStep::mapping);
            return;
        }
        if (answer == "show" || answer.starts_with("show ")) {
            whom_ = std::string(text::trimmed(answer.substr(4)));
            looked_ = false;
            return;
        }
        const auto equals = answer.find('=');
        if (equals == std::string::npos) {
            state.note =
                "Write, for example,  email = ${proxyAddresses:SMTP} else ${mail}   or   department = "
                "${department}\n'keep' goes on.";
            return;
        }
        change(state, std::string(text::trimmed(answer.substr(0, equals))),
               text::trimmed(std::string_view(answer).substr(equals + 1)));
    }
    std::string help() const override {
        return "Each line is an attribute of the user in the store, with the values that these users would "
               "have there. A template is text with ${attribute} in it. Of several templates, separated by "
               "'else', the first that yields text wins. Text outside of ${} is taken as it is, quotes "
               "included: write else none, not else 'none'. "
               "TARGET = with nothing after it leaves a target empty, or drops one of your own. "
               "'show' picks other users, 'show alice@corp.example.com' shows her.";
    }

private:
    static std::string value_of(const messages::MappedUser& user, const std::string& target) {
        for (const auto& [name, attribute] : user.attributes) {
            if (name == target) return shown(attribute.value);
        }
        return {};
    }
    static std::string name_of(const messages::MappedUser& user) {
        return shown(user.name) + (user.disabled ? " (disabled)" : "");
    }
    static std::string chain_of(const sync::TargetMapping& target) {
        std::string chain;
        for (const auto& part : target.chain) chain += (chain.empty() ? "" : " else ") + part.source();
        return chain.empty() ? "<- nothing" : "<- " + chain;
    }

    /// Users side by side.
    std::vector<Row> rows_of(const SetupState& state) const {
        std::vector<Row> rows{{""}};
        for (const auto& user : users_) rows[0].push_back(name_of(user));
        for (const auto& target : state.draft.config.sync.mapping.user) {
            Row row{target.target};
            for (const auto& user : users_) row.push_back(text_or_dash(value_of(user, target.target)));
            row.push_back(chain_of(target));
            rows.push_back(std::move(row));
        }
        return rows;
    }
    static std::string text_or_dash(const std::string& value) { return value.empty() ? "-" : value; }

    std::string table(const SetupState& state) const {
        if (users_.empty())
            return why_.empty() ? "There are no users to show." : "There are no users to show: " + why_;
        const Width width = state.around.width;
        std::string text = aligned(rows_of(state));
        if (width.cells != 0 && widest_line(text) > width.cells) {
            // Where three columns do not fit, one below the other.
            text.clear();
            for (const auto& user : users_) {
                std::vector<Row> rows;
                for (const auto& target : state.draft.config.sync.mapping.user) {
                    rows.push_back({"  " + target.target, text_or_dash(value_of(user, target.target)),
                                    chain_of(target)});
                }
                text += fmt::format("{}\n{}", name_of(user), aligned(rows, width));
            }
        }
        while (text.ends_with('\n')) text.pop_back();
        return text;
    }

    static std::size_t widest_line(std::string_view text) {
        std::size_t widest = 0;
        while (!text.empty()) {
            const auto end = std::min(text.find('\n'), text.size());
            widest = std::max(widest, cells(text.substr(0, end)));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return widest;
    }

    void change(SetupState& state, const std::string& target, std::string_view chain_text) {
        sync::TemplateChain chain;
        if (auto wrong = parse_chain(chain_text, chain); !wrong.empty()) {
            state.note = wrong;
            return;
        }
        Draft changed = state.draft;
        auto& targets = changed.config.sync.mapping.user;
        const auto known = std::find_if(targets.begin(), targets.end(),
                                        [&](const sync::TargetMapping& one) { return one.target == target; });
        if (known == targets.end()) {
            targets.push_back({target, std::move(chain)});
        } else if (chain.empty() && static_cast<std::size_t>(known - targets.begin()) >=
                                        sync::Mapping::defaults().user.size()) {
            targets.erase(known);
        } else {
            known->chain = std::move(chain);
        }
        // The rules for targets are the reader's.
        const auto checked = config::load_text(config::redacted_dump(changed.config), "setup");
        for (const auto& problem : checked.problems) {
            if (!problem.path.starts_with("attribute_mappings")) continue;
            state.note = target + ": " + problem.message;
            return;
        }
        state.draft = std::move(changed);
        changed_ = chain_text.empty() ? "" : target;
        looked_ = false;
    }

    bool looked_ = false;
    std::string whom_;
    std::string why_;
    std::string changed_;  // a target whose template is new
    std::vector<messages::MappedUser> users_;
};

}  // namespace

std::unique_ptr<SetupPart> check_part() { return std::make_unique<CheckPart>(); }
std::unique_ptr<SetupPart> another_part() { return std::make_unique<AnotherPart>(); }
std::unique_ptr<SetupPart> mapping_part() { return std::make_unique<MappingPart>(); }

}  // namespace dirsync::ctl
