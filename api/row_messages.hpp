#pragma once

#include <optional>
#include <string>
#include <vector>

#include "admin/effective.hpp"
#include "api/messages/rows.hpp"
#include "model/seams/row_reader.hpp"

namespace dirsync::api {

/// nullopt for an empty text.
std::optional<std::string> text_or_null(const std::string& text);

// Rows of the store as messages.
messages::User message_of(const sync::UserRecord& user);
messages::Group message_of(const sync::GroupRecord& group);
messages::PermissionSet message_of(const sync::PermissionSet& set);
messages::Assignment message_of(const sync::AssignmentRecord& assignment);
messages::ListedAssignment message_of(const sync::ListedAssignment& assignment);
messages::ListedAssignment message_of(const admin::EffectiveAssignment& assignment);
messages::Run message_of(const sync::RecordedRun& run);
messages::Change message_of(const sync::ChangeLine& change);
messages::JournalLine message_of(const sync::JournalLine& line);
messages::HeldObject message_of(const sync::HeldLine& line);
messages::EntityError message_of(const sync::ListedError& error);
messages::Source message_of(const sync::SourceRecord& source);

/// A run without its id and times.
messages::Run outcome_of(const sync::RunRecord& run);

template <class Item>
auto messages_of(const std::vector<Item>& items) {
    std::vector<decltype(message_of(items.front()))> list;
    list.reserve(items.size());
    for (const auto& item : items) list.push_back(message_of(item));
    return list;
}

}  // namespace dirsync::api
