#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

namespace dirsync::store::testing {

/// A connection as a consumer has one: plain SQLite, nothing of ours.
class Consumer {
public:
    explicit Consumer(const std::string& path, int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) {
        EXPECT_EQ(sqlite3_open_v2(path.c_str(), &db_, flags, nullptr), SQLITE_OK);
    }
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;
    ~Consumer() { sqlite3_close_v2(db_); }

    void run(const std::string& sql) {
        char* message = nullptr;
        EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
            << message << " in " << sql;
        sqlite3_free(message);
    }
    /// Puts the content of another database into this one, as the shell's `.restore` does.
    void restore(const std::string& from) {
        sqlite3* source = nullptr;
        ASSERT_EQ(sqlite3_open_v2(from.c_str(), &source, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
        sqlite3_backup* backup = sqlite3_backup_init(db_, "main", source, "main");
        ASSERT_NE(backup, nullptr) << sqlite3_errmsg(db_);
        EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE) << sqlite3_errmsg(db_);
        EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
        sqlite3_close_v2(source);
    }
    /// Rows as `a|b|c`.
    std::vector<std::string> rows(const std::string& sql) {
        std::vector<std::string> out;
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db_);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            std::string row;
            for (int i = 0; i < sqlite3_column_count(statement); ++i) {
                const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
                row += (i == 0 ? "" : "|") + std::string(text == nullptr ? "NULL" : text);
            }
            out.push_back(row);
        }
        sqlite3_finalize(statement);
        return out;
    }

private:
    sqlite3* db_ = nullptr;
};

}  // namespace dirsync::store::testing
