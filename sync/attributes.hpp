#pragma once

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
    explicit AttributesView(std::string_view packed) noexcept : packed_(packed) {}

    /// Values of an attribute in byte order; empty when it has none.
    std::vector<std::string_view> values(AttributeNames::Index index) const;
    /// The first value in byte order; empty when there is none.
    std::string_view first(AttributeNames::Index index) const noexcept;
    /// True when `test` is true for a value; shows it the values in byte order until it is.
    template <class Test>
    bool any_of(AttributeNames::Index index, Test&& test) const {
        Cursor cursor(packed_);
        for (auto left = seek(cursor, index); left > 0; --left) {
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
        std::optional<std::size_t> number() noexcept;
        std::optional<std::string_view> value() noexcept;

    private:
        std::string_view rest_;
    };
    /// Moves to the first value of `index`; how many values follow, 0 when it has none.
    static std::size_t seek(Cursor& cursor, AttributeNames::Index index) noexcept;

    std::string_view packed_;
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
