#include "ldap/domain_changes.hpp"

#include <algorithm>
#include <utility>

#include "ldap/dirsync_reader.hpp"
#include "ldap/usn_reader.hpp"

namespace dirsync::ldap {
namespace {

using config::ChangeDetection;

/// Objects whose uSNChanged is asked for by their GUIDs.
constexpr std::size_t most_asked_one_by_one = 1000;

Error refused(const std::string& domain, const std::string& why) {
    return Error(ErrorCode::cursor_refused, "the changes of " + domain + " cannot be followed: " + why);
}

const sync::Watermark* watermark_of(const std::string& dc, const std::vector<sync::Watermark>& known) {
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&dc](const sync::Watermark& mark) { return mark.dc == dc; });
    return found == known.end() ? nullptr : &*found;
}

/// The domain's current facts, with the cursor of `from`.
sync::DomainFacts following(const sync::DomainFacts& now, const sync::DomainFacts& from) {
    auto facts = now;
    facts.detection = from.detection;
    facts.detection_reason = from.detection_reason;
    facts.cookie = from.cookie;
    facts.at = from.at;
    facts.watermarks = from.watermarks;
    facts.seen = from.seen;
    return facts;
}

/// Why `wanted` does not go with a cursor of that kind; empty when it does.
std::string why_not(ChangeDetection wanted, const sync::DomainFacts& from) {
    if (wanted == ChangeDetection::full) return "change_detection is full";
    if (from.detection == "full") {
        return from.detection_reason.empty() ? "the last read left no cursor" : from.detection_reason;
    }
    if (from.detection != "dirsync" && from.detection != "usn") return "the last read left no cursor";
    if (wanted == ChangeDetection::dirsync && from.detection != "dirsync")
        return "change_detection is dirsync, and they were followed by uSNChanged until now";
    if (wanted == ChangeDetection::usn && from.detection != "usn")
        return "change_detection is usn, and they were followed by DirSync until now";
    return "";
}

}  // namespace

std::string sign_of_a_restore(const sync::Watermark& now, const std::vector<sync::Watermark>& known) {
    const auto* mark = watermark_of(now.dc, known);
    if (mark == nullptr) return "";
    if (mark->invocation_id != now.invocation_id) {
        return "the DC was restored from a backup: its invocationId is " + to_text(now.invocation_id) +
               ", and was " + to_text(mark->invocation_id);
    }
    if (mark->was_put_back) return "the DC was put back to an earlier state";
    if (now.highest_usn < mark->highest_usn) {
        return "the DC was put back to an earlier state: its highest USN is " +
               std::to_string(now.highest_usn) + ", and was " + std::to_string(mark->highest_usn);
    }
    return "";
}

std::vector<sync::Watermark> with_watermark(std::vector<sync::Watermark> known, const sync::Watermark& mark) {
    std::erase_if(known, [&mark](const sync::Watermark& other) { return other.dc == mark.dc; });
    known.push_back(mark);
    return known;
}

Task<Result<DomainChanges::Choice>> DomainChanges::choice(bool offers_dir_sync, DomainReader::Parts parts) {
    Choice choice;
    if (wanted_ == ChangeDetection::full || wanted_ == ChangeDetection::usn) {
        choice.detection = wanted_ == ChangeDetection::full ? "full" : "usn";
        choice.reason = "change_detection is " + choice.detection;
        co_return choice;
    }
    std::string refusal = "the server does not offer it";
    for (const auto flags : {0U, dir_sync_flag::object_security}) {
        if (!offers_dir_sync) break;
        DirSyncReader reader(parts, flags);
        auto asking = reader.cookie_of_now();
        auto cookie = co_await std::move(asking);
        if (cookie) {
            flags_ = flags;
            choice.detection = "dirsync";
            choice.reason = flags == 0 ? "the account may replicate directory changes"
                                       : "the account may not replicate directory changes, so DirSync shows "
                                         "what it may read";
            choice.cookie = std::move(*cookie);
            co_return choice;
        }
        if (cookie.error().code() != ErrorCode::insufficient_rights) {
            co_return std::move(cookie).error().within("asking " + parts.facts.server +
                                                       " for a DirSync cookie of " + parts.facts.dns_name);
        }
        refusal = cookie.error().message();
    }
    choice.detection = wanted_ == ChangeDetection::dirsync ? "full" : "usn";
    choice.reason = "DirSync is refused: " + refusal;
    co_return choice;
}

Task<Result<sync::DomainFacts>> DomainChanges::begin(DomainLink& link, DomainReader::Parts parts) {
    quiet_ = {};
    sees_deleted_.reset();
    auto refreshing = link.refresh_unless_fresh();
    auto fresh = co_await std::move(refreshing);
    if (!fresh) co_return std::move(fresh).error();
    auto choosing = choice(link.offers_dir_sync(), std::move(parts));
    auto chosen = co_await std::move(choosing);
    if (!chosen) co_return std::move(chosen).error();
    auto facts = link.facts();
    facts.detection = detection_ = chosen->detection;
    facts.detection_reason = std::move(chosen->reason);
    facts.cookie = std::move(chosen->cookie);
    facts.watermarks.push_back(facts.at);
    co_return facts;
}

Task<Result<sync::DomainFacts>> DomainChanges::read(DomainLink& link, DomainReader::Parts parts,
                                                    sync::DomainFacts from) {
    const auto& now = link.facts();
    auto why = why_not(wanted_, from);
    if (why.empty() && from.guid != now.guid) why = "it is another domain under the same name";
    if (why.empty()) why = sign_of_a_restore(now.at, from.watermarks);
    if (!why.empty()) co_return refused(now.dns_name, why);
    detection_ = from.detection;
    if (from.detection == "usn") {
        auto reading = read_usn(link, std::move(parts), std::move(from));
        co_return co_await std::move(reading);
    }
    auto reading = read_dir_sync(link, std::move(parts), std::move(from));
    co_return co_await std::move(reading);
}

Task<Result<sync::DomainFacts>> DomainChanges::read_dir_sync(DomainLink& link, DomainReader::Parts parts,
                                                             sync::DomainFacts from) {
    if (from.cookie.empty()) co_return refused(from.dns_name, "the last read left no DirSync cookie");
    const auto cookie = quiet_.from_cookie == from.cookie ? quiet_.cookie : from.cookie;
    auto flags = flags_.value_or(0);
    Result<DirSyncReader::Read> read;
    NewestTold told(parts.sink);
    const DomainReader::Parts noted{parts.session, parts.facts,    parts.names,
                                    told,          parts.progress, parts.page_size};
    while (true) {
        DirSyncReader reader(noted, flags);
        auto reading = reader.read(cookie);
        read = co_await std::move(reading);
        if (read || flags != 0 || read.error().code() != ErrorCode::insufficient_rights) break;
        flags = dir_sync_flag::object_security;
    }
    if (!read) {
        if (read.error().code() == ErrorCode::insufficient_rights)
            co_return refused(from.dns_name, "DirSync is refused: " + read.error().message());
        co_return std::move(read).error();
    }
    flags_ = flags;
    auto facts = following(link.facts(), from);
    if (!read->any) {
        quiet_.from_cookie = from.cookie;
        quiet_.cookie = std::move(read->cookie);
        co_return facts;
    }
    quiet_ = {};
    // Only to notice a restore later on: read after the changes it is above all of them.
    auto refreshing = link.refresh();
    auto fresh = co_await std::move(refreshing);
    if (!fresh) co_return std::move(fresh).error();
    facts.cookie = std::move(read->cookie);
    facts.at = link.facts().at;
    facts.watermarks = with_watermark(std::move(facts.watermarks), facts.at);
    auto noting = seen(link, std::move(parts), told, false);
    auto noticed = co_await std::move(noting);
    if (!noticed) co_return std::move(noticed).error();
    facts.seen = std::move(*noticed);
    co_return facts;
}

Task<Result<sync::DomainFacts>> DomainChanges::read_usn(DomainLink& link, DomainReader::Parts parts,
                                                        sync::DomainFacts from) {
    const auto* known = watermark_of(link.facts().at.dc, from.watermarks);
    if (known == nullptr) {
        co_return refused(from.dns_name,
                          "nothing was read from this DC before, and each counts its own USNs");
    }
    const auto mark = *known;
    auto refreshing = link.refresh_unless_fresh();
    auto fresh = co_await std::move(refreshing);
    if (!fresh) co_return std::move(fresh).error();
    const auto why = sign_of_a_restore(link.facts().at, from.watermarks);
    if (!why.empty()) co_return refused(from.dns_name, why);

    const auto start = quiet_.from_mark == mark ? std::max(quiet_.usn, mark.highest_usn) : mark.highest_usn;
    auto facts = following(link.facts(), from);
    const auto now = link.facts().at;
    bool any = false;
    NewestTold told(parts.sink);
    if (now.highest_usn != start) {
        DomainReader::Parts noted{parts.session, parts.facts,    parts.names,
                                  told,          parts.progress, parts.page_size};
        UsnReader reader(std::move(noted));
        auto reading = reader.read(start);
        auto read = co_await std::move(reading);
        if (!read) co_return std::move(read).error();
        any = *read;
    }
    if (!any) {
        quiet_.from_mark = mark;
        quiet_.usn = now.highest_usn;
        co_return facts;
    }
    quiet_ = {};
    facts.at = now;
    facts.watermarks = with_watermark(std::move(facts.watermarks), now);
    auto noting = seen(link, std::move(parts), told, false);
    auto noticed = co_await std::move(noting);
    if (!noticed) co_return std::move(noticed).error();
    facts.seen = std::move(*noticed);
    co_return facts;
}

Task<Result<std::vector<sync::Watermark>>> DomainChanges::seen(DomainLink& link, DomainReader::Parts parts,
                                                               const NewestTold& told, bool is_whole) {
    auto mark = link.facts().at;
    const auto* own = watermark_of(mark.dc, link.facts().seen);
    DomainReader reader(parts);
    auto replicated = reader.newest_replicated_usn(told.newest());
    const auto of_entries = co_await std::move(replicated);
    if (!of_entries) co_return of_entries.error();
    auto newest = std::max(own == nullptr ? 0 : own->highest_usn, *of_entries);
    bool hidden = false;
    if (told.deletions()) {
        auto asking = sees_deleted_objects(parts);
        auto sees = co_await std::move(asking);
        if (!sees) co_return std::move(sees).error();
        hidden = !*sees;
    }
    if (hidden) {
        // How new the deletions were cannot be asked: no newer than the DC is now.
        auto refreshing = link.refresh();
        auto fresh = co_await std::move(refreshing);
        if (!fresh) co_return std::move(fresh).error();
        newest = link.facts().at.highest_usn;
    } else if (!told.without_usn().empty()) {
        const bool many = told.without_usn().size() > most_asked_one_by_one;
        auto looking = many ? reader.newest_usn(newest) : reader.newest_usn_of(told.without_usn());
        const auto found = co_await std::move(looking);
        if (!found) co_return found.error();
        newest = std::max(newest, *found);
    }
    if (is_whole) {
        // Tombstones count too: another DC may lack a deletion, and deletions are looked up after the read.
        auto looking = reader.newest_deleted_usn(newest);
        const auto found = co_await std::move(looking);
        if (!found) co_return found.error();
        newest = *found;
    }
    if (newest == 0) co_return link.facts().seen;
    mark.highest_usn = newest;
    co_return with_watermark(link.facts().seen, mark);
}

Task<Result<bool>> DomainChanges::sees_deleted_objects(DomainReader::Parts parts) {
    if (!sees_deleted_) {
        DomainReader reader(std::move(parts));
        auto asking = reader.sees_deleted_objects();
        auto sees = co_await std::move(asking);
        if (!sees) co_return std::move(sees).error();
        sees_deleted_ = *sees;
    }
    co_return *sees_deleted_;
}

}  // namespace dirsync::ldap
