#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "core/task.hpp"

namespace dirsync::sync {

/// One thread that runs the store's blocking calls in order. Its owner outlives all who use it; the
/// destructor waits for the call that is running.
class StoreThread {
public:
    /// `at_once`: on the caller's thread, before `run` suspends: for simulations that count cycles.
    enum class Runs : std::uint8_t { on_own_thread, at_once };
    explicit StoreThread(Runs runs = Runs::on_own_thread);
    ~StoreThread();
    /// Waits for what is queued and takes nothing any more: before that which the work refers to goes.
    void join();
    StoreThread(const StoreThread&) = delete;
    StoreThread& operator=(const StoreThread&) = delete;

    /// Runs `work` on the store's thread and resumes the caller on its own executor. `work` must not throw.
    /// Name the function object before: `auto job = [..]{..}; co_await thread.run<T>(std::move(job))`.
    template <class T>
    Task<T> run(std::function<T()> work) {
        std::optional<T> result;
        std::function<void()> job = [&result, w = std::move(work)] { result.emplace(w()); };
        co_await run_job(std::move(job));
        co_return std::move(*result);
    }

private:
    Task<void> run_job(std::function<void()> job);
    class Impl;
    std::unique_ptr<Impl> impl_;  ///< null: at once
};

}  // namespace dirsync::sync
