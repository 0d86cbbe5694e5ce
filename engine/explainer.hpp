#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/task.hpp"
#include "engine/engine.hpp"
#include "engine/memory.hpp"

namespace dirsync::sync {

/// Says why an object is in the store or not, from memory and store, without the directory.
class Explainer {
public:
    Explainer(Memory& memory, StoreClient& store, std::function<Time()> now)
        : memory_(memory), store_(store), now_(std::move(now)) {}

    /// As Engine::explain. `unknown`: attributes that the settings name and the schema lacks.
    Task<Result<Explanation>> explain(std::string name, std::vector<UnknownAttribute> unknown);

private:
    struct StoredRows {
        std::vector<StoredUser> users;
        std::vector<StoredGroup> groups;
    };
    using Names = boost::unordered_flat_map<Node, std::string>;

    Task<Result<Node>> node_called(std::string name);
    Task<Result<Explanation>> explain_node(Node node, std::string name,
                                           std::vector<UnknownAttribute> unknown);
    void compare(const MirrorRow& entry, const AttributesView& attributes, const StoredRows& rows,
                 const std::vector<UnknownAttribute>& unknown, bool is_place_in_doubt,
                 Explanation& result) const;
    Task<Result<StoredRows>> rows_of(Node node);
    Task<Result<Names>> account_names(std::vector<Node> groups);
    void add_held(const ObjectGuid& guid, Explanation& result) const;
    std::string domain_of(DomainIndex domain) const;

    Memory& memory_;
    StoreClient& store_;
    std::function<Time()> now_;
};

}  // namespace dirsync::sync
