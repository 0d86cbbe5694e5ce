#include "ctl/setup/setup_dialogue.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace dirsync::ctl {
namespace {

constexpr std::array<std::string_view, 14> part_names{"source", "domain",  "login",   "servers", "trust",
                                                      "check",  "another", "mapping", "scope",   "store",
                                                      "plan",   "write",   "start",   "done"};

bool applies(const SetupState& state, SetupStep step) {
    switch (step) {
        case SetupStep::domain:
        case SetupStep::login:
        case SetupStep::servers:
        case SetupStep::check:
        case SetupStep::another:
        case SetupStep::mapping:
        case SetupStep::scope:
            return !state.is_directory();
        case SetupStep::trust:
            return !state.is_directory() && uses_tls(state.current());
        case SetupStep::source:
        case SetupStep::store:
        case SetupStep::plan:
        case SetupStep::write:
        case SetupStep::start:
        case SetupStep::done:
            break;
    }
    return true;
}

std::unique_ptr<SetupPart> part_of(SetupStep step) {
    switch (step) {
        case SetupStep::source:
            return source_part();
        case SetupStep::domain:
            return domain_part();
        case SetupStep::login:
            return login_part();
        case SetupStep::servers:
            return servers_part();
        case SetupStep::trust:
            return trust_part();
        case SetupStep::check:
            return check_part();
        case SetupStep::another:
            return another_part();
        case SetupStep::mapping:
            return mapping_part();
        case SetupStep::scope:
            return scope_part();
        case SetupStep::store:
            return store_part();
        case SetupStep::plan:
            return plan_part();
        case SetupStep::write:
            return write_part();
        case SetupStep::start:
            return start_part();
        case SetupStep::done:
            break;
    }
    return nullptr;
}

bool is_complete(const config::DomainConfig& domain) {
    const auto& bind = domain.bind;
    if (domain.name.empty()) return false;
    switch (bind.method) {
        case config::BindMethod::gssapi:
            return !bind.principal.empty() && !bind.keytab_file.empty();
        case config::BindMethod::simple:
            return !bind.dn.empty() && (!bind.password_file.empty() || !bind.password_credential.empty());
        case config::BindMethod::external:
            break;
    }
    return !bind.certificate_file.empty() && !bind.key_file.empty();
}

/// A step may only be taken up when what it builds on is there.
SetupStep reachable(const SetupState& state, SetupStep wanted) {
    if (state.is_directory() || wanted <= SetupStep::domain) return wanted;
    for (const auto& domain : state.draft.config.domains) {
        if (domain.name.empty()) return SetupStep::domain;
        if (!is_complete(domain)) return std::min(wanted, SetupStep::login);
    }
    return state.draft.config.domains.empty() ? SetupStep::domain : wanted;
}

}  // namespace

std::string_view name_of(SetupStep step) noexcept { return part_names[static_cast<std::size_t>(step)]; }

std::optional<SetupStep> step_named(std::string_view name) noexcept {
    const auto found = std::find(part_names.begin(), part_names.end(), name);
    if (found == part_names.end()) return std::nullopt;
    return static_cast<SetupStep>(found - part_names.begin());
}

config::DomainConfig& SetupState::current() {
    auto& domains = draft.config.domains;
    if (domains.size() <= domain) domains.resize(domain + 1);
    return domains[domain];
}

const config::DomainConfig& SetupState::current() const {
    static const config::DomainConfig none;
    return domain < draft.config.domains.size() ? draft.config.domains[domain] : none;
}

SetupStep step_after(const SetupState& state, SetupStep step) {
    while (step != SetupStep::done) {
        step = static_cast<SetupStep>(static_cast<int>(step) + 1);
        if (applies(state, step)) break;
    }
    return step;
}

SetupStep step_before(const SetupState& state, SetupStep step) {
    while (step != SetupStep::source) {
        step = static_cast<SetupStep>(static_cast<int>(step) - 1);
        if (applies(state, step)) break;
    }
    return step;
}

bool is_farewell(std::string_view answer) {
    return answer == "leave" || answer == "quit" || answer == "exit";
}

std::optional<bool> yes_or_no(std::string_view answer) {
    const std::string word = text::lower(answer);
    if (word == "y" || word == "yes") return true;
    if (word == "n" || word == "no") return false;
    return std::nullopt;
}

bool uses_tls(const config::DomainConfig& domain) {
    if (domain.tls.start_tls || domain.bind.method != config::BindMethod::gssapi) return true;
    return std::any_of(domain.servers.begin(), domain.servers.end(),
                       [](const std::string& server) { return server.starts_with("ldaps://"); });
}

SetupDialogue::SetupDialogue(Draft draft, Surroundings around) {
    state_.draft = std::move(draft);
    state_.around = std::move(around);
    const auto wanted = step_named(state_.draft.step).value_or(SetupStep::source);
    auto& domains = state_.draft.config.domains;
    const auto unfinished =
        std::find_if(domains.begin(), domains.end(), [](const auto& domain) { return !is_complete(domain); });
    if (unfinished != domains.end()) state_.domain = static_cast<std::size_t>(unfinished - domains.begin());
    enter(wanted == SetupStep::done ? SetupStep::source : reachable(state_, wanted));
}

void SetupDialogue::enter(SetupStep step) {
    state_.step = entered_ = step;
    on_screen_.clear();
    part_ = part_of(step);
}

/// Brings the part of the step that the last answer led to.
void SetupDialogue::settle() {
    if (state_.step != entered_) enter(state_.step);
}

Turn SetupDialogue::turn() {
    Turn turn;
    if (part_ && !state_.left) turn = part_->turn(state_);
    if (turn.work != SetupWork::none) return turn;
    // After a wrong answer only what is wrong is said: the rest stands above it.
    const bool is_repeated = !state_.note.empty() && turn.text == on_screen_;
    on_screen_ = turn.text;
    if (is_repeated) turn.text.clear();
    if (!state_.note.empty()) {
        turn.text = turn.text.empty() ? state_.note : state_.note + "\n" + turn.text;
        state_.note.clear();
    }
    return turn;
}

void SetupDialogue::answer(std::string_view text) {
    const std::string answer(text::trimmed(text));
    if (answer == "?") {
        state_.note =
            part_->help() + "\n'back' goes to the step before, 'leave' ends: what was answered is kept.";
        return;
    }
    if (is_farewell(answer)) {
        state_.left = true;
        return;
    }
    if (answer == "back") {
        enter(step_before(state_, state_.step));
        return;
    }
    part_->take(state_, answer);
    settle();
}

void SetupDialogue::worked(const WorkDone& done) {
    part_->worked(state_, done);
    settle();
}

const Draft& SetupDialogue::draft() {
    state_.draft.step = name_of(state_.step);
    return state_.draft;
}

}  // namespace dirsync::ctl
