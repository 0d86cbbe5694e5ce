#pragma once

#include <cstdint>
#include <string>

namespace dirsync::sync {

/// Somebody, or something, that runs and edits come from (semantics 5.12).
struct Actor {
    enum class Kind : std::uint8_t {
        engine,        ///< dirsyncd by itself
        host_user,     ///< a user of this host, by the control socket or a command
        scim_token,    ///< an identity provider, by the token of that name
        console_user,  ///< somebody who signed in to the console
    };
    Kind kind = Kind::engine;
    std::string name = {};  ///< empty for the engine
    bool operator==(const Actor&) const = default;
};

inline Actor host_user(std::string name) { return {Actor::Kind::host_user, std::move(name)}; }

/// As v1_runs names the engine.
inline constexpr const char* engine_actor = "dirsyncd";

/// As v1_runs has it: `dirsyncd`, `alice`, `scim:okta`, `console:alice`.
inline std::string text_of(const Actor& actor) {
    switch (actor.kind) {
        case Actor::Kind::engine:
            break;
        case Actor::Kind::host_user:
            return actor.name;
        case Actor::Kind::scim_token:
            return "scim:" + actor.name;
        case Actor::Kind::console_user:
            return "console:" + actor.name;
    }
    return engine_actor;
}

}  // namespace dirsync::sync
