#include "model/language/filter.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

#include "core/dn.hpp"
#include "core/text.hpp"
#include "model/language/filter_node.hpp"

namespace dirsync::sync {
namespace {

/// RFC 4511 4.5.1.7, ordered so that "and" is the least and "or" the greatest of its parts.
enum class Truth : std::uint8_t { no, undefined, yes };

constexpr Truth truth_of(bool value) noexcept { return value ? Truth::yes : Truth::no; }

/// DirSync of Samba writes DN values as extended ones, `<GUID=...>;<SID=...>;CN=...`.
std::string_view without_extended_parts(std::string_view dn) noexcept {
    while (dn.starts_with('<')) {
        const auto end = dn.find(">;");
        if (end == std::string_view::npos) break;
        dn.remove_prefix(end + 2);
    }
    return dn;
}

bool has_substrings(const FilterNode& node, std::string_view value) noexcept {
    if (value.size() < node.value.size() + node.final.size()) return false;
    if (!value.starts_with(node.value) || !value.ends_with(node.final)) return false;
    value.remove_prefix(node.value.size());
    value.remove_suffix(node.final.size());
    for (const auto& middle : node.middles) {
        const auto at = value.find(middle);
        if (at == std::string_view::npos) return false;
        value.remove_prefix(at + middle.size());
    }
    return true;
}

/// Evaluates a tree on one entry. The depth of the tree is limited by the parser.
class Evaluation {
public:
    /// What is asserted of `doubted`, attributes that the entry lacks, is undefined.
    explicit Evaluation(const AttributesView& attributes,
                        std::span<const AttributeNames::Index> doubted = {}) noexcept
        : attributes_(attributes), doubted_(doubted) {}

    Truth of(const FilterNode& node) {
        switch (node.kind) {
            case FilterKind::all_of:
                return least(node.children);
            case FilterKind::any_of:
                return greatest(node.children);
            case FilterKind::negation:
                return opposite(of(node.children.front()));
            case FilterKind::presence:
                return any(node, [](std::string_view) { return true; });
            case FilterKind::equality:
                return equality(node);
            case FilterKind::substrings:
                return substrings(node);
            case FilterKind::at_least:
                return numbers(node, [&](auto n) { return n >= node.number; });
            case FilterKind::at_most:
                return numbers(node, [&](auto n) { return n <= node.number; });
            case FilterKind::all_bits:
                return numbers(node, [&](auto n) { return (n & node.number) == node.number; });
            case FilterKind::any_bits:
                return numbers(node, [&](auto n) { return (n & node.number) != 0; });
        }
        return Truth::undefined;
    }

private:
    static constexpr Truth opposite(Truth truth) noexcept {
        return truth == Truth::undefined ? truth : truth_of(truth == Truth::no);
    }

    Truth least(const std::vector<FilterNode>& nodes) {
        auto result = Truth::yes;
        for (const auto& node : nodes) {
            result = std::min(result, of(node));
            if (result == Truth::no) break;
        }
        return result;
    }

    Truth greatest(const std::vector<FilterNode>& nodes) {
        auto result = Truth::no;
        for (const auto& node : nodes) {
            result = std::max(result, of(node));
            if (result == Truth::yes) break;
        }
        return result;
    }

    template <class Test>
    Truth any(const FilterNode& node, Test&& test) const {
        DIRSYNC_ASSERT(node.index.has_value());
        const bool is_doubted = std::find(doubted_.begin(), doubted_.end(), *node.index) != doubted_.end();
        return is_doubted ? Truth::undefined : truth_of(attributes_.any_of(*node.index, test));
    }

    Truth equality(const FilterNode& node) {
        switch (node.syntax) {
            case FilterSyntax::octets:
                return any(node, [&](auto value) { return value == node.value; });
            case FilterSyntax::dn:
                return any(node, [&](auto value) {
                    const auto dn = Dn::parse(without_extended_parts(value));
                    return dn && dn->key() == node.value;
                });
            case FilterSyntax::category:
                return any(node, [&](auto value) {
                    const auto dn = Dn::parse(without_extended_parts(value));
                    return dn && normal_category(dn->leaf_value()) == node.value;
                });
            case FilterSyntax::text:
                break;
        }
        return any(node, [&](auto value) { return normal(value) == node.value; });
    }

    Truth substrings(const FilterNode& node) {
        if (node.syntax == FilterSyntax::octets) {
            return any(node, [&](auto value) { return has_substrings(node, value); });
        }
        return any(node, [&](auto value) { return has_substrings(node, normal(value)); });
    }

    /// A value that is no number leaves it open whether the assertion holds.
    template <class Test>
    Truth numbers(const FilterNode& node, Test&& test) const {
        bool is_open = false;
        const auto found = any(node, [&](std::string_view value) {
            const auto number = whole_number(value);
            is_open = is_open || !number;
            return number && test(*number);
        });
        return found == Truth::no && is_open ? Truth::undefined : found;
    }

    std::string_view normal(std::string_view value) {
        scratch_.clear();
        append_normal_text(scratch_, value);
        return scratch_;
    }

    const AttributesView& attributes_;
    std::span<const AttributeNames::Index> doubted_;
    std::string scratch_;
};

void bind_node(FilterNode& node, AttributeNames& names) {
    if (!node.attribute.empty()) node.index = names.add(node.attribute);
    for (auto& child : node.children) bind_node(child, names);
}

void collect_attributes(const FilterNode& node, AttributeNames& names) {
    if (!node.attribute.empty()) names.add(node.attribute);
    for (const auto& child : node.children) collect_attributes(child, names);
}

bool negates(const FilterNode& node) {
    return node.kind == FilterKind::negation ||
           std::any_of(node.children.begin(), node.children.end(), negates);
}

void collect_missing(const FilterNode& node, const AttributesView& attributes,
                     std::vector<AttributeNames::Index>& missing) {
    if (node.index && !attributes.has(*node.index)) missing.push_back(*node.index);
    for (const auto& child : node.children) collect_missing(child, attributes, missing);
}

}  // namespace

void append_normal_text(std::string& out, std::string_view value) {
    const auto start = out.size();
    text::append_folded(out, value);
    if (value.find(' ') == std::string_view::npos) return;
    // RFC 4518 2.6.1, insignificant space handling.
    const auto begin = out.begin() + static_cast<std::ptrdiff_t>(start);
    auto end = std::unique(begin, out.end(), [](char a, char b) { return a == ' ' && b == ' '; });
    if (end != begin && *std::prev(end) == ' ') --end;
    out.erase(end, out.end());
    if (out.size() > start && out[start] == ' ') out.erase(start, 1);
}

std::string normal_category(std::string_view name) {
    auto out = text::folded(name);
    std::erase(out, '-');
    // MS-ADSC: these classes have Person as their defaultObjectCategory.
    if (out == "user" || out == "inetorgperson" || out == "organizationalperson" || out == "contact") {
        out = "person";
    }
    return out;
}

std::optional<std::int64_t> whole_number(std::string_view text) noexcept {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return value;
}

Filter::Filter() = default;
Filter::~Filter() = default;
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;

Filter::Filter(const Filter& other)
    : text_(other.text_), root_(other.root_ ? std::make_unique<Node>(*other.root_) : nullptr) {}

Filter& Filter::operator=(const Filter& other) {
    if (this != &other) *this = Filter(other);
    return *this;
}

void Filter::bind(AttributeNames& names) { bind_node(*root_, names); }

bool Filter::matches(const AttributesView& attributes) const {
    return Evaluation(attributes).of(*root_) == Truth::yes;
}

std::vector<AttributeNames::Index> Filter::brought_in_by_lack_of(const AttributesView& attributes) const {
    std::vector<AttributeNames::Index> missing;
    if (negates(*root_)) collect_missing(*root_, attributes, missing);
    std::sort(missing.begin(), missing.end());
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    const auto holds_without = [&](std::span<const AttributeNames::Index> doubted) {
        return Evaluation(attributes, doubted).of(*root_) == Truth::yes;
    };
    if (missing.empty() || holds_without(missing)) return {};
    std::vector<AttributeNames::Index> decisive;
    for (const auto& one : missing) {
        if (!holds_without({&one, 1})) decisive.push_back(one);
    }
    // Of several any one is enough, and all of them may be hidden.
    return decisive.empty() ? missing : decisive;
}

std::vector<std::string> Filter::attributes() const {
    AttributeNames names;
    collect_attributes(*root_, names);
    return names.all();
}

}  // namespace dirsync::sync
