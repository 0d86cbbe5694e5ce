#include <array>
#include <cmath>

#include <boost/json.hpp>

#include "config/keys.hpp"
#include "config/rules.hpp"

namespace dirsync::config {
namespace {

namespace json = boost::json;

constexpr std::string_view duration_pattern = "([0-9]+[dhms])+";

json::string string_of(std::string_view text) { return json::string(text.data(), text.size()); }

/// Members in the order of insertion, two spaces a level; short arrays on one line.
void write(std::string& out, const json::value& value, std::size_t indent) {
    const auto flat = [](const json::array& array) {
        for (const json::value& item : array) {
            if (item.is_object() || item.is_array()) return false;
        }
        return true;
    };
    const auto list = [&](const auto& items, char begin, char end, auto write_item) {
        out += begin;
        bool first = true;
        for (const auto& item : items) {
            out += first ? "\n" : ",\n";
            first = false;
            out.append(indent + 2, ' ');
            write_item(item);
        }
        out += '\n';
        out.append(indent, ' ');
        out += end;
    };
    if (value.is_object() && !value.get_object().empty()) {
        list(value.get_object(), '{', '}', [&](const json::key_value_pair& member) {
            out += json::serialize(string_of(member.key())) + ": ";
            write(out, member.value(), indent + 2);
        });
    } else if (value.is_array() && !flat(value.get_array())) {
        list(value.get_array(), '[', ']', [&](const json::value& item) { write(out, item, indent + 2); });
    } else {
        out += json::serialize(value);
    }
}

json::array types(std::string_view one, std::string_view other) {
    json::array both;
    both.push_back(string_of(one));
    both.push_back(string_of(other));
    return both;
}

/// Walks the defaults of a Config, so that the schema shows those that are in force.
class Schema final : public KeyVisitor {
public:
    Schema() {
        json::object top;
        top["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        top["$id"] = "urn:dirsyncd:configuration";
        top["title"] = "dirsyncd configuration";
        stack_.push_back(std::move(top));
        start_map(stack_.back());
    }

    std::string text() {
        DIRSYNC_ASSERT(stack_.size() == 1);
        std::string out;
        write(out, stack_.back(), 0);
        return out + "\n";
    }

    bool enter(const About& about, bool) override {
        json::object map = described(about);
        start_map(map);
        if (!about.may_hold_nothing) map["type"] = "object";
        names_.push_back(about.name);
        stack_.push_back(std::move(map));
        return true;
    }
    void leave() override { put_below(); }

    std::size_t enter_list(const About& about, std::size_t) override {
        json::object list = described(about);
        list["type"] = types("array", "null");
        names_.push_back(about.name);
        stack_.push_back(std::move(list));
        return 1;
    }
    bool enter_item(std::size_t) override {
        json::object map;
        start_map(map);
        map["type"] = "object";
        stack_.push_back(std::move(map));
        return true;
    }
    void leave_item() override {
        json::object item = std::move(stack_.back());
        stack_.pop_back();
        stack_.back()["items"] = std::move(item);
    }
    void leave_list() override { put_below(); }

    void text(const About& about, std::string& value, TextKind kind) override {
        json::object text = text_of(kind);
        if (!value.empty()) text["default"] = value;
        put(about, std::move(text));
    }
    void texts(const About& about, std::vector<std::string>&, TextKind kind) override {
        put(about, list_of(text_of(kind)));
    }
    void flag(const About& about, bool& value) override {
        json::object flag;
        flag["type"] = "boolean";
        flag["default"] = value;
        put(about, std::move(flag));
    }
    void count(const About& about, std::uint64_t& value) override {
        json::object count;
        count["type"] = "integer";
        count["minimum"] = 0;
        count["default"] = value;
        put(about, std::move(count));
    }
    void percent(const About& about, double& value) override {
        json::object percent;
        percent["type"] = types("number", "string");
        percent["minimum"] = 0;
        percent["maximum"] = 100;
        percent["pattern"] = "^[0-9]+(\\.[0-9]+)?%?$";
        percent["default"] = percent_text(value) + "%";
        put(about, std::move(percent));
    }
    void duration(const About& about, Duration& value, Duration) override {
        json::object duration = pattern_of("^" + std::string(duration_pattern) + "$");
        duration["default"] = dirsync::to_text(value);
        put(about, std::move(duration));
    }
    void limit(const About& about, Limit& value, std::string_view none, Duration) override {
        json::object limit =
            pattern_of("^(" + std::string(none) + "|" + std::string(duration_pattern) + ")$");
        limit["default"] = value ? dirsync::to_text(*value) : std::string(none);
        put(about, std::move(limit));
    }
    void choice(const About& about, std::size_t& index, std::span<const std::string_view> names,
                std::span<const Refusal>) override {
        json::object choice;
        json::array all;
        for (const std::string_view name : names) all.push_back(string_of(name));
        choice["enum"] = std::move(all);
        choice["default"] = string_of(names[index]);
        put(about, std::move(choice));
    }
    void scope_names(const About& about, std::vector<sync::ScopeName>&, ScopeKind) override {
        json::object list = list_of(text_of(TextKind::plain));
        list["type"] = "array";  // one that holds nothing was cut short
        put(about, std::move(list));
    }
    void user_filters(const About& about, std::vector<sync::ScopeFilter>&) override {
        enter_list(about, 1);
        enter_item(0);
        put(filter_domain_key, text_of(TextKind::dns_name));
        put(filter_text_key, text_of(TextKind::ldap_filter));
        required({filter_domain_key.name, filter_text_key.name});
        leave_item();
        leave_list();
    }
    void mapping(const About& about, std::vector<sync::TargetMapping>& targets, ObjectKind kind) override {
        enter(about, true);
        json::object& map = stack_.back();
        for (const About& known : known_targets(kind)) {
            json::object target = chain();
            for (const sync::TargetMapping& one : targets) {
                if (one.target != known.name) continue;
                json::array sources;
                for (const sync::Template& part : one.chain) sources.emplace_back(part.source());
                target["default"] = std::move(sources);
            }
            put(known, std::move(target));
        }
        json::object free = chain();
        free["description"] = "An attribute of your own.";
        map["patternProperties"] = json::object{};
        map["patternProperties"].get_object()["^(?!(externalId|sid|status)$)[A-Za-z][A-Za-z0-9_.-]*$"] =
            std::move(free);
        leave();
    }

    void required(std::initializer_list<std::string_view> keys) override {
        json::array all;
        for (const std::string_view key : keys) all.push_back(string_of(key));
        stack_.back()["required"] = std::move(all);
    }
    void variants(std::string_view key, std::size_t chosen, std::span<const Variant> all) override {
        json::array rules;
        for (const Variant& variant : all)
            rules.push_back(rule_of(key, variant, &variant == &all[chosen], all));
        stack_.back()["allOf"] = std::move(rules);
    }
    void refused(const Refusal&) override {}

private:
    static json::object described(const About& about) {
        json::object out;
        if (!about.meaning.empty()) out["description"] = string_of(about.meaning);
        return out;
    }
    static void start_map(json::object& map) {
        map["type"] = types("object", "null");
        map["additionalProperties"] = false;
        map["properties"] = json::object{};
    }
    static json::object pattern_of(const std::string& pattern) {
        json::object out;
        out["type"] = "string";
        out["pattern"] = pattern;
        return out;
    }
    static json::object text_of(TextKind kind) {
        switch (kind) {
            case TextKind::dns_name:
                return pattern_of("^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$");
            case TextKind::server_uri:
                return pattern_of("^[Ll][Dd][Aa][Pp][Ss]?://[^/?#@ ]+$");
            case TextKind::listen_address:
                return pattern_of("^([0-9.]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]+$");
            case TextKind::credential_name:
                return pattern_of("^[^/]+$");
            case TextKind::ldap_filter:
                return pattern_of("^\\(.*\\)$");
            case TextKind::uuid:
                return pattern_of("^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$");
            case TextKind::source_label:
                return pattern_of("^(directory|active_directory:.+|external_idp:.+)$");
            case TextKind::plain:
            case TextKind::existing_file:
            case TextKind::path:
            case TextKind::socket_path:
                break;
        }
        json::object out;
        out["type"] = "string";
        out["minLength"] = 1;
        return out;
    }
    static json::object list_of(json::object item) {
        json::object out;
        out["type"] = types("array", "null");
        out["items"] = std::move(item);
        return out;
    }
    static json::object chain() {
        json::object list;
        list["type"] = "array";
        list["items"] = text_of(TextKind::plain);
        json::array either;
        either.push_back(text_of(TextKind::plain));
        either.push_back(std::move(list));
        json::object out;
        out["anyOf"] = std::move(either);
        return out;
    }

    /// if the key has this value (or is absent and this is its default) then these keys and no others'.
    static json::object rule_of(std::string_view key, const Variant& variant, bool is_default,
                                std::span<const Variant> all) {
        json::object value;
        value["const"] = string_of(variant.value);
        json::object condition;
        condition["properties"].emplace_object()[key] = std::move(value);
        if (!is_default) condition["required"].emplace_array().push_back(string_of(key));
        json::object then;
        json::array& needed = then["required"].emplace_array();
        for (const std::string_view one : variant.required) needed.push_back(string_of(one));
        if (!variant.exactly_one.empty()) {
            json::array& either = then["oneOf"].emplace_array();
            for (const std::string_view one : variant.exactly_one) {
                json::object alternative;
                alternative["required"].emplace_array().push_back(string_of(one));
                either.push_back(std::move(alternative));
            }
        }
        json::object& foreign = then["properties"].emplace_object();
        for (const Variant& other : all) {
            if (&other == &variant) continue;
            for (const std::string_view one : other.required) foreign[one] = false;
            for (const std::string_view one : other.exactly_one) foreign[one] = false;
        }
        json::object rule;
        rule["if"] = std::move(condition);
        rule["then"] = std::move(then);
        return rule;
    }

    void put(const About& about, json::object schema) {
        json::object described_schema = described(about);
        for (auto& member : schema) described_schema[member.key()] = std::move(member.value());
        stack_.back()["properties"].get_object()[about.name] = std::move(described_schema);
    }
    void put_below() {
        json::object schema = std::move(stack_.back());
        stack_.pop_back();
        stack_.back()["properties"].get_object()[names_.back()] = std::move(schema);
        names_.pop_back();
    }

    std::vector<json::object> stack_;  // the maps and lists that are open
    std::vector<std::string_view> names_;
};

}  // namespace

std::string_view json_schema() {
    static const std::string text = [] {
        Config defaults;
        Schema schema;
        visit_config(schema, defaults);
        return schema.text();
    }();
    return text;
}

}  // namespace dirsync::config
