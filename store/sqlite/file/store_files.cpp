#include "store/sqlite/file/store_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "store/sqlite/file/db.hpp"

namespace dirsync::store {

void make_store_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) {
        if (errno == EEXIST) return;
        throw DbFailure{Error(ErrorCode::store_unavailable,
                              "the store " + path + " cannot be made: " + std::strerror(errno))};
    }
    ::fchmod(fd, 0640);
    ::close(fd);
}

void share_store_files(const std::string& path) noexcept {
    struct stat folder {};
    struct stat store {};
    const std::string parent = path.substr(0, path.rfind('/') + 1);
    if (::stat(parent.empty() ? "." : parent.c_str(), &folder) != 0 || ::stat(path.c_str(), &store) != 0)
        return;
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
        const std::string file = path + suffix;
        struct stat status {};
        if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        if ((folder.st_mode & S_ISGID) != 0 && status.st_gid != folder.st_gid) {
            [[maybe_unused]] const int given = ::lchown(file.c_str(), static_cast<uid_t>(-1), folder.st_gid);
        }
        const bool is_side_file = suffix[0] == '-';
        if (is_side_file && (status.st_mode & 07777) != (store.st_mode & 07777)) {
            [[maybe_unused]] const int set = ::chmod(file.c_str(), store.st_mode & 07777);
        }
    }
}

}  // namespace dirsync::store
