#include "ctl/text/json_text.hpp"

#include <algorithm>

#include "core/visible_text.hpp"

namespace dirsync::ctl {

namespace json = boost::json;

namespace {

/// Columns on a terminal: code points, not bytes.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

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
    return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
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

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) line += std::string(widths[i] - width(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string change_line(const json::value& change, std::string_view would) {
    const std::string action = shown(change, "action");
    const bool is_member = action == "add_member" || action == "remove_member";
    std::string text(would);
    if (is_member) {
        const auto& user = member(change, action == "add_member" ? "after" : "before");
        text += action == "add_member" ? "add " : "remove ";
        text += shown(user, "user_name");
        text += action == "add_member" ? " to group " : " from group ";
        text += shown(change, "name");
    } else {
        text += action + " " + type_text(shown(change, "object_type")) + " " + shown(change, "name");
        if (action == "update") text += " " + shown(change, "before") + " -> " + shown(change, "after");
    }
    return text + " (" + shown(change, "reason") + ")";
}

}  // namespace dirsync::ctl
