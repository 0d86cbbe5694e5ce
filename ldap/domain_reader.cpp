#include "ldap/domain_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "core/text.hpp"
#include "ldap/domain_filters.hpp"
#include "ldap/member_ranges.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/ascii.hpp"
#include "ldap/wire/extended_dn.hpp"
#include "ldap/wire/meta_data.hpp"
#include "ldap/wire/range.hpp"

namespace dirsync::ldap {
namespace {

constexpr int most_range_attempts = 5;
/// The member attribute of an answer: with a range, or plain with values.
struct MemberAnswer {
    wire::Range range;
    std::span<const std::string> values;
};

Result<std::optional<MemberAnswer>> member_answer(const CollectedEntries::Entry& entry) {
    std::optional<MemberAnswer> found;
    for (const auto& [name, values] : entry.attributes) {
        const auto description = wire::parse_attribute_description(name);
        if (!description) return description.error();
        if (description->base != "member") continue;
        // Windows sends an empty `member` beside the range that was asked for.
        if (description->range) return std::optional(MemberAnswer{*description->range, values});
        if (!values.empty()) found = MemberAnswer{wire::Range{}, values};
    }
    return found;
}

}  // namespace

/// Hands decoded entries on. Groups whose member list is not whole wait until the search is over.
class DomainReader::Delivery : public RawEntrySink {
public:
    Delivery(Parts& parts, Fates* fates, bool with_members = true, const Since* since = nullptr)
        : parts_(parts),
          fates_(fates),
          with_members_(with_members),
          since_(since),
          decoder_(parts.names, parts.facts.domain) {}

    void begin(std::string_view dn) override {
        decoder_.begin(dn);
        deleted_at_.reset();
    }
    void attribute(std::string_view name, std::span<const std::string_view> values) override {
        decoder_.attribute(name, values);
        if (since_ != nullptr && !values.empty() && wire::equals_folded(name, wire::meta_data_attribute))
            deleted_at_ = wire::usn_of_change(values.front(), wire::type_of_is_deleted);
    }
    void end() override {
        ++parts_.progress.objects;
        auto result = decoder_.end();
        if (auto* quarantined = std::get_if<sync::QuarantinedEntry>(&result)) {
            take(std::move(*quarantined));
        } else {
            take(std::get<wire::DecodedEntry>(std::move(result)));
        }
    }

    bool saw_root() const noexcept { return saw_root_; }
    bool wants_meta_data() const noexcept { return since_ != nullptr; }
    std::vector<sync::Entry> take_incomplete() { return std::exchange(incomplete_, {}); }

private:
    void take(wire::DecodedEntry&& decoded) {
        auto& entry = decoded.entry;
        const bool deleted = decoded.is_deleted || wire::is_deleted_object(entry.dn);
        if (!passes(entry.guid, deleted)) return;
        saw_root_ = saw_root_ || entry.guid == parts_.facts.guid;
        if (deleted_at_ && *deleted_at_ >= since_->usn) since_->entries.expect(entry.guid);
        entry.members_known = with_members_ || entry.kind != sync::EntryKind::group;
        if (decoded.members) {
            entry.members.clear();
            incomplete_.push_back(std::move(entry));
        } else {
            parts_.sink.take(std::move(entry));
        }
    }

    void take(sync::QuarantinedEntry&& entry) {
        if (entry.guid && !passes(*entry.guid, wire::is_deleted_object(entry.dn))) return;
        parts_.sink.take(std::move(entry));
    }

    /// Notes the fate; true for a living object that was asked for.
    bool passes(const ObjectGuid& guid, bool deleted) {
        if (fates_ == nullptr) return !deleted;
        const auto fate = fates_->find(guid);
        if (fate == fates_->end()) return false;
        if (deleted) {
            if (fate->second == sync::Fate::invisible) fate->second = sync::Fate::deleted;
            parts_.sink.take_deleted(guid, parts_.facts.domain);
            return false;
        }
        fate->second = sync::Fate::alive;
        return true;
    }

    Parts& parts_;
    Fates* fates_;  // of a look-up
    bool with_members_;
    const Since* since_;  // of a read of changes
    std::optional<std::uint64_t> deleted_at_;
    wire::EntryDecoder decoder_;
    std::vector<sync::Entry> incomplete_;
    bool saw_root_ = false;
};

DomainReader::DomainReader(Parts parts) : parts_(std::move(parts)) {}

SearchRequest DomainReader::whole_domain(std::string filter, bool with_members) const {
    SearchRequest request;
    request.base = parts_.facts.base_dn;
    request.filter = std::move(filter);
    request.attributes = attributes_to_read(parts_.names, with_members);
    const auto is_usn = [](const std::string& name) { return text::lower(name) == "usnchanged"; };
    if (std::none_of(request.attributes.begin(), request.attributes.end(), is_usn))
        request.attributes.push_back("uSNChanged");
    request.page_size = parts_.page_size;
    request.controls.push_back(domain_scope());
    // Twice the work for the server, so only where members need it.
    if (with_members) request.controls.push_back(extended_dn());
    return request;
}

Task<Result<void>> DomainReader::ask(SearchRequest request, RawEntrySink& sink) {
    auto searching = parts_.session->search(std::move(request), sink);
    auto result = co_await std::move(searching);
    if (!result)
        co_return std::move(result).error().within(parts_.progress.phase + " from " + parts_.facts.server);
    co_return Result<void>();
}

Task<Result<void>> DomainReader::read_kind(const char* what, std::string filter, bool with_members,
                                           Delivery& delivery) {
    parts_.progress.phase = std::string("reading ") + what + " of " + parts_.facts.dns_name;
    auto request = whole_domain(std::move(filter), with_members);
    if (delivery.wants_meta_data()) request.attributes.emplace_back(wire::meta_data_attribute);
    auto asking = ask(std::move(request), delivery);
    co_return co_await std::move(asking);
}

Task<Result<void>> DomainReader::read_all() {
    auto reading_containers = read_containers();
    auto result = co_await std::move(reading_containers);
    if (!result) co_return result;
    auto reading_people = read_people(nullptr);
    co_return co_await std::move(reading_people);
}

Task<Result<void>> DomainReader::read_containers() {
    Delivery delivery(parts_, nullptr);
    auto reading = read_kind("containers", container_filter, false, delivery);
    auto result = co_await std::move(reading);
    if (!result) co_return result;
    if (!delivery.saw_root()) {
        co_return Error(ErrorCode::insufficient_rights,
                        "reading " + parts_.facts.dns_name + " from " + parts_.facts.server +
                            ": the domain's root is not visible: the account has lost its read rights");
    }
    co_return Result<void>();
}

/// Users, then groups: all, or those that changed.
Task<Result<void>> DomainReader::read_people(const Since* since) {
    const auto narrowed = [since](const char* filter) {
        return since == nullptr ? std::string(filter)
                                : "(&" + std::string(filter) + changed_filter(since->usn) + ")";
    };
    Delivery delivery(parts_, nullptr, true, since);
    auto reading_users = read_kind("users", narrowed(user_filter), false, delivery);
    auto result = co_await std::move(reading_users);
    if (!result) co_return result;
    auto reading_groups = read_kind("groups", narrowed(group_filter), true, delivery);
    result = co_await std::move(reading_groups);
    if (!result) co_return result;
    auto completing = complete_groups(delivery.take_incomplete());
    co_return co_await std::move(completing);
}

Task<Result<void>> DomainReader::complete_groups(std::vector<sync::Entry> groups) {
    for (auto& group : groups) {
        const auto name = group.dn;
        auto completing = complete_group(std::move(group));
        auto result = co_await std::move(completing);
        if (!result)
            co_return std::move(result).error().within("reading the members of " + quoted_peer_text(name) +
                                                       " from " + parts_.facts.server);
    }
    co_return Result<void>();
}

Task<Result<void>> DomainReader::complete_group(sync::Entry group) {
    MemberRanges ranges;
    int attempts = 1;
    while (true) {
        SearchRequest request =
            base_search("<GUID=" + to_text(group.guid) + ">", {ranges.next_attribute(), "uSNChanged"});
        request.controls.push_back(extended_dn());
        CollectedEntries answer;
        auto searching = parts_.session->search(std::move(request), answer);
        auto result = co_await std::move(searching);
        // Deleted meanwhile: the read lacks it, and the proof of its deletion will be asked for
        // (semantics 5.2).
        if (!result && result.error().code() == ErrorCode::not_found) co_return Result<void>();
        if (!result) co_return result;
        if (answer.entries().size() != 1) co_return Result<void>();

        const auto& entry = answer.entries().front();
        auto members = member_answer(entry);
        if (!members) co_return std::move(members).error();
        const auto next = *members ? ranges.take({entry.first("uSNChanged"), (*members)->range.low,
                                                  (*members)->range.high, (*members)->values})
                                   : ranges.take_none();
        if (next == MemberRanges::Next::refused) {
            co_return Error(ErrorCode::protocol,
                            "the server answered with a range other than the one asked for");
        }
        if (next == MemberRanges::Next::changed) {
            if (++attempts > most_range_attempts) {
                co_return Error(
                    ErrorCode::read_incomplete,
                    "the group changed during each of " + std::to_string(most_range_attempts) + " attempts");
            }
            group.members.clear();
            continue;
        }
        for (const auto& value : ranges.fresh_values()) {
            const auto member = wire::decode_member(value);
            if (!member) {
                sync::QuarantinedEntry quarantined{group.guid, group.kind, group.dn, member.error().message(),
                                                   group.domain};
                parts_.sink.take(std::move(quarantined));
                co_return Result<void>();
            }
            if (!member->skip) group.members.push_back(member->ref);
        }
        if (next == MemberRanges::Next::done) break;
    }
    parts_.sink.take(std::move(group));
    co_return Result<void>();
}

Task<Result<void>> DomainReader::look_up(const std::vector<ObjectGuid>& guids, bool with_members,
                                         Fates& fates) {
    std::vector<ObjectGuid> wanted;
    for (const auto& guid : guids) {
        const auto [fate, added] = fates.emplace(guid, sync::Fate::invisible);
        if (fate->second != sync::Fate::alive) wanted.push_back(guid);
    }
    Delivery delivery(parts_, &fates, with_members);
    for (std::size_t start = 0; start < wanted.size(); start += guids_a_search) {
        const auto count = std::min(guids_a_search, wanted.size() - start);
        auto request = whole_domain(guid_filter(std::span(wanted).subspan(start, count)), with_members);
        request.controls.push_back(show_deleted());
        request.controls.push_back(show_recycled());
        auto asking = ask(std::move(request), delivery);
        auto result = co_await std::move(asking);
        if (!result) co_return result;
    }
    auto completing = complete_groups(delivery.take_incomplete());
    co_return co_await std::move(completing);
}

std::vector<std::string> attributes_to_read(const std::vector<std::string>& names, bool with_members) {
    std::vector<std::string> attributes;
    std::unordered_set<std::string> known;
    const auto add = [&](const std::string& name) {
        if (known.insert(text::lower(name)).second) attributes.push_back(name);
    };
    for (const auto& name : wire::decoder_attributes()) add(name);
    if (with_members) add("member");
    for (const auto& name : names) {
        // A mapped `member` would be a list without end, and means nothing for users.
        if (text::lower(name) != "member") add(name);
    }
    return attributes;
}

}  // namespace dirsync::ldap
