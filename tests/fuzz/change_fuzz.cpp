#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "ldap/wire/change_decoder.hpp"

namespace {

using dirsync::ldap::wire::ChangeDecoder;

std::string_view line_of(std::string_view& input) {
    const auto end = input.find('\n');
    const auto line = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    return line;
}

/// One entry: its DN in the first line, then `name=value=value` a line, until an empty one.
dirsync::Result<dirsync::ldap::wire::ReportedChange> decoded(ChangeDecoder& decoder,
                                                             std::string_view& input) {
    decoder.begin(line_of(input));
    while (!input.empty()) {
        auto line = line_of(input);
        if (line.empty()) break;
        auto end = line.find('=');
        const auto name = line.substr(0, end);
        std::vector<std::string_view> values;
        while (end != std::string_view::npos) {
            line.remove_prefix(end + 1);
            end = line.find('=');
            // DN values hold `=` themselves.
            if (line.starts_with('<')) end = std::string_view::npos;
            values.push_back(line.substr(0, end));
        }
        decoder.attribute(name, values);
    }
    return decoder.end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    ChangeDecoder decoder;
    while (!input.empty()) {
        auto again = input;
        const auto change = decoded(decoder, input);
        // What a decoder remembers of the entries before makes no difference.
        ChangeDecoder fresh;
        const auto alone = decoded(fresh, again);
        DIRSYNC_ASSERT(change.has_value() == alone.has_value());
        if (!change) {
            DIRSYNC_ASSERT(change.error().message() == alone.error().message());
            DIRSYNC_ASSERT(dirsync::text::is_valid_utf8(change.error().message()));
            continue;
        }
        DIRSYNC_ASSERT(change->guid == alone->guid && change->whole == alone->whole);
        DIRSYNC_ASSERT(change->added == alone->added && change->removed == alone->removed);
        DIRSYNC_ASSERT(!change->deleted || (!change->whole && !change->restored));
        DIRSYNC_ASSERT(!change->restored || change->whole);
        DIRSYNC_ASSERT(!change->whole || change->changed);
        DIRSYNC_ASSERT((!change->deleted && !change->whole) ||
                       (change->added.empty() && change->removed.empty()));
    }
    return 0;
}
