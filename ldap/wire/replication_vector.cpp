#include "ldap/wire/replication_vector.hpp"

#include <cstddef>

#include "ldap/wire/values.hpp"

namespace dirsync::ldap::wire {
namespace {

constexpr std::size_t header_size = 16;  // version, reserved, count, reserved
constexpr std::size_t guid_size = 16;
constexpr std::size_t usn_size = 8;

}  // namespace

std::optional<std::vector<sync::ReplicationCursor>> decode_replication_vector(std::string_view value) {
    if (value.size() < header_size) return std::nullopt;
    const auto version = little_endian(value, 0, 4);
    // In version 2 each cursor is followed by the time of the last replication.
    const std::size_t size = version == 1 ? guid_size + usn_size : version == 2 ? guid_size + 16 : 0;
    const auto data = value.substr(header_size);
    if (size == 0 || data.size() % size != 0 || little_endian(value, 8, 4) != data.size() / size)
        return std::nullopt;
    std::vector<sync::ReplicationCursor> cursors;
    for (std::size_t at = 0; at < data.size(); at += size) {
        const auto id = guid_from_wire(data.substr(at, guid_size));
        if (!id) return std::nullopt;
        cursors.push_back({*id, little_endian(data, at + guid_size, usn_size)});
    }
    return cursors;
}

}  // namespace dirsync::ldap::wire
