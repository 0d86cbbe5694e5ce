#include "model/row_targets.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <xxhash.h>

namespace dirsync::sync {
namespace {

template <class Row>
using Column = std::pair<std::string_view, std::string Row::*>;

constexpr std::array user_columns{
    Column<UserRow>{"userName", &UserRow::user_name},
    Column<UserRow>{"email", &UserRow::email},
    Column<UserRow>{"displayName", &UserRow::display_name},
    Column<UserRow>{"givenName", &UserRow::given_name},
    Column<UserRow>{"familyName", &UserRow::family_name},
    Column<UserRow>{"middleName", &UserRow::middle_name},
};
constexpr std::array group_columns{
    Column<GroupRow>{"displayName", &GroupRow::display_name},
    Column<GroupRow>{"description", &GroupRow::description},
};

template <class Columns>
auto column_of(const Columns& columns, std::string_view target) {
    return std::find_if(columns.begin(), columns.end(),
                        [target](const auto& column) { return column.first == target; });
}

template <class Attributes>
auto place_of(Attributes& attributes, std::string_view target) {
    return std::lower_bound(attributes.begin(), attributes.end(), target,
                            [](const auto& pair, std::string_view name) { return pair.first < name; });
}

template <class Row, class Columns>
std::string_view value_of(const Row& row, const Columns& columns, std::string_view target) {
    if (const auto column = column_of(columns, target); column != columns.end()) return row.*column->second;
    const auto place = place_of(row.attributes, target);
    return place != row.attributes.end() && place->first == target ? std::string_view(place->second)
                                                                   : std::string_view();
}

template <class Row, class Columns>
void set_value(Row& row, const Columns& columns, std::string_view target, std::string_view value) {
    if (const auto column = column_of(columns, target); column != columns.end()) {
        row.*column->second = value;
        return;
    }
    const auto place = place_of(row.attributes, target);
    const bool is_there = place != row.attributes.end() && place->first == target;
    if (value.empty()) {
        if (is_there) row.attributes.erase(place);
    } else if (is_there) {
        place->second = value;
    } else {
        row.attributes.insert(place, {std::string(target), std::string(value)});
    }
}

template <class Row, class Columns>
std::vector<std::string> lost(const Row& before, const Row& after, const Columns& columns) {
    std::vector<std::string> targets;
    for (const auto& [target, column] : columns) {
        const bool is_renaming = target == "userName";
        if (!is_renaming && !(before.*column).empty() && before.*column != after.*column)
            targets.emplace_back(target);
    }
    for (const auto& [target, value] : before.attributes) {
        if (value_of(after, columns, target) != value) targets.push_back(target);
    }
    return targets;
}

}  // namespace

ObjectGuid target_guid(std::string_view name) {
    const auto hash = XXH3_128bits(name.data(), name.size());
    ObjectGuid guid;
    for (std::size_t i = 0; i < 8; ++i) {
        guid.bytes[i] = static_cast<std::uint8_t>(hash.high64 >> 8 * i & 0xFFU);
        guid.bytes[8 + i] = static_cast<std::uint8_t>(hash.low64 >> 8 * i & 0xFFU);
    }
    return guid;
}

std::string_view target_value(const UserRow& row, std::string_view target) {
    return value_of(row, user_columns, target);
}
std::string_view target_value(const GroupRow& row, std::string_view target) {
    return value_of(row, group_columns, target);
}
void set_target(UserRow& row, std::string_view target, std::string_view value) {
    set_value(row, user_columns, target, value);
}
void set_target(GroupRow& row, std::string_view target, std::string_view value) {
    set_value(row, group_columns, target, value);
}
std::vector<std::string> lost_values(const UserRow& before, const UserRow& after) {
    return lost(before, after, user_columns);
}
std::vector<std::string> lost_values(const GroupRow& before, const GroupRow& after) {
    return lost(before, after, group_columns);
}

}  // namespace dirsync::sync
