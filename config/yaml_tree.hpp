#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"

namespace dirsync::config {

/// A file can have more problems than anybody reads. Further ones are not kept.
inline constexpr std::size_t most_problems = 1000;

/// A place in a file, both from 1; the column counts code points, as editors do. 0: the file as a whole.
struct Place {
    int line = 0;
    int column = 0;
};

/// One value of a YAML document, as written: nothing is converted yet.
struct Node {
    enum class Kind { null, scalar, list, map };
    struct Member;

    Kind kind = Kind::null;
    std::size_t offset = 0;  ///< of the value in the text that was parsed
    std::string text;        ///< scalar
    bool plain = false;      ///< scalar without quotes: `5`, `true` and `null` mean what they say
    std::vector<const Node*> items;
    std::vector<Member> members;
    std::size_t weight = 1;  ///< number of nodes below and including this one, aliases written out
};

struct Node::Member {
    std::string name;
    std::size_t offset = 0;  ///< of the key
    const Node* value = nullptr;
};

/// A key as paths show it: escaped and capped, since a file may hold anything.
std::string shown_key(std::string_view key);

/// A parsed document. Nodes live as long as it does; an alias is the node it stands for.
class YamlTree {
public:
    static constexpr std::size_t max_bytes = 16 * 1024 * 1024;
    static constexpr std::size_t max_nodes = 2'000'000;  ///< with every alias written out
    static constexpr std::size_t max_depth = 64;

    /// Never throws. What is wrong with the YAML itself is added to `problems` under the name `file`:
    /// syntax, bytes that are not UTF-8, duplicate keys at any depth, a second document, tags, and
    /// aliases that refer to themselves or would grow without bound. Any bytes are safe to pass.
    YamlTree(std::string_view text, const std::string& file, std::vector<Problem>& problems);

    YamlTree(const YamlTree&) = delete;
    YamlTree& operator=(const YamlTree&) = delete;

    /// The top of the document; nullptr when it could not be parsed as a whole.
    const Node* root() const noexcept { return root_; }

    Place place_of(std::size_t offset) const;

    /// The place of byte `at` of the value of scalar `node`: exact for values on one line, the start
    /// of the value otherwise.
    Place place_in(const Node& node, std::size_t at) const;

private:
    class Builder;

    std::string text_;
    std::vector<std::size_t> line_starts_;
    std::deque<Node> nodes_;
    const Node* root_ = nullptr;
};

}  // namespace dirsync::config
