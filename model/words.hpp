#pragma once

#include <string_view>

#include "model/seams/identity_store.hpp"

namespace dirsync::sync {

/// The words of the contract for values of the core: of views, of the journal and of JSON.
constexpr std::string_view text_of(Status status) noexcept {
    return status == Status::enabled ? "ENABLED" : "DISABLED";
}

constexpr std::string_view text_of(ScopeState scope) noexcept {
    switch (scope) {
        case ScopeState::in:
            return "in";
        case ScopeState::out:
            return "out";
        case ScopeState::held:
            break;
    }
    return "held";
}

constexpr std::string_view text_of(Action action) noexcept {
    switch (action) {
        case Action::create:
            return "create";
        case Action::update:
            return "update";
        case Action::remove:
            break;
    }
    return "delete";
}

constexpr std::string_view text_of(RunKind kind) noexcept {
    switch (kind) {
        case RunKind::full:
            return "full";
        case RunKind::incremental:
            return "incremental";
        case RunKind::source_change:
            return "source_change";
        case RunKind::admin:
            break;
    }
    return "admin";
}

constexpr std::string_view text_of(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::ok:
            return "ok";
        case Outcome::partial:
            return "partial";
        case Outcome::held:
            return "held";
        case Outcome::failed:
            break;
    }
    return "failed";
}

constexpr std::string_view object_type_of(const EntityError& error) noexcept {
    return error.is_group ? "GROUP" : "USER";
}

/// The value among the enumerators 0 to `last` that has this text; the last one when none has.
template <class Enum>
constexpr Enum parsed(std::string_view text, Enum last) noexcept {
    for (int i = 0; i < static_cast<int>(last); ++i) {
        if (text_of(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    }
    return last;
}

}  // namespace dirsync::sync
