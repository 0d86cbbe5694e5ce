#include "api/names.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"

namespace dirsync::api {
namespace {

constexpr std::size_t most_matches = 20;
constexpr std::size_t most_shown = 5;
constexpr std::size_t shortest_beginning = 4;

messages::NameMatch match_of(const sync::UserRecord& user) {
    return {"USER",        to_text(user.id), user.row.external_id, user.row.user_name, user.row.display_name,
            user.row.email};
}

messages::NameMatch match_of(const sync::GroupRecord& group) {
    return {"GROUP", to_text(group.id), group.row.external_id, group.row.display_name, group.row.display_name,
            ""};
}

template <class Record>
void add(std::vector<messages::NameMatch>& found, const std::vector<Record>& records) {
    for (const auto& record : records) found.push_back(match_of(record));
}

/// The only id, or the text where there is none. `kind`: `runs`.
Result<std::string> only_one(const std::string& beginning, const std::vector<std::string>& ids,
                             const std::string& kind) {
    if (ids.empty()) return beginning;
    if (ids.size() == 1) return ids.front();
    std::string list;
    for (std::size_t i = 0; i < std::min(ids.size(), most_shown); ++i)
        list += (list.empty() ? "" : ", ") + ids[i];
    if (ids.size() > most_shown) list += ", ...";
    return Error(ErrorCode::refused,
                 "the ids of several " + kind + " begin with '" + beginning + "': " + list);
}

}  // namespace

Task<Result<std::vector<messages::NameMatch>>> matches(sync::RowClient& rows, std::string name,
                                                       std::string kind) {
    std::vector<messages::NameMatch> found;
    if (kind != "group") {
        const auto user = co_await rows.user(name);
        if (!user) co_return user.error();
        if (*user) found.push_back(match_of(**user));
    }
    if (kind != "user") {
        const auto group = co_await rows.group(name);
        if (!group) co_return group.error();
        if (*group) found.push_back(match_of(**group));
    }
    if (!found.empty()) co_return found;
    if (kind != "group") {
        const auto users = co_await rows.users_meant(name, most_matches);
        if (!users) co_return users.error();
        add(found, *users);
    }
    if (kind != "user") {
        const auto groups = co_await rows.groups_meant(name, most_matches);
        if (!groups) co_return groups.error();
        add(found, *groups);
    }
    co_return found;
}

Error fits_several(const std::string& quoted, const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    return Error(ErrorCode::refused, quoted + " may mean one of these; say which: " + list);
}

Task<Result<std::string>> run_called(sync::RowClient& rows, std::string text) {
    const bool may_begin_one =
        text.size() >= shortest_beginning && !parse<RowId>(text) && std::ranges::all_of(text, [](char c) {
            return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
    if (!may_begin_one) co_return text;
    const auto runs = co_await rows.runs_beginning(text, most_shown + 1);
    if (!runs) co_return runs.error();
    co_return only_run(text, *runs);
}

Result<std::string> only_run(const std::string& text, const std::vector<RowId>& runs) {
    std::vector<std::string> ids;
    for (const RowId& run : runs) ids.push_back(to_text(run));
    return only_one(text, ids, "runs");
}

Result<std::string> hold_called(const std::vector<sync::Hold>& holds, const std::string& text) {
    std::vector<std::string> ids;
    for (const auto& hold : holds) {
        if (hold.id == text) return text;
        if (text.size() >= shortest_beginning && hold.id.starts_with(text::lower(text)))
            ids.push_back(hold.id);
    }
    return only_one(text, ids, "holds");
}

}  // namespace dirsync::api
