#include "api/messages/cycles.hpp"

namespace dirsync::messages {

bool is_frozen(const Status& status) {
    return status.source.pending || status.source.state == "change_pending";
}

std::string_view word_of(const Status& status) {
    if (status.paused) return "paused";
    if (is_frozen(status)) return "frozen";
    if (status.last_error) return "failing";
    if (status.settings_refused) return "refused";
    if (status.time_doubt) return "in_doubt";
    if (!status.held.empty()) return "held";
    if (!status.last_success) return "starting";
    return status.counts.errors != 0 ? "errors" : "in_step";
}

}  // namespace dirsync::messages
