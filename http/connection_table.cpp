#include "http/connection_table.hpp"

#include <algorithm>
#include <tuple>

namespace dirsync::http {
namespace {

/// Those that are told so before they are closed; more are closed at once.
constexpr std::size_t farewells = 16;

}  // namespace

/// Takes the one out that is missed least; nullopt when all of them work.
template <class Concerned>
std::optional<ConnectionTable::Id> ConnectionTable::give_up(Concerned concerned) {
    auto least = connections_.end();
    for (auto one = connections_.begin(); one != connections_.end(); ++one) {
        const auto& connection = one->second;
        if (connection.state == State::working || !concerned(connection)) continue;
        if (least == connections_.end() ||
            std::tie(connection.state, connection.since) < std::tie(least->second.state, least->second.since))
            least = one;
    }
    if (least == connections_.end()) return std::nullopt;
    const Id id = least->first;
    connections_.erase(least);
    return id;
}

ConnectionTable::Admission ConnectionTable::admit(std::optional<std::uint32_t> user, bool trusted,
                                                  Point now) {
    const auto is_turned_away = [](const Connection& one) { return one.state == State::turned_away; };
    const auto is_of_user = [&](const Connection& one) { return one.user == user && !is_turned_away(one); };
    const auto is_limited = [&](const Connection& one) { return !one.trusted && !is_turned_away(one); };
    const auto is_any = [&](const Connection& one) { return !is_turned_away(one); };
    const auto number = [this](const auto& concerned) {
        return static_cast<std::size_t>(
            std::count_if(connections_.begin(), connections_.end(),
                          [&](const auto& one) { return concerned(one.second); }));
    };
    Admission admission;
    admission.id = next_++;
    admission.taken = true;
    if (!trusted && user && number(is_of_user) >= limits_.per_user) {
        admission.to_close = give_up(is_of_user);
        admission.taken = admission.to_close.has_value();
    } else if (!trusted &&
               (number(is_limited) >= limits_.all - limits_.reserved || number(is_any) >= limits_.all)) {
        admission.to_close = give_up(is_limited);
        admission.taken = admission.to_close.has_value();
    } else if (number(is_any) >= limits_.all) {
        // The trusted do not push each other out as long as somebody else can go.
        admission.to_close = give_up(is_limited);
        if (!admission.to_close) admission.to_close = give_up(is_any);
        admission.taken = admission.to_close.has_value();
    }
    if (!admission.taken && number(is_turned_away) >= farewells) admission.to_close = give_up(is_turned_away);
    connections_.emplace(
        admission.id, Connection{user, trusted, admission.taken ? State::arriving : State::turned_away, now});
    return admission;
}

void ConnectionTable::enter(Id id, State state, Point now) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    found->second.state = state;
    found->second.since = now;
}

}  // namespace dirsync::http
