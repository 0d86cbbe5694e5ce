#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/settings.hpp"

namespace dirsync::sync {

/// What tells the settings that a store was computed with from others: the scope, the clocks of lifecycle and
/// each mapped target by itself. The store keeps it as text and compares nothing but the whole.
std::string fingerprint_of(const SyncSettings& settings);

/// The fingerprint of a store whose users a long pause disabled under the settings of `fingerprint`: unlike
/// that of any settings, so that the first cycle after the pause decides everybody anew.
std::string paused_fingerprint(std::string_view fingerprint);
bool is_paused_fingerprint(std::string_view fingerprint) noexcept;

/// A target of the mapping as fingerprints and holds name it: `user.email`, `group.description`.
std::string target_name(bool of_groups, std::string_view target);

/// What differs between the settings that a store was computed with and those of now.
struct SettingsChange {
    bool scope = false;
    bool all_targets = false;          ///< the store does not say what its targets were computed with
    std::vector<std::string> targets;  ///< `target_name` of each that is mapped otherwise, sorted

    bool changes_target(std::string_view name) const;
};

/// A text of an earlier version, which tells nothing of its parts, counts as a change of all of them.
SettingsChange change_between(std::string_view stored, std::string_view now);

}  // namespace dirsync::sync
