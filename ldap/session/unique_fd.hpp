#pragma once

#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace dirsync::ldap {

/// Owns a descriptor. Numbers are reused by the kernel at once, so ownership moves, never a number.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd() {
        if (fd_ >= 0) ::close(fd_);
    }

    explicit operator bool() const noexcept { return fd_ >= 0; }
    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }
    /// Another descriptor of the same file; empty when the process has none left.
    UniqueFd duplicate() const noexcept { return UniqueFd(::fcntl(fd_, F_DUPFD_CLOEXEC, 0)); }

private:
    int fd_ = -1;
};

}  // namespace dirsync::ldap
