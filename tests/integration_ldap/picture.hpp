#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "collecting_sink.hpp"
#include "model/entry.hpp"

namespace dirsync::lab {

/// What a mirror that is fed with reads comes to hold, object by object as text, so that two can be compared.
class Picture {
public:
    /// Forgets everything before.
    void take_whole(const CollectingSink& read);
    void take_changes(const CollectingSink& read);

    /// One line for each object: what it is, where it lies, what it holds.
    std::map<ObjectGuid, std::string> lines() const;
    const sync::Entry* find(std::string_view dn_start) const;

private:
    struct Object {
        sync::Entry entry;
        std::string parent;  // GUID of the container
        std::set<ObjectGuid> members;
    };
    void take(const sync::Entry& entry);
    void remove(const ObjectGuid& guid);

    std::map<ObjectGuid, Object> objects_;
    std::map<std::string, ObjectGuid> containers_;  // by normalized DN
};

}  // namespace dirsync::lab
