#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string_view>

#include "core/error.hpp"

namespace dirsync::ctl {

/// Replaces the content of `file` by `text`: temporary file beside it, fsync, rename, fsync of the folder. It
/// gets mode, owner and group of `like` (owner and group as far as this user may give it away).
/// config_invalid with path and reason: `file` is as it was.
Result<void> replace_file(const std::filesystem::path& file, std::string_view text, const struct stat& like);

/// Writes all of `text`; false with errno when it cannot.
bool write_all(int file, std::string_view text);

/// Makes names that were created, renamed or removed in `folder` durable.
void sync_folder(const std::filesystem::path& folder);

/// `path: DOING: REASON`, the reason from errno.
Error file_error(const std::filesystem::path& path, std::string_view doing);

}  // namespace dirsync::ctl
