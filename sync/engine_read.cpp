#include <algorithm>

#include "sync/engine_impl.hpp"
#include "sync/fold.hpp"

// How a cycle learns what the directory says: by its changes where it can, else by reading it all.
namespace dirsync::sync {
namespace {

constexpr std::size_t texts_at_once = 2048;

}  // namespace

/// Empty: changes can be followed from where the store stands.
std::string Engine::Impl::why_whole(const CycleRequest& request, std::span<const DomainFacts> reached) const {
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

/// By the domain's place in the mirror: attributes that cannot be read of any user.
std::vector<std::vector<AttributeNames::Index>> Engine::Impl::unreadable() const {
    std::vector<std::vector<AttributeNames::Index>> indexes;
    for (const auto& domain : domains_) {
        auto& of_domain = indexes.emplace_back();
        for (const auto& name : domain.unreadable) {
            if (const auto index = names_.find(name)) of_domain.push_back(*index);
        }
    }
    return indexes;
}

/// What the account could read and cannot any more stays as it was (semantics 5.1).
Task<Result<void>> Engine::Impl::keep_unreadable(Fold& fold) {
    const std::vector<Node> doubtful = fold.doubtful();
    for (std::size_t at = 0; at < doubtful.size(); at += texts_at_once) {
        const auto chunk = std::span(doubtful).subspan(at, std::min(texts_at_once, doubtful.size() - at));
        std::vector<Node> nodes(chunk.begin(), chunk.end());
        auto texts = co_await texts_of(std::move(nodes));
        if (!texts) co_return texts.error();
        std::vector<std::string_view> before;
        for (const auto& text : *texts) before.emplace_back(text.attributes);
        fold.keep_unreadable(chunk, before);
    }
    co_return Result<void>();
}

/// What a whole read kept: for the reads of changes to come, and for the admin.
void Engine::Impl::note_unreadable(const Fold& fold) {
    unreadable_notes_.clear();
    for (auto& domain : domains_) domain.unreadable.clear();
    for (const auto& lost : fold.unreadable()) {
        DomainFacts& domain = domains_[lost.domain];
        const std::string name = lost.attribute ? names_[*lost.attribute] : "member";
        const char* kind = lost.kind == EntryKind::user    ? " users"
                           : lost.kind == EntryKind::group ? " groups"
                                                           : " containers";
        if (lost.of_everybody) domain.unreadable.push_back(name);
        unreadable_notes_.push_back(
            domain.dns_name + ": " + name + " of " + std::to_string(lost.entries) + kind +
            " cannot be read any more though nobody changed it: it is kept as it was; "
            "give the account the right to read it");
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
        auto followed = co_await read_once(std::move(from), false);
        if (followed || followed.error().code() != ErrorCode::cursor_refused) co_return followed;
        why_whole = followed.error().message();
    }
    co_return co_await read_once(std::move(reached), true);
}

/// `from`: of each configured domain, in their order, what is known before this read.
Task<Result<Engine::Impl::Read>> Engine::Impl::read_once(std::vector<DomainFacts> from, bool whole) {
    Read result;
    auto places = place_domains(from);
    mapper_ = std::make_unique<RowMapper>(settings_.mapping, names_, domain_names());
    mirror_->set_domain_sids(domain_sids());

    NameResolver resolver(settings_.scope, from, names_);
    Fold::Context context{*mirror_,      settings_.scope, domain_names(), std::move(places),
                          &resolver,     whole,           names_.size(),  unchanged_until(from),
                          quarantined(), unreadable(),    stored_.get()};
    Fold fold(std::move(context));
    Result<ReadSummary> summary = ReadSummary();
    if (whole) {
        summary = co_await parts_.source.read_all(names_.all(), fold);
    } else {
        summary = co_await parts_.source.read_changes(from, names_.all(), fold);
    }
    if (!summary) co_return summary.error();
    result.summary = std::move(*summary);
    result.summary.complete = whole;

    std::vector<ObjectGuid> approved;
    for (const auto& approval : facts_.approvals) {
        if (approval.hold != HoldClass::absent) continue;
        for (const auto& [guid, none] : approval.objects) approved.push_back(guid);
    }
    // Who is asked for again and again is no news.
    result.objects = fold.objects();
    auto absent = fold.absent();
    // Nothing tells of who stays away, or is visible again: those whose time has come are asked for, and
    // those who were given up while a guard holds their removal.
    const auto& limit = settings_.safety.unproven_deletion;
    const auto known = absent.size();
    const auto missing = whole ? std::vector<Node>() : mirror_->missing_objects();
    for (const Node node : missing) {
        const MirrorRow row = mirror_->row(node);
        const bool is_due = limit && row.missing_since && parts_.now() - *row.missing_since >= *limit;
        const bool is_released = std::find(approved.begin(), approved.end(), row.guid) != approved.end();
        const auto listed = absent.begin() + static_cast<std::ptrdiff_t>(known);
        const bool waits = stored_->has_user(node) || stored_->has_group(node);
        const bool is_asked_for = row.deleted ? waits : is_due || is_released;
        if (is_asked_for && fold.reads_domain_of(node) &&
            !std::binary_search(absent.begin(), listed, row.guid) && !fold.has_seen(row.guid)) {
            absent.push_back(row.guid);
        }
    }
    while (!absent.empty()) {
        auto fates = co_await parts_.source.look_up(absent, names_.all(), fold);
        if (!fates) co_return fates.error();
        fold.settle(absent, *fates);
        absent = fold.absent();
    }
    auto kept = co_await keep_unreadable(fold);
    if (!kept) co_return kept.error();
    // From here on the cursor of this read is the one to go on from.
    const auto read = place_domains(result.summary.domains);
    if (whole) {
        for (const DomainIndex domain : read) domains_[domain].whole = domains_[domain].at;
    }
    result.nothing_new = !whole && fold.empty();
    std::vector<QuarantinedEntry> still;
    if (!whole) {
        // Nobody mended what did not come.
        for (const auto& error : facts_.errors) {
            const auto& guid = error.external_id;
            if (error.code != malformed_entry || fold.has_seen(guid) || fold.has_lost(guid)) continue;
            still.push_back({error.external_id, error.is_group ? EntryKind::group : EntryKind::user,
                             error.name, error.message});
        }
    }
    result.folded = fold.finish(parts_.now(), approved, settings_.safety.unproven_deletion);
    auto& quarantined = result.folded.quarantined;
    quarantined.insert(quarantined.end(), std::make_move_iterator(still.begin()),
                       std::make_move_iterator(still.end()));
    if (whole) note_unreadable(fold);
    result.found = resolver.found();
    co_return result;
}

/// The moment at which an account expires or a clock runs out, though nothing changes in the directory
/// (semantics 4.6).
void Engine::Impl::note_next_moment() {
    next_moment_.reset();
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

bool Engine::Impl::nothing_is_due(Time now) const {
    return members_known_ && facts_.approvals.empty() && now >= last_cycle_ &&
           !(next_moment_ && *next_moment_ <= now);
}

void Engine::Impl::take_note_of_nothing(CycleReport& report) {
    memory_is_ahead_ = false;
    last_cycle_ = parts_.now();
    report.run.outcome = facts_.holds.empty() ? Outcome::ok : Outcome::held;
    report.holds = facts_.holds;
    report.scope_warnings = status_.scope_warnings;
    report.entity_errors = facts_.errors.size();
}

}  // namespace dirsync::sync
