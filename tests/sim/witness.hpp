#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/engine.hpp"
#include "tests/sim/choice.hpp"
#include "tests/sim/forest_source.hpp"
#include "tests/sim/journal_replay.hpp"
#include "tests/sim/model.hpp"

namespace dirsync::sim {

/// A broken rule, in words; nullopt: all is well.
using Verdict = std::optional<std::string>;

/// Looks at what each cycle wrote and asks for the proof of it. Knows the whole forest, with what the account
/// may not see; the engine knows what it was told.
class Witness {
public:
    struct Scene {
        const Forest& forest;
        const ForestSource& source;
        const Choice& choice;
        sync::IdentityStore& store;
    };
    explicit Witness(Scene scene) : scene_(scene) {}

    struct Cycle {
        const sync::CycleReport& report;
        bool directory_failed = false;  ///< a call of the directory was struck, or no server was there
        bool store_failed = false;
        Time now{};
    };
    /// After each cycle: takes the new lines of the journal in and judges them.
    Verdict judge(const Cycle& cycle);
    /// After each revert.
    Verdict judge_revert(bool wrote);
    /// The lines of the last cycle that was judged.
    const std::vector<JournalLine>& lines() const { return lines_; }
    const ReplayedStore& replayed() const { return replay_.store(); }

    void approved(const sync::Hold& hold);
    /// The directory was denied something or tampered with: until the next whole read with all rights, what
    /// the engine was told need not be what there is.
    void distrust() { trusted_ = false; }
    void clock_was_set_back() { passed_.clear(); }

private:
    Verdict judge_line(const JournalLine& line, const Cycle& cycle);
    Verdict judge_removal(const ObjectGuid& guid, const Row& row, const JournalLine& line,
                          const Cycle& cycle);
    Verdict judge_update(const ObjectGuid& guid, const Row& row, const JournalLine& line, const Cycle& cycle);
    Verdict judge_lost_membership(const JournalLine& line);
    void note_domains();
    bool is_configured(std::size_t domain) const;
    /// By a clock of the user or of a group that is out of the scope.
    bool a_clock_ran_out(const Row& user) const;
    Verdict judge_ids(const JournalLine& line);
    Verdict judge_pause(const Cycle& cycle);
    Verdict judge_guards();
    Verdict take_lines_in();
    Verdict judge_holds(const sync::CycleReport& report);
    Verdict judge_pins(const Pins& before, const Pins& after) const;
    Verdict judge_leavers(const Model& model, const sync::CycleReport& report) const;

    bool notes_a_commit();  ///< true when the store's cursor has moved since the last look
    void note_what_was_seen(const Cycle& cycle);
    void note_who_is_missed(Time now);
    void learn();
    bool counts_as_deleted(const ObjectGuid& guid) const;
    bool sees_all() const;
    bool clock_ran_out(const Row& row, const Limit& limit, Time now) const;
    bool is_approved(sync::HoldClass hold, const ObjectGuid& first, const ObjectGuid& second = {}) const;
    Views served() const;
    /// The model on every mixture of what the DCs have, and on what could be known.
    const std::vector<std::unique_ptr<Model>>& possible();
    Pins stored_pins() const;

    Scene scene_;
    JournalReplay replay_;
    std::vector<JournalLine> lines_;
    std::map<std::size_t, Replica> known_;          ///< by domain, were the engine perfect
    std::map<std::size_t, Replica> known_without_;  ///< those who count as deleted
    std::map<std::size_t, Replica> known_rowless_;  ///< the same, but with those who keep their row
    std::set<std::size_t> domains_;  ///< configured in the last cycle
    /// (group, user) by id: memberships from before a domain was taken out (semantics 5.17)
    std::set<std::pair<std::string, std::string>> crossing_;
    std::set<ObjectGuid> given_up_;
    Pins pins_;
    Time judged_at_{};
    std::vector<std::unique_ptr<Model>> possible_;
    std::map<ObjectGuid, std::string> ids_;
    std::map<std::pair<sync::HoldClass, std::vector<sync::HeldObject>>, std::string> hold_ids_;
    std::map<sync::HoldClass, std::set<sync::HeldObject>> approved_;
    /// What went through of a class, or of one group's members, and when.
    std::map<std::pair<sync::HoldClass, ObjectGuid>, std::vector<std::pair<Time, std::uint64_t>>> passed_;
    std::set<ObjectGuid> proved_deleted_;        ///< a tombstone could be seen
    std::map<ObjectGuid, Time> missed_since_;    ///< the earliest time of a read that succeeded without it
    std::map<std::size_t, std::uint64_t> told_;  ///< by domain: how far the engine was told
    std::uint64_t generation_ = 0;               ///< of the store, at the last look
    bool trusted_ = false;
};

/// The store, compared with the model: rows, memberships, who is out and why. `crossing`: memberships (group,
/// user) by id that may stay until the user's clock has run out. A string names a difference.
Verdict difference(const Model& model, const ReplayedStore& store, const std::vector<Row>& errors,
                   const Choice& choice, const std::set<std::pair<std::string, std::string>>& crossing,
                   Time now);

}  // namespace dirsync::sim
