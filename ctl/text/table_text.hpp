#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "api/messages/json.hpp"
#include "ctl/text/layout.hpp"
#include "ctl/text/shown.hpp"

namespace dirsync::ctl {

/// A column of a table of messages: a member, below its name on the wire.
template <class Message>
struct Column {
    std::string name;
    std::function<std::string(const Message&)> cell;
};

template <class Message, class Base, class Member>
Column<Message> column(Member Base::*member) {
    Column<Message> found;
    messages::visit_members<Message>(
        [&]([[maybe_unused]] std::string_view name, [[maybe_unused]] auto pointer) {
            if constexpr (std::is_same_v<decltype(pointer), Member Base::*>) {
                if (pointer == member) found.name = name;
            }
        });
    found.cell = [member](const Message& message) { return shown(message.*member); };
    return found;
}

template <class Message, class... Members>
std::vector<Column<Message>> columns(Members... members) {
    return {column<Message>(members)...};
}

template <class Message>
std::string table_of(const std::vector<Message>& list, const std::vector<Column<Message>>& columns,
                     Width width) {
    std::vector<Row> rows(1);
    for (const auto& column : columns) rows[0].push_back(column.name);
    for (const auto& message : list) {
        Row& row = rows.emplace_back();
        for (const auto& column : columns) row.push_back(column.cell(message));
    }
    return table(rows, width);
}

/// The list in an answer as a table, in the order of the first column; of an empty one `no WHAT`. A text that
/// is not such a list comes back as it is.
template <class Message>
std::string list_text(std::string_view json, const std::vector<Column<Message>>& columns,
                      std::string_view what, Width width = {}) {
    auto list = messages::read_answer<std::vector<Message>>(json);
    if (!list) return std::string(json);
    if (list->empty()) return fmt::format("no {}\n", what);
    std::ranges::stable_sort(*list, {}, columns.front().cell);
    return table_of(*list, columns, width);
}

}  // namespace dirsync::ctl
