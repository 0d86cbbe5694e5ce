#include "config/commented.hpp"

#include <map>
#include <optional>

#include "config/keys.hpp"
#include "config/rules.hpp"
#include "config/yaml_text.hpp"

namespace dirsync::config {
namespace {

constexpr std::size_t widest = 100;

/// The value of one key, as YAML.
struct Written {
    std::string text;  ///< after the key; empty: the items below it
    std::vector<std::string> items;
    bool operator==(const Written&) const = default;
};

/// Turns each key into its path and its YAML.
class Walk : public KeyVisitor {
public:
    bool enter(const About& about, bool present) override {
        if (present) begin(about);
        return present;
    }
    void leave() override { end(); }
    std::size_t enter_list(const About& about, std::size_t present) override {
        begin(about);
        return present;
    }
    bool enter_item(std::size_t index) override {
        path_.push_back(std::to_string(index));
        begin_item();
        return true;
    }
    void leave_item() override {
        end_item();
        path_.pop_back();
    }
    void leave_list() override { end(); }

    void text(const About& about, std::string& value, TextKind) override {
        leaf(about, value.empty() ? Written{} : Written{yaml_scalar(value), {}});
    }
    void texts(const About& about, std::vector<std::string>& values, TextKind) override {
        Written written;
        for (const auto& value : values) written.items.push_back(yaml_scalar(value));
        leaf(about, written);
    }
    void flag(const About& about, bool& value) override { leaf(about, {value ? "true" : "false", {}}); }
    void count(const About& about, std::uint64_t& value) override {
        leaf(about, {std::to_string(value), {}});
    }
    void percent(const About& about, double& value) override { leaf(about, {percent_text(value) + "%", {}}); }
    void duration(const About& about, Duration& value, Duration) override {
        leaf(about, {dirsync::to_text(value), {}});
    }
    void limit(const About& about, Limit& value, std::string_view none, Duration) override {
        leaf(about, {value ? dirsync::to_text(*value) : std::string(none), {}});
    }
    void choice(const About& about, std::size_t& index, std::span<const std::string_view> names,
                std::span<const Refusal>) override {
        leaf(about, {std::string(names[index]), {}});
    }
    void scope_names(const About& about, std::vector<sync::ScopeName>& names, ScopeKind) override {
        Written written;
        for (const auto& name : names) written.items.push_back(yaml_scalar(name.text));
        leaf(about, written);
    }
    void user_filters(const About& about, std::vector<sync::ScopeFilter>& filters) override {
        Written written;
        for (const auto& one : filters) {
            written.items.push_back("{domain: " + yaml_scalar(one.domain) +
                                    ", filter: " + yaml_scalar(one.filter.text()) + "}");
        }
        leaf(about, written);
    }
    void mapping(const About& about, std::vector<sync::TargetMapping>& targets, ObjectKind kind) override {
        begin(about);
        for (const auto& one : targets) {
            Written written;
            for (const auto& part : one.chain) written.items.push_back(yaml_scalar(part.source()));
            if (written.items.empty()) written.text = "[]";
            if (written.items.size() == 1) std::swap(written.text, written.items.front());
            if (!written.text.empty()) written.items.clear();
            leaf(About{one.target, meaning_of(one.target, kind)}, written);
        }
        end();
    }
    void required(std::initializer_list<std::string_view>) override {}
    void variants(std::string_view, std::size_t, std::span<const Variant>) override {}
    void refused(const Refusal&) override {}

protected:
    virtual void begin(const About& about) { path_.emplace_back(about.name); }
    virtual void end() { path_.pop_back(); }
    virtual void begin_item() {}
    virtual void end_item() {}
    virtual void leaf(const About& about, const Written& value) = 0;

    std::string path_of(std::string_view name) const {
        std::string path;
        for (const auto& part : path_) path += part + ".";
        return path + std::string(name);
    }

private:
    static std::string_view meaning_of(std::string_view target, ObjectKind kind) {
        for (const auto& known : known_targets(kind)) {
            if (known.name == target) return known.meaning;
        }
        return "An attribute of your own.";
    }

    std::vector<std::string> path_;
};

class Defaults final : public Walk {
public:
    std::map<std::string, Written> values;

private:
    void leaf(const About& about, const Written& value) override {
        values.insert_or_assign(path_of(about.name), value);
    }
};

class Commented final : public Walk {
public:
    explicit Commented(const std::map<std::string, Written>& defaults) : defaults_(defaults) {}
    const std::string& yaml() const noexcept { return yaml_; }

private:
    /// A map or list that is written with its first content.
    struct Open {
        std::string name;
        std::string meaning;
        bool written = false;
        bool is_item = false;
    };

    void begin(const About& about) override {
        Walk::begin(about);
        open_.push_back({std::string(about.name), std::string(about.meaning), false, false});
    }
    void end() override {
        open_.pop_back();
        Walk::end();
    }
    void begin_item() override { open_.push_back({"", "", false, true}); }
    void end_item() override { open_.pop_back(); }

    void leaf(const About& about, const Written& value) override {
        const auto usual = defaults_.find(path_of(about.name));
        if (usual != defaults_.end() && usual->second == value && !is_always_told(about)) return;
        if (value == Written{}) return;
        open_all();
        comment(about.meaning);
        line(std::string(yaml_scalar(about.name)) + ":" + (value.text.empty() ? "" : " " + value.text));
        for (const auto& item : value.items) line("  - " + item);
    }

    /// A choice that other keys depend on is always written out, so that its default need not be known.
    bool is_always_told(const About& about) const {
        return (about.name == "type" && open_.size() == 1) || about.name == "method";
    }

    void open_all() {
        for (depth_ = 0; depth_ < open_.size(); ++depth_) {
            Open& one = open_[depth_];
            if (one.written) continue;
            one.written = true;
            if (one.is_item) {
                dash_ = true;
                continue;
            }
            if (depth_ == 0) yaml_ += "\n";
            comment(one.meaning);
            line(yaml_scalar(one.name) + ":");
        }
        depth_ = open_.size();
    }

    std::string margin() {
        std::size_t width = 2 * depth_;
        if (dash_) width -= 2;
        return std::string(width, ' ') + (dash_ ? "- " : "");
    }

    void line(const std::string& text) {
        yaml_ += margin() + text + "\n";
        dash_ = false;
    }

    void comment(std::string_view meaning) {
        // Between a dash and its first key no comment can stand.
        const std::size_t width = 2 * depth_ - (dash_ ? 2 : 0);
        const std::string start = std::string(width, ' ') + "# ";
        std::string out;
        while (!meaning.empty()) {
            std::size_t length = meaning.size();
            if (start.size() + length > widest) {
                length = meaning.rfind(' ', widest - start.size());
                if (length == std::string_view::npos) length = meaning.size();
            }
            out += start + std::string(meaning.substr(0, length)) + "\n";
            meaning.remove_prefix(std::min(length + 1, meaning.size()));
        }
        yaml_ += out;
    }

    const std::map<std::string, Written>& defaults_;
    std::string yaml_;
    std::vector<Open> open_;
    std::size_t depth_ = 0;
    bool dash_ = false;  // the next line begins an item
};

}  // namespace

std::string commented_dump(const Config& config) {
    Config usual;
    usual.domains.resize(config.domains.size());
    Defaults defaults;
    visit_config(defaults, usual);
    Config copy = config;
    Commented commented(defaults.values);
    visit_config(commented, copy);
    return "# yaml-language-server: $schema=/usr/share/dirsyncd/dirsyncd.schema.json\n"
           "#\n"
           "# Configuration of dirsyncd. Keys that are not named here have their defaults; "
           "docs/configuration.md tells "
           "of "
           "every key.\n"
           "# After a change: dirsyncd --check-config, then dirsyncctl reload.\n" +
           commented.yaml();
}

}  // namespace dirsync::config
