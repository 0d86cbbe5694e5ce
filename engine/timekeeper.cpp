#include "engine/timekeeper.hpp"

namespace dirsync::sync {

void Timekeeper::judge(std::vector<ServerTime> servers, std::optional<Time> remembered) {
    const ClockEvidence evidence{host_time(), std::move(servers), remembered, agreed_};
    clock_ = judged(evidence);
    if (clock_.certain && !evidence.servers.empty()) agreed_ = evidence.host;
}

bool Timekeeper::is_certain(std::optional<Time> remembered) const {
    return judged({host_time(), {}, remembered, agreed_}).certain;
}

}  // namespace dirsync::sync
