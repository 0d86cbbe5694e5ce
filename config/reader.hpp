#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/keys.hpp"
#include "config/rules.hpp"
#include "config/yaml_tree.hpp"

namespace dirsync::config {

/// Where the values of one file were written, by path.
class Places {
public:
    explicit Places(const YamlTree& tree) : tree_(tree) {}

    void put(const std::string& path, std::size_t offset) { offsets_.insert_or_assign(path, offset); }
    bool has(const std::string& path) const { return offsets_.contains(path); }
    /// The place of the value at `path`, else of the nearest map around it.
    Place find(std::string path) const;

private:
    const YamlTree& tree_;
    std::map<std::string, std::size_t> offsets_;
};

/// Fills the values it visits from a parsed file. What is missing keeps its value; lists of the scope
/// grow. Every problem goes to the list that was given, and reading goes on after it.
class Reader final : public KeyVisitor {
public:
    struct File {
        std::string name;             ///< as problems show it
        std::filesystem::path base;   ///< relative paths start here
        bool look_for_files = false;  ///< a referenced file that does not exist is a problem
    };

    /// `tree` has a root; `config` is read for the domains that are configured. All outlive the reader.
    Reader(const YamlTree& tree, const File& file, const Config& config, std::vector<Problem>& problems);

    /// Ends reading: reports unknown keys at the top.
    void finish();
    const Places& places() const noexcept { return places_; }

    bool enter(const About& about, bool present) override;
    void leave() override;
    std::size_t enter_list(const About& about, std::size_t present) override;
    bool enter_item(std::size_t index) override;
    void leave_item() override;
    void leave_list() override;

    void text(const About& about, std::string& value, TextKind kind) override;
    void texts(const About& about, std::vector<std::string>& values, TextKind kind) override;
    void flag(const About& about, bool& value) override;
    void count(const About& about, std::uint64_t& value) override;
    void percent(const About& about, double& value) override;
    void duration(const About& about, Duration& value, Duration least) override;
    void limit(const About& about, Limit& value, std::string_view none, Duration least) override;
    void choice(const About& about, std::size_t& index, std::span<const std::string_view> names,
                std::span<const Refusal> refused) override;
    void scope_names(const About& about, std::vector<sync::ScopeName>& names, ScopeKind kind) override;
    void user_filters(const About& about, std::vector<sync::ScopeFilter>& filters) override;
    void mapping(const About& about, std::vector<sync::TargetMapping>& targets, ObjectKind kind) override;

    void required(std::initializer_list<std::string_view> keys) override;
    void variants(std::string_view key, std::size_t chosen, std::span<const Variant> all) override;
    void refused(const Refusal& key) override;

private:
    struct Frame {
        const Node* node;  // a map, or a list whose items are visited
        std::string path;
        std::vector<std::string_view> known;
    };

    void report(std::size_t offset, std::string path, std::string message);
    void report(Place place, std::string path, std::string message);
    void wrong_type(const Node& node, const std::string& path, std::string_view wanted,
                    std::string_view example);

    std::string path_of(std::string_view key) const;
    const Node::Member* member(std::string_view key) const;
    /// The value of `key`, which from now on is known; nullptr when it is not given.
    const Node* given(std::string_view key);
    bool push(const Node* node, std::string path, const About& about);
    void report_unknown(const Frame& frame);
    void report_nothing(const Node& node, const std::string& path);

    /// The domains that names are checked against; empty when they are not known.
    const std::vector<std::string>& configured_domains() const;
    /// The items of a list; a missing or empty value has none.
    const std::vector<const Node*>& list(const About& about);
    bool read_text(const Node& node, const std::string& path, const About& about, std::string& value,
                   TextKind kind);
    void check_exists(const Node& node, const std::string& path, const std::string& file);
    std::optional<Duration> read_duration(const Node& node, const std::string& path, std::string_view wanted,
                                          Duration least);
    sync::TemplateChain read_chain(const Node& node, const std::string& path);

    const YamlTree& tree_;
    const File& file_;
    const Config& config_;
    std::vector<Problem>& problems_;
    Places places_;
    std::vector<Frame> frames_;
};

}  // namespace dirsync::config
