#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dirsync {

/// 16 bytes in the order of the text form (RFC 9562), so that comparing bytes compares texts.
/// The tag keeps a directory's objectGUID and a row's id from being mixed up.
template <class Tag>
struct BasicUuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const BasicUuid&) const = default;
    bool is_nil() const noexcept { return *this == BasicUuid{}; }
    std::uint64_t hash() const noexcept {
        std::uint64_t a = 0;
        std::uint64_t b = 0;
        std::memcpy(&a, bytes.data(), 8);
        std::memcpy(&b, bytes.data() + 8, 8);
        // GUIDs need not be random (version 1, made up ones): every bit has to reach every other.
        std::uint64_t hash = a * 0xff51afd7ed558ccdULL;
        hash = (hash ^ (hash >> 32)) + b;
        hash *= 0xc4ceb9fe1a85ec53ULL;
        return hash ^ (hash >> 29);
    }
    friend std::size_t hash_value(const BasicUuid& uuid) noexcept {
        return uuid.hash();
    }  // for Boost's containers
};

using ObjectGuid = BasicUuid<struct ObjectGuidTag>;
using RowId = BasicUuid<struct RowIdTag>;

/// Lower-case 8-4-4-4-12 text.
std::string uuid_text(const std::array<std::uint8_t, 16>& bytes);
template <class Tag>
std::string to_text(const BasicUuid<Tag>& uuid) {
    return uuid_text(uuid.bytes);
}

/// Accepts the 36-character form in either case, with or without braces; nothing else.
std::optional<std::array<std::uint8_t, 16>> parse_uuid(std::string_view text);
template <class Uuid>
std::optional<Uuid> parse(std::string_view text) {
    auto bytes = parse_uuid(text);
    if (!bytes) return std::nullopt;
    return Uuid{*bytes};
}

/// The wire form of objectGUID: the first three fields little-endian (MS-DTYP 2.3.4.2). Fails when
/// the value is not 16 bytes long.
std::optional<ObjectGuid> guid_from_wire(std::span<const std::uint8_t> wire);
std::optional<ObjectGuid> guid_from_wire(std::string_view wire);
std::array<std::uint8_t, 16> guid_to_wire(const ObjectGuid& guid);

/// The id of the row that mirrors a directory object: UUID version 5 of the objectGUID in the
/// namespace of the store, so that the same object of the same store always has the same id
/// (semantics 3.1, 4.3) and another store gives other ids (1.3).
RowId row_id_for(const RowId& store_id, const ObjectGuid& guid);

/// A new random (version 4) id.
RowId random_row_id();

}  // namespace dirsync

template <class Tag>
struct std::hash<dirsync::BasicUuid<Tag>> {
    std::size_t operator()(const dirsync::BasicUuid<Tag>& uuid) const noexcept { return uuid.hash(); }
};
