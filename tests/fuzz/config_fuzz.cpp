#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "core/error.hpp"

/// Any bytes are read without a crash and in bounded time, and what is accepted survives being dumped.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const dirsync::config::Loaded loaded = dirsync::config::load_text(text, "/etc/dirsyncd/dirsyncd.yaml");
    for (const dirsync::config::Problem& problem : loaded.problems) {
        DIRSYNC_ASSERT(to_text(problem).find('\n') == std::string::npos);
        DIRSYNC_ASSERT(problem.line >= 0 && problem.column >= 0);
    }
    if (!loaded.problems.empty()) return 0;
    const std::string dump = dirsync::config::redacted_dump(loaded.config);
    const dirsync::config::Loaded again = dirsync::config::load_text(dump, "/etc/dirsyncd/dirsyncd.yaml");
    DIRSYNC_ASSERT(again.problems.empty());
    DIRSYNC_ASSERT(dirsync::config::redacted_dump(again.config) == dump);
    return 0;
}
