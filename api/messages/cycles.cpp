#include "api/messages/cycles.hpp"

namespace dirsync::messages {

bool is_frozen(const Status& status) {
    return status.source.pending || status.source.state == "change_pending";
}

State state_in(const Status& status) {
    if (status.paused) return State::paused;
    if (is_frozen(status)) return State::frozen;
    if (status.last_error) return State::failing;
    if (status.settings_refused) return State::refused;
    if (status.time_doubt) return State::in_doubt;
    if (!status.held.empty()) return State::held;
    if (!status.last_success) return State::starting;
    return status.counts.errors != 0 ? State::errors : State::in_step;
}

std::string_view word_of(State state) {
    switch (state) {
        case State::paused:
            return "paused";
        case State::frozen:
            return "frozen";
        case State::failing:
            return "failing";
        case State::refused:
            return "refused";
        case State::in_doubt:
            return "in_doubt";
        case State::held:
            return "held";
        case State::starting:
            return "starting";
        case State::errors:
            return "errors";
        case State::in_step:
            break;
    }
    return "in_step";
}

}  // namespace dirsync::messages
