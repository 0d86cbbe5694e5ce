#include "api/metrics.hpp"

namespace dirsync::api {

std::string metrics_of(const StatusReport& status) {
    std::string text;
    const auto add = [&text](std::string_view name, std::string_view type, std::string_view help,
                             std::uint64_t value) {
        text += "# HELP dirsyncd_" + std::string(name) + " " + std::string(help) + "\n# TYPE dirsyncd_" +
                std::string(name) + " " + std::string(type) + "\ndirsyncd_" + std::string(name) + " " +
                std::to_string(value) + "\n";
    };
    const auto seconds = [](std::optional<Time> time) {
        return time ? static_cast<std::uint64_t>(time->time_since_epoch().count()) : 0;
    };
    const auto& engine = status.engine;
    std::uint64_t held = 0;
    for (const auto& hold : engine.holds) held += hold.objects.size();
    add("users", "gauge", "Users in the store.", engine.users);
    add("groups", "gauge", "Groups in the store.", engine.groups);
    add("memberships", "gauge", "Memberships in the store.", engine.memberships);
    add("entity_errors", "gauge", "Users and groups that are skipped because of errors.", engine.errors);
    add("holds", "gauge", "Classes of changes that wait for an approval.", engine.holds.size());
    add("held_objects", "gauge", "Objects that those holds cover.", held);
    add("cycles_total", "counter", "Cycles since the start.", status.cycles);
    add("failed_cycles_total", "counter", "Cycles since the start that failed.", status.failed_cycles);
    text +=
        "# HELP dirsyncd_cycle_failures_total Cycles since the start that failed, by the class of the "
        "error.\n"
        "# TYPE dirsyncd_cycle_failures_total counter\n";
    for (const auto& [name, count] : status.failures) {
        text += "dirsyncd_cycle_failures_total{class=\"" + std::string(name) + "\"} " +
                std::to_string(count) + "\n";
    }
    add("objects_read_total", "counter", "Directory objects read since the start.", status.objects_read);
    add("last_success_timestamp_seconds", "gauge", "When a cycle last succeeded; 0: not since the start.",
        seconds(status.last_success));
    add("paused", "gauge", "1 while sync is paused.", engine.paused ? 1 : 0);
    add("source_change_pending", "gauge", "1 while a change of the source waits for consent.",
        engine.pending ? 1 : 0);
    return text;
}

}  // namespace dirsync::api
