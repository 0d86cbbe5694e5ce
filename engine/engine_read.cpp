#include <algorithm>

#include "engine/engine_impl.hpp"
#include "sync/fold.hpp"
#include "sync/planner/held_links.hpp"

// How a cycle learns what the directory says: by its changes where it can, else by reading it all.
namespace dirsync::sync {

/// Empty: changes can be followed from where the store stands.
std::string Engine::Impl::why_whole(const CycleRequest& request, std::span<const DomainFacts> reached) const {
    if (reads_anew_) return std::to_string(distrusted_.size()) + " objects are damaged in the store";
    if (request.full) return "asked for";
    if (facts_.cursor.generation == 0) return "the first read";
    if (facts_.cursor.attribute_names != names_.all()) return "other attributes are mapped than before";
    if (fingerprint_ != facts_.settings_fingerprint) return "the scope or the mapping changed";
    if (whole_read_wanted_) return "an object that the scope names is gone";
    for (const auto& facts : reached) {
        const auto known = std::any_of(domains_.begin(), domains_.end(),
                                       [&facts](const DomainFacts& d) { return d.guid == facts.guid; });
        if (!known) return facts.dns_name + " is new";
    }
    return {};
}

/// A domain keeps its place in the mirror for ever, wherever it stands in the configuration. Gives the
/// places, in the order of the configuration.
std::vector<DomainIndex> Engine::Impl::place_domains(std::vector<DomainFacts>& reached) {
    std::vector<DomainIndex> places;
    for (auto& facts : reached) {
        const auto known = std::find_if(domains_.begin(), domains_.end(),
                                        [&facts](const DomainFacts& d) { return d.guid == facts.guid; });
        facts.domain = static_cast<DomainIndex>(known - domains_.begin());
        places.push_back(facts.domain);
        if (known == domains_.end()) {
            domains_.push_back(facts);
        } else {
            facts.unreadable = std::move(known->unreadable);
            facts.whole = std::move(known->whole);
            *known = facts;
        }
    }
    return places;
}

/// By the domain's place in the mirror: up to which USN the DC that is read now was read whole before. What
/// was only followed since may have been hidden when it changed.
std::vector<std::uint64_t> Engine::Impl::unchanged_until(std::span<const DomainFacts> reached) const {
    std::vector<std::uint64_t> until;
    for (const auto& domain : domains_) {
        // One that is not as far as it was has been put back, whatever its invocation id says.
        const bool is_same_dc =
            std::any_of(reached.begin(), reached.end(), [&domain](const DomainFacts& facts) {
                return facts.guid == domain.guid && facts.at.dc == domain.whole.dc &&
                       facts.at.invocation_id == domain.whole.invocation_id &&
                       facts.at.highest_usn >= domain.whole.highest_usn;
            });
        until.push_back(is_same_dc ? domain.whole.highest_usn : 0);
    }
    return until;
}

/// Whose mirror is older than the last whole read.
std::vector<ObjectGuid> Engine::Impl::quarantined() const {
    std::vector<ObjectGuid> guids;
    for (const auto& error : facts_.errors) {
        if (error.code == malformed_entry) guids.push_back(error.external_id);
    }
    std::sort(guids.begin(), guids.end());
    return guids;
}

/// Whether the store says of each of them already what is wrong.
bool Engine::Impl::lists_all(std::span<const QuarantinedEntry> entries) const {
    return std::all_of(entries.begin(), entries.end(), [this](const QuarantinedEntry& entry) {
        return entry.guid &&
               std::any_of(facts_.errors.begin(), facts_.errors.end(), [&entry](const auto& error) {
                   return error.external_id == *entry.guid && error.code == malformed_entry &&
                          error.message == entry.reason && error.name == entry.dn;
               });
    });
}

/// Reads, and when a server breaks the read off or is too slow to end, begins anew on the next one (semantics
/// 5.19, 6.4), each at most once.
Task<Result<Engine::Impl::Read>> Engine::Impl::read_from_servers(std::vector<DomainFacts> reached,
                                                                 CycleReport& report) {
    const auto domains = domains_;
    const auto why = report.full_reason;
    std::vector<std::string> asked;
    while (true) {
        const auto servers = reached;
        for (const auto& facts : servers) asked.push_back(facts.server);
        auto brought = co_await read(std::move(reached), report.full_reason);
        const bool may_go_on = !brought && is_fault_of_server(brought.error());
        if (!may_go_on || (parts_.stopping && parts_.stopping())) co_return brought;
        domains_ = domains;
        report.full_reason = why;
        auto connected = co_await parts_.source.connect(domains_);
        if (!connected) co_return brought;
        reached = std::move(*connected);
        const bool same_domains = std::equal(
            reached.begin(), reached.end(), servers.begin(), servers.end(),
            [](const DomainFacts& now, const DomainFacts& before) { return now.guid == before.guid; });
        const bool is_another = std::any_of(reached.begin(), reached.end(), [&](const DomainFacts& facts) {
            return std::find(asked.begin(), asked.end(), facts.server) == asked.end();
        });
        if (!same_domains || !is_another) co_return brought;
        judge_time(times_of(reached), report);
    }
}

Task<Result<Engine::Impl::Read>> Engine::Impl::read(std::vector<DomainFacts> reached,
                                                    std::string& why_whole) {
    memory_is_ahead_ = true;
    if (why_whole.empty()) {
        std::vector<DomainFacts> from;
        for (const auto& facts : reached) {
            from.push_back(*std::find_if(domains_.begin(), domains_.end(),
                                         [&facts](const DomainFacts& d) { return d.guid == facts.guid; }));
        }
        auto followed = co_await read_once(std::move(from), unchanged_until(reached), false);
        if (followed || followed.error().code() != ErrorCode::cursor_refused) co_return followed;
        why_whole = followed.error().message();
    }
    auto unchanged = unchanged_until(reached);
    co_return co_await read_once(std::move(reached), std::move(unchanged), true);
}

/// Nothing tells of who stays away, or is visible again: those whose time has come are asked for, and those
/// who were given up while a guard holds their removal.
void Engine::Impl::append_due(const FoldState& fold, std::span<const ObjectGuid> approved,
                              std::vector<ObjectGuid>& absent) const {
    const auto& limit = settings_.safety.unproven_deletion;
    const auto known = absent.size();
    for (const Node node : mirror_->missing_objects()) {
        const MirrorRow row = mirror_->row(node);
        const bool is_due =
            limit && clock_.certain && row.missing_since && clock_.now - *row.missing_since >= *limit;
        const bool is_released = std::find(approved.begin(), approved.end(), row.guid) != approved.end();
        const auto listed = absent.begin() + static_cast<std::ptrdiff_t>(known);
        const bool waits = stored_->has_user(node) || stored_->has_group(node);
        const bool is_asked_for = row.deleted ? waits : is_due || is_released;
        if (is_asked_for && fold.reads_domain_of(node) &&
            !std::binary_search(absent.begin(), listed, row.guid) && !fold.has_seen(row.guid)) {
            absent.push_back(row.guid);
        }
    }
}

/// Where another object has the name of an exclusion now, whom it is pinned to: renamed, or gone
/// (semantics 2.8).
void Engine::Impl::append_displaced(const FoldState& fold, std::span<const ObjectGuid> found,
                                    std::vector<ObjectGuid>& absent) const {
    if (settings_.scope.exclude_users.empty() && settings_.scope.exclude_groups.empty()) return;
    const auto listed = listed_names(settings_.scope);
    for (std::size_t i = 0; i < listed.size(); ++i) {
        if (found[i].is_nil() || brings_in(listed[i].list)) continue;
        const std::string key = listed[i].key();
        const auto pin = std::find_if(facts_.pins.begin(), facts_.pins.end(),
                                      [&key](const Pin& one) { return one.key == key; });
        if (pin == facts_.pins.end() || pin->guid == found[i] || fold.has_seen(pin->guid)) continue;
        const Node node = mirror_->find(pin->guid);
        if (node != no_node && fold.reads_domain_of(node) &&
            std::find(absent.begin(), absent.end(), pin->guid) == absent.end())
            absent.push_back(pin->guid);
    }
}

/// Entries that could not be decoded before and did not come in this read of changes. `asked_again`: how many
/// came or are gone.
std::vector<QuarantinedEntry> Engine::Impl::not_mended(const FoldState& fold,
                                                       std::size_t& asked_again) const {
    std::vector<QuarantinedEntry> still;
    for (const auto& error : facts_.errors) {
        const auto& guid = error.external_id;
        if (error.code != malformed_entry) continue;
        if (fold.has_seen(guid) || fold.has_lost(guid)) {
            ++asked_again;
            continue;
        }
        const Node node = mirror_->find(guid);
        still.push_back({guid, error.is_group ? EntryKind::group : EntryKind::user, error.name, error.message,
                         node == no_node ? DomainIndex{0} : mirror_->domain(node)});
    }
    return still;
}

/// `from`: of each configured domain, in their order, what is known before this read. `unchanged`: as
/// `unchanged_until` of the servers that are read.
Task<Result<Engine::Impl::Read>> Engine::Impl::read_once(std::vector<DomainFacts> from,
                                                         std::vector<std::uint64_t> unchanged, bool whole) {
    Read result;
    auto places = place_domains(from);
    mapper_ = std::make_unique<RowMapper>(settings_.mapping, names_, domain_names());
    mirror_->set_domain_sids(domain_sids());

    NameResolver resolver(settings_.scope, from, names_);
    FoldContext context{.mirror = *mirror_,
                        .scope = settings_.scope,
                        .domain_names = domain_names(),
                        .domain_of_read = std::move(places),
                        .resolver = &resolver,
                        .whole = whole,
                        .attributes = names_.size(),
                        .unchanged_until = std::move(unchanged),
                        .quarantined = quarantined(),
                        .unreadable = unreadable(),
                        .stored = stored_.get(),
                        .held_links = held_links(facts_.holds, *mirror_),
                        .approved_links = approved_links(facts_.approvals, *mirror_),
                        .filter_attributes = filter_attributes()};
    const auto held_before = context.held_links;
    Folding folding(std::move(context));
    Result<ReadSummary> summary = ReadSummary();
    if (whole) {
        summary = co_await parts_.source.read_all(names_.all(), folding);
    } else {
        summary = co_await parts_.source.read_changes(from, names_.all(), folding);
    }
    if (!summary) co_return summary.error();
    result.summary = std::move(*summary);
    result.summary.complete = whole;

    std::vector<ObjectGuid> approved;
    for (const auto& approval : facts_.approvals) {
        if (approval.hold != HoldClass::absent) continue;
        for (const auto& [guid, member] : approval.objects) {
            if (member.is_nil()) approved.push_back(guid);
        }
    }
    // Who is asked for again and again is no news.
    const auto told = folding.objects();
    Settling settling(std::move(folding));
    auto absent = settling.absent();
    if (!whole) {
        append_due(settling, approved, absent);
        append_displaced(settling, resolver.found(), absent);
    }
    while (!absent.empty()) {
        auto fates = co_await parts_.source.look_up(absent, names_.all(), settling);
        if (!fates) co_return fates.error();
        settling.settle(absent, *fates);
        absent = settling.absent();
    }
    Proving proving(std::move(settling));
    const auto links = proving.doubtful_links();
    if (!links.empty()) {
        auto fates = co_await parts_.source.look_up_links(links);
        if (!fates) co_return fates.error();
        proving.settle_links(links, *fates);
    }
    auto kept = co_await keep_unreadable(proving);
    if (!kept) co_return kept.error();
    result.damaged = std::move(*kept);
    LettingIn letting_in(std::move(proving));
    if (auto out = co_await keep_hidden_out(letting_in); !out) co_return out.error();
    // From here on the cursor of this read is the one to go on from.
    const auto read = place_domains(result.summary.domains);
    if (whole) {
        for (const DomainIndex domain : read) domains_[domain].whole = domains_[domain].at;
    }
    result.objects = told;
    std::size_t asked_again = 0;
    auto still = whole ? std::vector<QuarantinedEntry>() : not_mended(letting_in, asked_again);
    const bool is_empty = letting_in.empty();
    result.folded = std::move(letting_in).finish(clock_, approved, settings_.safety.unproven_deletion);
    // What is held or cannot be decoded was asked for again, and the answer is the same.
    const bool same_answer =
        is_empty || (told == 0 && result.folded.held_links == held_before &&
                     result.folded.quarantined.size() == asked_again && lists_all(result.folded.quarantined));
    result.nothing_new = !whole && same_answer && result.folded.delta.empty();
    auto& quarantined = result.folded.quarantined;
    quarantined.insert(quarantined.end(), std::make_move_iterator(still.begin()),
                       std::make_move_iterator(still.end()));
    whole ? note_unreadable(result.folded) : note_hidden(result.folded);
    note_filters(result.folded, whole);
    result.found = resolver.found();
    co_return result;
}

/// The moment at which an account expires or a clock runs out, though nothing changes in the directory
/// (semantics 4.6).
void Engine::Impl::note_next_moment() {
    next_moment_.reset();
    // The first cycle that knows the time decides everybody.
    if (!clock_.certain) return;
    const auto consider = [this](Time moment) {
        if (moment > last_cycle_ && (!next_moment_ || moment < *next_moment_)) next_moment_ = moment;
    };
    if (const auto expiry = mirror_->next_expiry(last_cycle_.time_since_epoch().count())) {
        consider(Time(Duration(*expiry)));
    }
    for (const auto& [node, since] : stored_->out()) {
        for (const auto& limit : {settings_.lifecycle.disable_after, settings_.lifecycle.delete_after}) {
            if (limit) consider(since + *limit);
        }
    }
}

/// After a read that was taken in, though nothing may have been written for its sake.
void Engine::Impl::note_seen() {
    seen_.clear();
    for (const auto& domain : domains_) seen_[domain.guid] = domain.seen;
}

/// What was loaded anew may be older than what was read since (semantics 5.16).
void Engine::Impl::keep_seen() {
    for (auto& domain : domains_) {
        if (const auto found = seen_.find(domain.guid); found != seen_.end()) domain.seen = found->second;
    }
}

bool Engine::Impl::nothing_is_due() const {
    const bool doubt_stands = clock_.certain != facts_.time.in_doubt;
    if (!members_known_ || !facts_.approvals.empty() || !doubt_stands) return false;
    if (!clock_.certain) return next_moment_ != Time{};
    return clock_.now >= last_cycle_ && !(next_moment_ && *next_moment_ <= clock_.now);
}

void Engine::Impl::take_note_of_nothing(CycleReport& report) {
    memory_is_ahead_ = false;
    note_seen();
    if (clock_.certain) {
        last_cycle_ = clock_.now;
        report.run.outcome = facts_.holds.empty() ? Outcome::ok : Outcome::held;
    }
    report.holds = facts_.holds;
    report.scope_warnings = status_.scope_warnings;
    report.entity_errors = facts_.errors.size();
}

}  // namespace dirsync::sync
