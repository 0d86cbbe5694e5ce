#pragma once

#include <chrono>
#include <cstdlib>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "config/config.hpp"
#include "ldap/session/session.hpp"

namespace dirsync::lab {

/// A running Samba AD DC, as its `env` file describes it. The environment names the directory: DIRSYNC_LAB
/// for one that is only read, DIRSYNC_LAB_OWN for one that may be frozen.
class Lab {
public:
    static std::optional<Lab> from_environment(const char* variable);

    const std::string& operator[](const std::string& name) const { return variables_.at(name); }
    std::string directory() const { return variables_.at("AD_DIR"); }
    std::string domain() const { return variables_.at("AD_DNS_DOMAIN"); }
    std::string ip() const { return variables_.at("AD_IP"); }

    config::BindConfig gssapi() const;
    config::BindConfig simple() const;
    config::TlsConfig tls() const;
    /// Settings for one server with a simple bind; `uri` as in the configuration.
    ldap::SessionSettings settings(const std::string& uri, config::BindConfig bind) const;
    config::DomainConfig domain_config(std::vector<std::string> servers, config::BindConfig bind) const;

private:
    std::map<std::string, std::string> variables_;
};

/// Runs a coroutine to its end on a loop of its own thread.
template <class T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> task) {
    std::optional<T> result;
    std::exception_ptr failure;
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T value) {
        failure = error;
        result.emplace(std::move(value));
    });
    io.restart();
    while (!result && io.run_one() != 0) {
    }
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
}

/// Skips a test aloud when no lab is named.
class LabTest : public ::testing::Test {
protected:
    void SetUp() override {
        lab_ = Lab::from_environment("DIRSYNC_LAB");
        if (!lab_) GTEST_SKIP() << "DIRSYNC_LAB names no running lab directory: nothing was tested";
    }
    const Lab& lab() const { return *lab_; }
    boost::asio::any_io_executor executor() { return io_.get_executor(); }
    template <class T>
    T run(boost::asio::awaitable<T> task) {
        return lab::run(io_, std::move(task));
    }
    /// Opens a session; the result of open().
    Result<void> open(const std::string& uri, config::BindConfig bind) {
        return open(lab().settings(uri, std::move(bind)));
    }
    Result<void> open(ldap::SessionSettings settings) {
        session_ = ldap::Session::create(executor(), std::move(settings));
        return run(session_->open());
    }

    boost::asio::io_context io_{1};
    std::shared_ptr<ldap::Session> session_;

private:
    std::optional<Lab> lab_;
};

/// A file with mode 0600 that vanishes with this object.
class PrivateFile {
public:
    explicit PrivateFile(const std::string& content);
    ~PrivateFile();
    PrivateFile(const PrivateFile&) = delete;
    PrivateFile& operator=(const PrivateFile&) = delete;
    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

/// Wall time since construction.
class Stopwatch {
public:
    std::chrono::milliseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                     start_);
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace dirsync::lab
