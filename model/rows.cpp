#include "model/rows.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <xxhash.h>
#include <boost/endian/conversion.hpp>

#include "core/text.hpp"

namespace dirsync::sync {
namespace {

ObjectGuid guid_named(const std::string& external_id) noexcept {
    const bool is_canonical =
        !external_id.starts_with('{') &&
        std::none_of(external_id.begin(), external_id.end(), [](char c) { return c >= 'A' && c <= 'F'; });
    const auto guid = is_canonical ? parse<ObjectGuid>(external_id) : std::nullopt;
    return guid.value_or(ObjectGuid{});
}

/// Writes fields one behind the other so that no two rows give the same bytes: texts carry their
/// length, optional values say whether they are there. The same on every machine: hashes are stored.
class Encoder {
public:
    Encoder() = default;
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;

    void number(std::uint64_t value) {
        boost::endian::native_to_little_inplace(value);
        append(&value, sizeof value);
    }
    void text(std::string_view value) {
        number(value.size());
        append(value.data(), value.size());
    }
    // An objectGUID as its bytes, as when stores knew no other ids; what else there is cannot be taken for
    // one.
    void external_id(const std::string& value) {
        const ObjectGuid guid = guid_named(value);
        append(guid.bytes.data(), guid.bytes.size());
        if (guid.is_nil() && !value.empty()) text(value);
    }
    void time(std::optional<Time> value) {
        number(value ? 1 : 0);
        if (value) number(static_cast<std::uint64_t>(value->time_since_epoch().count()));
    }
    void attributes(const ExtraAttributes& values) {
        number(values.size());
        for (const auto& [name, value] : values) {
            text(name);
            text(value);
        }
    }
    std::uint64_t hash() const noexcept { return XXH3_64bits(data_, size_); }

private:
    void append(const void* bytes, std::size_t size) {
        if (size > capacity_ - size_) grow(size);
        if (size != 0) std::memcpy(data_ + size_, bytes, size);
        size_ += size;
    }
    void grow(std::size_t wanted) {
        std::string larger(2 * capacity_ + wanted, '\0');
        std::memcpy(larger.data(), data_, size_);
        on_heap_ = std::move(larger);
        data_ = on_heap_.data();
        capacity_ = on_heap_.size();
    }

    // Nearly every row fits the stack.
    std::array<char, 1024> on_stack_;
    std::string on_heap_;
    char* data_ = on_stack_.data();
    std::size_t size_ = 0;
    std::size_t capacity_ = on_stack_.size();
};

}  // namespace

std::string external_id_of(const ObjectGuid& guid) { return guid.is_nil() ? std::string() : to_text(guid); }

std::vector<std::string> external_ids_meant(std::string_view typed) {
    if (typed.empty()) return {};
    std::vector<std::string> ids{std::string(typed)};
    const auto guid = parse<ObjectGuid>(typed);
    if (guid && to_text(*guid) != typed) ids.push_back(to_text(*guid));
    return ids;
}

ObjectGuid guid_of(const UserRow& row) noexcept { return guid_named(row.external_id); }
ObjectGuid guid_of(const GroupRow& row) noexcept { return guid_named(row.external_id); }

std::uint64_t hash_of(const UserRow& row) {
    Encoder encoder;
    for (const auto* field : {&row.user_name, &row.display_name, &row.given_name, &row.family_name,
                              &row.middle_name, &row.email, &row.sid}) {
        encoder.text(*field);
    }
    encoder.external_id(row.external_id);
    encoder.attributes(row.attributes);
    encoder.number(static_cast<std::uint64_t>(row.status));
    encoder.number(static_cast<std::uint64_t>(row.scope));
    encoder.time(row.out_since);
    return encoder.hash();
}

std::uint64_t hash_of(const GroupRow& row) {
    Encoder encoder;
    encoder.text(row.display_name);
    encoder.text(row.description);
    encoder.external_id(row.external_id);
    encoder.attributes(row.attributes);
    encoder.number(static_cast<std::uint64_t>(row.scope));
    encoder.time(row.out_since);
    return encoder.hash();
}

NameKey name_key(std::string_view name) {
    if (name.empty()) return 0;
    const auto folded = text::folded(name);
    const auto key = XXH3_64bits(folded.data(), folded.size());
    return key == 0 ? 1 : key;
}

}  // namespace dirsync::sync
