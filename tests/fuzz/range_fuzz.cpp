#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "ldap/wire/range.hpp"

namespace {

using dirsync::ldap::wire::AttributeDescription;
using dirsync::ldap::wire::parse_attribute_description;
using dirsync::ldap::wire::RangeProgress;

std::string text_of(const AttributeDescription& description) {
    std::string text(description.base);
    if (description.range) {
        text += ";range=" + std::to_string(description.range->low) + "-";
        text += description.range->high ? std::to_string(*description.range->high) : "*";
    }
    return text;
}

}  // namespace

/// One attribute description a line, as the answers to one list: what is taken is without gap or overlap.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    RangeProgress progress;
    while (!input.empty()) {
        const auto end = input.find('\n');
        const auto line = input.substr(0, end);
        input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);

        const auto description = parse_attribute_description(line);
        if (!description) {
            DIRSYNC_ASSERT(description.error().code() == dirsync::ErrorCode::malformed_entry);
            continue;
        }
        DIRSYNC_ASSERT(line.starts_with(description->base) &&
                       description->base.find(';') == std::string_view::npos);
        const auto text = text_of(*description);
        const auto again = parse_attribute_description(text);
        DIRSYNC_ASSERT(again && again->base == description->base && again->range == description->range);
        if (!description->range) continue;
        const auto& range = *description->range;
        DIRSYNC_ASSERT(!range.high || *range.high >= range.low);

        const auto before = progress.next();
        const bool was_complete = progress.is_complete();
        const std::uint64_t values = range.high ? *range.high - range.low + 1 : size;
        if (progress.take(range, values)) {
            DIRSYNC_ASSERT(!was_complete && range.low == before && progress.next() == before + values);
            DIRSYNC_ASSERT(progress.is_complete() == !range.high);
        } else {
            DIRSYNC_ASSERT(progress.next() == before && progress.is_complete() == was_complete);
        }
    }
    return 0;
}
