#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"
#include "ldap/wire/entry_decoder.hpp"

namespace {

using dirsync::ldap::wire::DecodedEntry;
using dirsync::ldap::wire::EntryDecoder;
using dirsync::sync::EntryKind;
using dirsync::sync::QuarantinedEntry;
using Decoded = std::variant<DecodedEntry, QuarantinedEntry>;

struct RawEntry {
    std::string_view dn;
    std::vector<std::pair<std::string_view, std::vector<std::string_view>>> attributes;
};

std::string_view taken(std::string_view& input, std::size_t size) {
    const auto out = input.substr(0, size);
    input.remove_prefix(out.size());
    return out;
}

/// Entries from any bytes: `{dn}name=value=value&name=..`; each `{`, `}`, `&` and `=` is what parts them, and
/// `%NN` before a value says that it is NN bytes long, whatever they are.
std::vector<RawEntry> entries_of(std::string_view input) {
    std::vector<RawEntry> entries;
    const auto until = [&input](std::string_view ends) {
        return taken(input, std::min(input.find_first_of(ends), input.size()));
    };
    while (!input.empty() && entries.size() < 64) {
        if (input.front() == '{') input.remove_prefix(1);
        RawEntry entry;
        entry.dn = until("}");
        if (!input.empty()) input.remove_prefix(1);
        while (!input.empty() && input.front() != '{') {
            auto& [name, values] = entry.attributes.emplace_back();
            name = until("={&");
            while (input.starts_with('=')) {
                input.remove_prefix(1);
                const bool counted = input.size() >= 3 && input[0] == '%' && input[1] >= '0' &&
                                     input[1] <= '9' && input[2] >= '0' && input[2] <= '9';
                const std::size_t size =
                    counted ? static_cast<std::size_t>((input[1] - '0') * 10 + (input[2] - '0')) : 0;
                if (counted) input.remove_prefix(3);
                values.push_back(counted ? taken(input, size) : until("={&"));
            }
            if (input.starts_with('&'))
                input.remove_prefix(1);
            else if (!input.empty() && input.front() != '{')
                input.remove_prefix(1);
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

const std::vector<std::string> names{"cn", "mail", "objectSid", "proxyAddresses", "member"};

Decoded decoded(EntryDecoder& decoder, const RawEntry& entry) {
    decoder.begin(entry.dn);
    for (const auto& [name, values] : entry.attributes) decoder.attribute(name, values);
    return decoder.end();
}

std::string text_of(const Decoded& decoded) {
    if (const auto* quarantined = std::get_if<QuarantinedEntry>(&decoded)) {
        return "quarantined " + (quarantined->guid ? to_text(*quarantined->guid) : "") + "|" +
               std::to_string(static_cast<int>(quarantined->kind)) + "|" + quarantined->dn + "|" +
               quarantined->reason;
    }
    const auto& [entry, is_deleted, members] = std::get<DecodedEntry>(decoded);
    std::string text = to_text(entry.guid) + "|" + std::to_string(static_cast<int>(entry.kind)) + "|" +
                       (entry.sid ? to_text(*entry.sid) : "") + "|" + entry.dn + "|" +
                       std::to_string(entry.disabled) + "|" + std::to_string(entry.expires.value_or(-1)) +
                       "|" + std::to_string(entry.primary_group_rid) + "|" + entry.attributes.bytes() + "|" +
                       std::to_string(is_deleted) + "|" + (members ? std::to_string(members->next()) : "");
    for (const auto& member : entry.members) {
        text += "|" + to_text(member.guid) + (member.foreign_sid ? to_text(*member.foreign_sid) : "");
    }
    return text;
}

void check(const Decoded& decoded) {
    if (const auto* quarantined = std::get_if<QuarantinedEntry>(&decoded)) {
        DIRSYNC_ASSERT(!quarantined->reason.empty() && quarantined->reason.size() < 2000);
        DIRSYNC_ASSERT(dirsync::text::is_valid_utf8(quarantined->reason));
        DIRSYNC_ASSERT(quarantined->reason.find('\n') == std::string::npos);
        return;
    }
    const auto& result = std::get<DecodedEntry>(decoded);
    DIRSYNC_ASSERT(result.entry.kind != EntryKind::unknown);
    DIRSYNC_ASSERT(!result.members ||
                   (!result.members->is_complete() && result.entry.kind != EntryKind::other));
    const dirsync::sync::AttributesView view(result.entry.attributes.bytes());
    // `member` is never among the attributes, and what was packed can be read.
    DIRSYNC_ASSERT(view.values(4).empty());
    for (dirsync::sync::AttributeNames::Index i = 0; i < names.size(); ++i) view.values(i);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto entries = entries_of(std::string_view(reinterpret_cast<const char*>(data), size));
    EntryDecoder decoder(names, 1);
    for (const auto& entry : entries) {
        const auto result = decoded(decoder, entry);
        check(result);
        // What a decoder remembers of the entries before makes no difference.
        EntryDecoder fresh(names, 1);
        DIRSYNC_ASSERT(text_of(result) == text_of(decoded(fresh, entry)));
    }
    return 0;
}
