#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "ldap/wire/security_descriptor.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace wire = dirsync::ldap::wire;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto entries = wire::access_entries(input);
    if (!entries) return 0;
    std::vector<dirsync::Sid> token;
    DIRSYNC_ASSERT(!wire::is_granted(*entries, token, 1, std::nullopt));
    for (const auto& entry : *entries) token.push_back(entry.sid);
    // Nobody is given more for an attribute of less rights.
    for (std::uint32_t right = 1; right < 0x200; right <<= 1U) {
        if (wire::is_granted(*entries, token, right | 1U, std::nullopt))
            DIRSYNC_ASSERT(wire::is_granted(*entries, token, right, std::nullopt));
    }
    return 0;
}
