#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace dirsync::testing {

/// Runs the loop until the task is done. An exception that leaves the task leaves this as well.
template <class T>
T await_on(boost::asio::io_context& loop, boost::asio::awaitable<T> task) {
    std::optional<T> result;
    auto done = [&result](std::exception_ptr failure, T value) {
        if (failure) std::rethrow_exception(failure);
        result.emplace(std::move(value));
    };
    boost::asio::co_spawn(loop, std::move(task), std::move(done));
    loop.restart();
    loop.run();
    return std::move(*result);
}

/// The same on a loop of its own.
template <class T>
T await(boost::asio::awaitable<T> task) {
    boost::asio::io_context loop;
    return await_on(loop, std::move(task));
}

}  // namespace dirsync::testing
