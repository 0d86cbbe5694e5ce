#pragma once

#include <boost/asio/awaitable.hpp>

namespace dirsync {

template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace dirsync
