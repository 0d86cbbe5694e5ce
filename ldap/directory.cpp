#include "ldap/directory.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "ldap/link_reader.hpp"
#include "ldap/rights_reader.hpp"
#include "ldap/session/connection.hpp"

namespace dirsync::ldap {
namespace {

RandomBelow own_generator() {
    const auto engine = std::make_shared<std::mt19937>(std::random_device{}());
    return [engine](std::uint32_t limit) {
        return std::uniform_int_distribution<std::uint32_t>(0, limit)(*engine);
    };
}

Error not_connected(const std::string& domain) {
    return Error(ErrorCode::connection_lost, "there is no connection to " + domain);
}

/// Ends the phase that is shown, whichever way a read is left.
class Idle {
public:
    explicit Idle(sync::Progress& progress) : progress_(progress) {}
    Idle(const Idle&) = delete;
    Idle& operator=(const Idle&) = delete;
    ~Idle() { progress_.phase.clear(); }

private:
    sync::Progress& progress_;
};

}  // namespace

Directory::Directory(boost::asio::any_io_executor executor, std::vector<config::DomainConfig> domains,
                     DirectoryOptions options)
    : page_size_(options.page_size) {
    prepare_process_for_ldap();
    const auto random = options.random ? options.random : own_generator();
    std::vector<std::unique_ptr<DomainLink>> watch_links;
    for (std::size_t i = 0; i < domains.size(); ++i) {
        const auto index = static_cast<sync::DomainIndex>(i);
        const auto wanted = domains[i].change_detection;
        watch_links.push_back(std::make_unique<DomainLink>(executor, domains[i], index, options.deadlines,
                                                           random, options.binds));
        domains_.push_back(std::make_unique<Domain>(Domain{
            DomainLink(executor, std::move(domains[i]), index, options.deadlines, random, options.binds),
            DomainChanges(wanted)}));
    }
    watch_ = std::make_unique<ChangeWatch>(executor, std::move(watch_links));
}

Directory::~Directory() = default;

void Directory::begin(std::string phase) {
    progress_.phase = std::move(phase);
    progress_.objects = 0;
    progress_.started = std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

DomainReader::Parts Directory::parts(const Domain& domain, const std::vector<std::string>& names,
                                     sync::EntrySink& sink) {
    return {domain.link.session(), domain.link.facts(), names, sink, progress_, page_size_};
}

std::vector<ObjectGuid> Directory::put_back() const {
    std::vector<ObjectGuid> databases;
    for (const auto& domain : domains_)
        databases.insert(databases.end(), domain->link.put_back().begin(), domain->link.put_back().end());
    return databases;
}

Task<Result<std::vector<sync::DomainFacts>>> Directory::connect(std::vector<sync::DomainFacts> known) {
    begin("connecting");
    const Idle idle(progress_);
    std::vector<sync::DomainFacts> all;
    for (const auto& domain : domains_) {
        domain->link.know(known);
        auto facts = co_await domain->link.connect_and_ask(progress_.phase);
        if (!facts) co_return std::move(facts).error();
        facts->detection = domain->changes.detection();
        all.push_back(std::move(*facts));
    }
    co_return all;
}

Task<Result<sync::ReadSummary>> Directory::read_all(std::vector<std::string> names, sync::EntrySink& sink) {
    begin("reading");
    const Idle idle(progress_);
    sync::ReadSummary summary;
    for (const auto& domain : domains_) {
        auto& link = domain->link;
        if (!link.session()) co_return not_connected(link.name());
        auto beginning = domain->changes.begin(link, parts(*domain, names, sink));
        auto facts = co_await std::move(beginning);
        if (!facts) {
            link.give_up(facts.error());
            co_return std::move(facts).error();
        }
        // It may have been ended while somebody else was waited for.
        if (!link.session()) co_return not_connected(link.name());
        NewestTold told(sink);
        DomainReader reader(parts(*domain, names, told));
        auto read = co_await reader.read_all();
        if (!read) {
            link.give_up(read.error());
            co_return std::move(read).error();
        }
        if (!link.session()) co_return not_connected(link.name());
        auto looking = domain->changes.seen(link, parts(*domain, names, sink), told, true);
        auto seen = co_await std::move(looking);
        if (!seen) {
            link.give_up(seen.error());
            co_return std::move(seen).error();
        }
        facts->seen = std::move(*seen);
        auto noting = note_hidden_deletions(*domain, names, sink, summary.notes);
        auto noted = co_await std::move(noting);
        if (!noted) co_return std::move(noted).error();
        summary.domains.push_back(std::move(*facts));
    }
    auto comparing = compare_with_schemas(names, summary);
    auto compared = co_await std::move(comparing);
    if (!compared) co_return std::move(compared).error();
    co_return summary;
}

/// Names that no domain's schema has. A schema that cannot be read might have any.
Task<Result<void>> Directory::compare_with_schemas(std::vector<std::string> names,
                                                   sync::ReadSummary& summary) {
    bool is_first = true;
    for (const auto& domain : domains_) {
        if (!domain->link.session()) co_return not_connected(domain->link.name());
        auto asking = domain->schema.unknown(domain->link.session(), domain->link.schema_dn(), names);
        auto unknown = co_await std::move(asking);
        if (!unknown && unknown.error().error_class() == ErrorClass::transient) {
            domain->link.give_up(unknown.error());
            co_return std::move(unknown).error();
        }
        auto& common = summary.unknown_attributes;
        if (!unknown) {
            summary.notes.push_back(domain->link.name() + ": " + unknown.error().message() +
                                    ": a misspelt attribute of the mapping cannot be told from an empty one; "
                                    "let the account read the schema (every account may, unless that was "
                                    "taken away)");
            common.clear();
        } else if (is_first) {
            common = std::move(*unknown);
        } else {
            std::erase_if(common, [&unknown](const sync::UnknownAttribute& one) {
                return std::none_of(unknown->begin(), unknown->end(),
                                    [&one](const auto& other) { return other.name == one.name; });
            });
        }
        is_first = false;
    }
    co_return Result<void>();
}

Task<Result<void>> Directory::note_hidden_deletions(Domain& domain, const std::vector<std::string>& names,
                                                    sync::EntrySink& sink, std::vector<std::string>& notes) {
    if (!domain.link.session()) co_return not_connected(domain.link.name());
    auto asking = domain.changes.sees_deleted_objects(parts(domain, names, sink));
    auto sees = co_await std::move(asking);
    if (!sees) {
        domain.link.give_up(sees.error());
        co_return std::move(sees).error();
    }
    if (!domain.link.doubt().empty()) notes.push_back(domain.link.doubt());
    if (!*sees) {
        notes.push_back(
            "no deleted object of " + domain.link.name() +
            " is visible: deletions cannot be proved; grant the account List Contents and Read Property on "
            "CN=Deleted Objects; 'dirsyncctl doctor' looks closer");
    }
    co_return Result<void>();
}

Task<Result<sync::ReadSummary>> Directory::read_changes(std::vector<sync::DomainFacts> from,
                                                        std::vector<std::string> names,
                                                        sync::EntrySink& sink) {
    begin("asking for changes");
    const Idle idle(progress_);
    sync::ReadSummary summary;
    summary.complete = false;
    if (from.size() != domains_.size())
        co_return Error(ErrorCode::cursor_refused,
                        "the cursor belongs to domains other than the configured ones");
    for (std::size_t i = 0; i < domains_.size(); ++i) {
        auto& domain = *domains_[i];
        if (!domain.link.session()) co_return not_connected(domain.link.name());
        auto following = follow(domain, std::move(from[i]), names, sink);
        auto facts = co_await std::move(following);
        if (!facts) co_return std::move(facts).error();
        auto noting = note_hidden_deletions(domain, names, sink, summary.notes);
        auto noted = co_await std::move(noting);
        if (!noted) co_return std::move(noted).error();
        summary.domains.push_back(std::move(*facts));
    }
    auto comparing = compare_with_schemas(names, summary);
    auto compared = co_await std::move(comparing);
    if (!compared) co_return std::move(compared).error();
    co_return summary;
}

/// One domain's changes. A connection that died while nobody used it is replaced once.
Task<Result<sync::DomainFacts>> Directory::follow(Domain& domain, sync::DomainFacts from,
                                                  const std::vector<std::string>& names,
                                                  sync::EntrySink& sink) {
    const auto disconnects = disconnects_;
    const auto objects = progress_.objects;
    for (bool again = false;; again = true) {
        if (!domain.link.session()) co_return not_connected(domain.link.name());
        auto reading = domain.changes.read(domain.link, parts(domain, names, sink), from);
        auto facts = co_await std::move(reading);
        if (facts) co_return facts;
        const auto code = facts.error().code();
        // A cursor that is refused leaves a connection that is good for a full read.
        if (code == ErrorCode::cursor_refused) co_return facts;
        const bool died_idle = code == ErrorCode::connection_lost && progress_.objects == objects;
        if (again || !died_idle || disconnects != disconnects_) {
            domain.link.give_up(facts.error());
            co_return facts;
        }
        domain.link.drop(facts.error());
        auto connecting = domain.link.connect(progress_.phase);
        auto connected = co_await std::move(connecting);
        if (!connected) co_return std::move(connected).error();
    }
}

Task<Result<void>> Directory::wait_for_change() { co_return co_await watch_->wait(); }

Task<Result<std::vector<sync::Fate>>> Directory::look_up(std::vector<ObjectGuid> guids,
                                                         std::vector<std::string> names,
                                                         sync::EntrySink& sink) {
    begin("looking up missing objects");
    const Idle idle(progress_);
    DomainReader::Fates known;
    for (const auto& domain : domains_) {
        auto& link = domain->link;
        if (!link.session()) co_return not_connected(link.name());
        progress_.phase = "looking up missing objects in " + link.facts().dns_name;
        DomainReader reader(parts(*domain, names, sink));
        auto looking = reader.look_up(guids, true, known);
        auto result = co_await std::move(looking);
        if (!result) {
            link.give_up(result.error());
            co_return std::move(result).error();
        }
    }
    std::vector<sync::Fate> fates;
    fates.reserve(guids.size());
    for (const auto& guid : guids) {
        const auto found = known.find(guid);
        fates.push_back(found == known.end() ? sync::Fate::invisible : found->second);
    }
    co_return fates;
}

Task<Result<std::vector<sync::LinkFate>>> Directory::look_up_links(std::vector<sync::Link> links) {
    begin("asking members for their groups");
    const Idle idle(progress_);
    std::vector<sync::LinkFate> fates(links.size(), sync::LinkFate::unknown);
    std::vector<bool> seen(links.size());
    for (const auto& domain : domains_) {
        auto& link = domain->link;
        if (!link.session()) co_return not_connected(link.name());
        progress_.phase = "asking members for their groups in " + link.facts().dns_name;
        LinkReader reader(link.session(), link.facts(), page_size_);
        auto looking = reader.look_up(links, fates, seen);
        auto result = co_await std::move(looking);
        if (!result) {
            link.give_up(result.error());
            co_return std::move(result).error();
        }
    }
    for (std::size_t i = 0; i < links.size(); ++i) {
        if (fates[i] >= sync::LinkFate::not_listed && !seen[i]) fates[i] = sync::LinkFate::hidden;
    }
    co_return fates;
}

Task<Result<std::vector<sync::ReadRight>>> Directory::look_up_rights(
    std::vector<sync::LostAttribute> attributes) {
    begin("asking for permissions");
    const Idle idle(progress_);
    std::vector<sync::ReadRight> rights(attributes.size(), sync::ReadRight::unknown);
    for (const auto& domain : domains_) {
        auto& link = domain->link;
        if (!link.session()) co_return not_connected(link.name());
        progress_.phase = "asking for permissions in " + link.facts().dns_name;
        RightsReader reader(link.session(), link.facts(), link.schema_dn(), page_size_);
        auto looking = reader.look_up(attributes, rights);
        auto result = co_await std::move(looking);
        if (!result) {
            link.give_up(result.error());
            co_return std::move(result).error();
        }
    }
    co_return rights;
}

void Directory::disconnect() noexcept {
    ++disconnects_;
    for (const auto& domain : domains_) domain->link.disconnect();
    watch_->stop();
}

std::vector<sync::DirectorySource::ServerState> Directory::servers() const {
    std::vector<ServerState> all;
    for (const auto& domain : domains_) {
        auto states = domain->link.servers();
        for (auto& state : states) state.detection = domain->changes.detection();
        all.insert(all.end(), std::make_move_iterator(states.begin()), std::make_move_iterator(states.end()));
    }
    return all;
}

}  // namespace dirsync::ldap
