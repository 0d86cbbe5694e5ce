#include "model/mirror_hash.hpp"

#include <xxhash.h>

namespace dirsync::sync {

std::uint64_t hash_of(const MirrorRow& row, std::string_view dn, std::string_view attributes) {
    XXH64_hash_t hash = XXH3_64bits(attributes.data(), attributes.size());
    hash = XXH3_64bits_withSeed(dn.data(), dn.size(), hash);
    struct {
        std::int64_t expires;
        std::uint32_t primary_group_rid;
        std::uint32_t rid;
        std::uint32_t kind;
        std::uint32_t disabled;
    } const facts{row.expires, row.primary_group_rid, row.sid ? row.sid->rid() : 0,
                  static_cast<std::uint32_t>(row.kind), (row.disabled ? 1u : 0u) | (row.mangled ? 2u : 0u)};
    hash = XXH3_64bits_withSeed(&facts, sizeof facts, hash);
    return hash <= distrusted_hash ? distrusted_hash + 1 : hash;
}

}  // namespace dirsync::sync
