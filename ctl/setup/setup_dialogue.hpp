#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/scope_file.hpp"
#include "ctl/service.hpp"
#include "ctl/setup/setup_draft.hpp"
#include "ctl/text/layout.hpp"

namespace dirsync::ctl {

enum class SetupStep : std::uint8_t {
    source,
    domain,
    login,
    servers,
    trust,
    check,
    another,
    mapping,
    scope,
    store,
    plan,
    write,
    start,
    done,
};
std::string_view name_of(SetupStep step) noexcept;
/// nullopt: no step has that name.
std::optional<SetupStep> step_named(std::string_view name) noexcept;

/// Work that the owner of the dialogue has to do before it goes on.
enum class SetupWork : std::uint8_t { none, locate, check, sample, search, plan, write, start };

/// What is due: something to be said, and then an answer or a piece of work.
struct Turn {
    std::string text;      ///< lines to be shown first; may be empty
    std::string question;  ///< empty: work is due, or it is the end
    std::string proposed;  ///< what an empty answer means; empty: nothing
    SetupWork work = SetupWork::none;
    std::string argument;  ///< of the work: what to search for, whom to show
    std::string saying;    ///< of the work: what is being done
};

/// What became of a piece of work.
struct WorkDone {
    bool ok = false;
    std::string said;  ///< when not: why, for a person
    std::string json;  ///< when it is an answer of the control API: its body
};

/// What there is around the draft; does not change while the dialogue runs.
struct Surroundings {
    bool file_exists = false;               ///< that of the draft's configuration
    std::string host_domain;                ///< DNS domain of this host, to be proposed
    std::vector<ScopeEntry> other_entries;  ///< of the scope, in scope.d: they stay
    ServiceState service;
    bool is_usual_file = false;      ///< the one that the service reads
    bool daemon_runs = false;        ///< one that uses the draft's socket
    bool runs_by_this_file = false;  ///< and by the draft's file
    std::string source_label;        ///< its identity source, as `source show` prints it
    std::string source_type;         ///< active_directory, directory, ...
    std::vector<std::string> source_domains;
    std::uint64_t users = 0;  ///< in its store
    std::uint64_t groups = 0;
    std::uint64_t memberships = 0;
    std::uint64_t assignments = 0;
    Width width;  ///< of the terminal
};

struct SetupState {
    Draft draft;
    Surroundings around;
    SetupStep step = SetupStep::source;
    std::size_t domain = 0;  ///< the one that is being asked about
    std::string note;        ///< said once, before the next question
    bool left = false;

    config::DomainConfig& current();
    const config::DomainConfig& current() const;
    bool is_directory() const { return draft.config.source == sync::SourceKind::directory; }
};

/// One step of the dialogue. Decides from what it is told, and does nothing itself.
class SetupPart {
public:
    virtual ~SetupPart() = default;
    virtual Turn turn(const SetupState& state) const = 0;
    /// An answer to the question of `turn`, without blanks around it. A wrong one leaves a note.
    virtual void take(SetupState& state, const std::string& answer) = 0;
    /// The work that `turn` asked for is done.
    virtual void worked(SetupState&, const WorkDone&) {}
    /// What this step is about, for `?`.
    virtual std::string help() const = 0;
};

/// The dialogue: question, answer, next question. A value machine: no terminal, no file, no network. `back`,
/// `leave` and `?` are understood at every question.
class SetupDialogue {
public:
    /// Goes on at `draft.step`, as far as the answers before it are there.
    SetupDialogue(Draft draft, Surroundings around);

    /// What is due now; after `is_over` the last words.
    Turn turn();
    void answer(std::string_view text);
    void worked(const WorkDone& done);
    /// Done, or left.
    bool is_over() const noexcept { return state_.left || state_.step == SetupStep::done; }
    bool is_left() const noexcept { return state_.left; }
    /// With the step at which to go on.
    const Draft& draft();

private:
    void settle();
    void enter(SetupStep step);

    SetupState state_;
    std::unique_ptr<SetupPart> part_;
    SetupStep entered_ = SetupStep::source;
    std::string on_screen_;  ///< what the last question stood below
};

/// The step after and before another one. Steps that do not apply are passed over.
SetupStep step_after(const SetupState& state, SetupStep step);
SetupStep step_before(const SetupState& state, SetupStep step);

/// `leave`, `quit`, `exit`: the answer that ends the dialogue.
bool is_farewell(std::string_view answer);
/// `y`, `yes` / `n`, `no`; nullopt: neither.
std::optional<bool> yes_or_no(std::string_view answer);

std::unique_ptr<SetupPart> source_part();
std::unique_ptr<SetupPart> domain_part();
std::unique_ptr<SetupPart> login_part();
std::unique_ptr<SetupPart> servers_part();
std::unique_ptr<SetupPart> trust_part();
std::unique_ptr<SetupPart> check_part();
std::unique_ptr<SetupPart> another_part();
std::unique_ptr<SetupPart> mapping_part();
std::unique_ptr<SetupPart> scope_part();
std::unique_ptr<SetupPart> store_part();
std::unique_ptr<SetupPart> plan_part();
std::unique_ptr<SetupPart> write_part();
std::unique_ptr<SetupPart> start_part();

/// True when the connection to the current domain is encrypted by TLS, or would be.
bool uses_tls(const config::DomainConfig& domain);

}  // namespace dirsync::ctl
