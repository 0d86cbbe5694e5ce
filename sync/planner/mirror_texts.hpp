#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// Packed attributes of objects, from what the read just brought or else from disk.
class MirrorTexts {
public:
    MirrorTexts(const MirrorDelta& fresh, IdentityStore& rows);
    /// For each node in order; views that hold until the next call.
    Result<std::vector<std::string_view>> attributes_of(std::span<const Node> nodes);
    bool is_fresh(Node node) const { return fresh_.contains(node); }
    /// Those on disk that are not what was written, of all calls until now.
    bool is_damaged(Node node) const { return damaged_.contains(node); }
    const boost::unordered_flat_set<Node>& damaged() const noexcept { return damaged_; }

private:
    IdentityStore& rows_;
    boost::unordered_flat_map<Node, std::string_view> fresh_;
    std::vector<IdentityStore::MirrorText> read_;
    boost::unordered_flat_set<Node> damaged_;
};

}  // namespace dirsync::sync
