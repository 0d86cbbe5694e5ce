#include <algorithm>

#include "config/keys.hpp"
#include "config/rules.hpp"
#include "config/yaml_text.hpp"

namespace dirsync::config {
namespace {

class Dump final : public KeyVisitor {
public:
    const std::string& yaml() const noexcept { return yaml_; }

    bool enter(const About& about, bool present) override {
        if (present) open(about);
        return present;
    }
    void leave() override { close(); }
    std::size_t enter_list(const About& about, std::size_t present) override {
        open(about);
        return present;
    }
    bool enter_item(std::size_t) override {
        starts_item_ = true;
        indent_ += 2;
        return true;
    }
    void leave_item() override { indent_ -= 2; }
    void leave_list() override { close(); }

    void text(const About& about, std::string& value, TextKind) override {
        // Empty is how the configuration says "not given"; a key without value would be a problem.
        if (!value.empty()) line(about, yaml_scalar(value));
    }
    void texts(const About& about, std::vector<std::string>& values, TextKind) override {
        items(about, values, [](const std::string& value) -> const std::string& { return value; });
    }
    void flag(const About& about, bool& value) override { line(about, value ? "true" : "false"); }
    void count(const About& about, std::uint64_t& value) override { line(about, std::to_string(value)); }
    void percent(const About& about, double& value) override { line(about, percent_text(value)); }
    void duration(const About& about, Duration& value, Duration) override {
        line(about, dirsync::to_text(value));
    }
    void limit(const About& about, Limit& value, std::string_view none, Duration) override {
        line(about, value ? dirsync::to_text(*value) : std::string(none));
    }
    void choice(const About& about, std::size_t& index, std::span<const std::string_view> names,
                std::span<const Refusal>) override {
        line(about, std::string(names[index]));
    }
    void scope_names(const About& about, std::vector<sync::ScopeName>& names, ScopeKind) override {
        items(about, names, [](const sync::ScopeName& name) -> const std::string& { return name.text; });
    }
    void user_filters(const About& about, std::vector<sync::ScopeFilter>& filters) override {
        if (filters.empty()) return;
        open(about);
        for (const sync::ScopeFilter& one : filters) {
            enter_item(0);
            line(filter_domain_key, yaml_scalar(one.domain));
            line(filter_text_key, yaml_scalar(one.filter.text()));
            leave_item();
        }
        close();
    }
    void mapping(const About& about, std::vector<sync::TargetMapping>& targets, ObjectKind) override {
        open(about);
        for (const sync::TargetMapping& one : targets) {
            const About target{one.target, ""};
            if (one.chain.empty()) line(target, "[]");
            items(target, one.chain,
                  [](const sync::Template& part) -> const std::string& { return part.source(); });
        }
        close();
    }

    void required(std::initializer_list<std::string_view>) override {}
    void variants(std::string_view, std::size_t, std::span<const Variant>) override {}
    void refused(const Refusal&) override {}

private:
    void key(std::string_view name) {
        const bool dash = std::exchange(starts_item_, false);
        yaml_.append(dash ? indent_ - 2 : indent_, ' ');
        if (dash) yaml_ += "- ";
        yaml_ += yaml_scalar(name);
        yaml_ += ':';
    }
    void line(const About& about, const std::string& value) {
        key(about.name);
        yaml_ += " " + value + "\n";
    }
    void open(const About& about) {
        key(about.name);
        yaml_ += '\n';
        indent_ += 2;
    }
    void close() { indent_ -= 2; }

    template <class T, class Text>
    void items(const About& about, const std::vector<T>& values, Text text_of) {
        if (values.empty()) return;
        open(about);
        for (const T& value : values) {
            yaml_.append(indent_, ' ');
            yaml_ += "- " + yaml_scalar(text_of(value)) + "\n";
        }
        close();
    }

    std::string yaml_;
    std::size_t indent_ = 0;
    bool starts_item_ = false;  // the next key follows the dash of its item
};

}  // namespace

std::string redacted_dump(const Config& config) {
    Config copy = config;
    Dump dump;
    visit_config(dump, copy);
    return dump.yaml();
}

}  // namespace dirsync::config
