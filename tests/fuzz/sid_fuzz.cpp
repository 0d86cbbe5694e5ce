#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "core/sid.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto sid = dirsync::sid_from_wire(input)) {
        DIRSYNC_ASSERT(size == 8U + 4U * sid->count);
        DIRSYNC_ASSERT(dirsync::parse_sid(dirsync::to_text(*sid)) == sid);
        DIRSYNC_ASSERT(sid->count == 0 || sid->domain().with_rid(sid->rid()) == sid);
    }
    if (const auto sid = dirsync::parse_sid(input)) {
        DIRSYNC_ASSERT(dirsync::parse_sid(dirsync::to_text(*sid)) == sid);
    }
    return 0;
}
