#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace dirsync::http {

/// The connections of a server, and the choice of the one to close when there is no room for another. A
/// client cannot keep others out by opening connections and sending nothing. Pure: time comes in as a value.
class ConnectionTable {
public:
    using Id = std::uint64_t;
    using Point = std::chrono::steady_clock::time_point;

    struct Limits {
        std::size_t all = 64;
        std::size_t reserved = 0;         ///< of these only the trusted may use so many
        std::size_t per_user = SIZE_MAX;  ///< for each user that is not trusted
    };
    enum class State {
        turned_away,  ///< there was no room: it is told so and closed
        idle,         ///< had its answer and may ask again
        arriving,     ///< a request is on its way
        leaving,      ///< an answer is on its way
        working,      ///< its request is being answered: never closed for another
    };
    struct Admission {
        Id id = 0;
        bool taken = false;          ///< false: to be turned away
        std::optional<Id> to_close;  ///< already taken out of the table
    };

    explicit ConnectionTable(Limits limits) : limits_(limits) {}

    /// A new connection, `arriving` or `turned_away`. `user` is the uid at its other end, nullopt when that
    /// is not to be known. Where a limit is reached, one of those that it concerns is given up: of the states
    /// in the order above the one that has been so for the longest time.
    Admission admit(std::optional<std::uint32_t> user, bool trusted, Point now);
    /// Nothing when it has gone.
    void enter(Id id, State state, Point now);
    void remove(Id id) { connections_.erase(id); }
    std::size_t size() const noexcept { return connections_.size(); }

private:
    struct Connection {
        std::optional<std::uint32_t> user;
        bool trusted = false;
        State state = State::arriving;
        Point since;
    };
    template <class Concerned>
    std::optional<Id> give_up(Concerned concerned);

    Limits limits_;
    std::map<Id, Connection> connections_;
    Id next_ = 1;
};

}  // namespace dirsync::http
