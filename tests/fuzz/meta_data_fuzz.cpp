#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "ldap/wire/meta_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dirsync::ldap::wire;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    for (const std::uint32_t type : {0U, type_of_is_deleted, 0xffffffffU}) {
        const auto usn = usn_of_change(input, type);
        DIRSYNC_ASSERT(!usn || size >= 64);
        // Half of a stamp more or less is no vector.
        DIRSYNC_ASSERT(!usn || !usn_of_change(input.substr(0, size - 1), type));
    }
    return 0;
}
