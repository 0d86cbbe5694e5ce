#pragma once

#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "ldap/session/session.hpp"

// The parts of Asio that only the session's own files need.
namespace dirsync::ldap {

struct Session::Addresses {
    std::vector<boost::asio::ip::tcp::endpoint> endpoints;
};

struct Session::Waits {
    explicit Waits(const boost::asio::any_io_executor& executor) : timer(executor), descriptor(executor) {}

    boost::asio::steady_timer timer;
    Pace pace;                                         // of the search that runs, over all its pages
    boost::asio::posix::stream_descriptor descriptor;  // our own duplicate: safe to shut down at any time
};

}  // namespace dirsync::ldap
