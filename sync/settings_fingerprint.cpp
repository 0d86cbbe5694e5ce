#include "sync/settings_fingerprint.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include <xxhash.h>

#include "sync/name_resolver.hpp"

namespace dirsync::sync {
namespace {

constexpr std::string_view paused_prefix = "paused ";
constexpr std::string_view scope_part = "scope";
constexpr std::string_view clocks_part = "clocks";

/// Texts one behind the other, so that no two lists give the same bytes.
class Text {
public:
    void append(std::string_view part) {
        text_ += part;
        text_ += '\0';
    }
    std::string digest() const {
        char digits[24];
        std::snprintf(digits, sizeof digits, "%016llx",
                      static_cast<unsigned long long>(XXH3_64bits(text_.data(), text_.size())));
        return digits;
    }

private:
    std::string text_;
};

/// `name=digest` of each part, by name. Empty: the text is of another form.
std::map<std::string, std::string, std::less<>> parts_of(std::string_view fingerprint) {
    std::map<std::string, std::string, std::less<>> parts;
    if (is_paused_fingerprint(fingerprint)) fingerprint.remove_prefix(paused_prefix.size());
    while (!fingerprint.empty()) {
        const auto end = std::min(fingerprint.find(' '), fingerprint.size());
        const auto part = fingerprint.substr(0, end);
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) return {};
        parts.emplace(part.substr(0, equals), part.substr(equals + 1));
        fingerprint.remove_prefix(std::min(end + 1, fingerprint.size()));
    }
    return parts;
}

}  // namespace

std::string target_name(bool of_groups, std::string_view target) {
    return (of_groups ? "group." : "user.") + std::string(target);
}

std::string fingerprint_of(const SyncSettings& settings) {
    Text scope;
    for (const auto& domain : settings.domains) scope.append(domain);
    for (const auto& listed : listed_names(settings.scope)) scope.append(listed.key());
    for (const auto& filter : settings.scope.user_filters)
        scope.append(filter.domain + ' ' + filter.filter.text());
    scope.append(settings.scope.flatten ? "flatten" : "direct");
    scope.append(settings.scope.primary_group ? "primary" : "listed");
    Text clocks;
    for (const auto& limit : {settings.lifecycle.disable_after, settings.lifecycle.delete_after})
        clocks.append(limit ? to_text(*limit) : "never");
    std::string fingerprint = std::string(scope_part) + '=' + scope.digest() + ' ' +
                              std::string(clocks_part) + '=' + clocks.digest();
    for (const bool of_groups : {false, true}) {
        for (const auto& target : of_groups ? settings.mapping.group : settings.mapping.user) {
            Text chain;
            for (const auto& link : target.chain) chain.append(link.source());
            fingerprint += ' ' + target_name(of_groups, target.target) + '=' + chain.digest();
        }
    }
    return fingerprint;
}

std::string paused_fingerprint(std::string_view fingerprint) {
    return (is_paused_fingerprint(fingerprint) ? "" : std::string(paused_prefix)) + std::string(fingerprint);
}

bool is_paused_fingerprint(std::string_view fingerprint) noexcept {
    return fingerprint.starts_with(paused_prefix);
}

bool SettingsChange::changes_target(std::string_view name) const {
    return all_targets || std::binary_search(targets.begin(), targets.end(), name);
}

SettingsChange change_between(std::string_view stored, std::string_view now) {
    SettingsChange change;
    if (stored == now) return change;
    const auto before = parts_of(stored);
    const auto after = parts_of(now);
    if (before.empty()) {
        change.scope = true;
        change.all_targets = true;
        return change;
    }
    const auto differs = [](const auto& parts, const auto& part) {
        const auto found = parts.find(part.first);
        return found == parts.end() || found->second != part.second;
    };
    const auto note = [&change](std::string_view name) {
        if (name == scope_part) {
            change.scope = true;
        } else if (name != clocks_part) {
            change.targets.emplace_back(name);
        }
    };
    for (const auto& part : after) {
        if (differs(before, part)) note(part.first);
    }
    for (const auto& part : before) {
        if (!after.contains(part.first)) note(part.first);
    }
    std::sort(change.targets.begin(), change.targets.end());
    return change;
}

}  // namespace dirsync::sync
