#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// Objects whose text in the store is not what was written (semantics 5.18): taken for unread, and read anew.
class DamagedObjects {
public:
    /// True when some of them were not known: the cycle has to begin again with a whole read.
    bool found(std::span<const Node> damaged);
    /// Why the cycle cannot go on before that read.
    Error error() const;
    /// Sorted.
    const std::vector<Node>& nodes() const noexcept { return nodes_; }
    /// No whole read was planned with since the last ones were found.
    bool wants_whole_read() const noexcept { return wants_whole_read_; }
    /// A whole read was planned with. `fresh`: what it brought. Gives a warning when it did not bring all of
    /// them; else an empty text.
    std::string read_anew(const MirrorDelta& fresh);
    /// Finds them again with the next load, as a plan leaves no trace.
    void forget() { nodes_.clear(); }

private:
    std::vector<Node> nodes_;
    bool wants_whole_read_ = false;
};

}  // namespace dirsync::sync
