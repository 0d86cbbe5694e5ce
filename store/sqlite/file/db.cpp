#include "store/sqlite/file/db.hpp"

#include <sqlite3.h>

#include <cstring>
#include <utility>

#include "core/text.hpp"
#include "store/sqlite/file/store_watch.hpp"

namespace dirsync::store {
namespace {

// sqlite3_errmsg speaks of the library; an admin wants to know what to do.
Error error_for(int extended, const char* message, const std::string& path) {
    const std::string store = "the store " + path;
    const std::string said = message == nullptr ? "" : quoted_peer_text(message);
    const auto unavailable = [&](const std::string& text) {
        return Error(ErrorCode::store_unavailable, store + " " + text);
    };
    switch (extended & 0xff) {
        case SQLITE_FULL:
            return unavailable("cannot grow: the disk is full; free space, the next cycle continues");
        case SQLITE_IOERR:
            return unavailable("cannot be read or written (" + said + "); check the disk and its free space");
        case SQLITE_CANTOPEN:
            return unavailable("cannot be opened (" + said +
                               "); check that its folder exists and that this "
                               "user may read and write it");
        case SQLITE_PERM:
        case SQLITE_READONLY:
            return unavailable("is read-only (" + said +
                               "); give this user the right to write the file and "
                               "its folder");
        case SQLITE_CORRUPT:
            return unavailable("is damaged (" + said + "); stop dirsyncd, restore a backup, start it again");
        case SQLITE_NOTADB:
            return unavailable(
                "is not an identity store: it is not an SQLite database; move the file away or "
                "name another path");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return unavailable("is locked by another program for too long (" + said +
                               "); look for a tool "
                               "that holds a transaction open");
        case SQLITE_NOMEM:
            return unavailable(no_memory);
        default:
            return Error(ErrorCode::internal,
                         store + ": SQLite error " + std::to_string(extended) + ", " + said);
    }
}

[[noreturn]] void fail(sqlite3* db, int code, const std::string& path) {
    const int extended = db == nullptr ? code : sqlite3_extended_errcode(db);
    // MISUSE and the like leave no code behind in the connection.
    const int known = (extended & 0xff) == (code & 0xff) ? extended : code;
    throw DbFailure{error_for(known, db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db), path), known};
}

void sql_folded(sqlite3_context* context, int, sqlite3_value** values) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
    if (text == nullptr) return sqlite3_result_null(context);
    try {
        const std::string folded =
            text::folded({text, static_cast<std::size_t>(sqlite3_value_bytes(values[0]))});
        sqlite3_result_text(context, folded.data(), static_cast<int>(folded.size()), SQLITE_TRANSIENT);
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    }
}

}  // namespace

Statement::Statement(sqlite3* db, const std::string& path, std::string_view sql) : path_(&path) {
    const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
    if (code != SQLITE_OK) fail(db, code, path);
}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), path_(other.path_) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::check(int code) const {
    if (code != SQLITE_OK) fail(sqlite3_db_handle(statement_), code, *path_);
}

void Statement::bind_integer(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, index, value));
}

void Statement::bind(int index, std::string_view text) {
    // A null pointer would be bound as NULL.
    const char* data = text.data() == nullptr ? "" : text.data();
    check(sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, std::string&& text) {
    check(sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(int index, Blob blob) {
    const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
    check(sqlite3_bind_blob64(statement_, index, data, blob.bytes.size(), SQLITE_STATIC));
}

void Statement::bind(int index, std::nullopt_t) { check(sqlite3_bind_null(statement_, index)); }

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    fail(sqlite3_db_handle(statement_), code, *path_);
}

void Statement::reset() noexcept { sqlite3_reset(statement_); }

std::int64_t Statement::integer(int column) const noexcept {
    return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const noexcept {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const noexcept {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

bool Statement::is_integer(int column) const noexcept {
    return sqlite3_column_type(statement_, column) == SQLITE_INTEGER;
}

Db::Db(std::string path, Mode mode) : path_(std::move(path)) {
    const int flags = (mode == Mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path_.c_str(), &db_, flags, nullptr);
    if (code != SQLITE_OK) {
        const Error error = error_for(code, db_ == nullptr ? nullptr : sqlite3_errmsg(db_), path_);
        sqlite3_close_v2(db_);
        throw DbFailure{error};
    }
    // SQLite falls back to reading without a word.
    if (mode == Mode::read_write && sqlite3_db_readonly(db_, "main") == 1) {
        sqlite3_close_v2(db_);
        throw DbFailure{error_for(SQLITE_READONLY, "no right to write", path_)};
    }
    sqlite3_create_function_v2(db_, "folded", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                               nullptr, &sql_folded, nullptr, nullptr, nullptr);
}

Db::~Db() {
    statements_.clear();
    sqlite3_close_v2(db_);
}

void Db::release_memory() noexcept { sqlite3_db_release_memory(db_); }

void Db::execute(std::string_view sql) {
    const int code = sqlite3_exec(db_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(db_, code, path_);
}

Statement& Db::cached(std::string_view sql) {
    if (const auto found = statements_.find(sql); found != statements_.end()) return found->second;
    return statements_.try_emplace(std::string(sql), db_, path_, sql).first->second;
}

bool Db::in_transaction() const noexcept { return sqlite3_get_autocommit(db_) == 0; }

void Db::set_busy_timeout(int milliseconds) noexcept { sqlite3_busy_timeout(db_, milliseconds); }

bool Db::checkpoint_and_truncate() noexcept {
    return sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) == SQLITE_OK;
}

void Db::keep_log() noexcept {
    int keep = 1;
    sqlite3_file_control(db_, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

void Db::leave_log() noexcept { sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

Db::Content Db::content() { return {integer("PRAGMA data_version"), sqlite3_total_changes64(db_)}; }

std::int64_t Db::changes() const noexcept { return sqlite3_changes64(db_); }

Deadline::Deadline(Db& db, std::chrono::milliseconds patience)
    : db_(db), end_(std::chrono::steady_clock::now() + patience) {
    constexpr int steps_between_looks = 10'000;
    const auto has_passed = [](void* self) { return static_cast<Deadline*>(self)->passed() ? 1 : 0; };
    sqlite3_progress_handler(db_.db_, steps_between_looks, has_passed, this);
}

Deadline::~Deadline() { sqlite3_progress_handler(db_.db_, 0, nullptr, nullptr); }

Transaction::Transaction(Db& db, Kind kind) : db_(db), kind_(kind) {
    if (kind == Kind::read && db_.in_transaction()) {
        open_ = false;
        return;
    }
    if (db_.watch() != nullptr) db_.watch()->require_looked_at();
    db_.run(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (db_.watch() == nullptr) return;
    try {
        db_.watch()->require_same(db_);
    } catch (const DbFailure&) {
        roll_back();
        throw;
    }
}

Transaction::~Transaction() { roll_back(); }

void Transaction::roll_back() noexcept {
    // SQLite has rolled back already after a full disk or an I/O error.
    if (!open_ || !db_.in_transaction()) return;
    try {
        db_.run("ROLLBACK");
    } catch (const DbFailure&) {
        // What is not committed is undone when the connection ends; the first failure was reported.
    }
}

void Transaction::commit() {
    const bool is_watched = kind_ == Kind::write && db_.watch() != nullptr;
    if (is_watched) db_.watch()->look();
    db_.run("COMMIT");
    if (is_watched) db_.watch()->note_own_write();
    open_ = false;
}

RowInsert::RowInsert(Db& db, std::string_view head, int columns, std::string_view tail)
    : db_(db), columns_(static_cast<std::size_t>(columns)) {
    std::string row = "(";
    for (int i = 0; i < columns; ++i) row += i == 0 ? "?" : ",?";
    row += ")";
    one_ = std::string(head) + " VALUES " + row;
    full_ = one_;
    for (std::size_t i = 1; i < rows_a_statement; ++i) full_ += "," + row;
    one_ += tail;
    full_ += tail;
    slots_.reserve(columns_ * rows_a_statement);
}

void RowInsert::put_bytes(Slot::Kind kind, std::string_view bytes) {
    slots_.push_back({kind, static_cast<std::int64_t>(bytes_.size()), bytes.size()});
    bytes_.append(bytes);
}

void RowInsert::bind(Statement& statement, int index, const Slot& slot) const {
    const auto bytes = [&] {
        return std::string_view(bytes_).substr(static_cast<std::size_t>(slot.integer), slot.size);
    };
    switch (slot.kind) {
        case Slot::Kind::null:
            return statement.bind(index, std::nullopt);
        case Slot::Kind::integer:
            return statement.bind(index, slot.integer);
        case Slot::Kind::text:
            return statement.bind(index, bytes());
        case Slot::Kind::blob:
            return statement.bind(index, Blob{bytes()});
    }
}

void RowInsert::write_full() {
    Query query(db_.cached(full_));
    int index = 0;
    for (const Slot& slot : slots_) bind(*query.operator->(), ++index, slot);
    query.step();
    written_ += db_.changes();
    slots_.clear();
    bytes_.clear();
}

void RowInsert::flush() {
    for (std::size_t first = 0; first < slots_.size(); first += columns_) {
        Query query(db_.cached(one_));
        for (std::size_t i = 0; i < columns_; ++i) {
            bind(*query.operator->(), static_cast<int>(i) + 1, slots_[first + i]);
        }
        query.step();
        written_ += db_.changes();
    }
    slots_.clear();
    bytes_.clear();
}

}  // namespace dirsync::store
