#include "ldap/wire/meta_data.hpp"

#include <algorithm>
#include <cstddef>

#include "ldap/wire/values.hpp"

namespace dirsync::ldap::wire {
namespace {

constexpr std::size_t blob_header_size = 16;  // version, padding, count, padding
constexpr std::size_t stamp_size = 48;        // type, version, time, originating DC and USN, local USN
constexpr std::size_t local_usn_at = 40;

/// The stamps in their order; nullopt: the bytes are not stamps.
std::optional<std::string_view> stamps_of(std::string_view meta_data) noexcept {
    if (meta_data.size() < blob_header_size || little_endian(meta_data, 0, 4) != 1) return std::nullopt;
    const auto stamps = meta_data.substr(blob_header_size);
    if (little_endian(meta_data, 8, 4) != stamps.size() / stamp_size || stamps.size() % stamp_size != 0)
        return std::nullopt;
    return stamps;
}

}  // namespace

std::optional<std::uint64_t> usn_of_change(std::string_view meta_data, std::uint32_t type) noexcept {
    const auto stamps = stamps_of(meta_data);
    if (!stamps) return std::nullopt;
    for (std::size_t at = 0; at < stamps->size(); at += stamp_size) {
        if (little_endian(*stamps, at, 4) == type) return little_endian(*stamps, at + local_usn_at, 8);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> usn_of_newest_change(std::string_view meta_data) noexcept {
    const auto stamps = stamps_of(meta_data);
    if (!stamps || stamps->empty()) return std::nullopt;
    std::uint64_t newest = 0;
    for (std::size_t at = 0; at < stamps->size(); at += stamp_size)
        newest = std::max<std::uint64_t>(newest, little_endian(*stamps, at + local_usn_at, 8));
    return newest;
}

}  // namespace dirsync::ldap::wire
