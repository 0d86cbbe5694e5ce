#include "config/yaml_tree.hpp"

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace dirsync::config {
namespace {

class ViewBuffer : public std::streambuf {
public:
    explicit ViewBuffer(std::string& text) { setg(text.data(), text.data(), text.data() + text.size()); }
};

struct Refused {
    std::size_t offset;
    std::string message;
};

/// yaml-cpp ends a stream silently at 0x04 and guesses UTF-16 and UTF-32 from NULs, so such bytes must
/// not reach it.
std::optional<Refused> unreadable_byte(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f) {
            return Refused{at, "not text: control character " + quoted_peer_text(text.substr(at, 1))};
        }
    }
    if (text::is_valid_utf8(text)) return std::nullopt;
    std::size_t good = 0;
    for (std::size_t size = 1; size <= 4;) {
        if (!text::is_valid_utf8(text.substr(good, size))) {
            ++size;
            continue;
        }
        good += size;
        size = 1;
    }
    return Refused{good, "not text: the file must be UTF-8"};
}

/// The parser's message with its usual cause; `line` is the text of the line it stopped at.
std::string explained(std::string_view parser_message, std::string_view line) {
    if (parser_message == "bad file") return "nested too deeply";  // its answer at its own limit
    std::string message = "not valid YAML: " + std::string(parser_message);
    const bool tab = line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
    const auto says = [&](std::string_view word) {
        return parser_message.find(word) != std::string_view::npos;
    };
    if (says("escape") || says("hex number")) {
        message +=
            R"( (in double quotes a backslash starts an escape; write names in single quotes: 'CORP\alice'))";
    } else if (tab) {
        message += " (indent with spaces)";
    }
    return message;
}

}  // namespace

std::string shown_key(std::string_view key) {
    constexpr std::size_t longest = 80;
    return text::escaped(key.substr(0, longest)) + (key.size() > longest ? "..." : "");
}

class YamlTree::Builder : public YAML::EventHandler {
public:
    Builder(YamlTree& tree, const std::string& file, std::vector<Problem>& problems)
        : tree_(tree), file_(file), problems_(problems) {}

    bool failed() const noexcept { return failed_; }
    void fail(std::size_t offset, std::string message) {
        failed_ = true;
        report(offset, std::move(message));
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) fail(offset_of(mark), "a second document: the file must be one document");
    }
    void OnDocumentEnd() override {}
    void OnAnchor(const YAML::Mark&, const std::string&) override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node* node = made(mark, Node::Kind::null);
        // yaml-cpp marks a value that is not there where the next one starts.
        if (!frames_.empty() && frames_.back().has_key) node->offset = frames_.back().key_offset;
        add(node, anchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Node* node = made(mark, Node::Kind::scalar);
        node->text = value;
        node->plain = tag == "?";
        refuse_tag(*node, tag);
        add(node, anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            report(offset_of(mark), "an alias may not stand inside the value it refers to");
            add(made(mark, Node::Kind::null), 0);
            return;
        }
        attach(found->second, offset_of(mark));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, Node::Kind::list, tag, anchor);
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, Node::Kind::map, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapEnd() override { close(); }

private:
    struct Frame {
        Node* node;
        YAML::anchor_t anchor;
        bool has_key = false;  // of a map: the next value belongs to `key`
        bool drop = false;     // the key was refused: its value is, too
        std::string key;
        std::size_t key_offset = 0;
        std::unordered_map<std::string, std::size_t> seen;  // key -> offset
    };

    static std::size_t offset_of(const YAML::Mark& mark) {
        return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
    }

    void report(std::size_t offset, std::string message) {
        if (problems_.size() >= most_problems) return;
        const Place place = tree_.place_of(offset);
        problems_.push_back({file_, place.line, place.column, path(), std::move(message)});
    }

    std::string path() const {
        std::string path;
        for (const Frame& frame : frames_) {
            if (frame.node->kind == Node::Kind::list) {
                path += "[" + std::to_string(frame.node->items.size()) + "]";
            } else if (frame.has_key) {
                path += (path.empty() ? "" : ".") + shown_key(frame.key);
            }
        }
        return path;
    }

    void refuse_tag(const Node& node, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        report(node.offset, "a tag has no meaning here: remove " + quoted_peer_text(tag, 80));
    }

    Node* made(const YAML::Mark& mark, Node::Kind kind) {
        Node& node = tree_.nodes_.emplace_back();
        node.kind = kind;
        node.offset = offset_of(mark);
        return &node;
    }

    void open(const YAML::Mark& mark, Node::Kind kind, const std::string& tag, YAML::anchor_t anchor) {
        Node* node = made(mark, kind);
        refuse_tag(*node, tag);
        if (frames_.size() == max_depth) too_deep_ = true;
        Frame& frame = frames_.emplace_back();
        frame.node = node;
        frame.anchor = anchor;
    }

    void close() {
        Node* node = frames_.back().node;
        const YAML::anchor_t anchor = frames_.back().anchor;
        frames_.pop_back();
        if (too_deep_ && frames_.size() <= max_depth && !failed_) fail(node->offset, "nested too deeply");
        add(node, anchor);
    }

    void add(Node* node, YAML::anchor_t anchor) {
        if (anchor != 0) anchors_[anchor] = node;
        attach(node, node->offset);
    }

    void attach(const Node* node, std::size_t offset) {
        if (frames_.empty()) {
            tree_.root_ = node;
            return;
        }
        Frame& frame = frames_.back();
        if (frame.node->kind == Node::Kind::list) {
            frame.node->items.push_back(node);
            grow(*frame.node, *node);
        } else if (!frame.has_key) {
            frame.has_key = true;
            take_key(frame, *node, offset);
        } else {
            frame.has_key = false;
            if (frame.drop) return;
            frame.node->members.push_back({std::move(frame.key), frame.key_offset, node});
            grow(*frame.node, *node);
        }
    }

    void take_key(Frame& frame, const Node& key, std::size_t offset) {
        frame.key = key.text;
        frame.key_offset = offset;
        frame.drop = true;
        if (key.kind != Node::Kind::scalar) {
            report(offset, "a key must be plain text");
            return;
        }
        const auto [first, fresh] = frame.seen.emplace(key.text, offset);
        frame.drop = !fresh;
        if (fresh) return;
        report(offset, "duplicate key " + quoted_peer_text(key.text, 80) + " (first on line " +
                           std::to_string(tree_.place_of(first->second).line) + ")");
    }

    void grow(Node& parent, const Node& child) {
        parent.weight += child.weight;
        if (parent.weight <= max_nodes || failed_) return;
        fail(parent.offset,
             "too large: more than " + std::to_string(max_nodes) + " values, aliases written out");
    }

    YamlTree& tree_;
    const std::string& file_;
    std::vector<Problem>& problems_;
    std::vector<Frame> frames_;
    std::unordered_map<YAML::anchor_t, const Node*> anchors_;  // complete values only: no cycles
    int documents_ = 0;
    bool too_deep_ = false;
    bool failed_ = false;
};

YamlTree::YamlTree(std::string_view text, const std::string& file, std::vector<Problem>& problems) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    if (text.size() > max_bytes) {
        problems.push_back({file, 0, 0, {}, "too large: more than " + std::to_string(max_bytes) + " bytes"});
        return;
    }
    text_ = text;
    line_starts_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
        line_starts_.push_back(at + 1);
    }
    Builder builder(*this, file, problems);
    if (auto refused = unreadable_byte(text_)) {
        builder.fail(refused->offset, std::move(refused->message));
        return;
    }
    try {
        ViewBuffer buffer(text_);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder) && !builder.failed()) {
        }
        if (root_ == nullptr) root_ = &nodes_.emplace_back();  // nothing but comments: defaults
    } catch (const YAML::Exception& error) {
        const bool placed = !error.mark.is_null() && error.mark.pos >= 0;
        const std::size_t at = placed ? std::min(static_cast<std::size_t>(error.mark.pos), text_.size()) : 0;
        const std::size_t start = *(std::upper_bound(line_starts_.begin(), line_starts_.end(), at) - 1);
        builder.fail(
            at, explained(error.msg, std::string_view(text_).substr(start, text_.find('\n', start) - start)));
    } catch (const std::exception& error) {
        builder.fail(0, explained(error.what(), {}));
    }
    if (builder.failed()) root_ = nullptr;
}

Place YamlTree::place_of(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const std::size_t start = *(next - 1);
    const std::string_view before = std::string_view(text_).substr(start, offset - start);
    constexpr std::size_t longest_counted = 64 * 1024;  // beyond, the column is in bytes: nobody reads it
    const std::size_t column = before.size() <= longest_counted ? text::length(before) : before.size();
    return {static_cast<int>(next - line_starts_.begin()), static_cast<int>(column) + 1};
}

Place YamlTree::place_in(const Node& node, std::size_t at) const {
    const std::string_view rest = std::string_view(text_).substr(std::min(node.offset, text_.size()));
    if (rest.empty() || at == 0) return place_of(node.offset);
    const char quote = rest.front() == '\'' || rest.front() == '"' ? rest.front() : '\0';
    std::size_t raw = quote == '\0' ? 0 : 1;
    for (std::size_t value = 0; value < at; ++value, ++raw) {
        if (raw >= rest.size() || rest[raw] == '\n' || value >= node.text.size())
            return place_of(node.offset);
        const bool doubled = quote == '\'' && rest.substr(raw, 2) == "''";
        const bool escape = quote == '"' && rest[raw] == '\\' && raw + 1 < rest.size();
        // Escapes of one character are enough: \x and \u have no place in a name, filter or template.
        if (doubled || escape) ++raw;
        if (!escape && rest[raw] != node.text[value]) return place_of(node.offset);
    }
    return place_of(node.offset + raw);
}

}  // namespace dirsync::config
