#include "store/owner_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace dirsync::store {
namespace {

std::string pid_in(int fd) {
    std::array<char, 32> buffer{};
    const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
    std::string pid;
    for (ssize_t i = 0;
         i < size && buffer[static_cast<std::size_t>(i)] >= '0' && buffer[static_cast<std::size_t>(i)] <= '9';
         ++i) {
        pid += buffer[static_cast<std::size_t>(i)];
    }
    return pid;
}

Error lock_failed(const std::string& lock_path, int number) {
    return Error(ErrorCode::store_unavailable, "the lock file " + lock_path + ": " + std::strerror(number) +
                                                   "; check that its folder exists and that this user may "
                                                   "write there");
}

}  // namespace

Result<OwnerLock> OwnerLock::take(const std::string& store_path) {
    const std::string path = store_path + ".lock";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0) return lock_failed(path, errno);
    OwnerLock lock(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return lock_failed(path, errno);
        const std::string pid = pid_in(fd);
        return Error(ErrorCode::store_in_use, "the store " + store_path + " is in use by " +
                                                  (pid.empty() ? "another process" : "process " + pid));
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 ||
        ::pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        return lock_failed(path, errno);
    }
    return lock;
}

OwnerLock::OwnerLock(OwnerLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

OwnerLock& OwnerLock::operator=(OwnerLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

OwnerLock::~OwnerLock() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace dirsync::store
