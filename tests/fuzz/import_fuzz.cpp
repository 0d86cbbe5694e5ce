#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "admin/import.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dirsync;
    if (size == 0) return 0;
    // The first byte says what the file is.
    admin::ImportOptions options;
    options.file = "people";
    constexpr admin::ImportKind kinds[] = {admin::ImportKind::users, admin::ImportKind::groups,
                                           admin::ImportKind::assignments};
    options.kind = kinds[data[0] % 3];
    options.format = data[0] & 0x80 ? admin::ImportFormat::json_lines : admin::ImportFormat::csv;
    options.create_permission_sets = data[0] & 0x40;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto edits = admin::read_import(text, options);
    const auto again = admin::read_import(text, options);
    DIRSYNC_ASSERT(edits.size() == again.size());
    for (std::size_t i = 0; i < edits.size(); ++i) {
        DIRSYNC_ASSERT(edits[i].place == again[i].place && edits[i].place.starts_with("people"));
        DIRSYNC_ASSERT(edits[i].what.index() == again[i].what.index());
        if (const auto* malformed = std::get_if<admin::Malformed>(&edits[i].what)) {
            DIRSYNC_ASSERT(!malformed->message.empty() && text::is_valid_utf8(malformed->message));
        }
    }
    return 0;
}
