#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <boost/json.hpp>

#include "config/keys.hpp"
#include "config_testing.hpp"

namespace dirsync::config {
namespace {

using testing::IsEmpty;

const std::filesystem::path source_dir = DIRSYNC_SOURCE_DIR;

std::string content_of(const std::filesystem::path& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
}

/// Every key the reader asks for, as `a.b[].c`.
class Keys final : public KeyVisitor {
public:
    std::set<std::string> all;

    bool enter(const About& about, bool) override {
        add(about);
        stack_.push_back(path(about));
        return true;
    }
    void leave() override { stack_.pop_back(); }
    std::size_t enter_list(const About& about, std::size_t) override {
        add(about);
        stack_.push_back(path(about) + "[]");
        return 1;
    }
    bool enter_item(std::size_t) override { return true; }
    void leave_item() override {}
    void leave_list() override { stack_.pop_back(); }
    void text(const About& about, std::string&, TextKind) override { add(about); }
    void texts(const About& about, std::vector<std::string>&, TextKind) override { add(about); }
    void flag(const About& about, bool&) override { add(about); }
    void count(const About& about, std::uint64_t&) override { add(about); }
    void percent(const About& about, double&) override { add(about); }
    void duration(const About& about, Duration&, Duration) override { add(about); }
    void limit(const About& about, Limit&, std::string_view, Duration) override { add(about); }
    void choice(const About& about, std::size_t&, std::span<const std::string_view>,
                std::span<const Refusal>) override {
        add(about);
    }
    void scope_names(const About& about, std::vector<sync::ScopeName>&, ScopeKind) override { add(about); }
    void user_filters(const About& about, std::vector<sync::ScopeFilter>&) override {
        enter_list(about, 1);
        add(filter_domain_key);
        add(filter_text_key);
        leave_list();
    }
    void mapping(const About& about, std::vector<sync::TargetMapping>&, ObjectKind kind) override {
        enter(about, true);
        for (const About& target : known_targets(kind)) add(target);
        leave();
    }
    void required(std::initializer_list<std::string_view>) override {}
    void variants(std::string_view, std::size_t, std::span<const Variant>) override {}
    void refused(const Refusal&) override {}

private:
    std::string path(const About& about) const {
        return stack_.empty() ? std::string(about.name) : stack_.back() + "." + std::string(about.name);
    }
    void add(const About& about) { all.insert(path(about)); }
    std::vector<std::string> stack_;
};

std::set<std::string> keys_of_the_reader() {
    Keys keys;
    Config config;
    visit_config(keys, config);
    return keys.all;
}

/// Adds every property below `schema`; those with a default go to `defaults` with it.
void collect(const boost::json::object& schema, const std::string& path, std::set<std::string>& keys,
             std::vector<std::pair<std::string, std::string>>& defaults) {
    if (const auto* items = schema.if_contains("items")) {
        if (items->is_object() && items->get_object().contains("properties")) {
            collect(items->get_object(), path + "[]", keys, defaults);
        }
    }
    const auto* properties = schema.if_contains("properties");
    if (properties == nullptr) return;
    for (const auto& [name, value] : properties->as_object()) {
        const std::string key = path.empty() ? std::string(name) : path + "." + std::string(name);
        keys.insert(key);
        const auto& property = value.as_object();
        if (const auto* text = property.if_contains("default"); text != nullptr && !text->is_array()) {
            defaults.emplace_back(
                key, text->is_string() ? std::string(text->get_string()) : boost::json::serialize(*text));
        }
        EXPECT_TRUE(property.contains("description")) << key;
        collect(property, key, keys, defaults);
    }
}

TEST(Schema, KnowsTheKeysOfTheReaderAndNoOthers) {
    std::set<std::string> keys;
    std::vector<std::pair<std::string, std::string>> defaults;
    collect(boost::json::parse(json_schema()).as_object(), "", keys, defaults);
    EXPECT_EQ(keys, keys_of_the_reader());
    EXPECT_GT(keys.size(), 60U);
}

/// DIRSYNC_WRITE_SCHEMA=1 writes the file anew.
TEST(Schema, FileThatIsInstalledIsTheOneInTheProgram) {
    const auto file = source_dir / "config" / "dirsyncd.schema.json";
    if (std::getenv("DIRSYNC_WRITE_SCHEMA") != nullptr) std::ofstream(file) << json_schema();
    EXPECT_EQ(content_of(file), json_schema())
        << "run this test with DIRSYNC_WRITE_SCHEMA=1 and commit the file";
}

/// The table row of a key in the manual; empty when there is none.
std::string row_of(const std::string& manual, std::string key) {
    for (const std::string prefix : {"identity_source.active_directory.domains[].", "attribute_mappings."}) {
        if (key.starts_with(prefix)) key.erase(0, prefix.size());
    }
    const auto start = manual.find("\n| `" + key + "` |");
    return start == std::string::npos ? ""
                                      : manual.substr(start + 1, manual.find('\n', start + 1) - start - 1);
}

TEST(Manual, ExplainsEveryKeyWithItsDefault) {
    const std::string manual = content_of(source_dir / "docs" / "configuration.md");
    std::set<std::string> keys;
    std::vector<std::pair<std::string, std::string>> defaults;
    collect(boost::json::parse(json_schema()).as_object(), "", keys, defaults);
    ASSERT_GT(keys.size(), 60U);
    ASSERT_GT(defaults.size(), 20U);
    for (const auto& [key, value] : defaults) {
        EXPECT_THAT(row_of(manual, key), testing::HasSubstr("`" + value + "`")) << key;
    }
    for (const std::string& key : keys) {
        const bool is_section = std::any_of(keys.begin(), keys.end(), [&](const std::string& other) {
            return other.starts_with(key + ".") || other.starts_with(key + "[");
        });
        EXPECT_TRUE(is_section || !row_of(manual, key).empty()) << key;
    }
}

TEST(Manual, ShowsOnlyConfigurationThatLoads) {
    const std::string manual = content_of(source_dir / "docs" / "configuration.md");
    const std::string_view begin = "\n```yaml\n";
    std::size_t count = 0;
    for (auto at = manual.find(begin); at != std::string::npos; at = manual.find(begin, at + 1), ++count) {
        const auto start = at + begin.size();
        std::string block = manual.substr(start, manual.find("```", start) - start);
        // A file of scope.d holds below sync_scope what the main file does.
        if (block.starts_with("# /etc/dirsyncd/scope.d/")) block = "sync_scope:\n" + indented(block, 2);
        EXPECT_THAT(problems_of(block), IsEmpty()) << block;
    }
    EXPECT_GE(count, 4U);
}

std::vector<std::filesystem::path> examples() {
    std::vector<std::filesystem::path> files{source_dir / "systemd" / "dirsyncd.yaml"};
    for (const auto& entry : std::filesystem::directory_iterator(source_dir / "docs" / "examples")) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    return files;
}

TEST(Examples, LoadWithoutProblemsButForFilesThatAreNotThere) {
    EXPECT_GT(examples().size(), 4U);
    for (const auto& file : examples()) {
        for (const Problem& problem : load_text(content_of(file), file.string()).problems) {
            ADD_FAILURE() << to_text(problem);
        }
        for (const Problem& problem : load(file).problems) {
            EXPECT_THAT(to_text(problem), testing::HasSubstr("does not exist"));
        }
    }
}

TEST(Examples, TheFullOneShowsEveryKeyOfOneDomain) {
    const std::string text = content_of(source_dir / "docs" / "examples" / "full.yaml");
    const auto keys = keys_of_the_reader();
    ASSERT_GT(keys.size(), 60U);
    for (const std::string& key : keys) {
        const std::string name =
            key.substr(key.find_last_of('.') == std::string::npos ? 0 : key.find_last_of('.') + 1);
        EXPECT_THAT(text, testing::HasSubstr(name + ":")) << key;
    }
}

}  // namespace
}  // namespace dirsync::config
