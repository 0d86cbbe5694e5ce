#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/uuid.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto guid = dirsync::guid_from_wire(input)) {
        const auto wire = dirsync::guid_to_wire(*guid);
        DIRSYNC_ASSERT(std::string(wire.begin(), wire.end()) == input);
        DIRSYNC_ASSERT(dirsync::parse<dirsync::ObjectGuid>(dirsync::to_text(*guid)) == guid);
    }
    if (const auto guid = dirsync::parse<dirsync::ObjectGuid>(input)) {
        const auto bare = size == 38 ? input.substr(1, 36) : input;
        DIRSYNC_ASSERT(dirsync::to_text(*guid) == dirsync::text::lower(bare));
    }
    return 0;
}
