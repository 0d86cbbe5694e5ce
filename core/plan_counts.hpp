#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace dirsync {

/// Counts the lines of a plan for the one line that ends it. Both programs print that line.
class PlanCounts {
public:
    /// `action` and `object_type` are the words of v1_changes. `status`: the new status of a user whose
    /// status an update changes (`ENABLED`, `DISABLED`); else empty.
    void add(std::string_view action, std::string_view object_type, std::string_view status);

    /// `Plan: 3 users to create, 1 to disable, 12 memberships to add`; counts of zero are left out.
    std::string sentence() const;

private:
    static constexpr std::size_t kinds = 3;
    static constexpr std::size_t actions = 5;
    std::array<std::array<std::uint64_t, actions>, kinds> counts_{};
};

}  // namespace dirsync
