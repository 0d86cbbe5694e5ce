#include "engine/store/store_thread.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dirsync::sync {

class StoreThread::Impl {
public:
    boost::asio::thread_pool pool{1};
};

StoreThread::StoreThread(Runs runs)
    : impl_(runs == Runs::on_own_thread ? std::make_unique<Impl>() : nullptr) {}
StoreThread::~StoreThread() { join(); }
void StoreThread::join() {
    if (impl_) impl_->pool.join();
}

Task<void> StoreThread::run_job(std::function<void()> job) {
    if (!impl_) {
        job();
        co_return;
    }
    auto initiate = [this, work = std::move(job)](auto&& handler) mutable {
        // The guard keeps the caller's loop running while only this thread has something to do.
        auto guard = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler));
        auto task = [work = std::move(work), guard = std::move(guard),
                     handler = std::forward<decltype(handler)>(handler)]() mutable {
            work();
            const auto executor = guard.get_executor();
            boost::asio::post(executor, std::move(handler));
        };
        boost::asio::post(impl_->pool, std::move(task));
    };
    auto token = boost::asio::use_awaitable;
    co_await boost::asio::async_initiate<decltype(token), void()>(std::move(initiate), token);
}

}  // namespace dirsync::sync
