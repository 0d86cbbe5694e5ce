#include "sync/resolved_scope.hpp"

#include <algorithm>

#include "sync/stored_index.hpp"

namespace dirsync::sync {
namespace {

Node live(const Mirror& mirror, const ObjectGuid& guid) {
    const Node node = guid.is_nil() ? no_node : mirror.find(guid);
    return node != no_node && mirror.kind(node) != EntryKind::unknown && !mirror.is_deleted(node) ? node
                                                                                                  : no_node;
}

bool has_row(const StoredIndex& stored, Node node) { return stored.has_user(node) || stored.has_group(node); }

/// Keeps `node` out beside what the exclusion `key` itself stands for.
void keep_out_as_well(const std::string& key, Node node, const char* why, const Mirror& mirror,
                      ResolvedScope& result) {
    result.also_excluded.push_back(node);
    result.warnings.push_back(key + ": " + to_text(mirror.guid(node)) + why);
}

/// Keeps out the objects that took the name of an exclusion: those that have a pin for it, and `newcomer`.
/// `holder` is the object that the entry itself stands for.
void append_stand_ins(const std::string& key, Node holder, Node newcomer, std::span<const Pin> pins,
                      const Mirror& mirror, ResolvedScope& result) {
    const std::string prefix = "also " + key + " = ";
    const auto append = [&](Node node) {
        const ObjectGuid& guid = mirror.guid(node);
        result.pins.push_back({prefix + to_text(guid), guid});
        keep_out_as_well(key, node,
                         " took the name of an object that could not be seen; both are kept out; to let it "
                         "in, name the other one by guid:",
                         mirror, result);
    };
    for (const Pin& pin : pins) {
        if (!pin.key.starts_with(prefix)) continue;
        const Node node = live(mirror, pin.guid);
        if (node == newcomer) newcomer = no_node;
        if (node != no_node && node != holder) append(node);
    }
    if (newcomer != no_node) append(newcomer);
}

/// Keeps out what an exclusion stood for before it was deleted: it may come back under another name. `lost`
/// is such an object, of which nothing was known before.
void append_former(const std::string& key, Node holder, const ObjectGuid& lost, std::span<const Pin> pins,
                   const Mirror& mirror, ResolvedScope& result) {
    const std::string prefix = "once " + key + " = ";
    const auto append = [&](const ObjectGuid& guid) {
        // Kept while the object is gone as well: that is when it has to be remembered.
        result.pins.push_back({prefix + to_text(guid), guid});
        const Node node = live(mirror, guid);
        if (node == no_node || node == holder) return;
        keep_out_as_well(
            key, node,
            ", which it stood for before that was deleted, is back, and stays out; to let it in, "
            "write the entry as guid: of the object that is to stay out",
            mirror, result);
    };
    for (const Pin& pin : pins) {
        if (pin.key.starts_with(prefix) && pin.guid != lost) append(pin.guid);
    }
    if (!lost.is_nil()) append(lost);
}

}  // namespace

ResolvedScope resolved(const ScopeSettings& scope, std::span<const Pin> pins,
                       std::span<const ObjectGuid> found, const Mirror& mirror, const StoredIndex& stored) {
    ResolvedScope result;
    const auto listed = listed_names(scope);
    boost::unordered_flat_map<std::string_view, ObjectGuid> pinned;
    for (const auto& pin : pins) pinned.emplace(pin.key, pin.guid);
    for (std::size_t i = 0; i < listed.size(); ++i) {
        const std::string key = listed[i].key();
        const auto pin = pinned.find(key);
        const Node in_read = i < found.size() ? live(mirror, found[i]) : no_node;
        Node node = pin == pinned.end() ? no_node : live(mirror, pin->second);
        if (node != no_node) {
            result.pins.push_back({key, pin->second});
            if (mirror.is_missing(node)) {
                result.warnings.push_back(key +
                                          ": the object is not visible in the directory; kept as it was");
            }
        } else if (node = in_read; node != no_node) {
            result.pins.push_back({key, found[i]});
            if (pin != pinned.end() && pin->second != found[i]) {
                result.warnings.push_back(key + ": the object it stood for was deleted; it now stands for " +
                                          to_text(found[i]));
            }
        } else {
            result.warnings.push_back(key + ": names nothing in the directory");
            if (pin != pinned.end()) {
                result.pins.push_back({key, ObjectGuid{}});
            } else {
                (brings_in(listed[i].list) ? result.unnamed : result.unexcluded).push_back(key);
            }
        }
        result.nodes.push_back(node);
        if (!brings_in(listed[i].list)) {
            const bool took_the_name =
                in_read != node && node != no_node && mirror.is_missing(node) && !has_row(stored, in_read);
            append_stand_ins(key, node, took_the_name ? in_read : no_node, pins, mirror, result);
            // What was deleted and comes back is what it was, whatever its name is then (4.3).
            const bool was_lost = pin != pinned.end() && live(mirror, pin->second) == no_node;
            append_former(key, node, was_lost ? pin->second : ObjectGuid{}, pins, mirror, result);
        }
    }
    std::sort(result.pins.begin(), result.pins.end(),
              [](const Pin& a, const Pin& b) { return a.key < b.key; });
    const auto repeats = std::unique(result.pins.begin(), result.pins.end(),
                                     [](const Pin& a, const Pin& b) { return a.key == b.key; });
    result.pins.erase(repeats, result.pins.end());
    std::sort(result.also_excluded.begin(), result.also_excluded.end());
    return result;
}

}  // namespace dirsync::sync
