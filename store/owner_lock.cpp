#include "store/owner_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

namespace dirsync::store {
namespace {

std::string text_in(int fd) {
    std::array<char, 512> buffer{};
    const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string pid_in(const std::string& text) { return text.substr(0, text.find_first_not_of("0123456789")); }

/// A line with the pid, and `store ID`, `files INODE INODE` and `seq NUMBER`.
std::optional<NamedStore> store_in(const std::string& text) {
    std::istringstream lines(text);
    std::string pid;
    std::string store;
    std::string files;
    NamedStore named;
    if (!(lines >> pid >> store >> named.file_id) || store != "store") return std::nullopt;
    if (lines >> files && files == "files") lines >> named.database >> named.log;
    std::string seq;
    if (lines >> seq && seq == "seq") lines >> named.next_seq;
    return named;
}

Error lock_failed(const std::string& lock_path, int number) {
    return Error(ErrorCode::store_unavailable, "the lock file " + lock_path + ": " + std::strerror(number) +
                                                   "; check that its folder exists and that this user may "
                                                   "write there");
}

}  // namespace

Result<OwnerLock> OwnerLock::take(const std::string& store_path) {
    const std::string path = store_path + ".lock";
    for (;;) {
        const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (fd < 0) return lock_failed(path, errno);
        OwnerLock lock(path, fd);
        if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return lock_failed(path, errno);
            const std::string pid = pid_in(text_in(fd));
            return Error(ErrorCode::store_in_use, "the store " + store_path + " is in use by " +
                                                      (pid.empty() ? "another process" : "process " + pid) +
                                                      "; nothing is read or written: end that process first");
        }
        // Removed between the two calls: the next process would lock another file.
        struct stat opened {};
        if (::fstat(fd, &opened) != 0) return lock_failed(path, errno);
        lock.device_ = opened.st_dev;
        lock.inode_ = opened.st_ino;
        if (!lock.is_ours()) continue;
        const std::string text = text_in(fd);
        lock.named_ = store_in(text);
        lock.is_new_ = text.empty();
        return lock;
    }
}

Result<void> OwnerLock::take_store(const std::string& store_path) {
    store_fd_ = ::open(store_path.c_str(), O_RDONLY | O_CLOEXEC);
    if (store_fd_ < 0) {
        return Error(ErrorCode::store_unavailable, "the store " + store_path +
                                                       " cannot be opened: " + std::strerror(errno) +
                                                       "; check that this user may read and write it");
    }
    if (::flock(store_fd_, LOCK_EX | LOCK_NB) == 0) return write();
    if (errno != EWOULDBLOCK) return lock_failed(store_path, errno);
    // Nobody should take this process for the owner, nor an empty file for one that an older version left.
    if (is_new_ && is_ours()) ::unlink(path_.c_str());
    return Error(ErrorCode::store_in_use, "the store " + store_path +
                                              " is in use by another process, although its lock file " +
                                              path_ +
                                              " was removed meanwhile; nothing is read or written: "
                                              "end that process, then start this one again");
}

void OwnerLock::note_next_seq(std::uint64_t next_seq) noexcept {
    if (!named_ || next_seq <= named_->next_seq) return;
    named_->next_seq = next_seq;
    static_cast<void>(write());
}

Result<void> OwnerLock::name(const NamedStore& store) {
    NamedStore next = store;
    if (named_) next.next_seq = std::max(next.next_seq, named_->next_seq);
    if (named_ == next) return {};
    named_ = next;
    if (auto written = write(); !written) return written;
    if (::fdatasync(fd_) != 0) return lock_failed(path_, errno);
    const std::string folder = path_.substr(0, path_.rfind('/') + 1);
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return lock_failed(path_, errno);
    const bool is_kept = ::fsync(fd) == 0;
    const int why = errno;
    ::close(fd);
    return is_kept ? Result<void>() : lock_failed(path_, why);
}

// First the text, then its end: a crash in between leaves a file that still names the store.
Result<void> OwnerLock::write() const {
    std::string text = std::to_string(::getpid()) + "\n";
    if (named_) {
        text += "store " + named_->file_id + "\nfiles " + std::to_string(named_->database) + " " +
                std::to_string(named_->log) + "\nseq " + std::to_string(named_->next_seq) + "\n";
    }
    if (::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
        ::ftruncate(fd_, static_cast<off_t>(text.size())) != 0) {
        return lock_failed(path_, errno);
    }
    return {};
}

bool OwnerLock::is_ours() const noexcept {
    struct stat named {};
    return ::stat(path_.c_str(), &named) == 0 && named.st_dev == device_ && named.st_ino == inode_;
}

OwnerLock::OwnerLock(OwnerLock&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      device_(other.device_),
      inode_(other.inode_),
      store_fd_(std::exchange(other.store_fd_, -1)),
      is_new_(other.is_new_),
      named_(std::move(other.named_)) {}

OwnerLock& OwnerLock::operator=(OwnerLock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    std::swap(store_fd_, other.store_fd_);
    std::swap(is_new_, other.is_new_);
    std::swap(named_, other.named_);
    return *this;
}

OwnerLock::~OwnerLock() {
    if (store_fd_ >= 0) ::close(store_fd_);
    if (fd_ >= 0) ::close(fd_);
}

std::optional<NamedStore> store_named_beside(const std::string& store_path) {
    const int fd = ::open((store_path + ".lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return std::nullopt;
    auto named = store_in(text_in(fd));
    ::close(fd);
    return named;
}

}  // namespace dirsync::store
