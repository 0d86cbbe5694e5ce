#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/task.hpp"
#include "engine/memory.hpp"

namespace dirsync::sync {

/// What an admin is told of members that are neither users nor groups, and of memberships that are frozen
/// with their domain. Kept from cycle to cycle.
class SkippedWarnings {
public:
    explicit SkippedWarnings(StoreClient& store) : store_(store) {}

    bool is_known() const noexcept { return is_known_; }
    /// What is in memory is another state now.
    void forget() noexcept { is_known_ = false; }
    /// True when one of the members of these edges is neither a user nor a group.
    static bool concerns(const Mirror& mirror, std::span<const Edge> changed);
    /// Works all of it out anew. `fresh`: texts that are not on disk yet. Fails when texts cannot be read.
    Task<Result<void>> work_out(const Memory& memory, const MirrorDelta& fresh, const Clock& clock);

    const std::vector<std::string>& lines() const noexcept { return lines_; }
    /// Members of reached groups that are computers, contacts and the like.
    std::uint64_t others() const noexcept { return others_; }

private:
    StoreClient& store_;
    bool is_known_ = false;  // the two below are of the state in memory
    std::vector<std::string> lines_;
    std::uint64_t others_ = 0;
};

}  // namespace dirsync::sync
