#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/error.hpp"

namespace dirsync::ldap::wire {

/// `range=LOW-HIGH` of an attribute description (MS-ADTS 3.1.1.3.1.3.3).
struct Range {
    std::uint64_t low = 0;
    std::optional<std::uint64_t> high;  ///< nullopt: `*`, the last values
    bool operator==(const Range&) const = default;
};

struct AttributeDescription {
    std::string_view base;  ///< without options
    std::optional<Range> range;
};

/// Splits `member;range=0-1499`; options in any order and case, unknown ones are passed over. A range option
/// that is none, or a second one, is malformed_entry.
Result<AttributeDescription> parse_attribute_description(std::string_view description);

/// Follows the ranges in which a server gives the values of one attribute, until the last has come. Knows
/// neither values nor I/O.
class RangeProgress {
public:
    /// One range with that many values. protocol when it is not the one that is due: a gap, an overlap, a
    /// repetition, a wrong number of values, or anything after the last one. What was taken before stands.
    Result<void> take(const Range& range, std::uint64_t values);
    bool is_complete() const noexcept { return complete_; }
    /// Where the next request begins.
    std::uint64_t next() const noexcept { return next_; }

private:
    std::uint64_t next_ = 0;
    bool complete_ = false;
};

}  // namespace dirsync::ldap::wire
