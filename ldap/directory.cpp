#include "ldap/directory.hpp"

#include <chrono>
#include <random>
#include <utility>

#include "ldap/connection.hpp"
#include "ldap/domain_reader.hpp"

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
    for (std::size_t i = 0; i < domains.size(); ++i) {
        links_.push_back(std::make_unique<DomainLink>(
            executor, std::move(domains[i]), static_cast<sync::DomainIndex>(i), options.deadlines, random));
    }
}

Directory::~Directory() = default;

void Directory::begin(std::string phase) {
    progress_.phase = std::move(phase);
    progress_.objects = 0;
    progress_.started = std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

sync::Task<Result<std::vector<sync::DomainFacts>>> Directory::connect() {
    begin("connecting");
    const Idle idle(progress_);
    std::vector<sync::DomainFacts> all;
    for (const auto& link : links_) {
        auto facts = co_await link->connect(progress_.phase);
        if (!facts) co_return std::move(facts).error();
        all.push_back(std::move(*facts));
    }
    co_return all;
}

sync::Task<Result<sync::ReadSummary>> Directory::read_all(std::vector<std::string> names,
                                                          sync::EntrySink& sink) {
    begin("reading");
    const Idle idle(progress_);
    sync::ReadSummary summary;
    for (const auto& link : links_) {
        if (!link->session()) co_return not_connected(link->name());
        DomainReader::Parts parts{link->session(), link->facts(), names, sink, progress_, page_size_};
        DomainReader reader(std::move(parts));
        auto read = co_await reader.read_all();
        if (!read) {
            link->give_up(read.error());
            co_return std::move(read).error();
        }
        auto sees = co_await reader.sees_deleted_objects();
        if (!sees) {
            link->give_up(sees.error());
            co_return std::move(sees).error();
        }
        if (!*sees) {
            summary.notes.push_back("no deleted object of " + link->name() +
                                    " is visible: unless nothing was ever deleted there, deletions cannot be "
                                    "proved; grant the account "
                                    "List Contents and Read Property on CN=Deleted Objects");
        }
        summary.domains.push_back(link->facts());
    }
    co_return summary;
}

sync::Task<Result<sync::ReadSummary>> Directory::read_changes(std::vector<sync::DomainFacts>,
                                                              std::vector<std::string>, sync::EntrySink&) {
    co_return Error(ErrorCode::cursor_refused, "changes are not followed yet");
}

sync::Task<Result<void>> Directory::wait_for_change() {
    co_return Error(ErrorCode::unreachable, "notifications are not asked for yet");
}

sync::Task<Result<std::vector<sync::Fate>>> Directory::look_up(std::vector<ObjectGuid> guids,
                                                               std::vector<std::string> names,
                                                               sync::EntrySink& sink) {
    begin("looking up missing objects");
    const Idle idle(progress_);
    DomainReader::Fates known;
    for (const auto& link : links_) {
        if (!link->session()) co_return not_connected(link->name());
        DomainReader::Parts parts{link->session(), link->facts(), names, sink, progress_, page_size_};
        DomainReader reader(std::move(parts));
        auto looking = reader.look_up(guids, known);
        auto result = co_await std::move(looking);
        if (!result) {
            link->give_up(result.error());
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

void Directory::disconnect() noexcept {
    for (const auto& link : links_) link->disconnect();
}

std::vector<sync::DirectorySource::ServerState> Directory::servers() const {
    std::vector<ServerState> all;
    for (const auto& link : links_) {
        auto states = link->servers();
        all.insert(all.end(), std::make_move_iterator(states.begin()), std::make_move_iterator(states.end()));
    }
    return all;
}

}  // namespace dirsync::ldap
