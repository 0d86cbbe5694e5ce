#include "ctl/text/shown.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "api/messages/changed_values.hpp"
#include "core/visible_text.hpp"

namespace dirsync::ctl {
namespace {

/// `PERMISSION_SET` as `permission set`.
std::string type_text(std::string text) {
    for (char& c : text) c = c == '_' ? ' ' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    return text;
}

/// A text member of an object that a change embeds.
std::string text_in(const boost::json::value& columns, std::string_view name) {
    const auto* object = columns.if_object();
    const auto* found = object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
    return found == nullptr ? std::string() : shown(*found);
}

}  // namespace

std::string shown(std::string_view text) { return text::printable(text); }

std::string shown(const std::optional<std::string>& text) { return text ? shown(*text) : std::string(); }

std::string shown(const boost::json::value& value) {
    if (value.is_null()) return "";
    if (const auto* text = value.if_string()) return shown(std::string_view(text->data(), text->size()));
    return text::printable(boost::json::serialize(value));
}

std::string shown(const messages::Named<std::uint64_t>& counts) {
    std::string text;
    for (const auto& [name, count] : counts) {
        if (count != 0) text += fmt::format("{}{}={}", text.empty() ? "" : " ", shown(name), count);
    }
    return text;
}

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
    std::string all;
    for (const auto& text : texts) all += (all.empty() ? "" : std::string(separator)) + shown(text);
    return all;
}

std::string counted(std::uint64_t count, std::string_view one) {
    return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string in_words(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    return shown(name);
}

std::string change_line(const messages::Change& change, std::string_view would) {
    const std::string action = shown(change.action);
    const std::string name = shown(change.name);
    const std::string reason = shown(change.reason);
    const bool adds = action == "add_member";
    if (adds || action == "remove_member") {
        const std::string user = text_in(adds ? change.after : change.before, "user_name");
        return fmt::format("{}{} {} {} group {} ({})", would, adds ? "add" : "remove", user,
                           adds ? "to" : "from", name, reason);
    }
    std::string values = action == "update" ? messages::changed_values(change.before, change.after) : "";
    if (!values.empty()) values.insert(0, ": ");
    return fmt::format("{}{} {} {}{} ({})", would, action, type_text(shown(change.object_type)), name, values,
                       reason);
}

}  // namespace dirsync::ctl
