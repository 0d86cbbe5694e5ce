#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "tests/sim/choice.hpp"
#include "tests/sim/forest/forest_source.hpp"
#include "tests/sim/journal_replay.hpp"
#include "tests/sim/model.hpp"

namespace dirsync::sim {

/// A broken rule, in words; nullopt: all is well.
using Verdict = std::optional<std::string>;

/// What is known of a store and of the source that fills it.
class Knowledge {
protected:
    sync::SourceRecord source_;  ///< of the store, after the last cycle
    bool reads_source_ = true;   ///< the cycle that is judged goes on to read Active Directory
    std::optional<sync::SourcePair> used_consent_;  ///< of the configuration
    bool may_have_forgotten_consent_ = false;
    std::optional<ReplayedStore> parked_;  ///< what the built-in directory had, until it is the source again
    JournalReplay replay_;
    std::vector<JournalLine> lines_;
    std::map<std::size_t, Replica> known_;          ///< by domain, were the engine perfect
    std::map<std::size_t, Replica> known_earlier_;  ///< before a read during which a DC went on
    std::map<std::size_t, Replica> known_without_;  ///< without those that count as deleted
    std::map<std::size_t, Replica> known_rowless_;  ///< the same, but with those that keep their row
    std::set<std::size_t> domains_;                 ///< configured in the last cycle
    /// (group, user) by id: memberships from before a domain was taken out (semantics 5.17)
    std::set<std::pair<std::string, std::string>> crossing_;
    /// (group, member): into domains that are not read any more, where nobody can say that they ended
    std::set<sync::HeldObject> links_out_;
    std::set<ObjectGuid> given_up_;
    std::set<sync::HeldObject>
        lost_links_;  ///< (group, member): released by an admin, or a list shows others
    Pins pins_;
    Pins pins_before_;  ///< the cycle that is judged
    std::set<ObjectGuid> rows_before_;
    std::set<ObjectGuid> known_groups_;  ///< with a row or without, told under a name that somebody gave
    std::set<ObjectGuid> known_before_;  ///< them and all that had a row, before the cycle that is judged
    Time judged_at_{};
    std::vector<std::shared_ptr<Model>> possible_;
    bool in_doubt_ = false;  ///< the time, in this cycle
    Time latest_{};          ///< of the clocks that were asked; `judged_at_` while certain
    std::map<std::uint64_t, std::pair<Time, Duration>> agreed_;  ///< by process: host and steady clock
    struct StatusLine {
        Time at{};
        bool enabled = false;
        bool by_revert = false;
        std::uint64_t place = 0;  ///< in the journal
    };
    std::map<ObjectGuid, std::vector<StatusLine>> statuses_;  ///< as the journal tells, oldest first
    std::uint64_t next_place_ = 0;
    std::set<ObjectGuid> paused_out_;      ///< disabled by a pause that lasted too long
    std::optional<Choice> choice_before_;  ///< of the last cycle that wrote
    std::set<std::string> named_;          ///< scope entries that ever named something
    std::set<ObjectGuid> held_edits_;      ///< held by `scope_edit` after the last cycle
    std::map<std::pair<sync::HoldClass, ObjectGuid>, std::uint64_t> populations_;  ///< before the run
    std::map<ObjectGuid, std::string> ids_;
    std::map<std::pair<sync::HoldClass, std::vector<sync::HeldObject>>, std::string> hold_ids_;
    std::map<sync::HoldClass, std::set<sync::HeldObject>> held_before_;  ///< after the last cycle
    std::map<sync::HoldClass, std::set<sync::HeldObject>> approved_;
    /// What went through of a class, or of one group's members, and when.
    std::map<std::pair<sync::HoldClass, ObjectGuid>, std::vector<std::pair<Time, std::uint64_t>>> passed_;
    std::set<ObjectGuid> proved_deleted_;        ///< a tombstone could be seen
    std::map<ObjectGuid, Time> missed_since_;    ///< the earliest time of a read that succeeded without it
    std::map<std::size_t, std::uint64_t> told_;  ///< by domain: how far the engine was told
    std::uint64_t generation_ = 0;               ///< of the store, at the last look
    bool trusted_ = false;
};

/// Looks at what each cycle wrote and asks for the proof of it. Knows the whole forest, with what the account
/// may not see; the engine knows what it was told.
class Witness : Knowledge {
public:
    struct Scene {
        const Forest& forest;
        const ForestSource& source;
        const Choice& choice;
        sync::IdentityStore& store;
    };
    explicit Witness(Scene scene);

    struct Cycle {
        const sync::CycleReport& report;
        bool directory_failed = false;  ///< a call of the directory was struck, or no server was there
        bool store_failed = false;
        Time now{};  ///< by the clock of the host, when the domain controllers were asked for theirs
        std::vector<Time> servers = {};  ///< what they said; empty: none was asked
        Duration steady{};
        std::uint64_t process = 0;                        ///< which one ran the cycle
        std::optional<sync::SourceConsent> consent = {};  ///< that an admin gave with it
        std::uint64_t reads = 0;                          ///< of the directory, that the cycle began
    };
    /// After each cycle: takes the new lines of the journal in and judges them.
    Verdict judge(const Cycle& cycle);
    /// After each revert.
    Verdict judge_revert(bool wrote);
    /// After an edit by an admin in the built-in directory, or by an identity provider.
    Verdict judge_edit_of_directory();
    /// The lines of the last cycle that was judged.
    const std::vector<JournalLine>& lines() const { return lines_; }
    const ReplayedStore& replayed() const { return replay_.store(); }

    /// In two of the domains that are read, since one of them is late: nothing says which one is right.
    bool somebody_lives_twice() const;
    /// What a cycle, or a plan, was told of the time.
    void note_time(const Cycle& cycle);
    void approved(const sync::Hold& hold);
    /// The directory was denied something or tampered with: until the next whole read with all rights, what
    /// the engine was told need not be what there is.
    void distrust() { trusted_ = false; }
    void clocks_were_touched() { passed_.clear(); }
    /// What processes remember of the time, though the store was put back.
    void keep_times_of(const Witness& other) { agreed_ = other.agreed_; }
    void journal_was_pruned(Time before);

private:
    Verdict judge_line(const JournalLine& line, const Cycle& cycle);
    bool lives_twice(const JournalLine& line) const;
    Verdict judge_removal(const ObjectGuid& guid, const Row& row, const JournalLine& line,
                          const Cycle& cycle);
    Verdict judge_update(const ObjectGuid& guid, const Row& row, const JournalLine& line, const Cycle& cycle);
    Verdict judge_cause(const ObjectGuid& guid, const Row& row, const JournalLine& line);
    template <class Is>
    bool is_told(const ObjectGuid& guid, const Is& is);
    Verdict judge_lost_membership(const JournalLine& line);
    bool ends_beside_a_hidden_list(const ObjectGuid& group, const ObjectGuid& user);
    bool ends_while_read(const ObjectGuid& group, const ObjectGuid& user);
    bool a_group_dies_while_read() const;
    Verdict judge_created(const JournalLine& line);
    Verdict judge_enabled(const ObjectGuid& guid, const Row& after, const JournalLine& line);
    Verdict judge_added(const JournalLine& line);
    Verdict judge_newcomers(const Model& model) const;
    Verdict judge_edit(const ObjectGuid& guid, const JournalLine& line);
    bool is_enabled_somewhere(const ObjectGuid& guid);

    Verdict judge_source(const Cycle& cycle);
    Verdict judge_frozen(const Cycle& cycle, const sync::SourceRecord& before);
    Verdict judge_pending(const Cycle& cycle, const sync::SourceRecord& before) const;
    Verdict judge_change_of_source(const Cycle& cycle, const sync::SourceRecord& before);
    Verdict take_removal_in();
    Verdict take_parked_in();
    bool needs_consent(const sync::SourceRecord& before) const;
    /// To a change between these two; nullopt: whether the consent was used up is not known.
    std::optional<bool> is_consented(const Cycle& cycle, const sync::SourcePair& pair) const;
    void note_consent(const Cycle& cycle);
    void begin_anew();

    Verdict judge_time(const Cycle& cycle) const;
    bool is_time_certain(const Cycle& cycle) const;
    void note_status(const JournalLine& line);
    bool is_put_back(const ObjectGuid& guid);
    Verdict judge_put_back(const sync::Hold& hold);
    void note_domains();
    bool is_configured(std::size_t domain) const;
    /// By a clock of the user or of a group that is out of the scope.
    bool a_clock_ran_out(const Row& user) const;
    Verdict judge_ids(const JournalLine& line);
    Verdict judge_pause(const Cycle& cycle);
    /// What one class counts in one run, of each group or target by itself where it has a limit of its own.
    using GuardCounts = std::map<std::pair<sync::HoldClass, ObjectGuid>, std::uint64_t>;
    GuardCounts guarded_changes();
    void count_update(const JournalLine& line, const ObjectGuid& guid, GuardCounts& counts);
    void count_lost_membership(const JournalLine& line, const std::set<std::string>& removed,
                               GuardCounts& counts);
    void note_populations();
    std::uint64_t population(const std::pair<sync::HoldClass, ObjectGuid>& what) const;
    bool exceeds(std::uint64_t changes, std::uint64_t of) const;
    Verdict judge_guards();
    Verdict take_lines_in();
    Verdict judge_holds(const sync::CycleReport& report);
    Verdict judge_hold(const sync::Hold& hold, bool is_new);
    bool stays_for_want_of_time(const sync::Hold& hold) const;
    Verdict judge_absent(const sync::Hold& hold) const;
    Verdict judge_store(const Cycle& cycle);
    Verdict judge_pins(const Pins& before, const Pins& after) const;
    Verdict judge_leavers(const Model& model, const sync::CycleReport& report) const;

    bool notes_a_commit();  ///< true when the store's cursor has moved since the last look
    void note_what_was_seen(const Cycle& cycle);
    void note_who_is_missed(Time now);
    void note_tombstones(bool whole);
    void note_lost_links();
    void note_links_out();
    void note_known_groups();
    void note_choice(bool wrote);
    void learn();
    /// Where the object is alive and visible, among the DCs that are read; nullptr: nowhere.
    const Replica::Held* sight_of(const ObjectGuid& guid) const;
    /// As it was told last, of a domain that is not configured any more as well; nullptr: not known.
    const Object* known_as(const ObjectGuid& guid) const;
    /// Not nobody: told under a name that somebody gave, or with a row.
    bool was_somebody(const ObjectGuid& guid) const;
    void note_links_to_nobody(const Told& told);
    std::set<ObjectGuid> rows() const;
    std::vector<const Replica*> believable(std::size_t domain) const;
    bool has_unnamed_entry(bool excluding) const;
    bool counts_as_deleted(const ObjectGuid& guid) const;
    bool sees_all() const;
    bool clock_ran_out(const Row& row, const Limit& limit, Time now) const;
    bool is_approved(sync::HoldClass hold, const ObjectGuid& first, const ObjectGuid& second = {}) const;
    Views served() const;
    /// The same, with what was last told of domains that are not configured any more.
    Views remembered() const;
    /// The model on every mixture of what the DCs have, and on what could be known.
    const std::vector<std::shared_ptr<Model>>& possible();
    Pins stored_pins();  ///< notes which entries have named something

    Scene scene_;
};

/// What may differ from the model.
struct Excused {
    /// Memberships (group, user) by id that may stay until the user's clock has run out (semantics 5.17).
    const std::set<std::pair<std::string, std::string>>& crossing;
    /// What the directory last told of all domains, those included that are not configured any more.
    const Model* remembered = nullptr;
    std::set<ObjectGuid> rows = {};  ///< something of them is held
    std::set<sync::HeldObject> memberships = {};
};

/// The store, compared with the model: rows, memberships, who is out and why. A string names a difference.
Verdict difference(const Model& model, const ReplayedStore& store, const std::vector<Row>& errors,
                   const Choice& choice, const Excused& excused, Time now);

}  // namespace dirsync::sim
