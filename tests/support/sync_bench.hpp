#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "engine/engine.hpp"
#include "engine/store/store_client.hpp"
#include "tests/support/model_directory.hpp"

namespace dirsync::testing {

/// The real engine on a model directory and a store, driven cycle by cycle on a clock of the test's own.
class SyncBench {
public:
    explicit SyncBench(std::unique_ptr<sync::IdentityStore> store,
                       std::vector<std::string> domains = {"corp.example.com"});
    ~SyncBench();

    ModelDirectory directory;
    sync::SyncSettings settings;
    Time now = Time(Duration(1'800'000'000));
    Duration host_error{};       ///< of the clock that the engine reads
    Duration directory_error{};  ///< of the domain controllers' clock
    /// What the engine is made with, after a `restart`.
    sync::SourceKind source_kind = sync::SourceKind::active_directory;
    std::string issuer;
    std::optional<sync::SourceConsent> consent;

    /// Takes `settings` over, starts the engine when it is not running, and runs one cycle.
    sync::CycleReport cycle(bool full = false, std::vector<std::string> approve = {});
    sync::CycleReport dry_run(bool full = false);
    Result<sync::RevertReport> revert(const std::string& run_id, bool dry_run = false);
    /// The id of the latest line of v1_runs.
    std::string last_run_id();
    sync::CycleReport run(sync::CycleRequest request);
    sync::Explanation explain(const std::string& name);
    /// Throws the engine away, as a restart does; the next cycle loads from the store.
    void restart();
    sync::IdentityStore& store() { return store_.store(); }
    const sync::EngineStatus& status() const { return engine_->status(); }

    /// user_name -> view row of v1_users as column -> text.
    using Row = std::map<std::string, std::string>;
    std::map<std::string, Row> users();
    std::map<std::string, Row> groups();
    /// (group display name, user name)
    std::set<std::pair<std::string, std::string>> memberships();
    std::vector<Row> rows(const std::string& view, const std::string& order_by = "");

private:
    sync::StoreClient store_;
    boost::asio::io_context loop_{1};
    std::unique_ptr<sync::Engine> engine_;
};

/// A scope name, parsed; the test fails when it is none.
sync::ScopeName scope_name(const std::string& text);

}  // namespace dirsync::testing
