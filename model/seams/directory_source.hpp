#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/task.hpp"
#include "core/time.hpp"
#include "core/uuid.hpp"
#include "model/entry.hpp"
#include "model/seams/identity_store.hpp"
#include "model/seams/look_up.hpp"

namespace dirsync::sync {

/// Progress of a long read, for status and the terminal. Read and written on the loop thread.
struct Progress {
    std::string phase;  ///< "connecting to ...", "reading users of corp.example.com", "" when idle
    std::uint64_t objects = 0;
    Time started{};
};

/// Whether a read broke off by a fault of the server that another one of the domain need not have.
inline bool is_fault_of_server(const Error& error) noexcept {
    switch (error.code()) {
        case ErrorCode::timeout:
        case ErrorCode::connection_lost:
        case ErrorCode::server_busy:
        case ErrorCode::read_incomplete:
        case ErrorCode::protocol:
            return true;
        default:
            return false;
    }
}

/// A directory. One read at a time; all calls on the loop thread.
class DirectorySource {
public:
    virtual ~DirectorySource() = default;

    /// Connects and binds to one DC of each configured domain, trying servers by preference. On failure
    /// says what each server answered. Connected already: checks that the connections still live. The time
    /// of each DC is as of now. `known`: of each domain that the store knows, whether configured or not. A DC
    /// that lacks what was read before (DomainFacts::seen) is passed over; server_behind when no other one
    /// will do (semantics 5.16).
    virtual Task<Result<std::vector<DomainFacts>>> connect(std::vector<DomainFacts> known) = 0;

    /// Databases of DCs that the last `connect` found at a lower USN than `known` gives for them: they were
    /// put back under the same invocation id. Their USNs soon pass that mark again and hide it. The caller
    /// has to remember them, and set Watermark::was_put_back in `known` of each later `connect`.
    virtual std::vector<ObjectGuid> put_back() const = 0;

    /// Delivers every user, group and container of every configured domain with the attributes
    /// `names`. An error means that what the sink was given is no evidence and must be thrown away (5.1).
    virtual Task<Result<ReadSummary>> read_all(std::vector<std::string> names, EntrySink& sink) = 0;

    /// Delivers what changed since `from`, the facts of a read that was committed: one for each configured
    /// domain, in its order. Entries are whole, but for groups of which `members_known` is false; a renamed
    /// or moved container brings every container of its domain. Objects may come though they are as they
    /// were. cursor_refused, with the reason: a domain cannot be followed from there, read it all.
    virtual Task<Result<ReadSummary>> read_changes(std::vector<DomainFacts> from,
                                                   std::vector<std::string> names, EntrySink& sink) = 0;

    /// Comes back when the directory says that something changed (1.2.840.113556.1.4.528). Needs no
    /// `connect`; runs beside reads. Any error means that notifications cannot be had now: the caller polls,
    /// and may ask again later. `disconnect` ends it.
    virtual Task<Result<void>> wait_for_change() = 0;

    /// The fate of each GUID, in order, over all configured domains: whoever lives in one of them is alive,
    /// whatever tombstones others have. With the same rule on errors.
    virtual Task<Result<std::vector<Fate>>> look_up(std::vector<ObjectGuid> guids,
                                                    std::vector<std::string> names, EntrySink& sink) = 0;

    /// The fate of each link, in order, for links that a list lacks and that nobody has seen end; with the
    /// same rule on errors. Costs one or two searches for a hundred members or groups.
    virtual Task<Result<std::vector<LinkFate>>> look_up_links(std::vector<Link> links) = 0;

    /// What the permissions of each object say of its attribute, in order; with the same rule on errors.
    /// Costs two searches and one for a hundred objects. A source that has none to show knows nothing.
    virtual Task<Result<std::vector<ReadRight>>> look_up_rights(std::vector<LostAttribute> attributes) {
        co_return std::vector<ReadRight>(attributes.size(), ReadRight::unknown);
    }

    /// Ends connections without waiting for a peer. Never fails.
    virtual void disconnect() noexcept = 0;
    virtual const Progress& progress() const noexcept = 0;

    struct ServerState {
        std::string uri;
        std::string state;  ///< "connected", "not tried", or the last error
        bool in_use = false;
        std::string detection;
    };
    virtual std::vector<ServerState> servers() const = 0;
};

}  // namespace dirsync::sync
