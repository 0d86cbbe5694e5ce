#pragma once

#include <boost/asio/awaitable.hpp>

namespace dirsync::sync {

template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace dirsync::sync
