#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.hpp"

namespace dirsync::ldap::wire {

/// INTEGER syntax (RFC 4517 3.3.16) in the range of 64 bits: no blanks, no `+`, no leading zeros. nullopt:
/// not an integer.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// GeneralizedTime as servers write it, `20261124191124.0Z` (RFC 4517 3.3.13): seconds, in UTC. nullopt:
/// not a time.
std::optional<Time> parse_generalized_time(std::string_view text);

/// userAccountControl, also where a server writes it unsigned. ACCOUNTDISABLE is bit 2 (MS-ADTS 2.2.16).
std::optional<std::uint32_t> parse_user_account_control(std::string_view text) noexcept;
inline constexpr std::uint32_t account_disable = 0x2;

/// accountExpires as seconds since 1970; 0 and 2^63-1 in the directory mean `sync::never_expires`. nullopt:
/// not a FILETIME.
std::optional<std::int64_t> parse_account_expires(std::string_view text) noexcept;

/// A little-endian number of `size` bytes; `data` has at least that many.
std::uint64_t little_endian(std::string_view data, std::size_t at, std::size_t size) noexcept;

}  // namespace dirsync::ldap::wire
