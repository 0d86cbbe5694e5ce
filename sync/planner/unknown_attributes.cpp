#include "sync/planner/unknown_attributes.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "sync/settings_fingerprint.hpp"

namespace dirsync::sync {
namespace {

bool same_name(std::string_view a, std::string_view b) { return text::lower(a) == text::lower(b); }

bool names_any(const std::vector<std::string>& names, std::span<const UnknownAttribute> unknown) {
    return std::any_of(names.begin(), names.end(), [unknown](const std::string& name) {
        return std::any_of(unknown.begin(), unknown.end(),
                           [&name](const UnknownAttribute& one) { return same_name(name, one.name); });
    });
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string not_in_the_schema(const UnknownAttribute& unknown) {
    return "the schema of the directory has no attribute " + quoted_peer_text(unknown.name, 100) +
           (unknown.meant.empty() ? std::string() : " (did you mean '" + unknown.meant + "'?)");
}

}  // namespace

std::vector<std::string> targets_that_name(const std::vector<TargetMapping>& mapping,
                                           std::span<const UnknownAttribute> unknown) {
    std::vector<std::string> targets;
    for (const auto& target : mapping) {
        const bool names_one = std::any_of(target.chain.begin(), target.chain.end(), [&](const auto& link) {
            return names_any(link.attributes(), unknown);
        });
        if (names_one) targets.push_back(target.target);
    }
    return targets;
}

std::vector<std::string> filters_that_name(const ScopeSettings& scope,
                                           std::span<const UnknownAttribute> unknown) {
    std::vector<std::string> filters;
    for (const auto& one : scope.user_filters) {
        if (names_any(one.filter.attributes(), unknown))
            filters.push_back("user_filters: " + one.filter.text());
    }
    return filters;
}

std::vector<std::string> refusals_of(const SyncSettings& settings,
                                     std::span<const UnknownAttribute> unknown) {
    std::vector<std::string> sentences;
    for (const auto& attribute : unknown) {
        const std::span<const UnknownAttribute> this_one(&attribute, 1);
        std::vector<std::string> targets;
        for (const bool of_groups : {false, true}) {
            const auto& mapping = of_groups ? settings.mapping.group : settings.mapping.user;
            for (const auto& target : targets_that_name(mapping, this_one))
                targets.push_back(target_name(of_groups, target));
        }
        if (!targets.empty()) {
            sentences.push_back("attribute_mappings: " + not_in_the_schema(attribute) + ": " +
                                joined(targets) + (targets.size() == 1 ? " keeps" : " keep") +
                                " the values that the store has; correct the template and reload");
        }
        const auto filters = filters_that_name(settings.scope, this_one);
        if (!filters.empty()) {
            sentences.push_back("sync_scope: " + not_in_the_schema(attribute) + ", which " + joined(filters) +
                                " asks for: nobody comes into the scope or leaves it by an edit meanwhile; "
                                "correct the filter and reload");
        }
    }
    return sentences;
}

}  // namespace dirsync::sync
