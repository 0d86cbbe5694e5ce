#include "survey/attribute_survey.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "core/text.hpp"
#include "ldap/domain_filters.hpp"
#include "ldap/domain_reader.hpp"
#include "ldap/root_dse.hpp"
#include "ldap/schema_names.hpp"
#include "ldap/session/controls.hpp"
#include "ldap/wire/entry_decoder.hpp"

namespace dirsync::survey {

using namespace ldap;
namespace {

constexpr std::uint32_t looked_at = 200;

class SampleSink : public RawEntrySink {
public:
    SampleSink(const std::vector<std::string>& names, sync::DomainIndex domain, Sample& sample)
        : decoder_(names, domain), sample_(sample) {}

    void begin(std::string_view dn) override {
        decoder_.begin(dn);
        one_ = {};
    }
    void attribute(std::string_view name, std::span<const std::string_view> values) override {
        decoder_.attribute(name, values);
        if (values.empty()) return;
        const auto folded = text::lower(name);
        if (folded == "samaccountname") one_.account = values.front();
        if (folded == "userprincipalname") one_.principal_name = values.front();
    }
    void end() override {
        auto decoded = decoder_.end();
        if (auto* bad = std::get_if<sync::QuarantinedEntry>(&decoded)) {
            sample_.unreadable.push_back(quoted_peer_text(bad->dn, 150) + ": " + bad->reason);
            return;
        }
        auto& entry = std::get<wire::DecodedEntry>(decoded).entry;
        if (!entry.control_known) {
            sample_.unreadable.push_back(quoted_peer_text(entry.dn, 150) +
                                         ": userAccountControl is missing, which dirsyncd's account may not "
                                         "read; give that account Read Property on it");
            return;
        }
        one_.guid = entry.guid;
        one_.dn = std::move(entry.dn);
        one_.disabled = entry.disabled;
        one_.attributes = std::move(entry.attributes);
        sample_.entries.push_back(std::move(one_));
    }

private:
    wire::EntryDecoder decoder_;
    Sample& sample_;
    Sample::One one_;
};

/// Names of the directory's attributes that the chains refer to, each once.
std::vector<std::string> attributes_of(const std::vector<sync::TargetMapping>& targets) {
    std::vector<std::string> names;
    std::set<std::string> known;
    for (const auto& target : targets) {
        for (const auto& part : target.chain) {
            for (const auto& name : part.attributes()) {
                if (known.insert(text::lower(name)).second) names.push_back(name);
            }
        }
    }
    return names;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::any_of(names.begin(), names.end(),
                       [&name](const std::string& other) { return text::lower(other) == text::lower(name); });
}

/// Those of `names` that no entry of the sample shows.
std::vector<std::string> never_seen(const Sample& sample, const std::vector<std::string>& names) {
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto index = static_cast<sync::AttributeNames::Index>(i);
        const bool seen =
            std::any_of(sample.entries.begin(), sample.entries.end(), [index](const Sample::One& one) {
                return !sync::AttributesView(one.attributes.bytes()).first(index).empty();
            });
        if (!seen) missing.push_back(names[i]);
    }
    return missing;
}

/// One kind of object: can it be read as every sync needs it, and do its mapped attributes show?
class KindCheck {
public:
    KindCheck(const sync::DomainFacts& facts, std::string many, std::vector<Check>& checks)
        : facts_(facts), many_(std::move(many)), checks_(checks) {}

    void judge(const Sample& sample, const std::vector<std::string>& names,
               const std::vector<std::string>& unknown) {
        const auto read = sample.entries.size();
        const auto all = read + sample.unreadable.size();
        const std::string count =
            std::to_string(all) + " " + (all == 1 ? many_.substr(0, many_.size() - 1) : many_);
        if (all == 0) {
            checks_.push_back(warned("attributes", facts_.dns_name,
                                     "the account sees no " + many_ + " at all",
                                     "let it read the organizational units that are to be synced (every "
                                     "account may, unless that was taken away)"));
            return;
        }
        if (!sample.unreadable.empty()) {
            checks_.push_back(failed("attributes", facts_.dns_name,
                                     Error(ErrorCode::insufficient_rights,
                                           std::to_string(sample.unreadable.size()) + " of " + count +
                                               " cannot be used, for example " + sample.unreadable.front()),
                                     "let the account read all properties of them: dsacls \"" +
                                         facts_.base_dn + "\" /I:S /G \"" + facts_.netbios_name +
                                         "\\ACCOUNT:RP\""));
            return;
        }
        auto missing = never_seen(sample, names);
        std::erase_if(missing, [&unknown](const std::string& name) { return holds(unknown, name); });
        // Mapped by default, though unused in most domains.
        std::string unused;
        auto shown = names;
        std::erase_if(missing, [&unused, &shown](const std::string& name) {
            const std::string folded = text::lower(name);
            const bool is_rare = folded == "initials" || folded == "description";
            if (is_rare) unused += "; nobody has " + name;
            if (is_rare) std::erase(shown, name);
            return is_rare;
        });
        if (!missing.empty()) {
            checks_.push_back(warned("attributes", facts_.dns_name,
                                     "none of " + count + " shows " + joined(missing),
                                     "empty everywhere, or the account may not read it: ask an administrator "
                                     "to look at one of them"));
            return;
        }
        checks_.push_back(passed("attributes", facts_.dns_name,
                                 count + " looked at: what is mapped shows" +
                                     (shown.empty() ? "" : ": " + joined(shown)) + unused));
    }

private:
    const sync::DomainFacts& facts_;
    std::string many_;
    std::vector<Check>& checks_;
};

}  // namespace

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string real_user_filter() {
    return "(&" + std::string(user_filter) + "(!(isCriticalSystemObject=TRUE)))";
}

Task<Result<Sample>> read_sample(std::shared_ptr<Session> session, sync::DomainFacts facts,
                                 std::vector<std::string> names, std::string filter, std::uint32_t limit) {
    Sample sample;
    SampleSink sink(names, facts.domain, sample);
    SearchRequest request;
    request.base = facts.base_dn;
    request.filter = std::move(filter);
    request.attributes = attributes_to_read(names, false);
    for (const char* name : {"sAMAccountName", "userPrincipalName"}) {
        if (!holds(request.attributes, name)) request.attributes.emplace_back(name);
    }
    // One more than wanted tells that there are others.
    request.page_size = limit + 1;
    request.first_page_only = true;
    request.controls = {extended_dn(), domain_scope()};
    auto reading = session->search(std::move(request), sink);
    auto result = co_await std::move(reading);
    if (!result) co_return std::move(result).error();
    sample.more = sample.entries.size() > limit;
    if (sample.more) sample.entries.resize(limit);
    co_return sample;
}

Task<void> check_attributes(std::shared_ptr<Session> session, sync::DomainFacts facts, std::string schema_dn,
                            const sync::Mapping& mapping, std::vector<Check>& checks) {
    std::vector<std::string> unknown;
    auto names = attributes_of(mapping.user);
    const auto group_names = attributes_of(mapping.group);
    auto all = names;
    all.insert(all.end(), group_names.begin(), group_names.end());
    if (!schema_dn.empty()) {
        auto finding = unknown_to_schema(session, schema_dn, all);
        const auto found = co_await std::move(finding);
        if (!found) checks.push_back(skipped("schema", facts.dns_name, found.error().message()));
        for (const auto& [name, guess] : found ? *found : std::vector<sync::UnknownAttribute>()) {
            unknown.push_back(name);
            checks.push_back(warned("schema", facts.dns_name,
                                    "the schema has no attribute " + quoted_peer_text(name, 100) +
                                        ": what it is mapped to keeps the values of the store",
                                    guess.empty() ? "correct attribute_mappings, or extend the schema"
                                                  : "correct attribute_mappings: is '" + guess + "' meant?"));
        }
    }
    for (const bool users : {true, false}) {
        KindCheck kind(facts, users ? "users" : "groups", checks);
        const auto& wanted = users ? names : group_names;
        auto reading =
            read_sample(session, facts, wanted, users ? real_user_filter() : group_filter, looked_at);
        const auto sample = co_await std::move(reading);
        if (!sample) {
            checks.push_back(failed("attributes", facts.dns_name, sample.error(),
                                    "the message says what the server answered"));
            co_return;
        }
        kind.judge(*sample, wanted, unknown);
    }
}

}  // namespace dirsync::survey
