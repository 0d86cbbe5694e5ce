#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "consumer.hpp"
#include "store/sqlite/file/schema.hpp"
#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string bytes_of_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream out;
    out << file.rdbuf();
    return out.str();
}

sync::Plan two_users_in_a_group() {
    sync::Plan plan;
    plan.users = {created(1, a_user(1, "alice")), created(2, a_user(2, "bob"))};
    plan.groups = {created(11, a_group(11, "staff"))};
    plan.memberships = {member_added(11, 1), member_added(11, 2)};
    return plan;
}

class SqliteFiles : public ::testing::Test {
protected:
    std::string path() const { return folder_.file("identity.db"); }
    TempFolder folder_;
};

TEST_F(SqliteFiles, ANewStoreIsWalAndKeptFromOthers) {
    const auto umask_before = ::umask(0);
    {
        const auto store = open_store(path());
        ASSERT_TRUE(store->commit(commit_of(two_users_in_a_group(), 0)));
        for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
            struct stat status {};
            ASSERT_EQ(::stat((path() + suffix).c_str(), &status), 0) << suffix;
            EXPECT_EQ(status.st_mode & 0777, 0640U) << suffix;
        }
    }
    ::umask(umask_before);
    Consumer consumer(path());
    EXPECT_THAT(consumer.rows("PRAGMA journal_mode"), ElementsAre("wal"));
    EXPECT_THAT(consumer.rows("PRAGMA page_size"), ElementsAre("4096"));
    EXPECT_THAT(consumer.rows("PRAGMA application_id"), ElementsAre(std::to_string(application_id)));
    EXPECT_THAT(consumer.rows("PRAGMA user_version"), ElementsAre(std::to_string(migrations().size())));
}

// semantics 5.11
TEST_F(SqliteFiles, ASecondOwnerIsToldWhoTheFirstIs) {
    auto store = open_store(path());
    const Error again = opened_in_vain(path());
    EXPECT_EQ(again.code(), ErrorCode::store_in_use);
    EXPECT_THAT(again.message(), HasSubstr("is in use by process " + std::to_string(::getpid())));

    std::filesystem::create_symlink(path(), folder_.file("other-name.db"));
    EXPECT_EQ(opened_in_vain(folder_.file("other-name.db")).code(), ErrorCode::store_in_use);

    const pid_t child = ::fork();
    if (child == 0) {
        SqliteOptions options;
        options.path = path();
        options.look_lasts = {};
        const auto opened = open_sqlite(options);
        ::_exit(!opened && opened.error().code() == ErrorCode::store_in_use ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    store.reset();
    EXPECT_TRUE(open_store(path()));
}

TEST_F(SqliteFiles, AFileThatIsNotAStoreIsLeftAlone) {
    std::ofstream(path())
        << "a letter to somebody, long enough to fill the header of a database file and more: "
        << std::string(200, 'x');
    const std::string before = bytes_of_file(path());
    EXPECT_EQ(opened_in_vain(path()).code(), ErrorCode::store_unavailable);
    EXPECT_THAT(opened_in_vain(path()).message(),
                AllOf(HasSubstr(path()), HasSubstr("is not an identity store")));
    EXPECT_EQ(bytes_of_file(path()), before);
}

TEST_F(SqliteFiles, ADatabaseOfAnotherProgramIsLeftAlone) {
    Consumer(path()).run("CREATE TABLE letters (text); INSERT INTO letters VALUES ('x')");
    const std::string before = bytes_of_file(path());
    EXPECT_THAT(opened_in_vain(path()).message(), HasSubstr("belongs to another program"));
    EXPECT_EQ(bytes_of_file(path()), before);

    Consumer(path()).run("PRAGMA application_id = 77");
    EXPECT_THAT(opened_in_vain(path()).message(), HasSubstr("belongs to another program"));
}

TEST_F(SqliteFiles, AnEmptyFileBecomesAStore) {
    std::ofstream(path()).close();
    EXPECT_TRUE(open_store(path()));
}

TEST_F(SqliteFiles, AFolderThatIsMissingIsNamed) {
    const Error error = opened_in_vain(folder_.file("nowhere/identity.db"));
    EXPECT_EQ(error.code(), ErrorCode::store_unavailable);
    EXPECT_THAT(error.message(), AllOf(HasSubstr("nowhere"), HasSubstr("No such file")));
}

TEST_F(SqliteFiles, AStoreOfALaterVersionIsLeftAlone) {
    open_store(path()).reset();
    Consumer(path()).run("PRAGMA user_version = 999; CREATE TABLE of_the_future (x)");
    const std::string before = bytes_of_file(path());
    const Error error = opened_in_vain(path());
    EXPECT_EQ(error.code(), ErrorCode::store_too_new);
    EXPECT_EQ(error.error_class(), ErrorClass::config);
    EXPECT_THAT(error.message(), AllOf(HasSubstr("later version"), HasSubstr("999")));
    EXPECT_EQ(bytes_of_file(path()), before);
}

// An older file is brought up to date with what it holds.
TEST_F(SqliteFiles, AnOlderStoreIsCarriedAlong) {
    {
        Consumer old(path());
        old.run(std::string(migrations()[0].sql));
        old.run("PRAGMA application_id = " + std::to_string(application_id) + "; PRAGMA user_version = 1");
        old.run(
            "INSERT INTO identity_source VALUES (1, 'active_directory', 'active_directory:corp.example.com', "
            "'[[\"corp.example.com\",\"f3000000-0000-4000-8000-000000000001\"]]', "
            "'1d000000-0000-4000-8000-000000000009', 1790000000, 0)");
        old.run(
            "INSERT INTO journal_names (id, object_type, object_id, name) "
            "VALUES (1, 'USER', '" +
            id_text(1) + "', 'alice@corp.example.com')");
        old.run("INSERT INTO users VALUES (1, 5, 6, 7, 0, 0, NULL, 1, 1790000000, 1790000000, 3, '" +
                id_text(1) + "', '" + to_text(guid_of_node(1)) +
                "', 'alice@corp.example.com', 'Alice', '', '', '', "
                "'alice@example.com', 'S-1-1', '{}')");
        old.run("UPDATE meta SET users = 1, next_seq = 42, generation = 7, next_node = 2");
    }
    const auto store = open_store(path());
    ASSERT_TRUE(store);
    EXPECT_TRUE(store->check_integrity());
    EXPECT_EQ(store->facts()->cursor.generation, 7U);
    EXPECT_EQ(store->facts()->source.domains.at(0).first, "corp.example.com");
    EXPECT_EQ(store->users(std::vector<Node>{1})->at(0).row.display_name, "Alice");
    EXPECT_TRUE(store->query(view("v1_assignments"))->rows.empty());

    sync::Plan plan;
    plan.users = {created(2, a_user(2, "bob"))};
    ASSERT_TRUE(store->commit(commit_of(plan, 7)));
    EXPECT_EQ(text_in(store->query(view("v1_changes"))->rows.at(0)[0]), "42");
    EXPECT_THAT(Consumer(path()).rows("PRAGMA user_version"),
                ElementsAre(std::to_string(migrations().size())));
}

TEST_F(SqliteFiles, AMigrationThatFailsLeavesTheFileAsItWas) {
    open_store(path()).reset();
    std::vector<Migration> steps(migrations().begin(), migrations().end());
    const std::size_t known = steps.size();
    steps.push_back({"9001_good.sql", "CREATE TABLE extra (x INTEGER) STRICT; INSERT INTO extra VALUES (1)"});
    steps.push_back({"9002_bad.sql", "ALTER TABLE extra ADD COLUMN y INTEGER; UPDATE nowhere SET x = 1"});
    {
        Db db(path(), Db::Mode::read_write);
        try {
            migrate(db, steps);
            ADD_FAILURE() << "the bad step went through";
        } catch (const DbFailure& failure) {
            EXPECT_THAT(failure.error.message(), AllOf(HasSubstr("9002_bad.sql"), HasSubstr("nowhere")));
        }
    }
    Consumer consumer(path());
    EXPECT_THAT(consumer.rows("PRAGMA user_version"), ElementsAre(std::to_string(known)));
    EXPECT_THAT(consumer.rows("SELECT name FROM sqlite_schema WHERE name = 'extra'"), IsEmpty());
}

// contract, SQL: assignments outlive what they name, and the view says so.
TEST_F(SqliteFiles, AssignmentsOfRemovedPrincipalsDangle) {
    const auto store = open_store(path());
    ASSERT_TRUE(store->commit(commit_of(two_users_in_a_group(), 0)));
    Consumer(path()).run(
        "INSERT INTO permission_sets VALUES ('p1', 'Admin', 1, 'all'); "
        "INSERT INTO assignments VALUES ('a1', 'USER', '" +
        id_text(1) +
        "', 'p1', '111'), "
        "('a2', 'USER', '" +
        id_text(2) + "', 'p1', '111'), ('a3', 'GROUP', '" + id_text(11) + "', 'p1', '111')");
    sync::Plan removal;
    removal.users = {removed(1, a_user(1, "alice"))};
    ASSERT_TRUE(store->commit(commit_of(removal, 0)));
    Consumer consumer(path());
    EXPECT_THAT(consumer.rows("SELECT assignment_id, dangling FROM v1_assignments ORDER BY assignment_id"),
                ElementsAre("a1|1", "a2|0", "a3|0"));
}

// Consumers read the views with a SQLite of their own, also one that does not trust schemas.
TEST_F(SqliteFiles, ConsumersReadWhileWeWrite) {
    const auto store = open_store(path());
    ASSERT_TRUE(store->commit(commit_of(two_users_in_a_group(), 0)));
    Consumer consumer(path(), SQLITE_OPEN_READONLY);
    consumer.run("PRAGMA trusted_schema = OFF; BEGIN");
    EXPECT_THAT(consumer.rows("SELECT count(*) FROM v1_users"), ElementsAre("2"));
    sync::Plan plan;
    plan.users = {created(3, a_user(3, "q\"uote")), removed(1, a_user(1, "alice"))};
    plan.memberships = {member_added(11, 3)};
    ASSERT_TRUE(store->commit(commit_of(plan, 0)));
    EXPECT_THAT(consumer.rows("SELECT count(*) FROM v1_users"), ElementsAre("2"))
        << "one moment, until it ends";
    consumer.run("COMMIT");
    EXPECT_THAT(consumer.rows("SELECT user_name FROM v1_users ORDER BY user_name"),
                ElementsAre("bob@corp.example.com", "q\"uote@corp.example.com"));
    EXPECT_THAT(consumer.rows("SELECT json_extract(after, '$.user_name') FROM v1_changes "
                              "WHERE action = 'add_member' AND seq > 5"),
                ElementsAre("q\"uote@corp.example.com"));
    for (const auto* name :
         {"v1_users", "v1_groups", "v1_memberships", "v1_permission_sets", "v1_assignments", "v1_changes",
          "v1_runs", "v1_entity_errors", "v1_identity_source"}) {
        EXPECT_THAT(consumer.rows(std::string("SELECT count(*) >= 0 FROM ") + name), ElementsAre("1"));
    }
}

// semantics 5.6, as a watcher of the file sees it.
TEST_F(SqliteFiles, ACommitOfNothingTouchesNoFile) {
    const auto store = open_store(path());
    const sync::Plan plan = two_users_in_a_group();
    ASSERT_TRUE(store->commit(commit_of(plan, 0)));
    Consumer consumer(path(), SQLITE_OPEN_READONLY);
    const auto version = consumer.rows("PRAGMA data_version");
    const std::string file = bytes_of_file(path());
    const std::string log = bytes_of_file(path() + "-wal");

    sync::Plan same;
    same.users = {updated(1, a_user(1, "alice"), a_user(1, "alice"))};
    same.memberships = {member_added(11, 1), member_removed(11, 99)};
    same.errors = {{guid_of_node(4), "", false, "", "", ""}};
    ASSERT_TRUE(store->commit(commit_of(same, 0)));
    ASSERT_TRUE(store->set_paused(std::nullopt, false, asked("resume")));
    ASSERT_TRUE(store->set_source(store->facts()->source));
    ASSERT_TRUE(store->prune_journal(Time{}));
    EXPECT_EQ(consumer.rows("PRAGMA data_version"), version);
    EXPECT_EQ(bytes_of_file(path()), file);
    EXPECT_EQ(bytes_of_file(path() + "-wal"), log);

    ASSERT_TRUE(store->set_paused(noon, false, asked("pause")));
    EXPECT_NE(consumer.rows("PRAGMA data_version"), version) << "the watcher sees a change";
}

TEST_F(SqliteFiles, DamageIsFound) {
    {
        const auto store = open_store(path());
        ASSERT_TRUE(store->commit(commit_of(two_users_in_a_group(), 0)));
    }
    Consumer(path()).run("PRAGMA foreign_keys = OFF; DELETE FROM users WHERE id = 1");
    const auto store = open_store(path());
    const auto checked = store->check_integrity();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), ErrorCode::store_unavailable);
    EXPECT_THAT(checked.error().message(), AllOf(HasSubstr("damaged"), HasSubstr("memberships")));
}

}  // namespace
}  // namespace dirsync::store::testing
