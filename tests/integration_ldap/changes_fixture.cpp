#include "changes_fixture.hpp"

#include <cstdlib>

namespace dirsync::lab {
namespace {

std::string quoted(const std::string& word) {
    std::string out = "'";
    for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

/// The DC's clock is not part of a cursor: it is never stored.
std::vector<sync::DomainFacts> cursor_of(std::vector<sync::DomainFacts> facts) {
    for (auto& domain : facts) domain.current_time.reset();
    return facts;
}

}  // namespace

void ChangesTest::SetUp() {
    DirectoryTest::SetUp();
    if (IsSkipped()) return;
    tag_ =
        "itc" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count() % 1'000'000'000);
    unit_ = "OU=" + tag_ + ",OU=Lab," + lab()["AD_BASE_DN"];
    mutate({"create-ou", tag_, "parent=OU=Lab," + lab()["AD_BASE_DN"]});
}

void ChangesTest::TearDown() {
    if (!unit_.empty()) mutate({"delete-tree", unit_});
}

void ChangesTest::mutate(const std::vector<std::string>& words) {
    std::string command = std::string(DIRSYNC_LAB_TOOLS) + "/ad-mutate " + quoted(lab().directory());
    for (const auto& word : words) command += " " + quoted(word);
    EXPECT_EQ(std::system((command + " >/dev/null").c_str()), 0) << command;
}

void ChangesTest::create_user(const std::string& letter, const std::vector<std::string>& attributes) {
    std::vector<std::string> words{"create-user", user(letter), "parent=" + unit_};
    words.insert(words.end(), attributes.begin(), attributes.end());
    mutate(words);
}

void ChangesTest::create_group(const std::string& letter, const std::vector<std::string>& members) {
    mutate({"create-group", user(letter), "parent=" + unit_});
    if (members.empty()) return;
    std::vector<std::string> words{"add-member", user(letter)};
    for (const auto& member : members) words.push_back(user(member));
    mutate(words);
}

config::DomainConfig ChangesTest::domain(config::BindConfig bind, config::ChangeDetection detection) const {
    auto config = lab().domain_config({ldaps()}, std::move(bind));
    config.change_detection = detection;
    return config;
}

config::BindConfig ChangesTest::plain() const {
    auto bind = lab().simple();
    bind.dn = lab()["AD_PLAIN_BIND_DN"];
    bind.password_file = lab()["AD_PLAIN_PASSWORD_FILE"];
    return bind;
}

void ChangesTest::start(config::BindConfig bind, config::ChangeDetection detection) {
    make({domain(std::move(bind), detection)});
    connect();
    read_everything();
}

void ChangesTest::read_everything() {
    sink_ = {};
    const auto summary = read();
    ASSERT_TRUE(summary) << summary.error().message();
    EXPECT_TRUE(summary->complete);
    cursor_ = cursor_of(summary->domains);
    notes_ = summary->notes;
    picture_.take_whole(sink_);
}

Result<sync::ReadSummary> ChangesTest::follow() {
    changes_ = {};
    auto connected = run(directory_->connect({}));
    if (!connected) return std::move(connected).error();
    auto summary = run(directory_->read_changes(cursor_, names, changes_));
    if (!summary) return summary;
    EXPECT_FALSE(summary->complete);
    cursor_ = cursor_of(summary->domains);
    picture_.take_changes(changes_);
    return summary;
}

void ChangesTest::expect_whole_picture() {
    CollectingSink sink;
    ldap::Directory other(executor(), {domain(lab().simple(), config::ChangeDetection::full)});
    ASSERT_TRUE(run(other.connect({})));
    ASSERT_TRUE(run(other.read_all(names, sink)));
    Picture whole;
    whole.take_whole(sink);
    const auto expected = whole.lines();
    const auto actual = picture_.lines();
    ASSERT_FALSE(expected.empty());
    for (const auto& [guid, line] : expected) {
        const auto found = actual.find(guid);
        EXPECT_EQ(found == actual.end() ? "missing" : found->second, line) << to_text(guid);
    }
    for (const auto& [guid, line] : actual) {
        EXPECT_TRUE(expected.contains(guid)) << to_text(guid) << " " << line;
    }
}

ObjectGuid ChangesTest::guid_of(const std::string& dn_start) {
    const auto* entry = picture_.find(dn_start);
    if (entry == nullptr) ADD_FAILURE() << dn_start << " is not in the picture";
    return entry == nullptr ? ObjectGuid() : entry->guid;
}

}  // namespace dirsync::lab
