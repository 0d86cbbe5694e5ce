#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "core/task.hpp"
#include "engine/engine.hpp"
#include "engine/store/store_client.hpp"
#include "ldap/source.hpp"

namespace dirsync::daemon {

class WatchedSource;

/// The engine that works by the configuration in force, and the directory it reads. A reload may put others
/// in their place. Loop thread.
class RunningEngine {
public:
    using SourceMaker = std::function<std::unique_ptr<sync::DirectorySource>(
        boost::asio::any_io_executor, const config::Config&, std::shared_ptr<ldap::BindBudget>)>;
    /// All of them outlive this object.
    struct Parts {
        boost::asio::any_io_executor executor;
        sync::StoreClient& store;
        SourceMaker make_source;
        std::shared_ptr<ldap::BindBudget> binds;
    };
    RunningEngine(Parts parts, const config::Config& config);
    ~RunningEngine();

    /// Keep a copy over a `co_await`: `rebuild` may put another one in its place meanwhile.
    const std::shared_ptr<sync::Engine>& engine() const noexcept { return engine_; }
    const std::shared_ptr<WatchedSource>& source() const noexcept { return source_; }
    const sync::EngineStatus& status() const noexcept { return engine_->status(); }

    /// Cuts off the source and makes both anew; `start` has to follow. Between cycles.
    void rebuild(const config::Config& config);
    /// Loads the state, with the settings that the engine was told to use. No cycle may run before it
    /// succeeded.
    Task<Result<void>> start();
    /// The same, unless it was done.
    Task<Result<void>> ensure_started();
    bool is_started() const noexcept { return is_started_; }
    /// Why the last `start` failed; nullopt: it did not.
    const std::optional<Error>& error() const noexcept { return error_; }

    /// Cuts off what is read, for good. A cycle that breaks off then is no failure.
    void end() noexcept;
    /// Entries that the directory sent since this object was made.
    std::uint64_t objects_read() const noexcept { return objects_read_; }

private:
    std::shared_ptr<WatchedSource> make_source(const config::Config& config);
    std::shared_ptr<sync::Engine> make_engine(const config::Config& config);

    Parts parts_;
    std::uint64_t objects_read_ = 0;
    std::shared_ptr<WatchedSource> source_;
    std::shared_ptr<sync::Engine> engine_;
    std::optional<Error> error_;
    bool is_started_ = false;
    bool is_ended_ = false;
};

}  // namespace dirsync::daemon
