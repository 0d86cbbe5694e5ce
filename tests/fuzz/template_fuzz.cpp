#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "core/text.hpp"
#include "model/language/mapping.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using dirsync::sync::AttributeNames;
    using dirsync::sync::AttributesView;
    using dirsync::sync::Template;

    // The first zero byte ends the template: what is behind it are the packed attributes.
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\0');
    const auto source = input.substr(0, end);
    const AttributesView attributes(end == std::string_view::npos ? std::string_view()
                                                                  : input.substr(end + 1));

    auto parsed = Template::parse(source);
    if (!parsed) return 0;
    DIRSYNC_ASSERT(parsed->source() == source);
    AttributeNames names;
    parsed->bind(names);
    DIRSYNC_ASSERT(names.all() == parsed->attributes());
    const auto text = parsed->text(attributes, "corp.example.com");
    DIRSYNC_ASSERT(!text || !text->empty());
    if (text && dirsync::text::is_valid_utf8(source)) DIRSYNC_ASSERT(dirsync::text::is_valid_utf8(*text));
    return 0;
}
