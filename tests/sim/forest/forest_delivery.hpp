#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sim/forest/forest_source.hpp"

namespace dirsync::sim {

/// Makes entries of what a DC holds and hands them to the sink.
class ForestSource::Delivery {
public:
    Delivery(ForestSource& source, const std::vector<std::string>& names, sync::EntrySink& sink);

    void deliver(const Replica::Held& held, std::size_t domain, bool with_members);
    void deliver(sync::MemberChanges&& changes);
    void deliver_deleted(const ObjectGuid& guid, std::size_t domain);

    /// The domain's index in the configuration.
    sync::DomainIndex place_of(std::size_t domain) const;
    /// As a group of `domain` lists it.
    std::optional<sync::MemberRef> member(const ObjectGuid& guid, std::size_t domain) const;
    /// The groups of its own that every domain has, and that are never emptied.
    void deliver_built_in(std::size_t domain);
    sync::EntrySink& sink() { return sink_; }

private:
    const Denied& denied() const { return source_.forest_.denied; }
    const Replica& replica(std::size_t domain) const;
    /// What a list that shows a part of its members says of the others (semantics 5.15).
    void note_half(const Replica::Held& held, std::size_t domain, const sync::Entry& entry);
    bool is_told_whole(const Replica::Held& held, std::size_t domain) const;
    bool is_unchanged(const Replica::Held& held, std::size_t domain) const;
    std::string dn_of(const Object& object, std::size_t domain) const;
    sync::PackedAttributes attributes_of(const Object& object) const;
    sync::Entry entry_of(const Replica::Held& held, std::size_t domain, bool with_members) const;

    ForestSource& source_;
    sync::EntrySink& sink_;
    sync::AttributeNames names_;
};

}  // namespace dirsync::sim
