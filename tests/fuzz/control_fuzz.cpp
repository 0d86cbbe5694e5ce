#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "ldap/session/controls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dirsync::ldap;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto changes = dir_sync_answer(input);
    // A cookie is the server's own bytes, and never none.
    DIRSYNC_ASSERT(!changes || !changes->cookie.empty());
    DIRSYNC_ASSERT(!changes || input.ends_with(changes->cookie));
    const auto page = page_cookie(input);
    DIRSYNC_ASSERT(!page || input.ends_with(*page));
    // No value is the answer to both: the one has two numbers in front of the cookie, the other one.
    DIRSYNC_ASSERT(!changes || !page);
    if (size == 0) return 0;
    // What is cut off is no answer.
    DIRSYNC_ASSERT(!changes || !dir_sync_answer(input.substr(0, size - 1)));
    DIRSYNC_ASSERT(!page || !page_cookie(input.substr(0, size - 1)));
    return 0;
}
