#include "model/row_text.hpp"

#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/error.hpp"
#include "model/json_view.hpp"
#include "model/row_columns.hpp"
#include "model/words.hpp"

namespace dirsync::sync {
namespace {

namespace json = boost::json;

/// Beside the columns: no column is called so.
constexpr const char* cause_key = "status_reason";

[[noreturn]] void damaged(std::string_view text) {
    throw std::runtime_error("the journal holds a line that this program did not write: " +
                             quoted_peer_text(text));
}

json::object object_of(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) damaged(text);
    return std::move(value).as_object();
}

std::string text_of(const json::value& value) {
    const auto* text = value.if_string();
    if (text == nullptr) damaged(json::serialize(value));
    return std::string(text->data(), text->size());
}

json::value cell(const std::string& value) { return json::value(json::string_view(value)); }
json::value cell(Status value) { return json::value(json_view(text_of(value))); }
json::value cell(ScopeState value) { return json::value(json_view(text_of(value))); }
json::value cell(const std::optional<Time>& value) {
    return value ? json::value(json::string_view(to_text(*value))) : json::value();
}
json::value cell(const ExtraAttributes& values) {
    json::object object;
    for (const auto& [name, value] : values) object[name] = cell(value);
    return object;
}

void set(std::string& place, const json::value& value) { place = text_of(value); }
void set(Status& place, const json::value& value) {
    place = text_of(value) == text_of(Status::disabled) ? Status::disabled : Status::enabled;
}
void set(ScopeState& place, const json::value& value) {
    const std::string text = text_of(value);
    place = ScopeState::in;
    for (const ScopeState state : {ScopeState::out, ScopeState::held}) {
        if (text == text_of(state)) place = state;
    }
}
void set(std::optional<Time>& place, const json::value& value) {
    place.reset();
    if (value.is_null()) return;
    place = parse_time(text_of(value));
    if (!place) damaged(text_of(value));
}
void set(ExtraAttributes& place, const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) damaged(json::serialize(value));
    place.clear();
    for (const auto& [name, text] : *object) place.emplace_back(std::string(name), text_of(text));
    std::sort(place.begin(), place.end());
}

template <class Field>
constexpr bool is_fact = std::is_same_v<Field, ScopeState> || std::is_same_v<Field, std::optional<Time>>;

std::string text_or_nothing(const json::object& object) {
    return object.empty() ? std::string() : json::serialize(object);
}

}  // namespace

std::optional<Status> status_set_by(std::string_view json) {
    const auto columns = object_of(json);
    const auto* value = columns.if_contains("status");
    if (value == nullptr) return std::nullopt;
    Status status = Status::enabled;
    set(status, *value);
    return status;
}

template <class Row>
Row row_of(std::string_view text) {
    const json::object object = object_of(text);
    Row row;
    visit_columns(&row, [&](const char* column, auto field) {
        if (const auto* value = object.if_contains(column)) set(row.*field, *value);
    });
    return row;
}

template <class Row>
std::vector<UndoneColumn> undo(Row& row, std::string_view before_text, std::string_view after_text,
                               const std::set<std::string>& changed_since) {
    const json::object before = object_of(before_text);
    const json::object after = object_of(after_text);
    std::vector<UndoneColumn> columns;
    bool is_out_anew = false;
    visit_columns(&row, [&](const char* column, auto field) {
        const auto* old_value = before.if_contains(column);
        const auto* new_value = after.if_contains(column);
        if (old_value == nullptr || new_value == nullptr) return;
        const json::value now = cell(row.*field);
        Undo outcome = Undo::changed;
        if (now == *old_value) {
            outcome = Undo::already;
        } else if (now == *new_value && !changed_since.contains(column)) {
            outcome = Undo::done;
        }
        is_out_anew |= outcome == Undo::changed && is_fact<std::remove_cvref_t<decltype(row.*field)>>;
        columns.push_back({column, outcome});
    });
    std::size_t next = 0;
    visit_columns(&row, [&](const char* column, auto field) {
        if (next == columns.size() || columns[next].name != column) return;
        Undo& outcome = columns[next++].undo;
        // A place in the scope with the clock of another one would be nobody's.
        if (is_out_anew && is_fact<std::remove_cvref_t<decltype(row.*field)>>) outcome = Undo::changed;
        if (outcome == Undo::done) set(row.*field, before.at(column));
    });
    return columns;
}

std::vector<std::string> columns_of(std::string_view text) {
    std::vector<std::string> columns;
    for (const auto& [column, value] : object_of(text)) columns.emplace_back(column);
    return columns;
}

template <class Row>
std::string columns_undone(const Row& undone, const Row& kept) {
    json::object object;
    visit_columns(&undone, [&](const char* column, auto field) {
        using Field = std::remove_cvref_t<decltype(undone.*field)>;
        if (!is_fact<Field> && !(undone.*field == kept.*field)) object[column] = cell(undone.*field);
    });
    return text_or_nothing(object);
}

std::string with_cause(std::string undone, std::string_view reason) {
    if (undone.empty()) return undone;
    json::object object = object_of(undone);
    if (!object.contains("status")) return undone;
    object[cause_key] = json_view(reason);
    return json::serialize(object);
}

std::string merged_columns(std::string_view older, std::string_view newer) {
    json::object object = object_of(older);
    for (const auto& [column, value] : object_of(newer)) object[column] = value;
    return json::serialize(object);
}

template <class Row>
KeptColumns keep_undone(std::string_view undone, const Row& stored, Row& wanted, bool status_only,
                        std::string_view cause) {
    const json::object columns = object_of(undone);
    // Memory of an older version names no cause.
    const auto* undone_cause = columns.if_contains(cause_key);
    const bool is_same_cause = undone_cause == nullptr || text_of(*undone_cause) == cause;
    json::object rest;
    KeptColumns kept;
    visit_columns(&stored, [&](const char* column, auto field) {
        using Field = std::remove_cvref_t<decltype(stored.*field)>;
        const auto* value = columns.if_contains(column);
        if (value == nullptr) return;
        const bool is_other_change = std::is_same_v<Field, Status> && !is_same_cause;
        const bool comes_back =
            cell(wanted.*field) == *value && !(wanted.*field == stored.*field) && !is_other_change;
        if (comes_back) wanted.*field = stored.*field;
        kept.any |= comes_back;
        if (comes_back || (status_only && !std::is_same_v<Field, Status>)) rest[column] = *value;
    });
    if (undone_cause != nullptr && rest.contains("status")) rest[cause_key] = *undone_cause;
    kept.rest = text_or_nothing(rest);
    return kept;
}

MemberText member_of(std::string_view text) {
    const json::object object = object_of(text);
    const auto* id = object.if_contains("user_id");
    const auto* name = object.if_contains("user_name");
    if (id == nullptr || name == nullptr) damaged(text);
    return {text_of(*id), text_of(*name)};
}

template UserRow row_of<UserRow>(std::string_view);
template GroupRow row_of<GroupRow>(std::string_view);
template std::vector<UndoneColumn> undo(UserRow&, std::string_view, std::string_view,
                                        const std::set<std::string>&);
template std::vector<UndoneColumn> undo(GroupRow&, std::string_view, std::string_view,
                                        const std::set<std::string>&);
template std::string columns_undone(const UserRow&, const UserRow&);
template std::string columns_undone(const GroupRow&, const GroupRow&);
template KeptColumns keep_undone(std::string_view, const UserRow&, UserRow&, bool, std::string_view);
template KeptColumns keep_undone(std::string_view, const GroupRow&, GroupRow&, bool, std::string_view);

}  // namespace dirsync::sync
