#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dirsync {

/// A security identifier (MS-DTYP 2.4.2). Value type, at most 15 sub-authorities.
struct Sid {
    std::uint8_t revision = 1;
    std::uint8_t count = 0;
    std::uint64_t authority = 0;
    std::array<std::uint32_t, 15> sub{};

    auto operator<=>(const Sid&) const = default;

    /// The last sub-authority; 0 when there is none.
    std::uint32_t rid() const noexcept { return count == 0 ? 0 : sub[count - 1]; }
    /// Without the last sub-authority: for an account, its domain.
    Sid domain() const;
    Sid with_rid(std::uint32_t rid) const;
};

/// `S-1-5-21-...`
std::string to_text(const Sid& sid);
std::optional<Sid> parse_sid(std::string_view text);

/// Revision, count, six bytes of authority big-endian, then little-endian sub-authorities. Fails on
/// any length or count that does not fit exactly.
std::optional<Sid> sid_from_wire(std::string_view wire);

}  // namespace dirsync
