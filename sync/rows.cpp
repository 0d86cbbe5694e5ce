#include "sync/rows.hpp"

#include <algorithm>
#include <array>

#include <xxhash.h>
#include <boost/container/small_vector.hpp>

#include "core/text.hpp"

namespace dirsync::sync {
namespace {

/// Writes fields one behind the other so that no two rows give the same bytes: texts carry their
/// length, optional values say whether they are there. The same on every machine: hashes are stored.
class Encoder {
public:
    void number(std::uint64_t value) {
        std::array<char, 8> bytes{};
        for (auto& byte : bytes) {
            byte = static_cast<char>(value & 0xFFU);
            value >>= 8U;
        }
        append({bytes.data(), bytes.size()});
    }
    void text(std::string_view value) {
        number(value.size());
        append(value);
    }
    void guid(const ObjectGuid& value) {
        append({reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
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
    std::uint64_t hash() const noexcept { return XXH3_64bits(bytes_.data(), bytes_.size()); }

private:
    void append(std::string_view bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    boost::container::small_vector<char, 1024> bytes_;
};

std::uint64_t hash_of_text(std::string_view text) noexcept { return XXH3_64bits(text.data(), text.size()); }

}  // namespace

std::uint64_t hash_of(const UserRow& row) {
    Encoder encoder;
    for (const auto* field : {&row.user_name, &row.display_name, &row.given_name, &row.family_name,
                              &row.middle_name, &row.email, &row.sid}) {
        encoder.text(*field);
    }
    encoder.guid(row.external_id);
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
    encoder.guid(row.external_id);
    encoder.attributes(row.attributes);
    encoder.number(static_cast<std::uint64_t>(row.scope));
    encoder.time(row.out_since);
    return encoder.hash();
}

NameKey name_key(std::string_view name) {
    if (name.empty()) return 0;
    const auto key = hash_of_text(text::folded(name));
    return key == 0 ? 1 : key;
}

}  // namespace dirsync::sync
