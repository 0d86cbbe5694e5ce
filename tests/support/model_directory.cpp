#include "tests/support/model_directory.hpp"

#include <algorithm>

#include "core/dn.hpp"

namespace dirsync::testing {
namespace {

ObjectGuid numbered_guid(std::uint32_t number, std::uint8_t kind) {
    ObjectGuid guid;
    // Spread over the range, so that the order of GUIDs is not that of creation.
    const std::uint32_t mixed = number * 2654435761u;
    for (int i = 0; i < 4; ++i)
        guid.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(mixed >> (24 - 8 * i));
    for (int i = 0; i < 4; ++i)
        guid.bytes[static_cast<std::size_t>(8 + i)] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    guid.bytes[15] = kind;
    return guid;
}

std::string escaped_rdn(const std::string& name) {
    std::string out;
    for (const char c : name) {
        if (std::string_view(",+\"\\<>;=").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

ModelDirectory::ModelDirectory(std::vector<std::string> domains) : domains_(std::move(domains)) {
    for (std::size_t i = 0; i < domains_.size(); ++i) {
        domain_guids.push_back(numbered_guid(static_cast<std::uint32_t>(i), 0xd0));
    }
}

ModelDirectory::Object& ModelDirectory::add(sync::EntryKind kind, const std::string& name,
                                            sync::DomainIndex domain) {
    Object object;
    object.guid = numbered_guid(next_, 1);
    object.kind = kind;
    object.domain = domain;
    object.rid = 1000 + next_;
    object.name = name;
    ++next_;
    return objects_.emplace(object.guid, object).first->second;
}

ModelDirectory::Object& ModelDirectory::add_foreign(const Object& target, sync::DomainIndex domain) {
    const Sid sid = domain_sid(target.domain).with_rid(target.rid);
    Object& foreign = add(sync::EntryKind::foreign, to_text(sid), domain);
    foreign.foreign_sid = sid;
    return foreign;
}

ModelDirectory::Object* ModelDirectory::find(const std::string& name) {
    for (auto& [guid, object] : objects_) {
        if (object.name == name) return &object;
    }
    return nullptr;
}

void ModelDirectory::remove(ObjectGuid guid) {
    tombstones_.emplace(guid, objects_.at(guid).domain);
    vanish(guid);
}

void ModelDirectory::move(ObjectGuid guid, sync::DomainIndex domain) {
    Object& object = objects_.at(guid);
    tombstones_.emplace(guid, object.domain);
    tombstones_.erase({guid, domain});
    for (auto& [other, group] : objects_) {
        if (group.domain == object.domain) group.members.erase(guid);
    }
    object.domain = domain;
    object.parent = ObjectGuid{};
    object.rid = 1000 + next_++;
}

void ModelDirectory::undelete(Object object) {
    ++restored_[object.guid];
    tombstones_.erase({object.guid, object.domain});
    object.members.clear();
    objects_[object.guid] = std::move(object);
}

void ModelDirectory::vanish(ObjectGuid guid) {
    objects_.erase(guid);
    for (auto& [other, object] : objects_) {
        object.members.erase(guid);
        if (object.parent == guid) object.parent = ObjectGuid{};
    }
}

Sid ModelDirectory::domain_sid(sync::DomainIndex domain) const {
    Sid sid;
    sid.authority = 5;
    sid.count = 4;
    sid.sub = {21, 1000u + domain, 2, 3};
    return sid;
}

std::string ModelDirectory::dn_of(const Object& object) const {
    const std::string base = base_dn_of(domains_[object.domain]);
    std::string dn = (object.kind == sync::EntryKind::container ? "OU=" : "CN=") + escaped_rdn(object.name);
    ObjectGuid at = object.parent;
    for (int depth = 0; !at.is_nil() && depth < 64; ++depth) {
        const Object& parent = objects_.at(at);
        dn += ",OU=" + escaped_rdn(parent.name);
        at = parent.parent;
    }
    return dn + "," + base;
}

sync::Entry ModelDirectory::entry_of(const Object& object, sync::AttributeNames& names) const {
    sync::Entry entry;
    entry.guid = object.guid;
    entry.kind = object.kind;
    entry.domain = object.domain;
    if (object.rid != 0 && object.kind != sync::EntryKind::container) {
        entry.sid = domain_sid(object.domain).with_rid(object.rid);
    }
    entry.dn = dn_of(object);
    entry.usn = object.usn;
    entry.control_known = !object.hides_control;
    entry.disabled = object.disabled && entry.control_known;
    entry.mangled = object.mangled;
    const bool is_user = object.kind == sync::EntryKind::user;
    const auto hides = [this, is_user](const std::string& name) {
        return is_user != (name == "member") && hidden_.contains(name);
    };
    if (!hides("accountExpires")) entry.expires = object.expires;
    // Every account has one: Domain Users, which is no object here.
    entry.primary_group_rid = object.primary_group == 0 && is_user ? 513 : object.primary_group;
    sync::AttributesBuilder builder;
    const auto add = [&](const std::string& name, const std::string& value) {
        if (const auto index = names.find(name); index && !value.empty() && !hides(name))
            builder.add(*index, value);
    };
    if (object.kind != sync::EntryKind::container) add("sAMAccountName", object.name);
    add("cn", object.name);
    for (const auto& [name, value] : object.attributes) add(name, value);
    entry.attributes = builder.pack();
    for (const auto& member : object.members) {
        const Object& target = objects_.at(member);
        if (!target.visible || !shows_in_list(object, member)) continue;
        entry.members.push_back({member, target.foreign_sid});
    }
    return entry;
}

void ModelDirectory::tell(const Object& object, sync::AttributeNames& names, sync::EntrySink& sink) const {
    if (!object.garbled) return sink.take(entry_of(object, names));
    sink.take(
        sync::QuarantinedEntry{object.guid, object.kind, dn_of(object), "it is garbled", object.domain});
}

Error ModelDirectory::break_off() {
    fail_after_.reset();
    if (sync::is_fault_of_server(Error(failure_, "")) && next_server)
        server = *std::exchange(next_server, std::nullopt);
    return Error(failure_, "the model breaks off");
}

bool ModelDirectory::shows_in_list(const Object& group, const ObjectGuid& member) const {
    const auto hidden = hidden_in_lists_.find(group.guid);
    return !hidden_.contains("member") &&
           (hidden == hidden_in_lists_.end() || !hidden->second.contains(member));
}

std::vector<sync::DomainFacts> ModelDirectory::facts() const {
    std::vector<sync::DomainFacts> domains;
    for (std::size_t i = 0; i < domains_.size(); ++i) {
        sync::DomainFacts facts;
        facts.domain = static_cast<sync::DomainIndex>(i);
        facts.dns_name = domains_[i];
        facts.netbios_name = "DOM" + std::to_string(i);
        facts.base_dn = base_dn_of(domains_[i]);
        facts.guid = domain_guids[i];
        facts.sid = domain_sid(facts.domain);
        facts.server = server;
        facts.detection = "full";
        facts.at.highest_usn = next_;
        if (clock) facts.current_time = clock(facts.domain);
        domains.push_back(facts);
    }
    return domains;
}

std::vector<sync::DomainFacts> ModelDirectory::facts_with_cookie() {
    auto domains = facts();
    if (following_ == Following::none) return domains;
    states_.push_back({objects_, tombstones_, restored_});
    for (auto& facts : domains) facts.cookie = std::to_string(states_.size() - 1);
    return domains;
}

Task<Result<std::vector<sync::DomainFacts>>> ModelDirectory::connect(std::vector<sync::DomainFacts>) {
    ++connects_;
    if (on_connect) on_connect();
    if (refusal_) co_return Error(*refusal_, "the model refuses");
    co_return facts();
}

/// Those of `names` that the schema has not, in the order of the test.
std::vector<sync::UnknownAttribute> ModelDirectory::lacking(const std::vector<std::string>& names) const {
    auto unknown = not_in_the_schema;
    std::erase_if(unknown, [&names](const sync::UnknownAttribute& one) {
        return std::find(names.begin(), names.end(), one.name) == names.end();
    });
    return unknown;
}

Task<Result<sync::ReadSummary>> ModelDirectory::read_all(std::vector<std::string> names,
                                                         sync::EntrySink& sink) {
    ++reads_;
    sync::AttributeNames attribute_names;
    for (const auto& name : names) attribute_names.add(name);
    std::size_t delivered = 0;
    for (std::size_t domain = 0; domain < domains_.size(); ++domain) {
        for (const auto kind : {sync::EntryKind::container, sync::EntryKind::user, sync::EntryKind::group}) {
            std::vector<const Object*> objects;
            for (const auto& [guid, object] : objects_) {
                if (object.kind == kind && object.domain == domain && object.visible)
                    objects.push_back(&object);
            }
            if (shuffle_seed_) {
                std::mt19937 random(*shuffle_seed_);
                std::shuffle(objects.begin(), objects.end(), random);
            }
            for (const Object* object : objects) {
                if (fail_after_ && delivered++ == *fail_after_) {
                    co_return break_off();
                }
                tell(*object, attribute_names, sink);
            }
        }
    }
    for (const auto& object : late) tell(object, attribute_names, sink);
    sync::ReadSummary summary;
    summary.domains = facts_with_cookie();
    summary.unknown_attributes = lacking(names);
    summary.notes = notes;
    co_return summary;
}

void ModelDirectory::tell_changes(const State& before, sync::DomainIndex domain, sync::AttributeNames& names,
                                  sync::EntrySink& sink) const {
    const bool containers_changed = std::any_of(objects_.begin(), objects_.end(), [&before](const auto& now) {
        const auto was = before.objects.find(now.first);
        return now.second.kind == sync::EntryKind::container &&
               (was == before.objects.end() || !(was->second == now.second));
    });
    const auto times_restored = [](const auto& restored, const ObjectGuid& guid) {
        const auto found = restored.find(guid);
        return found == restored.end() ? std::uint64_t{0} : found->second;
    };
    for (const auto kind : {sync::EntryKind::container, sync::EntryKind::user, sync::EntryKind::group}) {
        for (const auto& [guid, object] : objects_) {
            if (object.kind != kind || object.domain != domain || !object.visible) continue;
            const auto was = before.objects.find(guid);
            const bool is_restored = times_restored(restored_, guid) != times_restored(before.restored, guid);
            const bool is_new = was == before.objects.end() || !was->second.visible || is_restored ||
                                was->second.domain != domain;
            if (is_restored) sink.take_deleted(guid, domain);
            Object same_members = object;
            if (!is_new) same_members.members = was->second.members;
            const bool attributes_differ = is_new || !(same_members == was->second);
            const bool refreshed =
                std::any_of(object.members.begin(), object.members.end(), [&](const ObjectGuid& member) {
                    return times_restored(restored_, member) != times_restored(before.restored, member);
                });
            const bool lists_differ = !is_new && (refreshed || object.members != was->second.members);
            if (following_ == Following::usn || is_new) {
                if (attributes_differ || lists_differ ||
                    (kind == sync::EntryKind::container && containers_changed))
                    tell(object, names, sink);
                continue;
            }
            if (attributes_differ || (kind == sync::EntryKind::container && containers_changed)) {
                auto entry = entry_of(object, names);
                entry.members_known = kind != sync::EntryKind::group;
                entry.members.clear();
                sink.take(std::move(entry));
            }
            if (!lists_differ) continue;
            sync::MemberChanges changes;
            changes.group = guid;
            for (const auto& member : object.members) {
                const bool is_fresh =
                    times_restored(restored_, member) != times_restored(before.restored, member);
                if (!was->second.members.contains(member) || is_fresh)
                    changes.added.push_back({member, objects_.at(member).foreign_sid});
            }
            for (const auto& member : was->second.members) {
                // Who was deleted, or moved to another domain, takes the links along in silence.
                const auto still = objects_.find(member);
                const bool is_there =
                    still != objects_.end() && still->second.domain == before.objects.at(member).domain;
                if (is_there && !object.members.contains(member))
                    changes.removed.push_back({member, objects_.at(member).foreign_sid});
            }
            if (!changes.added.empty() || !changes.removed.empty()) sink.take(std::move(changes));
        }
    }
    for (const auto& tombstone : tombstones_) {
        if (tombstone.second == domain && !before.tombstones.contains(tombstone))
            sink.take_deleted(tombstone.first, domain);
    }
}

Task<Result<sync::ReadSummary>> ModelDirectory::read_changes(std::vector<sync::DomainFacts> from,
                                                             std::vector<std::string> names,
                                                             sync::EntrySink& sink) {
    const std::string cookie = from.empty() ? std::string() : from.front().cookie;
    if (following_ == Following::none || cookie.empty() || std::stoul(cookie) < first_cookie_) {
        co_return Error(ErrorCode::cursor_refused, "the model does not know the cookie");
    }
    ++change_reads_;
    sync::AttributeNames attribute_names;
    for (const auto& name : names) attribute_names.add(name);
    if (fail_after_) {
        co_return break_off();
    }
    for (std::size_t domain = 0; domain < domains_.size(); ++domain) {
        tell_changes(states_.at(std::stoul(cookie)), static_cast<sync::DomainIndex>(domain), attribute_names,
                     sink);
    }
    sync::ReadSummary summary;
    summary.domains = facts_with_cookie();
    summary.unknown_attributes = lacking(names);
    summary.notes = notes;
    co_return summary;
}

Task<Result<std::vector<sync::Fate>>> ModelDirectory::look_up(std::vector<ObjectGuid> guids,
                                                              std::vector<std::string> names,
                                                              sync::EntrySink& sink) {
    if (look_ups_fail_) co_return Error(ErrorCode::timeout, "the model does not answer the look-up");
    sync::AttributeNames attribute_names;
    for (const auto& name : names) attribute_names.add(name);
    std::vector<sync::Fate> fates;
    for (const auto& guid : guids) {
        const auto found = objects_.find(guid);
        auto fate = sync::Fate::invisible;
        for (std::size_t i = 0; i < domains_.size(); ++i) {
            const auto domain = static_cast<sync::DomainIndex>(i);
            if (tombstones_.contains({guid, domain})) {
                sink.take_deleted(guid, domain);
                if (fate != sync::Fate::alive) fate = sync::Fate::deleted;
            } else if (found != objects_.end() && found->second.visible && found->second.domain == domain) {
                tell(found->second, attribute_names, sink);
                fate = sync::Fate::alive;
            }
        }
        fates.push_back(fate);
    }
    co_return fates;
}

Task<Result<std::vector<sync::LinkFate>>> ModelDirectory::look_up_links(std::vector<sync::Link> links) {
    if (look_ups_fail_) co_return Error(ErrorCode::timeout, "the model does not answer the look-up");
    links_asked_ += links.size();
    std::vector<sync::LinkFate> fates;
    for (const auto& link : links) {
        const auto group = objects_.find(link.group);
        const auto member = objects_.find(link.member);
        sync::LinkFate fate = sync::LinkFate::unknown;
        if (group != objects_.end() && member != objects_.end() && member->second.visible) {
            const bool listed = group->second.members.contains(link.member);
            const bool tells = member->second.domain == group->second.domain && !hidden_.contains("memberOf");
            const bool may_read_list =
                !hidden_.contains("member") && (lists_lie || !hidden_in_lists_.contains(link.group));
            const bool shows = listed && !hidden_in_lists_.contains(link.group);
            if (!shows && may_read_list) fate = sync::LinkFate::not_listed;
            if (!listed && tells) fate = sync::LinkFate::absent;
            if (listed && tells) fate = sync::LinkFate::present;
        } else if (member != objects_.end() && !member->second.visible) {
            fate = sync::LinkFate::hidden;
        }
        fates.push_back(fate);
    }
    co_return fates;
}

Task<Result<std::vector<sync::ReadRight>>> ModelDirectory::look_up_rights(
    std::vector<sync::LostAttribute> attributes) {
    if (look_ups_fail_) co_return Error(ErrorCode::timeout, "the model does not answer the look-up");
    rights_asked_ += attributes.size();
    std::vector<sync::ReadRight> found;
    for (const auto& attribute : attributes) {
        const auto said = rights.find(attribute);
        found.push_back(said == rights.end() ? other_rights : said->second);
    }
    co_return found;
}

}  // namespace dirsync::testing
