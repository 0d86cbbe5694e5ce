#include "model/attributes.hpp"

#include <algorithm>
#include <limits>

#include "core/error.hpp"

namespace dirsync::sync {
namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Attribute names are ASCII (RFC 4512 2.5).
bool same_name(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

void append_varint(std::string& out, std::size_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80U));
        value >>= 7U;
    }
    out.push_back(static_cast<char>(value));
}

}  // namespace

AttributeNames::Index AttributeNames::add(std::string_view name) {
    if (const auto known = find(name)) return *known;
    DIRSYNC_ASSERT(names_.size() < std::numeric_limits<Index>::max());
    names_.emplace_back(name);
    return static_cast<Index>(names_.size() - 1);
}

std::optional<AttributeNames::Index> AttributeNames::find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (same_name(names_[i], name)) return static_cast<Index>(i);
    }
    return std::nullopt;
}

std::optional<std::size_t> AttributesView::Cursor::long_number() noexcept {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
        const auto byte = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        value |= static_cast<std::size_t>(byte & 0x7FU) << shift;
        if (byte < 0x80) return value;
    }
    rest_ = {};
    return std::nullopt;
}

bool AttributesView::Cursor::skip_values() noexcept {
    const auto count = number();
    if (!count) return false;
    for (std::size_t i = 0; i < *count; ++i) {
        if (!value()) return false;
    }
    return true;
}

AttributesView::AttributesView(std::string_view packed) noexcept : packed_(packed) {
    Cursor cursor(packed);
    while (const auto index = cursor.number()) {
        if (*index >= places_.size()) break;
        places_[*index] = static_cast<std::uint32_t>(cursor.left());
        if (!cursor.skip_values()) break;
    }
}

AttributesView::Cursor AttributesView::searched(AttributeNames::Index index) const noexcept {
    Cursor cursor(packed_);
    while (const auto found = cursor.number()) {
        if (*found == index) return cursor;
        if (*found > index || !cursor.skip_values()) break;
    }
    return Cursor({});
}

std::vector<std::string_view> AttributesView::values(AttributeNames::Index index) const {
    std::vector<std::string_view> out;
    any_of(index, [&out](std::string_view value) {
        out.push_back(value);
        return false;
    });
    return out;
}

std::string_view AttributesView::first(AttributeNames::Index index) const noexcept {
    std::string_view out;
    any_of(index, [&out](std::string_view value) {
        out = value;
        return true;
    });
    return out;
}

void AttributesBuilder::add(AttributeNames::Index index, std::string_view value) {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    DIRSYNC_ASSERT(value.size() <= most && bytes_.size() <= most - value.size());
    values_.push_back(
        {index, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(value.size())});
    bytes_.append(value);
}

void AttributesBuilder::clear() noexcept {
    values_.clear();
    bytes_.clear();
}

PackedAttributes AttributesBuilder::pack() {
    const std::string_view bytes(bytes_);
    const auto text_of = [bytes](const Value& value) { return bytes.substr(value.offset, value.length); };
    std::sort(values_.begin(), values_.end(), [&](const Value& a, const Value& b) {
        return a.index != b.index ? a.index < b.index : text_of(a) < text_of(b);
    });
    // Values of an attribute are a set (RFC 4512 2.3); a ranged read of a list that moves repeats some.
    const auto last = std::unique(values_.begin(), values_.end(), [&](const Value& a, const Value& b) {
        return a.index == b.index && text_of(a) == text_of(b);
    });
    values_.erase(last, values_.end());

    std::string out;
    out.reserve(bytes_.size() + 4 * values_.size());
    for (auto first = values_.cbegin(); first != values_.cend();) {
        const auto end = std::find_if(first, values_.cend(),
                                      [first](const Value& value) { return value.index != first->index; });
        append_varint(out, first->index);
        append_varint(out, static_cast<std::size_t>(end - first));
        for (; first != end; ++first) {
            append_varint(out, first->length);
            out.append(text_of(*first));
        }
    }
    return PackedAttributes(std::move(out));
}

}  // namespace dirsync::sync
