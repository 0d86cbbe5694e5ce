#include "store/sqlite/journal_writer.hpp"

#include <boost/json/serialize.hpp>

namespace dirsync::store {
namespace {

std::optional<std::string_view> text_or_null(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

// The name as a JSON string where that is more than the name in quotes; else null.
std::optional<std::string> quoted(std::string_view name) {
    std::string text = boost::json::serialize(boost::json::string_view(name.data(), name.size()));
    if (text.size() == name.size() + 2) return std::nullopt;
    return text;
}

}  // namespace

JournalWriter::JournalWriter(Db& db, std::uint64_t next_seq, std::int64_t run)
    : db_(db),
      next_seq_(next_seq),
      run_(run),
      next_name_(db.integer("SELECT max(id) FROM journal_names") + 1),
      lines_(db, "INSERT INTO journal (seq, run, action, reason, object, user, before, after)", 8),
      names_(db, "INSERT INTO journal_names (id, object_type, object_id, name, quoted, retired)", 6) {}

JournalWriter::NameRef JournalWriter::add_name(sync::ObjectType object_type, const RowId& id,
                                               std::string_view name) {
    return add(object_type, id, name, std::nullopt);
}

JournalWriter::NameRef JournalWriter::add_passing_name(sync::ObjectType object_type, const RowId& id,
                                                       std::string_view name) {
    return add(object_type, id, name, run_);
}

JournalWriter::NameRef JournalWriter::add(sync::ObjectType object_type, const RowId& id,
                                          std::string_view name, std::optional<std::int64_t> retired) {
    names_.add(next_name_, text_of(object_type), to_text(id), name, quoted(name), retired);
    return next_name_++;
}

void JournalWriter::retire(NameRef name) {
    db_.run("UPDATE journal_names SET retired = ? WHERE id = ?", run_, name);
}

void JournalWriter::line(sync::LineAction action, sync::Reason reason, NameRef object,
                         std::string_view before, std::string_view after) {
    lines_.add(next_seq_++, run_, static_cast<int>(action), word(reason), object, std::nullopt,
               text_or_null(before), text_or_null(after));
}

void JournalWriter::member_line(sync::LineAction action, sync::Reason reason, NameRef group, NameRef user) {
    lines_.add(next_seq_++, run_, static_cast<int>(action), word(reason), group, user, std::nullopt,
               std::nullopt);
}

void JournalWriter::flush() {
    names_.flush();
    lines_.flush();
}

std::int64_t JournalWriter::word(sync::Reason reason) {
    if (const auto found = words_.find(reason); found != words_.end()) return found->second;
    const std::string_view text = sync::text_of(reason);
    db_.run("INSERT OR IGNORE INTO journal_words (word) VALUES (?)", text);
    const std::int64_t id = db_.integer("SELECT id FROM journal_words WHERE word = ?", text);
    words_.emplace(reason, id);
    return id;
}

}  // namespace dirsync::store
