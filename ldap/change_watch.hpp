#pragma once

#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/error.hpp"
#include "core/task.hpp"
#include "ldap/domain_link.hpp"

namespace dirsync::ldap {

/// Waits for change notifications (1.2.840.113556.1.4.528, MS-ADTS 3.1.1.3.4.1.9) of all domains, each on a
/// connection of its own. All members on the loop thread.
class ChangeWatch {
public:
    ChangeWatch(boost::asio::any_io_executor executor, std::vector<std::unique_ptr<DomainLink>> links);
    ~ChangeWatch();

    /// Comes back when one of the domains says that something changed, at once when it did so since the last
    /// call. Connects where there is no connection, and keeps connections between calls. On an error the
    /// connection that failed is given up; the next call tries anew. One call at a time.
    Task<Result<void>> wait();
    /// Ends a wait with connection_lost, and the connections.
    void stop() noexcept;

private:
    Task<Result<void>> subscribe();
    Result<bool> take_all();

    std::vector<std::unique_ptr<DomainLink>> links_;
    std::vector<std::shared_ptr<Session>> subscribed_;  // to which session of each link
    std::shared_ptr<boost::asio::steady_timer> signal_;
    std::uint64_t stops_ = 0;
};

}  // namespace dirsync::ldap
