#include "config/reader.hpp"

#include <algorithm>
#include <system_error>

namespace dirsync::config {
namespace {

constexpr std::size_t longest_text = 64 * 1024;

std::string at_least(Duration least) { return " of at least " + dirsync::to_text(least); }

}  // namespace

Place Places::find(std::string path) const {
    while (true) {
        if (const auto found = offsets_.find(path); found != offsets_.end())
            return tree_.place_of(found->second);
        const std::size_t cut = path.find_last_of(".[");
        if (path.empty()) return {};
        path.resize(cut == std::string::npos ? 0 : cut);
    }
}

Reader::Reader(const YamlTree& tree, const File& file, const Config& config, std::vector<Problem>& problems)
    : tree_(tree), file_(file), config_(config), problems_(problems), places_(tree) {
    DIRSYNC_ASSERT(tree.root() != nullptr);
    const About whole{"", "", "identity_source: {type: directory}"};
    static const Node nothing;
    if (!push(tree.root(), "", whole)) frames_.push_back({&nothing, "", {}});
}

void Reader::finish() { report_unknown(frames_.front()); }

void Reader::report(std::size_t offset, std::string path, std::string message) {
    report(tree_.place_of(offset), std::move(path), std::move(message));
}

void Reader::report(Place place, std::string path, std::string message) {
    if (problems_.size() >= most_problems) return;
    problems_.push_back({file_.name, place.line, place.column, std::move(path), std::move(message)});
}

void Reader::wrong_type(const Node& node, const std::string& path, std::string_view wanted,
                        std::string_view example) {
    std::string message = "expected " + std::string(wanted);
    if (!example.empty()) message += ", for example " + std::string(example);
    switch (node.kind) {
        case Node::Kind::null:
            message += ", but the value is missing";
            break;
        case Node::Kind::scalar:
            message += ", not " + quoted_peer_text(node.text, 80);
            break;
        case Node::Kind::list:
            message += ", not a list";
            break;
        case Node::Kind::map:
            message += ", not a map";
            break;
    }
    report(node.offset, path, std::move(message));
}

std::string Reader::path_of(std::string_view key) const {
    const std::string& path = frames_.back().path;
    return path.empty() ? std::string(key) : path + "." + std::string(key);
}

const Node::Member* Reader::member(std::string_view key) const {
    const auto& members = frames_.back().node->members;
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.name == key; });
    return found == members.end() ? nullptr : &*found;
}

const Node* Reader::given(std::string_view key) {
    frames_.back().known.push_back(key);
    const Node::Member* found = member(key);
    if (found == nullptr) return nullptr;
    places_.put(path_of(key), found->value->offset);
    return found->value;
}

bool Reader::push(const Node* node, std::string path, const About& about) {
    if (node->kind != Node::Kind::map && node->kind != Node::Kind::null) {
        wrong_type(*node, path, "keys with values", about.example);
        return false;
    }
    places_.put(path, node->offset);
    frames_.push_back({node, std::move(path), {}});
    return true;
}

void Reader::report_unknown(const Frame& frame) {
    for (const Node::Member& found : frame.node->members) {
        if (problems_.size() >= most_problems) return;
        if (std::find(frame.known.begin(), frame.known.end(), found.name) != frame.known.end()) continue;
        std::string message = "unknown key";
        if (const auto close = close_match(found.name, frame.known))
            message += " (did you mean '" + *close + "'?)";
        const std::string key = shown_key(found.name);
        report(found.offset, frame.path.empty() ? key : frame.path + "." + key, std::move(message));
    }
}

bool Reader::enter(const About& about, bool present) {
    const Node* node = given(about.name);
    if (node == nullptr) return false;
    if (node->kind == Node::Kind::null && !about.may_hold_nothing) report_nothing(*node, path_of(about.name));
    // All keys are commented out: an empty map, or no section at all where the section is optional.
    if (node->kind == Node::Kind::null && !present) return false;
    return push(node, path_of(about.name), about);
}

/// As if writing had been cut short, or what belongs to the key stood at another depth.
void Reader::report_nothing(const Node& node, const std::string& path) {
    report(node.offset, path,
           "holds nothing: write below it what is meant, deeper than the key, or delete the key");
}

void Reader::leave() {
    report_unknown(frames_.back());
    frames_.pop_back();
}

std::size_t Reader::enter_list(const About& about, std::size_t) {
    const Node* node = given(about.name);
    static const Node nothing;
    if (node == nullptr || node->kind == Node::Kind::null) node = &nothing;
    if (node != &nothing && node->kind != Node::Kind::list) {
        wrong_type(*node, path_of(about.name), "a list", about.example);
        node = &nothing;
    }
    frames_.push_back({node, path_of(about.name), {}});
    return node->items.size();
}

bool Reader::enter_item(std::size_t index) {
    const Frame& frame = frames_.back();
    DIRSYNC_ASSERT(index < frame.node->items.size());
    return push(frame.node->items[index], frame.path + "[" + std::to_string(index) + "]", About{});
}

void Reader::leave_item() { leave(); }
void Reader::leave_list() { frames_.pop_back(); }

const std::vector<const Node*>& Reader::list(const About& about) {
    static const std::vector<const Node*> none;
    const Node* node = given(about.name);
    if (node == nullptr || node->kind == Node::Kind::null) return none;
    if (node->kind == Node::Kind::list) return node->items;
    wrong_type(*node, path_of(about.name), "a list", about.example);
    return none;
}

bool Reader::read_text(const Node& node, const std::string& path, const About& about, std::string& value,
                       TextKind kind) {
    if (node.kind != Node::Kind::scalar) {
        wrong_type(node, path, "a text", about.example);
        return false;
    }
    if (node.text.size() > longest_text) {
        report(node.offset, path, "too long: more than " + std::to_string(longest_text) + " bytes");
        return false;
    }
    std::string text = node.text;
    if (auto fault = normalize(kind, file_.base, text)) {
        report(tree_.place_in(node, fault->at), path, std::move(fault->message));
        return false;
    }
    value = std::move(text);
    if (kind == TextKind::existing_file && file_.look_for_files) check_exists(node, path, value);
    return true;
}

void Reader::check_exists(const Node& node, const std::string& path, const std::string& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (status.type() == std::filesystem::file_type::not_found) {
        report(node.offset, path, "the file " + quoted_peer_text(file) + " does not exist");
    } else if (error) {
        report(node.offset, path,
               "the file " + quoted_peer_text(file) + " cannot be looked at: " + error.message());
    } else if (status.type() == std::filesystem::file_type::directory) {
        report(node.offset, path, "expected a file: " + quoted_peer_text(file) + " is a directory");
    }
}

void Reader::text(const About& about, std::string& value, TextKind kind) {
    if (const Node* node = given(about.name)) read_text(*node, path_of(about.name), about, value, kind);
}

void Reader::texts(const About& about, std::vector<std::string>& values, TextKind kind) {
    const std::string path = path_of(about.name);
    const auto& items = list(about);
    if (!items.empty()) values.clear();
    for (std::size_t index = 0; index < items.size(); ++index) {
        const std::string item_path = path + "[" + std::to_string(index) + "]";
        places_.put(item_path, items[index]->offset);
        // A bad item keeps its index, so that checks that come later name the right one.
        read_text(*items[index], item_path, About{}, values.emplace_back(), kind);
    }
}

void Reader::flag(const About& about, bool& value) {
    const Node* node = given(about.name);
    if (node == nullptr) return;
    const bool plain = node->kind == Node::Kind::scalar && node->plain;
    if (plain && (node->text == "true" || node->text == "True" || node->text == "TRUE")) {
        value = true;
    } else if (plain && (node->text == "false" || node->text == "False" || node->text == "FALSE")) {
        value = false;
    } else {
        wrong_type(*node, path_of(about.name), "true or false", "");
    }
}

void Reader::count(const About& about, std::uint64_t& value) {
    const Node* node = given(about.name);
    if (node == nullptr) return;
    const bool plain = node->kind == Node::Kind::scalar && node->plain;
    if (const auto parsed = plain ? parse_count(node->text) : std::nullopt) {
        value = *parsed;
    } else {
        wrong_type(*node, path_of(about.name), "a whole number", "500");
    }
}

void Reader::percent(const About& about, double& value) {
    const Node* node = given(about.name);
    if (node == nullptr) return;
    if (const auto parsed = node->kind == Node::Kind::scalar ? parse_percent(node->text) : std::nullopt) {
        value = *parsed;
    } else {
        wrong_type(*node, path_of(about.name), "a percentage from 0 to 100", "10%");
    }
}

std::optional<Duration> Reader::read_duration(const Node& node, const std::string& path,
                                              std::string_view wanted, Duration least) {
    const auto parsed = node.kind == Node::Kind::scalar ? parse_duration(node.text) : std::nullopt;
    if (parsed && *parsed >= least) return parsed;
    std::string expected(wanted);
    if (parsed) expected += at_least(least);
    wrong_type(node, path, expected, "30s, 5m, 24h or 28d");
    return std::nullopt;
}

void Reader::duration(const About& about, Duration& value, Duration least) {
    const Node* node = given(about.name);
    if (node == nullptr) return;
    if (const auto parsed = read_duration(*node, path_of(about.name), "a duration", least)) value = *parsed;
}

void Reader::limit(const About& about, Limit& value, std::string_view none, Duration least) {
    const Node* node = given(about.name);
    if (node == nullptr) return;
    if (node->kind == Node::Kind::scalar && node->text == none) {
        value.reset();
        return;
    }
    const std::string wanted = "'" + std::string(none) + "' or a duration";
    if (const auto parsed = read_duration(*node, path_of(about.name), wanted, least)) value = *parsed;
}

void Reader::choice(const About& about, std::size_t& index, std::span<const std::string_view> names,
                    std::span<const Refusal> refused) {
    const Node* node = given(about.name);
    if (node == nullptr) return;
    const std::string path = path_of(about.name);
    if (node->kind != Node::Kind::scalar) {
        wrong_type(*node, path, listed(names), "");
        return;
    }
    if (const auto found = std::find(names.begin(), names.end(), node->text); found != names.end()) {
        index = static_cast<std::size_t>(found - names.begin());
        return;
    }
    for (const Refusal& refusal : refused) {
        if (refusal.word != node->text) continue;
        report(node->offset, path, std::string(refusal.sentence));
        return;
    }
    std::string message = "expected " + listed(names) + ", not " + quoted_peer_text(node->text, 80);
    if (const auto close = close_match(node->text, names)) message += " (did you mean '" + *close + "'?)";
    report(node->offset, path, std::move(message));
}

void Reader::required(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        if (member(key) == nullptr) report(frames_.back().node->offset, path_of(key), "is missing");
    }
}

void Reader::variants(std::string_view key, std::size_t chosen, std::span<const Variant> all) {
    const Frame& frame = frames_.back();
    const Variant& variant = all[chosen];
    if (const auto* named = member(key); named != nullptr && named->value->text != variant.value) return;
    const std::string what = std::string(key) + " '" + std::string(variant.value) + "'";
    const auto contains = [](const auto& keys, std::string_view one) {
        return std::find(keys.begin(), keys.end(), one) != keys.end();
    };
    for (const std::string_view needed : variant.required) {
        if (member(needed) == nullptr)
            report(frame.node->offset, path_of(needed), "is missing: " + what + " needs it");
    }
    std::size_t alternatives = 0;
    for (const std::string_view one : variant.exactly_one) alternatives += member(one) != nullptr ? 1U : 0U;
    if (!variant.exactly_one.empty() && alternatives != 1) {
        report(frame.node->offset, frame.path, what + " needs exactly one of " + listed(variant.exactly_one));
    }
    for (const Variant& other : all) {
        if (&other == &variant) continue;
        for (const auto* keys : {&other.required, &other.exactly_one}) {
            for (const std::string_view foreign : *keys) {
                if (contains(variant.required, foreign) || contains(variant.exactly_one, foreign)) continue;
                const Node::Member* found = member(foreign);
                if (found == nullptr) continue;
                report(found->offset, path_of(foreign),
                       "belongs to " + std::string(key) + " '" + std::string(other.value) + "', not to '" +
                           std::string(variant.value) + "'");
            }
        }
    }
}

void Reader::refused(const Refusal& key) {
    const Node::Member* found = member(key.word);
    if (found == nullptr) return;
    frames_.back().known.push_back(
        found->name);  // no second complaint; not offered as a suggestion otherwise
    report(found->offset, path_of(key.word), std::string(key.sentence));
}

}  // namespace dirsync::config
