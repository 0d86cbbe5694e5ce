#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/dn.hpp"
#include "core/error.hpp"

namespace {

void check(const dirsync::Dn& dn) {
    // The key is itself a name, and its own key.
    const auto again = dirsync::Dn::parse(dn.key());
    DIRSYNC_ASSERT(again && again->key() == dn.key() && again->depth() == dn.depth());
    DIRSYNC_ASSERT(dn.is_within(dn));

    const auto parent = dirsync::Dn::parse(dn.parent_key());
    DIRSYNC_ASSERT(parent && parent->key() == dn.parent_key());
    DIRSYNC_ASSERT(dn.depth() == 0 || parent->depth() + 1 == dn.depth());
    DIRSYNC_ASSERT(dn.is_within(*parent));
    DIRSYNC_ASSERT(dn.depth() == 0 || !parent->is_within(dn));
    dn.dns_domain();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = dirsync::end_of_first_rdn(input);
    DIRSYNC_ASSERT(end == std::string_view::npos || (end <= size && input[end - 1] == ','));

    if (const auto dn = dirsync::Dn::parse(input)) {
        check(*dn);
        // What is behind the first RDN is the parent.
        DIRSYNC_ASSERT((end == std::string_view::npos) == (dn->depth() < 2));
        if (end != std::string_view::npos) {
            const auto parent = dirsync::Dn::parse(input.substr(end));
            DIRSYNC_ASSERT(parent && parent->key() == dn->parent_key());
        }
    }
    const auto base = dirsync::base_dn_of(input);
    if (input.find('\0') == std::string_view::npos) DIRSYNC_ASSERT(dirsync::Dn::parse(base).has_value());
    return 0;
}
