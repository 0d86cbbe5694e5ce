#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"

namespace dirsync::ctl {

/// The file of `scope.d/` that `dirsyncctl scope` writes. Files of others are never touched.
inline constexpr std::string_view scope_file_name = "50-dirsyncctl.yaml";

/// One entry of the scope, as written in a file.
struct ScopeEntry {
    std::string list;    ///< as warnings name it: `groups`, `exclude.users`, `user_filters`
    std::string text;    ///< the name; of a filter, the filter
    std::string domain;  ///< of a filter
    std::string file;
    int line = 0;
    bool ours = false;  ///< in the file that we write
};

/// Compared without case, as the directory does.
bool same_entry(const ScopeEntry& a, const ScopeEntry& b);

/// All entries of the main file and of `scope.d/` beside it, in the order in which they are read. Files that
/// cannot be read or parsed are left out: `config::load` names their problems.
std::vector<ScopeEntry> scope_entries(const std::filesystem::path& config);

std::filesystem::path scope_file(const std::filesystem::path& config);

/// The text of our file with those of these entries that are ours.
std::string scope_yaml(const std::vector<ScopeEntry>& entries);

/// Replaces our file (temporary file, fsync, rename), with owner and mode of the main file; makes the folder
/// if it is missing. Without an entry of ours the file is removed. On an error the file is unchanged.
Result<void> write_scope(const std::filesystem::path& config, const std::vector<ScopeEntry>& entries);

/// The entry in the settings of a configuration, or out of them. config_invalid: no such name can be.
Result<void> add_entry(config::Config& config, const ScopeEntry& entry);
void remove_entry(config::Config& config, const ScopeEntry& entry);

}  // namespace dirsync::ctl
