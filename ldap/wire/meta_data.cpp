#include "ldap/wire/meta_data.hpp"

#include <cstddef>

#include "ldap/wire/values.hpp"

namespace dirsync::ldap::wire {
namespace {

constexpr std::size_t header_size = 16;  // version, padding, count, padding
constexpr std::size_t stamp_size = 48;   // type, version, time, originating DC and USN, local USN
constexpr std::size_t local_usn_at = 40;

}  // namespace

std::optional<std::uint64_t> usn_of_change(std::string_view meta_data, std::uint32_t type) noexcept {
    if (meta_data.size() < header_size || little_endian(meta_data, 0, 4) != 1) return std::nullopt;
    const auto stamps = meta_data.substr(header_size);
    if (little_endian(meta_data, 8, 4) != stamps.size() / stamp_size || stamps.size() % stamp_size != 0)
        return std::nullopt;
    for (std::size_t at = 0; at < stamps.size(); at += stamp_size) {
        if (little_endian(stamps, at, 4) == type) return little_endian(stamps, at + local_usn_at, 8);
    }
    return std::nullopt;
}

}  // namespace dirsync::ldap::wire
