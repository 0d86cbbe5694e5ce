#include "core/uuid.hpp"

#include <algorithm>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid.hpp>

namespace dirsync {
namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_dash_position(std::size_t at) noexcept {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// MS-DTYP 2.3.4.2: Data1, Data2 and Data3 are little-endian on the wire, Data4 is bytes. Its own inverse.
std::array<std::uint8_t, 16> with_fields_swapped(std::array<std::uint8_t, 16> bytes) noexcept {
    std::reverse(bytes.begin(), bytes.begin() + 4);
    std::reverse(bytes.begin() + 4, bytes.begin() + 6);
    std::reverse(bytes.begin() + 6, bytes.begin() + 8);
    return bytes;
}

RowId row_id_of(const boost::uuids::uuid& uuid) noexcept {
    RowId id;
    std::copy(uuid.begin(), uuid.end(), id.bytes.begin());
    return id;
}

}  // namespace

std::string uuid_text(const std::array<std::uint8_t, 16>& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(text_size, '-');
    std::size_t at = 0;
    for (const auto byte : bytes) {
        if (is_dash_position(at)) ++at;
        out[at++] = digits[byte >> 4U];
        out[at++] = digits[byte & 0x0FU];
    }
    return out;
}

std::optional<std::array<std::uint8_t, 16>> parse_uuid(std::string_view text) {
    if (text.size() == text_size + 2 && text.front() == '{' && text.back() == '}') {
        text = text.substr(1, text_size);
    }
    if (text.size() != text_size) return std::nullopt;
    std::array<std::uint8_t, 16> bytes{};
    std::size_t at = 0;
    for (auto& byte : bytes) {
        if (is_dash_position(at) && text[at++] != '-') return std::nullopt;
        const int high = hex_value(text[at++]);
        const int low = hex_value(text[at++]);
        if (high < 0 || low < 0) return std::nullopt;
        byte = static_cast<std::uint8_t>(high * 16 + low);
    }
    return bytes;
}

std::optional<ObjectGuid> guid_from_wire(std::span<const std::uint8_t> wire) {
    ObjectGuid guid;
    if (wire.size() != guid.bytes.size()) return std::nullopt;
    std::copy(wire.begin(), wire.end(), guid.bytes.begin());
    guid.bytes = with_fields_swapped(guid.bytes);
    return guid;
}

std::optional<ObjectGuid> guid_from_wire(std::string_view wire) {
    return guid_from_wire(std::span(reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()));
}

std::array<std::uint8_t, 16> guid_to_wire(const ObjectGuid& guid) { return with_fields_swapped(guid.bytes); }

RowId row_id_for(const RowId& store_id, const ObjectGuid& guid) {
    boost::uuids::uuid store{};
    std::copy(store_id.bytes.begin(), store_id.bytes.end(), store.begin());
    boost::uuids::name_generator_sha1 generator(store);
    return row_id_of(generator(guid.bytes.data(), guid.bytes.size()));
}

RowId random_row_id() {
    boost::uuids::random_generator generator;
    return row_id_of(generator());
}

}  // namespace dirsync
