#include "ctl/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>

namespace dirsync::ctl {
namespace {

/// Writes all of it and brings it to the disk.
bool write_whole(int file, std::string_view text) { return write_all(file, text) && ::fsync(file) == 0; }

}  // namespace

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

Error file_error(const std::filesystem::path& path, std::string_view doing) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("{}: {}: {}", path.string(), doing, std::strerror(errno)));
}

void sync_folder(const std::filesystem::path& folder) {
    const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return;
    ::fsync(file);
    ::close(file);
}

Result<void> replace_file(const std::filesystem::path& file, std::string_view text, const struct stat& like) {
    const auto folder = file.parent_path();
    const auto temporary = folder / ("." + file.filename().string() + ".new");
    ::unlink(temporary.c_str());
    const int out = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0) return file_error(temporary, "cannot be made");
    std::optional<Error> error;
    if (!write_whole(out, text) || ::fchmod(out, like.st_mode & 0777) != 0 ||
        (::fchown(out, like.st_uid, like.st_gid) != 0 && errno != EPERM)) {
        error = file_error(temporary, "cannot be written");
    }
    ::close(out);
    if (!error && ::rename(temporary.c_str(), file.c_str()) != 0)
        error = file_error(file, "cannot be replaced");
    if (error) {
        ::unlink(temporary.c_str());
        return std::move(*error);
    }
    sync_folder(folder);
    return {};
}

}  // namespace dirsync::ctl
