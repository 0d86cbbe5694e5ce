#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dirsync::ldap {

/// Decides how a long member list is read whole, range after range (MS-ADTS 3.1.1.3.1.3.3), while the group
/// may change. An added member raises the group's uSNChanged. A member that is deleted as an object does not:
/// the values after it move up by one, and the next range would miss one. Therefore each range begins with
/// the last value of the one before, which must come again. Any difference: from the start.
class MemberRanges {
public:
    /// Attribute to ask for next, together with uSNChanged.
    std::string next_attribute() const;

    /// One answer about the group. `last` is empty for the final range (`*`).
    struct Answer {
        std::string_view usn_changed;
        std::uint64_t first = 0;
        std::optional<std::uint64_t> last;
        std::span<const std::string> values;
    };
    enum class Next {
        more,     ///< keep `fresh_values`, ask on
        done,     ///< keep `fresh_values`, the list is whole
        changed,  ///< the group changed: forget the values that were kept; asks from the start
        refused,  ///< not what was asked for
    };
    Next take(const Answer& answer);
    /// The group had no member attribute in an answer: an empty group at the start, else a change.
    Next take_none();

    /// Of the answer last taken: the values that were not in the one before.
    std::span<const std::string> fresh_values() const noexcept { return fresh_; }

private:
    Next restart();

    std::uint64_t next_ = 0;  // index of the first value to ask for
    std::optional<std::string> usn_changed_;
    std::optional<std::string> overlap_;  // value that stood at next_
    std::span<const std::string> fresh_;
};

}  // namespace dirsync::ldap
