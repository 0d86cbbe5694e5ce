#pragma once

#include <optional>
#include <string_view>

#include "model/ports.hpp"

namespace dirsync::store {

/// The words of the views for the values of the core.
constexpr std::string_view text_of(sync::Status status) noexcept {
    return status == sync::Status::enabled ? "ENABLED" : "DISABLED";
}

constexpr std::string_view text_of(sync::ScopeState scope) noexcept {
    switch (scope) {
        case sync::ScopeState::in:
            return "in";
        case sync::ScopeState::out:
            return "out";
        case sync::ScopeState::held:
            break;
    }
    return "held";
}

constexpr std::string_view text_of(sync::RunKind kind) noexcept {
    switch (kind) {
        case sync::RunKind::full:
            return "full";
        case sync::RunKind::incremental:
            return "incremental";
        case sync::RunKind::source_change:
            return "source_change";
        case sync::RunKind::admin:
            break;
    }
    return "admin";
}

constexpr std::string_view text_of(sync::Outcome outcome) noexcept {
    switch (outcome) {
        case sync::Outcome::ok:
            return "ok";
        case sync::Outcome::partial:
            return "partial";
        case sync::Outcome::held:
            return "held";
        case sync::Outcome::failed:
            break;
    }
    return "failed";
}

constexpr std::string_view object_type_of(const sync::EntityError& error) noexcept {
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

}  // namespace dirsync::store
