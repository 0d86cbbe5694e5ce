#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace dirsync::store {

class StoreWatch;

/// How code of this folder gives up half way. Never leaves it: every member of IdentityStore catches it
/// and returns the error (`outcome_of`).
struct DbFailure {
    Error error;
    int code = 0;  ///< of SQLite, the extended one; 0: it was not SQLite that failed
};

/// Bytes that are bound as BLOB instead of TEXT.
struct Blob {
    std::string_view bytes;
};

/// A prepared statement. Text and blobs are bound without a copy: they must outlive the next `step`.
class Statement {
public:
    Statement(sqlite3* db, const std::string& path, std::string_view sql);
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    template <std::integral T>
    void bind(int index, T value) {
        bind_integer(index, static_cast<std::int64_t>(value));
    }
    void bind(int index, std::string_view text);
    /// A temporary is copied: it would be gone before the statement steps.
    void bind(int index, std::string&& text);
    void bind(int index, Blob blob);
    void bind(int index, std::nullopt_t);
    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value) {
            bind(index, *value);
        } else {
            bind(index, std::nullopt);
        }
    }

    /// True while there is a row.
    bool step();
    void reset() noexcept;

    std::int64_t integer(int column) const noexcept;
    /// Texts and blobs are valid until the next `step` or `reset`.
    std::string_view text(int column) const noexcept;
    bool is_null(int column) const noexcept;
    bool is_integer(int column) const noexcept;
    std::optional<std::int64_t> maybe_integer(int column) const noexcept {
        return is_null(column) ? std::nullopt : std::optional(integer(column));
    }

private:
    void bind_integer(int index, std::int64_t value);
    void check(int code) const;

    sqlite3_stmt* statement_ = nullptr;
    const std::string* path_;
};

/// A statement in use: reset when it goes, so that no read transaction stays open behind it.
class Query {
public:
    explicit Query(Statement& statement) noexcept : statement_(&statement) {}
    Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Query& operator=(Query&&) = delete;
    ~Query() {
        if (statement_ != nullptr) statement_->reset();
    }
    Statement* operator->() const noexcept { return statement_; }
    bool step() { return statement_->step(); }

private:
    Statement* statement_;
};

/// A connection and its prepared statements, which are kept by their text. One thread at a time.
class Db {
public:
    enum class Mode { read_write, read_only };
    /// Throws DbFailure with the path and a reason in plain words. Creates no file.
    Db(std::string path, Mode mode);
    Db(const Db&) = delete;
    Db& operator=(const Db&) = delete;
    ~Db();

    const std::string& path() const noexcept { return path_; }

    /// Runs statements without parameters and drops their rows.
    void execute(std::string_view sql);
    /// Gives the page cache back to the system.
    void release_memory() noexcept;

    /// `sql` with its parameters bound, ready to step. Not to be nested with itself.
    template <class... Args>
    Query query(std::string_view sql, Args&&... args) {
        Query query(cached(sql));
        int index = 0;
        (query->bind(++index, std::forward<Args>(args)), ...);
        return query;
    }
    /// Runs `sql` to its end and says how many rows it changed.
    template <class... Args>
    std::int64_t run(std::string_view sql, const Args&... args) {
        Query running = query(sql, args...);
        while (running.step()) {
        }
        return changes();
    }
    /// The first column of the first row; 0 without one.
    template <class... Args>
    std::int64_t integer(std::string_view sql, const Args&... args) {
        Query running = query(sql, args...);
        return running.step() ? running->integer(0) : 0;
    }

    /// Moves with whatever anybody writes to the database through SQLite, and may move without.
    struct Content {
        std::int64_t of_others = 0;
        std::int64_t own = 0;
        bool operator==(const Content&) const = default;
    };
    Content content();
    /// Rows that the statement before wrote.
    std::int64_t changes() const noexcept;
    /// The kept statement for `sql`. Valid as long as the connection.
    Statement& cached(std::string_view sql);
    bool in_transaction() const noexcept;
    /// From now on each transaction asks it at its beginning, and before it writes for good. Outlives this.
    void set_watch(StoreWatch& watch) noexcept { watch_ = &watch; }
    StoreWatch* watch() const noexcept { return watch_; }
    /// The write-ahead log and its index stay when the last connection ends: who may not write could not
    /// make them, and so not read (semantics 11.1). Nor is a file of that name removed that is another's.
    void keep_log() noexcept;
    /// When this connection ends, the log stays as it is: what it belongs to lies somewhere else.
    void leave_log() noexcept;
    void set_busy_timeout(int milliseconds) noexcept;
    /// Folds the write-ahead log into the database and cuts it to nothing; false when a reader is in the way.
    bool checkpoint_and_truncate() noexcept;

private:
    friend class Deadline;
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };

    std::string path_;
    sqlite3* db_ = nullptr;
    StoreWatch* watch_ = nullptr;
    std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
};

/// Statements are interrupted once `patience` has passed, as long as this lives: they throw DbFailure then.
class Deadline {
public:
    Deadline(Db& db, std::chrono::milliseconds patience);
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline();
    bool passed() const noexcept { return std::chrono::steady_clock::now() > end_; }

private:
    Db& db_;
    std::chrono::steady_clock::time_point end_;
};

/// A transaction that is undone unless `commit` was reached. One that reads within another is a part of it.
class Transaction {
public:
    enum class Kind { read, write };
    Transaction(Db& db, Kind kind);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

private:
    void roll_back() noexcept;

    Db& db_;
    Kind kind_;
    bool open_ = true;
};

/// Inserts rows sixteen at a time: half the cost of one by one. Values are copied, so they need not
/// outlive `add`. The last rows wait for `flush`, which must be reached.
class RowInsert {
public:
    /// `head` is the statement up to VALUES, `columns` the number of values of a row, `tail` what follows.
    RowInsert(Db& db, std::string_view head, int columns, std::string_view tail = {});

    template <class... Args>
    void add(const Args&... args) {
        (put(args), ...);
        DIRSYNC_ASSERT(slots_.size() % columns_ == 0);
        if (slots_.size() == columns_ * rows_a_statement) write_full();
    }
    void flush();
    /// Rows that were inserted or updated by now: those that the statement left alone do not count.
    std::int64_t written() const noexcept { return written_; }

private:
    static constexpr std::size_t rows_a_statement = 16;
    struct Slot {
        enum class Kind : std::uint8_t { null, integer, text, blob } kind;
        std::int64_t integer;  // the value, or the offset of the bytes
        std::size_t size;
    };

    template <std::integral T>
    void put(T value) {
        slots_.push_back({Slot::Kind::integer, static_cast<std::int64_t>(value), 0});
    }
    void put(std::string_view text) { put_bytes(Slot::Kind::text, text); }
    void put(Blob blob) { put_bytes(Slot::Kind::blob, blob.bytes); }
    void put(std::nullopt_t) { slots_.push_back({Slot::Kind::null, 0, 0}); }
    template <class T>
    void put(const std::optional<T>& value) {
        if (value) {
            put(*value);
        } else {
            put(std::nullopt);
        }
    }
    void put_bytes(Slot::Kind kind, std::string_view bytes);
    void bind(Statement& statement, int index, const Slot& slot) const;
    void write_full();

    Db& db_;
    std::size_t columns_;
    std::int64_t written_ = 0;
    std::string one_;
    std::string full_;
    std::vector<Slot> slots_;
    std::string bytes_;
};

inline constexpr const char* no_memory =
    "gets no memory: nothing was written; raise the limit (MemoryMax, ulimit -v)";

/// Runs `work`, which may throw DbFailure or run out of memory, and hands on what came of it.
template <class Work>
auto outcome_of(Work&& work) noexcept -> Result<decltype(work())> {
    try {
        if constexpr (std::is_void_v<decltype(work())>) {
            work();
            return {};
        } else {
            return work();
        }
    } catch (const DbFailure& failure) {
        return failure.error;
    } catch (const std::bad_alloc&) {
        return Error(ErrorCode::store_unavailable, std::string("the store ") + no_memory);
    } catch (const std::exception& exception) {
        return Error(ErrorCode::internal, std::string("the store: ") + exception.what());
    }
}

}  // namespace dirsync::store
