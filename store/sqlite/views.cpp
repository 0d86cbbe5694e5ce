#include "store/sqlite/views.hpp"

#include <charconv>

#include "core/text.hpp"

namespace dirsync::store {
namespace {

std::optional<std::int64_t> parsed_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Every name in the text comes from our own table of views; every value is a parameter.
std::string sql_of(const CheckedQuery& query) {
    const std::string view(query.view->name);
    std::string sql = "SELECT ";
    for (const ViewColumn& column : query.view->columns) {
        if (&column != query.view->columns.data()) sql += ", ";
        sql += "\"" + std::string(column.name) + "\"";
    }
    sql += " FROM " + view + " WHERE 1";
    for (const auto& [column, value] : query.equals) {
        const std::string name = "\"" + std::string(column->name) + "\"";
        if (column->kind == ColumnKind::name) {
            // By the index of the name's key: through the view it would be a scan.
            const bool is_user = view == "v1_users";
            const std::string id = is_user ? "user_id" : "group_id";
            const std::string key = column->name == "email" ? "email_key" : "name_key";
            sql += " AND " + id + " IN (SELECT " + id + " FROM " + (is_user ? "users" : "groups") +
                   " WHERE " + key + " = ? AND " + key + " <> 0)";
        } else if (column->kind == ColumnKind::external_id) {
            sql += " AND " + name + " IN (?, ?)";
        } else if (column->kind == ColumnKind::text) {
            sql += " AND folded(" + name + ") = ?";
        } else {
            sql += " AND " + name + " = ?";
        }
        if (view == "v1_changes" && column->name == "run_id") {
            sql +=
                " AND seq BETWEEN (SELECT first_seq FROM runs WHERE run_id = ?) AND "
                "(SELECT last_seq FROM runs WHERE run_id = ?)";
        }
    }
    if (query.after_seq) sql += " AND seq > ?";
    if (query.order_by != nullptr) {
        sql += " ORDER BY \"" + std::string(query.order_by->name) + "\"" + (query.descending ? " DESC" : "");
    } else if (view == "v1_changes" || view == "v1_runs") {
        sql += view == "v1_changes" ? " ORDER BY seq" : " ORDER BY run_id";
    }
    return sql + " LIMIT ? OFFSET ?";
}

}  // namespace

sync::Rows read_view(Db& db, const CheckedQuery& query) {
    sync::Rows out;
    for (const ViewColumn& column : query.view->columns) out.columns.emplace_back(column.name);

    Query running(db.cached(sql_of(query)));
    int index = 0;
    // Bound without a copy: they live until the last row was read.
    std::vector<std::string> texts;
    texts.reserve(2 * query.equals.size());
    for (const auto& [column, value] : query.equals) {
        switch (column->kind) {
            case ColumnKind::name:
                running->bind(++index, sync::name_key(value));
                break;
            case ColumnKind::integer: {
                const auto number = parsed_integer(value);
                if (!number) return out;
                running->bind(++index, *number);
                break;
            }
            case ColumnKind::text:
                running->bind(++index, std::string_view(texts.emplace_back(text::folded(value))));
                break;
            case ColumnKind::id: {
                const std::string_view id = texts.emplace_back(text::lower(value));
                running->bind(++index, id);
                if (query.view->name != "v1_changes" || column->name != "run_id") break;
                running->bind(++index, id);
                running->bind(++index, id);
                break;
            }
            case ColumnKind::external_id: {
                const auto ids = sync::external_ids_meant(value);
                if (ids.empty()) return out;
                running->bind(++index, std::string_view(texts.emplace_back(ids.front())));
                running->bind(++index, std::string_view(texts.emplace_back(ids.back())));
                break;
            }
            case ColumnKind::time:
                running->bind(++index, std::string_view(texts.emplace_back(value)));
                break;
        }
    }
    if (query.after_seq) running->bind(++index, *query.after_seq);
    running->bind(++index, query.limit);
    running->bind(++index, query.offset);

    const auto width = static_cast<int>(out.columns.size());
    while (running.step()) {
        std::vector<sync::Value>& row = out.rows.emplace_back();
        row.reserve(out.columns.size());
        for (int column = 0; column < width; ++column) {
            if (running->is_null(column)) {
                row.emplace_back();
            } else if (running->is_integer(column)) {
                row.emplace_back(running->integer(column));
            } else {
                row.emplace_back(std::string(running->text(column)));
            }
        }
    }
    return out;
}

}  // namespace dirsync::store
