#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dirsync::sync {

/// Attribute names that are read from the directory, each with a small index. Names compare without
/// case; the spelling first given is kept. The list is part of what a read means: when it changes, a
/// full resync is due (semantics 1.6).
class AttributeNames {
public:
    using Index = std::uint16_t;

    /// Index of `name`, which is added when it is new.
    Index add(std::string_view name);
    std::optional<Index> find(std::string_view name) const noexcept;
    const std::string& operator[](Index index) const { return names_[index]; }
    std::size_t size() const noexcept { return names_.size(); }
    const std::vector<std::string>& all() const noexcept { return names_; }
    bool operator==(const AttributeNames&) const = default;

private:
    std::vector<std::string> names_;
};

/// Attributes of one entry, packed: for each attribute its index, its number of values, and each
/// value with its length, as varints and bytes; attributes by rising index, values in byte order.
/// Equal attributes give equal bytes. This is what the mirror keeps on disk.
class PackedAttributes {
public:
    PackedAttributes() = default;
    /// Trusts `bytes`: they come from `pack` or from our own store.
    explicit PackedAttributes(std::string bytes) : bytes_(std::move(bytes)) {}

    const std::string& bytes() const noexcept { return bytes_; }
    std::string take() && { return std::move(bytes_); }
    bool operator==(const PackedAttributes&) const = default;

private:
    std::string bytes_;
};

/// Reads packed attributes without copying. Holds on to the bytes it was given: no longer lived than they.
/// Never reads beyond them; bytes that are cut read as ending there.
class AttributesView {
public:
    /// One pass over the bytes; look-ups are cheap after it.
    explicit AttributesView(std::string_view packed) noexcept;

    /// Values of an attribute in byte order; empty when it has none.
    std::vector<std::string_view> values(AttributeNames::Index index) const;
    /// The first value in byte order; empty when there is none.
    std::string_view first(AttributeNames::Index index) const noexcept;
    bool has(AttributeNames::Index index) const noexcept { return at(index).left() > 0; }
    /// True when `test` is true for a value; shows it the values in byte order until it is.
    template <class Test>
    bool any_of(AttributeNames::Index index, Test&& test) const {
        Cursor cursor = at(index);
        for (auto left = cursor.number().value_or(0); left > 0; --left) {
            const auto value = cursor.value();
            if (!value) return false;
            if (test(*value)) return true;
        }
        return false;
    }

private:
    /// Where reading is; at the end for good once bytes are missing.
    class Cursor {
    public:
        explicit Cursor(std::string_view rest) noexcept : rest_(rest) {}
        std::size_t left() const noexcept { return rest_.size(); }
        std::optional<std::size_t> number() noexcept {
            // Nearly every index, count and length is one byte.
            if (!rest_.empty() && static_cast<std::uint8_t>(rest_.front()) < 0x80) {
                const auto value = static_cast<std::size_t>(rest_.front());
                rest_.remove_prefix(1);
                return value;
            }
            return long_number();
        }
        std::optional<std::string_view> value() noexcept {
            const auto size = number();
            if (!size || *size > rest_.size()) {
                rest_ = {};
                return std::nullopt;
            }
            const auto out = rest_.substr(0, *size);
            rest_.remove_prefix(*size);
            return out;
        }

        /// Moves behind the values that a number announces; false when bytes are missing.
        bool skip_values() noexcept;

    private:
        std::optional<std::size_t> long_number() noexcept;
        std::string_view rest_;
    };
    /// Before the number of values of `index`; at the end when it has none.
    Cursor at(AttributeNames::Index index) const noexcept {
        if (index >= places_.size()) return searched(index);
        return Cursor(places_[index] == 0 ? std::string_view()
                                          : packed_.substr(packed_.size() - places_[index]));
    }
    Cursor searched(AttributeNames::Index index) const noexcept;

    std::string_view packed_;
    /// For the first few indexes, which are nearly all there are: how many bytes follow that place; 0: none.
    std::array<std::uint32_t, 32> places_{};
};

/// Collects the attributes of one entry in any order and packs them.
class AttributesBuilder {
public:
    void add(AttributeNames::Index index, std::string_view value);
    /// Forgets everything but keeps its memory.
    void clear() noexcept;
    PackedAttributes pack();

private:
    struct Value {
        AttributeNames::Index index;
        std::uint32_t offset;
        std::uint32_t length;
    };
    std::vector<Value> values_;
    std::string bytes_;
};

}  // namespace dirsync::sync
