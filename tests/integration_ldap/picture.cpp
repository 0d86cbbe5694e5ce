#include "picture.hpp"

#include "core/dn.hpp"

namespace dirsync::lab {

void Picture::take_whole(const CollectingSink& read) {
    objects_.clear();
    containers_.clear();
    for (const auto& entry : read.entries) take(entry);
}

void Picture::take_changes(const CollectingSink& read) {
    if (read.count(sync::EntryKind::container) != 0) {
        containers_.clear();
        std::erase_if(objects_, [](const auto& object) {
            return object.second.entry.kind == sync::EntryKind::container;
        });
    }
    for (const auto& guid : read.restored) remove(guid);
    for (const auto& entry : read.entries) take(entry);
    for (const auto& changes : read.member_changes) {
        auto& members = objects_[changes.group].members;
        for (const auto& member : changes.added) members.insert(member.guid);
        for (const auto& member : changes.removed) members.erase(member.guid);
    }
    for (const auto& guid : read.deleted) remove(guid);
    for (const auto& guid : read.unseen) remove(guid);
}

void Picture::take(const sync::Entry& entry) {
    auto& object = objects_[entry.guid];
    object.entry = entry;
    if (entry.members_known) {
        object.members.clear();
        for (const auto& member : entry.members) object.members.insert(member.guid);
    }
    const auto dn = Dn::parse(entry.dn);
    if (!dn) return;
    if (entry.kind == sync::EntryKind::container) containers_[dn->key()] = entry.guid;
    const auto parent = containers_.find(std::string(dn->parent_key()));
    object.parent = parent == containers_.end() ? "" : to_text(parent->second);
}

void Picture::remove(const ObjectGuid& guid) {
    objects_.erase(guid);
    for (auto& [group, object] : objects_) object.members.erase(guid);
}

std::map<ObjectGuid, std::string> Picture::lines() const {
    std::map<ObjectGuid, std::string> lines;
    for (const auto& [guid, object] : objects_) {
        const auto& entry = object.entry;
        // A container's DN says where everything below it lies.
        const bool container = entry.kind == sync::EntryKind::container;
        auto line =
            std::to_string(static_cast<int>(entry.kind)) + " " +
            (container ? entry.dn : entry.dn.substr(0, end_of_first_rdn(entry.dn)) + " in " + object.parent) +
            " " + std::to_string(entry.disabled) + " " + std::to_string(entry.expires.value_or(-1)) + " " +
            std::to_string(entry.primary_group_rid) + " " + entry.attributes.bytes();
        for (const auto& member : object.members) line += " " + to_text(member);
        lines.emplace(guid, std::move(line));
    }
    return lines;
}

const sync::Entry* Picture::find(std::string_view dn_start) const {
    for (const auto& [guid, object] : objects_) {
        if (object.entry.dn.starts_with(dn_start)) return &object.entry;
    }
    return nullptr;
}

}  // namespace dirsync::lab
