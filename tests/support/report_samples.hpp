#pragma once

#include <string>
#include <utility>

#include "model/describe.hpp"
#include "model/plan.hpp"

// What reports are made of.
namespace dirsync::testing {

inline sync::Hold hold(std::string id, std::size_t count) {
    sync::Hold held;
    held.id = std::move(id);
    held.hold = sync::HoldClass::remove_users;
    held.objects.resize(count);
    held.limit = "500 or 10%";
    held.sample = {"alice", "bob"};
    held.since = Time(Duration(1'000'000'000));
    return held;
}

inline sync::ChangeLine line(std::string_view action, std::string_view type, std::string name,
                             std::string before, std::string after) {
    return {sync::parse_line_action(action).value(),
            sync::parse_object_type(type).value(),
            "id",
            std::move(name),
            std::move(before),
            std::move(after),
            "in scope"};
}

}  // namespace dirsync::testing
