#include "tests/sim/forest/forest_delivery.hpp"

// What is asked of the forest by GUID.
namespace dirsync::sim {

Task<Result<std::vector<sync::Fate>>> ForestSource::look_up(std::vector<ObjectGuid> guids,
                                                            std::vector<std::string> names,
                                                            sync::EntrySink& sink) {
    Delivery delivery(*this, names, sink);
    std::vector<sync::Fate> fates;
    for (const auto& guid : guids) {
        sync::Fate fate = sync::Fate::invisible;
        for (const std::size_t domain : configured) {
            if (!connected_.contains(domain)) co_return Error(ErrorCode::connection_lost, "not connected");
            const Replica& replica = dc_of(domain).replica;
            const Replica::Held* held = replica.find(guid);
            if (held == nullptr) continue;
            if (held->object->deleted) {
                if (forest_.denied.tombstones.contains(domain)) continue;
                if (fate != sync::Fate::alive) fate = sync::Fate::deleted;
                delivery.deliver_deleted(guid, domain);
            } else if (forest_.is_visible(*held->object, replica)) {
                delivery.deliver(*held, domain, true);
                fate = sync::Fate::alive;
            }
        }
        fates.push_back(fate);
    }
    co_return fates;
}

/// As far as one domain's DC knows: memberOf of an object names groups of its own domain only (MS-ADTS
/// 3.1.1.4.5.1), and both may be withheld from the account. A server that shows half a list tells nothing.
sync::LinkFate ForestSource::fate_of(const sync::Link& link, std::size_t domain) const {
    const Replica& replica = forest_.domains()[domain].dcs[connected_.at(domain)].replica;
    const auto shown = [&](const ObjectGuid& guid) -> const Replica::Held* {
        const Replica::Held* held = replica.find(guid);
        const bool is_shown =
            held != nullptr && !held->object->deleted && forest_.is_visible(*held->object, replica);
        return is_shown ? held : nullptr;
    };
    const Replica::Held* group = shown(link.group);
    if (group == nullptr) return sync::LinkFate::unknown;
    const bool shows_back = shown(link.member) != nullptr && !forest_.denied.back_links.contains(link.member);
    const auto found = group->links.find(link.member);
    const bool is_linked = found != group->links.end() && found->second.present;
    if (shows_back && is_linked) return sync::LinkFate::present;
    return shows_back || !forest_.denied.hides_list(link.group) ? sync::LinkFate::absent
                                                                : sync::LinkFate::unknown;
}

Task<Result<std::vector<sync::LinkFate>>> ForestSource::look_up_links(std::vector<sync::Link> links) {
    std::vector<sync::LinkFate> fates;
    for (const auto& link : links) {
        sync::LinkFate fate = sync::LinkFate::unknown;
        bool is_seen = false;
        bool is_hidden = false;
        for (const std::size_t domain : configured) {
            if (!connected_.contains(domain)) co_return Error(ErrorCode::connection_lost, "not connected");
            const auto told = fate_of(link, domain);
            const Replica& replica = forest_.domains()[domain].dcs[connected_.at(domain)].replica;
            const Replica::Held* member = replica.find(link.member);
            if (member != nullptr && !member->object->deleted)
                (forest_.is_visible(*member->object, replica) ? is_seen : is_hidden) = true;
            if (fate != sync::LinkFate::present && told != sync::LinkFate::unknown) fate = told;
        }
        // No list shows members that the account cannot see, whatever it may read.
        if (is_hidden && !is_seen && fate != sync::LinkFate::present) fate = sync::LinkFate::hidden;
        fates.push_back(fate);
    }
    co_return fates;
}

/// What filters name is never hidden from the account.
Task<Result<std::vector<sync::ReadRight>>> ForestSource::look_up_rights(
    std::vector<sync::LostAttribute> attributes) {
    co_return std::vector<sync::ReadRight>(attributes.size(), sync::ReadRight::granted);
}

}  // namespace dirsync::sim
