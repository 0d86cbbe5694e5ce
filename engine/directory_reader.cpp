#include "engine/directory_reader.hpp"

#include <algorithm>
#include <iterator>

#include "core/dn.hpp"
#include "core/sorted.hpp"
#include "core/text.hpp"
#include "sync/planner/held_links.hpp"

namespace dirsync::sync {
namespace {

/// Objects whose mirror is older than the last whole read; sorted.
std::vector<ObjectGuid> quarantined(const StoredFacts& facts) {
    std::vector<ObjectGuid> guids;
    for (const auto& error : facts.errors) {
        if (error.code == malformed_entry) guids.push_back(error.external_id);
    }
    std::sort(guids.begin(), guids.end());
    return guids;
}

/// Whether the store says of each of them already what is wrong.
bool lists_all(const StoredFacts& facts, std::span<const QuarantinedEntry> entries) {
    return std::all_of(entries.begin(), entries.end(), [&facts](const QuarantinedEntry& entry) {
        return entry.guid &&
               std::any_of(facts.errors.begin(), facts.errors.end(), [&entry](const auto& error) {
                   return error.external_id == *entry.guid && error.code == malformed_entry &&
                          error.message == entry.reason && error.name == entry.dn;
               });
    });
}

/// Where the object was seen last, which need not be where the mirror has it: an entry that moved and could
/// not be decoded since.
std::optional<DomainIndex> domain_of(const std::string& dn, std::span<const std::string> domains) {
    const auto parsed = Dn::parse(dn);
    if (!parsed) return std::nullopt;
    const auto at = std::find(domains.begin(), domains.end(), text::lower(parsed->dns_domain()));
    if (at == domains.end()) return std::nullopt;
    return static_cast<DomainIndex>(at - domains.begin());
}

/// Absent objects that an admin released.
std::vector<ObjectGuid> approved_absent(const StoredFacts& facts) {
    std::vector<ObjectGuid> guids;
    for (const auto& approval : facts.approvals) {
        if (approval.hold != HoldClass::absent) continue;
        for (const auto& [guid, member] : approval.objects) {
            if (member.is_nil()) guids.push_back(guid);
        }
    }
    return guids;
}

/// Attributes that a filter of the scope names; sorted.
std::vector<AttributeNames::Index> filter_attributes(const ScopeSettings& scope,
                                                     const AttributeNames& names) {
    std::vector<AttributeNames::Index> indexes;
    for (const auto& wanted : scope.user_filters) {
        for (const auto& name : wanted.filter.attributes()) {
            if (const auto index = names.find(name)) indexes.push_back(*index);
        }
    }
    sort_once(indexes);
    return indexes;
}

/// What a read begins at was named by the server itself: not found means that it may not be seen any more. To
/// a command line the code would mean a slip of the one who typed it.
Error as_of_a_read(const Error& error) {
    return error.code() == ErrorCode::not_found ? Error(ErrorCode::insufficient_rights, error.message())
                                                : error;
}

}  // namespace

Task<Result<DirectoryReader::Read>> DirectoryReader::read(std::vector<DomainFacts> reached,
                                                          std::string& why_whole) {
    KnownDomains& domains = parts_.memory.domains();
    const auto before = domains.all();
    const auto why = why_whole;
    std::vector<std::string> asked;
    while (true) {
        const auto servers = reached;
        for (const auto& facts : servers) asked.push_back(facts.server);
        auto brought = co_await read_once(std::move(reached), why_whole);
        const bool may_go_on = !brought && is_fault_of_server(brought.error());
        if (!may_go_on || (parts_.stopping && parts_.stopping())) co_return brought;
        domains.put_back(before);
        why_whole = why;
        auto connected = co_await parts_.source.connect(before);
        if (!connected) co_return brought;
        reached = std::move(*connected);
        const bool same_domains =
            std::equal(reached.begin(), reached.end(), servers.begin(), servers.end(),
                       [](const DomainFacts& now, const DomainFacts& then) { return now.guid == then.guid; });
        const bool is_another = std::any_of(reached.begin(), reached.end(), [&](const DomainFacts& facts) {
            return std::find(asked.begin(), asked.end(), facts.server) == asked.end();
        });
        if (!same_domains || !is_another) co_return brought;
        parts_.time.judge(times_of(reached), parts_.memory.facts().time.certain);
    }
}

Task<Result<DirectoryReader::Read>> DirectoryReader::read_once(std::vector<DomainFacts> reached,
                                                               std::string& why_whole) {
    KnownDomains& domains = parts_.memory.domains();
    parts_.memory.set_ahead(true);
    auto unchanged = domains.unchanged_until(reached);
    if (why_whole.empty()) {
        auto followed = co_await folded(domains.known_of(reached), unchanged, false);
        if (followed || followed.error().code() != ErrorCode::cursor_refused) co_return followed;
        why_whole = followed.error().message();
        unchanged = domains.unchanged_until(reached);
    }
    co_return co_await folded(std::move(reached), std::move(unchanged), true);
}

FoldContext DirectoryReader::context(std::vector<DomainIndex> places, NameResolver& resolver,
                                     std::vector<std::uint64_t> unchanged, bool whole) const {
    const Memory& memory = parts_.memory;
    const StoredFacts& facts = memory.facts();
    const ScopeSettings& scope = memory.settings().scope;
    return {.mirror = memory.mirror(),
            .scope = scope,
            .domain_names = memory.domains().names(),
            .domain_of_read = std::move(places),
            .resolver = &resolver,
            .whole = whole,
            .attributes = memory.names().size(),
            .unchanged_until = std::move(unchanged),
            .quarantined = quarantined(facts),
            .unreadable = memory.domains().unreadable(memory.names()),
            .stored = &memory.stored(),
            .held_links = held_links(facts.holds, memory.mirror()),
            .approved_links = approved_links(facts.approvals, memory.mirror()),
            .filter_attributes = filter_attributes(scope, memory.names())};
}

/// `from`: of each configured domain, in their order, what is known before this read. `unchanged`: up to
/// which USN the servers were read whole before.
Task<Result<DirectoryReader::Read>> DirectoryReader::folded(std::vector<DomainFacts> from,
                                                            std::vector<std::uint64_t> unchanged,
                                                            bool whole) {
    Memory& memory = parts_.memory;
    KnownDomains& domains = memory.domains();
    auto places = domains.place(from);
    memory.follow_domains();
    NameResolver resolver(memory.settings().scope, from, memory.names());
    FoldContext start = context(std::move(places), resolver, std::move(unchanged), whole);
    const auto held_before = start.held_links;
    Folding folding(std::move(start));
    const auto names = memory.names().all();
    Result<ReadSummary> summary = ReadSummary();
    if (whole) {
        summary = co_await parts_.source.read_all(names, folding);
    } else {
        summary = co_await parts_.source.read_changes(from, names, folding);
    }
    if (!summary) co_return as_of_a_read(summary.error());
    Read result;
    result.summary = std::move(*summary);
    result.summary.complete = whole;
    // Objects that are asked for again and again are no news.
    result.objects = folding.objects();

    const auto approved = approved_absent(memory.facts());
    Settling settling(std::move(folding));
    auto absent = settling.absent();
    if (!whole) {
        append_due(settling, approved, absent);
        append_displaced(settling, resolver.found().objects, absent);
    }
    auto settled = co_await settle(settling, std::move(absent));
    if (!settled) co_return settled.error();
    Proving proving(std::move(settling));
    auto proved = co_await prove(proving, result.damaged);
    if (!proved) co_return proved.error();
    LettingIn letting_in(std::move(proving));
    auto kept_out = co_await hidden_.keep_out(letting_in, memory.names());
    if (!kept_out) co_return kept_out.error();

    // From here on the cursor of this read is the one to go on from.
    const auto read = domains.place(result.summary.domains);
    if (whole) domains.were_read_whole(read);
    std::size_t asked_again = 0;
    auto still = whole ? std::vector<QuarantinedEntry>() : not_mended(letting_in, asked_again);
    const bool is_empty = letting_in.empty();
    result.folded = std::move(letting_in)
                        .finish(parts_.time.clock(), approved, memory.settings().safety.unproven_deletion);
    // What is held or cannot be decoded was asked for again, and the answer is the same.
    auto& unread = result.folded.quarantined;
    const bool same_answer = is_empty || (result.objects == 0 && result.folded.held_links == held_before &&
                                          unread.size() == asked_again && lists_all(memory.facts(), unread));
    result.nothing_new = !whole && same_answer && result.folded.delta.empty();
    unread.insert(unread.end(), std::make_move_iterator(still.begin()), std::make_move_iterator(still.end()));
    parts_.notes.note(result.folded, whole, memory.names(), domains);
    result.found = resolver.found();
    co_return result;
}

/// Asks what became of the objects that the read lacked, until none is left.
Task<Result<void>> DirectoryReader::settle(Settling& fold, std::vector<ObjectGuid> absent) {
    const auto names = parts_.memory.names().all();
    while (!absent.empty()) {
        auto fates = co_await parts_.source.look_up(absent, names, fold);
        if (!fates) co_return fates.error();
        fold.settle(absent, *fates);
        absent = fold.absent();
    }
    co_return Result<void>();
}

/// Asks for proofs of links and values that are not shown any more. `damaged`: as Read has it.
Task<Result<void>> DirectoryReader::prove(Proving& fold, std::vector<Node>& damaged) {
    const auto links = fold.doubtful_links();
    if (!links.empty()) {
        auto fates = co_await parts_.source.look_up_links(links);
        if (!fates) co_return fates.error();
        fold.settle_links(links, *fates);
    }
    auto found = co_await hidden_.keep(fold, parts_.memory.names());
    if (!found) co_return found.error();
    damaged = std::move(*found);
    co_return Result<void>();
}

/// Nothing tells of objects that stay away, or are visible again: those whose time has come are asked for,
/// and those that were given up while a guard holds their removal.
void DirectoryReader::append_due(const FoldState& fold, std::span<const ObjectGuid> approved,
                                 std::vector<ObjectGuid>& absent) const {
    const Memory& memory = parts_.memory;
    const Clock& clock = parts_.time.clock();
    const auto& limit = memory.settings().safety.unproven_deletion;
    const auto known = absent.size();
    for (const Node node : memory.mirror().missing_objects()) {
        const MirrorRow row = memory.mirror().row(node);
        const bool is_due =
            limit && clock.certain && row.missing_since && clock.now - *row.missing_since >= *limit;
        const bool is_released = std::find(approved.begin(), approved.end(), row.guid) != approved.end();
        const auto listed = absent.begin() + static_cast<std::ptrdiff_t>(known);
        const bool waits = memory.stored().has_user(node) || memory.stored().has_group(node);
        const bool is_asked_for = row.deleted ? waits : is_due || is_released;
        if (is_asked_for && fold.reads_domain_of(node) &&
            !std::binary_search(absent.begin(), listed, row.guid) && !fold.has_seen(row.guid)) {
            absent.push_back(row.guid);
        }
    }
}

/// Objects that an exclusion is pinned to, where another object has its name now: renamed, or gone (semantics
/// 2.8).
void DirectoryReader::append_displaced(const FoldState& fold, std::span<const ObjectGuid> found,
                                       std::vector<ObjectGuid>& absent) const {
    const Memory& memory = parts_.memory;
    const ScopeSettings& scope = memory.settings().scope;
    if (scope.exclude_users.empty() && scope.exclude_groups.empty()) return;
    const auto& pins = memory.facts().pins;
    const auto listed = listed_names(scope);
    for (std::size_t i = 0; i < listed.size(); ++i) {
        if (found[i].is_nil() || brings_in(listed[i].list)) continue;
        const std::string key = listed[i].key();
        const auto pin =
            std::find_if(pins.begin(), pins.end(), [&key](const Pin& one) { return one.key == key; });
        if (pin == pins.end() || pin->guid == found[i] || fold.has_seen(pin->guid)) continue;
        const Node node = memory.mirror().find(pin->guid);
        if (node != no_node && fold.reads_domain_of(node) &&
            std::find(absent.begin(), absent.end(), pin->guid) == absent.end())
            absent.push_back(pin->guid);
    }
}

/// Entries that could not be decoded before and did not come in this read of changes. `asked_again`: how many
/// came or are gone.
std::vector<QuarantinedEntry> DirectoryReader::not_mended(const FoldState& fold,
                                                          std::size_t& asked_again) const {
    const Memory& memory = parts_.memory;
    const auto domains = memory.domains().names();
    std::vector<QuarantinedEntry> still;
    for (const auto& error : memory.facts().errors) {
        const auto& guid = error.external_id;
        if (error.code != malformed_entry) continue;
        if (fold.has_seen(guid) || fold.has_lost(guid)) {
            ++asked_again;
            continue;
        }
        const Node node = memory.mirror().find(guid);
        DomainIndex domain = 0;
        if (node != no_node) domain = domain_of(error.name, domains).value_or(memory.mirror().domain(node));
        still.push_back(
            {guid, error.is_group ? EntryKind::group : EntryKind::user, error.name, error.message, domain});
    }
    return still;
}

}  // namespace dirsync::sync
