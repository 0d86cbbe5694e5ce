#include "api/messages/changed_values.hpp"

#include <algorithm>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/visible_text.hpp"

namespace dirsync::messages {
namespace {

namespace json = boost::json;

/// Attributes of the site's own stand in an object of their own.
constexpr std::string_view extra_attributes = "attributes";

const json::object& object_of(const json::value* value) {
    static const json::object nothing;
    const auto* object = value == nullptr ? nullptr : value->if_object();
    return object == nullptr ? nothing : *object;
}

/// `display_name` as `display name`; names of the site's own attributes stay as they are.
std::string name_in_words(std::string_view name, bool is_own) {
    std::string text(name);
    if (!is_own) std::replace(text.begin(), text.end(), '_', ' ');
    return text == "email" && !is_own ? "e-mail" : text::printable(text);
}

/// Our own words, such as ENABLED, get no quotes. Empty: there is no value.
std::string value_in_words(const json::value* value, bool is_word) {
    if (value == nullptr || value->is_null()) return {};
    const auto* text = value->if_string();
    if (text == nullptr) return text::printable(json::serialize(*value));
    if (text->empty()) return {};
    const std::string shown = text::printable(std::string_view(text->data(), text->size()));
    return is_word ? shown : "'" + shown + "'";
}

void append_value(std::string& all, std::string_view name, const json::value* before,
                  const json::value* after, bool is_own) {
    const bool is_word = !is_own && (name == "status" || name == "scope" || name.ends_with("_since"));
    const std::string from = value_in_words(before, is_word);
    const std::string to = value_in_words(after, is_word);
    if (from == to) return;
    all += (all.empty() ? "" : ", ") + name_in_words(name, is_own);
    if (from.empty()) {
        all += " set to " + to;
    } else if (to.empty()) {
        all += " " + from + " cleared";
    } else {
        all += " from " + from + " to " + to;
    }
}

void append_values(std::string& all, const json::object& before, const json::object& after, bool is_own) {
    const auto append = [&](std::string_view name) {
        const json::string_view key(name.data(), name.size());
        const auto* old_value = before.if_contains(key);
        const auto* new_value = after.if_contains(key);
        if (!is_own && name == extra_attributes)
            append_values(all, object_of(old_value), object_of(new_value), true);
        else
            append_value(all, name, old_value, new_value, is_own);
    };
    for (const auto& [name, value] : before) append(std::string_view(name.data(), name.size()));
    for (const auto& [name, value] : after) {
        if (!before.contains(name)) append(std::string_view(name.data(), name.size()));
    }
}

}  // namespace

std::string changed_values(const json::value& before, const json::value& after) {
    std::string all;
    append_values(all, object_of(&before), object_of(&after), false);
    return all;
}

}  // namespace dirsync::messages
