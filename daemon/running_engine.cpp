#include "daemon/running_engine.hpp"

#include <utility>

#include "config/secrets.hpp"
#include "config/source.hpp"
#include "core/system_time.hpp"
#include "daemon/watched_source.hpp"

namespace dirsync::daemon {

RunningEngine::RunningEngine(Parts parts, const config::Config& config)
    : parts_(std::move(parts)), source_(make_source(config)), engine_(make_engine(config)) {}

RunningEngine::~RunningEngine() = default;

std::shared_ptr<WatchedSource> RunningEngine::make_source(const config::Config& config) {
    return std::make_shared<WatchedSource>(parts_.make_source(parts_.executor, config, parts_.binds),
                                           objects_read_,
                                           [config] { return config::unusable_password_file(config); });
}

std::shared_ptr<sync::Engine> RunningEngine::make_engine(const config::Config& config) {
    sync::Engine::Parts parts{*source_, parts_.store, &system_time};
    parts.steady = &steady_time;
    parts.source_kind = config.source;
    parts.consent = consent_of(config);
    parts.stopping = [this] { return is_ended_; };
    return std::make_shared<sync::Engine>(std::move(parts), config.sync);
}

void RunningEngine::rebuild(const config::Config& config) {
    source_->end();
    // The old source goes last: the old engine refers to it.
    const auto old = std::exchange(source_, make_source(config));
    engine_ = make_engine(config);
    is_started_ = false;
    if (is_ended_) source_->end();
}

Task<Result<void>> RunningEngine::start() {
    auto started = co_await engine_->start();
    // No cycle runs by settings that were taken in half.
    is_started_ = started.has_value();
    error_ = started ? std::nullopt : std::optional(started.error());
    co_return started;
}

Task<Result<void>> RunningEngine::ensure_started() {
    if (is_started_) co_return Result<void>();
    co_return co_await start();
}

void RunningEngine::end() noexcept {
    is_ended_ = true;
    source_->end();
}

}  // namespace dirsync::daemon
