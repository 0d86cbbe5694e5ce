#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dirsync {

template <class T>
using Task = boost::asio::awaitable<T>;

/// Awaits an operation of Asio that gives its error code as a value: `auto [error] = co_await op(no_throw);`
inline constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace dirsync
