#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "model/language/filter.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using dirsync::sync::AttributeNames;
    using dirsync::sync::AttributesView;
    using dirsync::sync::Filter;

    // A zero byte, which no filter holds, ends the filter: what is behind it are the packed attributes.
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\0');
    const auto text = input.substr(0, end);
    const AttributesView attributes(end == std::string_view::npos ? std::string_view()
                                                                  : input.substr(end + 1));

    auto filter = Filter::parse(text);
    if (!filter) return 0;
    AttributeNames names;
    filter->bind(names);
    DIRSYNC_ASSERT(names.all() == filter->attributes());
    const bool matches = filter->matches(attributes);

    const Filter copy(*filter);
    DIRSYNC_ASSERT(copy.matches(attributes) == matches);
    auto again = Filter::parse(filter->text());
    DIRSYNC_ASSERT(again.has_value());
    AttributeNames other_names;
    again->bind(other_names);
    DIRSYNC_ASSERT(again->matches(attributes) == matches);

    // Never both: an open assertion brings nobody in, negated or not.
    auto negated = Filter::parse("(!" + filter->text() + ")");
    if (negated) {
        negated->bind(names);
        DIRSYNC_ASSERT(!(matches && negated->matches(attributes)));
    }
    return 0;
}
