#include "model/describe.hpp"

#include <array>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "model/json_view.hpp"
#include "model/row_columns.hpp"
#include "model/words.hpp"

namespace dirsync::sync {
namespace {

namespace json = boost::json;

void put(json::object& out, const char* column, std::string_view value) { out[column] = json_view(value); }
void put(json::object& out, const char* column, Status value) { put(out, column, text_of(value)); }
void put(json::object& out, const char* column, ScopeState value) { put(out, column, text_of(value)); }
void put(json::object& out, const char* column, const std::optional<Time>& value) {
    if (value) {
        put(out, column, to_text(*value));
    } else {
        out[column] = nullptr;
    }
}
void put(json::object& out, const char* column, const ExtraAttributes& values) {
    auto& object = out[column].emplace_object();
    for (const auto& [name, value] : values) object[json_view(name)] = json_view(value);
}

bool is_empty(const std::string& value) noexcept { return value.empty(); }
bool is_empty(Status) noexcept { return false; }
bool is_empty(ScopeState) noexcept { return false; }
bool is_empty(const std::optional<Time>& value) noexcept { return !value; }
bool is_empty(const ExtraAttributes& values) noexcept { return values.empty(); }

/// Enough for nearly every change, so that it is told without an allocation for each value.
using Buffer = std::array<unsigned char, 4096>;

template <class Row>
std::string whole_text(const Row& row) {
    Buffer buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    json::object out(&memory);
    visit_columns(&row, [&](const char* column, auto field) {
        if (!is_empty(row.*field)) put(out, column, row.*field);
    });
    return json::serialize(out);
}

template <class Row>
void tell_difference(const Row& before, const Row& after, ChangeLine& line) {
    Buffer buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    json::object old_values(&memory);
    json::object new_values(&memory);
    visit_columns(&before, [&](const char* column, auto field) {
        if (before.*field == after.*field) return;
        put(old_values, column, before.*field);
        put(new_values, column, after.*field);
    });
    line.before = json::serialize(old_values);
    line.after = json::serialize(new_values);
}

const std::string& name_of(const UserRow& row) noexcept { return row.user_name; }
const std::string& name_of(const GroupRow& row) noexcept { return row.display_name; }

LineAction line_action(Action action) noexcept {
    switch (action) {
        case Action::create:
            return LineAction::create;
        case Action::update:
            return LineAction::update;
        case Action::remove:
            break;
    }
    return LineAction::remove;
}

/// The enumerator from `first` to `last` that has this text.
template <class Enum>
std::optional<Enum> parsed_word(std::string_view text, Enum first, Enum last) noexcept {
    for (int value = static_cast<int>(first); value <= static_cast<int>(last); ++value) {
        if (text_of(static_cast<Enum>(value)) == text) return static_cast<Enum>(value);
    }
    return std::nullopt;
}

template <class Change>
ChangeLine line_of(const Change& change, ObjectType object_type) {
    ChangeLine line;
    line.action = line_action(change.action);
    line.object_type = object_type;
    line.object_id = to_text(change.id);
    line.name = name_of(change.action == Action::remove ? change.before : change.after);
    line.reason = text_of(change.reason);
    switch (change.action) {
        case Action::create:
            line.after = whole_text(change.after);
            break;
        case Action::update:
            tell_difference(change.before, change.after, line);
            break;
        case Action::remove:
            line.before = whole_text(change.before);
            break;
    }
    return line;
}

}  // namespace

std::string_view text_of(LineAction action) noexcept {
    switch (action) {
        case LineAction::create:
            return "create";
        case LineAction::update:
            return "update";
        case LineAction::remove:
            return "delete";
        case LineAction::add_member:
            return "add_member";
        case LineAction::remove_member:
            break;
    }
    return "remove_member";
}

std::string_view text_of(ObjectType type) noexcept {
    switch (type) {
        case ObjectType::user:
            return "USER";
        case ObjectType::group:
            return "GROUP";
        case ObjectType::permission_set:
            return "PERMISSION_SET";
        case ObjectType::assignment:
            break;
    }
    return "ASSIGNMENT";
}

std::optional<LineAction> parse_line_action(std::string_view text) noexcept {
    return parsed_word(text, LineAction::create, LineAction::remove_member);
}

std::optional<ObjectType> parse_object_type(std::string_view text) noexcept {
    return parsed_word(text, ObjectType::user, ObjectType::assignment);
}

ChangeLine described(const UserChange& change) { return line_of(change, ObjectType::user); }
ChangeLine described(const GroupChange& change) { return line_of(change, ObjectType::group); }

ChangeLine described(const MembershipChange& change, const RowId& group, std::string_view group_name,
                     const RowId& user, std::string_view user_name) {
    ChangeLine line;
    line.action = change.add ? LineAction::add_member : LineAction::remove_member;
    line.object_type = ObjectType::group;
    line.object_id = to_text(group);
    line.name = group_name;
    line.reason = text_of(change.reason);
    Buffer buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    json::object member(&memory);
    put(member, "user_id", to_text(user));
    put(member, "user_name", user_name);
    (change.add ? line.after : line.before) = json::serialize(member);
    return line;
}

std::string json_text(const ExtraAttributes& attributes) {
    Buffer buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    json::object out(&memory);
    for (const auto& [name, value] : attributes) out[json_view(name)] = json_view(value);
    return json::serialize(out);
}

}  // namespace dirsync::sync
