#include "core/uuid.hpp"

#include <algorithm>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid.hpp>

namespace dirsync {
namespace {

constexpr std::size_t text_size = 36;

/// Where the two digits of each byte begin; between some stands a dash.
constexpr std::array<std::uint8_t, 16> places{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
constexpr std::array<std::uint8_t, 4> dashes{8, 13, 18, 23};

/// The value of each hex digit; negative for any other character.
constexpr auto hex_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = static_cast<std::int8_t>(i);
    for (std::uint8_t i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = static_cast<std::int8_t>(10 + i);
    return values;
}();

constexpr int hex_value(char c) noexcept { return hex_values[static_cast<unsigned char>(c)]; }

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
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out[places[i]] = digits[bytes[i] >> 4U];
        out[places[i] + 1U] = digits[bytes[i] & 0x0FU];
    }
    return out;
}

std::optional<std::array<std::uint8_t, 16>> parse_uuid(std::string_view text) {
    if (text.size() == text_size + 2 && text.front() == '{' && text.back() == '}') {
        text = text.substr(1, text_size);
    }
    if (text.size() != text_size) return std::nullopt;
    for (const auto at : dashes) {
        if (text[at] != '-') return std::nullopt;
    }
    std::array<std::uint8_t, 16> bytes{};
    int all = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = hex_value(text[places[i]]);
        const int low = hex_value(text[places[i] + 1U]);
        all |= high | low;
        bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    if (all < 0) return std::nullopt;
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
