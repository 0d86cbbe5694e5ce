#include "ctl/text/json_text.hpp"

#include <fmt/format.h>

#include "core/visible_text.hpp"

namespace dirsync::ctl {

namespace json = boost::json;

namespace {

/// `PERMISSION_SET` as `permission set`.
std::string type_text(std::string text) {
    for (char& c : text) c = c == '_' ? ' ' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    return text;
}

}  // namespace

json::value parsed(std::string_view text) {
    boost::system::error_code error;
    json::value value = json::parse(json::string_view(text.data(), text.size()), error);
    return error ? json::value(nullptr) : value;
}

const json::value& member(const json::value& value, std::string_view name) {
    static const json::value none;
    const auto* object = value.if_object();
    const auto* found =
        object == nullptr ? nullptr : object->if_contains(json::string_view(name.data(), name.size()));
    return found == nullptr ? none : *found;
}

std::string shown(const json::value& value) {
    if (value.is_null()) return "";
    if (const auto* text = value.if_string())
        return text::printable(std::string_view(text->data(), text->size()));
    return text::printable(json::serialize(value));
}

std::string counted(std::size_t count, std::string_view one) {
    return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string counted(const json::value& object, std::string_view name, std::string_view one) {
    const json::value& value = member(object, name);
    return counted(value.is_number() ? value.to_number<std::size_t>() : 0, one);
}

std::string shown(const json::value& value, std::string_view name) { return shown(member(value, name)); }

const json::array& elements(const json::value& value) {
    static const json::array none;
    const auto* array = value.if_array();
    return array == nullptr ? none : *array;
}

bool is_set(const json::value& value, std::string_view name) {
    const auto* set = member(value, name).if_bool();
    return set != nullptr && *set;
}

std::string joined(const json::value& value, std::string_view separator) {
    std::string text;
    for (const auto& element : elements(value))
        text += (text.empty() ? "" : std::string(separator)) + shown(element);
    return text;
}

std::string change_line(const json::value& change, std::string_view would) {
    const std::string action = shown(change, "action");
    const std::string name = shown(change, "name");
    const std::string reason = shown(change, "reason");
    const bool adds = action == "add_member";
    if (adds || action == "remove_member") {
        const std::string user = shown(member(change, adds ? "after" : "before"), "user_name");
        return fmt::format("{}{} {} {} group {} ({})", would, adds ? "add" : "remove", user,
                           adds ? "to" : "from", name, reason);
    }
    const std::string values =
        action == "update" ? fmt::format(" {} -> {}", shown(change, "before"), shown(change, "after")) : "";
    return fmt::format("{}{} {} {}{} ({})", would, action, type_text(shown(change, "object_type")), name,
                       values, reason);
}

}  // namespace dirsync::ctl
