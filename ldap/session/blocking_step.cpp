#include "ldap/session/blocking_step.hpp"

#include <csignal>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/task.hpp"

namespace dirsync::ldap {
namespace asio = boost::asio;

/// Shared with the job's thread. `timer` is empty once the starter is gone; the mutex keeps the loop alive
/// while the thread posts to it. The flags belong to the loop thread.
struct BlockingStep::State {
    std::mutex mutex;
    std::optional<asio::steady_timer> timer;
    bool done = false;
    bool stopped = false;
    bool started = true;

    void wake() {
        const std::lock_guard lock(mutex);
        if (timer) timer->cancel();
    }
};

BlockingStep::BlockingStep(asio::any_io_executor executor) : state_(std::make_shared<State>()) {
    state_->timer.emplace(std::move(executor));
}

BlockingStep::~BlockingStep() {
    const std::lock_guard lock(state_->mutex);
    state_->timer.reset();
}

void BlockingStep::start(std::function<void()> job) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    auto run = [state = state_, work = std::move(job)]() mutable {
        work();
        work = nullptr;  // its captures are destroyed before the end is reported
        const std::lock_guard lock(state->mutex);
        if (!state->timer) return;
        asio::post(state->timer->get_executor(), [state] {
            state->done = true;
            state->wake();
        });
    };
    try {
        std::thread(std::move(run)).detach();
    } catch (const std::system_error&) {
        state_->started = false;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

asio::awaitable<BlockingStep::End> BlockingStep::wait(std::chrono::steady_clock::time_point deadline) {
    const auto state = state_;
    if (!state->started) co_return End::not_started;
    if (!state->done && !state->stopped) {
        state->timer->expires_at(deadline);
        co_await state->timer->async_wait(no_throw);
    }
    if (state->done) co_return End::finished;
    co_return state->stopped ? End::stopped : End::deadline;
}

void BlockingStep::stop() noexcept {
    state_->stopped = true;
    state_->wake();
}

}  // namespace dirsync::ldap
