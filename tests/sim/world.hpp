#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "engine/engine.hpp"
#include "engine/store/store_client.hpp"
#include "tests/sim/choice.hpp"
#include "tests/sim/forest/forest_source.hpp"
#include "tests/sim/step.hpp"
#include "tests/sim/witness.hpp"
#include "tests/support/faulty_calls.hpp"
#include "tests/support/faulty_directory.hpp"
#include "tests/support/faulty_store.hpp"

namespace dirsync::sim {

/// A forest, an admin, a store and the real engine between them, on a clock of their own.
class World {
public:
    /// Makes a backup of the store; the function that it gives puts the store back to that, under any engine
    /// that has it open.
    using BackUp = std::function<std::function<void()>()>;
    World(const Setup& setup, std::unique_ptr<sync::IdentityStore> store, BackUp back_up = {});
    ~World();

    /// A verdict names the rule that was broken.
    Verdict apply(const Step& step);
    /// Everything works again, every right is back and every hold approved: after a full cycle the store is
    /// what the rules make of the forest, and nothing is left to do.
    Verdict finish();

    std::uint64_t cycles() const { return cycles_; }
    std::uint64_t reads_of_changes() const { return source_.change_reads(); }
    testing::FaultyCalls& faults() { return faults_; }
    /// One cycle, judged; `faults()` strike it.
    Verdict cycle(bool full = false);
    sync::IdentityStore& store() { return *store_; }
    const ReplayedStore& replayed() const { return witness_->replayed(); }

private:
    Result<void> start();
    void note_state();
    sync::CycleReport run(const sync::CycleRequest& request);
    Verdict planned_cycle();
    Verdict idle_cycle(bool after_news = false);
    std::vector<const Dc*> serving() const;
    Witness::Cycle in_time(const sync::CycleReport& report) const;
    Verdict judge(const sync::CycleReport& report);
    void restart() { engine_.reset(); }
    Time host_now() const { return now_ + host_error_; }
    bool some_domain_is_down() const;
    bool some_domain_lags() const;

    // True: the step was one of these.
    bool change_directory(const Step& step);
    bool change_population(const Step& step);
    bool change_links(const Step& step);
    bool change_names(const Step& step);
    bool change_user(const Step& step);
    bool change_rights(const Step& step);
    bool change_machines(const Step& step);
    bool change_admin(const Step& step);
    bool change_scope(const Step& step);
    bool change_settings(const Step& step);
    bool change_clocks(const Step& step);
    bool change_lists(const Step& step);
    bool change_list_rights(const Step& step);
    bool change_stores(const Step& step);
    bool change_source(const Step& step);
    void name_source(sync::SourceKind kind, const std::string& issuer);
    sync::SourceConsent consent_to_change();
    Verdict accept_source(const Step& step);
    bool is_source_settled();
    Verdict edit_directory(const Step& step);
    void end_with_the_forest();
    void restart_all();
    void note_source();
    Verdict second_cycle();
    void crowd(const Step& step);
    ObjectPtr newest_user() const;
    void deny_attribute(const ObjectPtr& user, const Step& step);
    void deny_status(const ObjectPtr& user, const Step& step);
    void scope_typo(const Step& step);
    void pause();
    void put_store_back();
    Verdict run_cycles(const Step& step);
    Verdict revert(const Step& step);
    Verdict faulty_plan(const Step& step);
    Verdict plan(const sync::CycleRequest& request, sync::CycleReport& report);

    ObjectPtr pick(sync::EntryKind kind, std::uint32_t number) const;
    ObjectPtr pick_member(const Step& step) const;
    std::string free_name(std::size_t domain, const char* prefix, std::uint32_t number) const;
    ObjectGuid pick_container(std::size_t domain, std::uint32_t number) const;
    void add(sync::EntryKind kind, const Step& step);
    void move(const Step& step);
    void list(sync::ScopeList list, const Step& step);
    void configure_domains(const Step& step);
    void approve(const Step& step);
    void pass(Duration duration);

    Forest forest_;
    Choice choice_;
    std::unique_ptr<sync::IdentityStore> store_;
    ForestSource source_;
    testing::FaultyCalls faults_;
    testing::FaultyDirectory directory_;
    boost::asio::io_context loop_{1};
    sync::StoreClient client_;
    std::unique_ptr<sync::Engine> engine_;
    std::unique_ptr<sync::Engine> other_engine_;  // of another process on the same store
    std::uint64_t process_ = 0;                   // which the engine is
    std::uint64_t other_process_ = 0;
    std::uint64_t processes_ = 0;
    std::map<std::uint64_t, sync::StateStamp> loaded_;  // by process: the store that its memory stands for
    std::unique_ptr<Witness> witness_;
    BackUp back_up_;
    /// A copy of the store, with what was known when it was taken.
    struct StoreCopy {
        std::function<void()> put_back;
        Witness witness;
        ForestSource::Reach reach;
    };
    std::optional<StoreCopy> copy_;
    Time now_ = Time(Duration(1'800'000'000));
    Duration steady_{};      // as long as the world has lasted, whatever its clocks were set to
    Duration host_error_{};  // of the clock that the engine reads
    std::vector<std::string> to_approve_;
    std::optional<sync::SourceConsent> given_consent_;  // with the next cycle
    std::optional<sync::SourceConsent> consent_;        // that was given with the last one
    std::uint64_t reads_ = 0;                           // of the directory, before the last cycle
    sync::SourceRecord stored_source_;                  // after the last cycle
    std::uint64_t cycles_ = 0;
    std::uint64_t generation_ = 0;  // of the store, after the last cycle
};

}  // namespace dirsync::sim
