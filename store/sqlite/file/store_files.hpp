#pragma once

#include <string>

namespace dirsync::store {

/// Makes an empty file of mode 0640, whatever the umask is, unless there is one. Throws DbFailure.
void make_store_file(const std::string& path);

/// Gives the files of the store, as far as they exist, to the group of their folder where that is setgid,
/// and to write-ahead log and index the mode of the store: whoever may read the one may read all (semantics
/// 11.1). Does what this process has the right to do, and no more.
void share_store_files(const std::string& path) noexcept;

}  // namespace dirsync::store
