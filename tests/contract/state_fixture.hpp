#pragma once

#include "sync/fold.hpp"
#include "tests/contract/store_fixture.hpp"

namespace dirsync::store::testing {

class StateContract : public StoreContract {
protected:
    static sync::MirrorUpsert object(Node node, sync::EntryKind kind, const std::string& dn) {
        sync::MirrorUpsert upsert;
        upsert.row.node = node;
        upsert.row.guid = guid_of_node(node);
        upsert.row.kind = kind;
        upsert.dn = dn;
        upsert.attributes = std::string("\0\1packed\xff", 9);
        return hashed(std::move(upsert));
    }
    static sync::MirrorUpsert hashed(sync::MirrorUpsert upsert) {
        upsert.row.hash = sync::hash_of(upsert.row, upsert.dn, upsert.attributes);
        return upsert;
    }
    static sync::Hold hold(const std::string& id, sync::HoldClass hold_class, std::vector<Node> nodes,
                           Time since) {
        sync::Hold out;
        out.id = id;
        out.hold = hold_class;
        for (const Node node : nodes) out.objects.emplace_back(guid_of_node(node), ObjectGuid{});
        out.limit = "500 or 10%";
        out.sample = {"alice", "b\"ob"};
        out.since = since;
        return out;
    }
    static sync::Plan holding(std::vector<sync::Hold> holds) {
        sync::Plan plan;
        plan.holds = std::move(holds);
        return plan;
    }
    static sync::EntityError fault(Node node, const std::string& code, const std::string& message) {
        return {guid_of_node(node), "S-1-5-21-9", node >= 10, "name" + std::to_string(node), code, message};
    }
};

}  // namespace dirsync::store::testing
