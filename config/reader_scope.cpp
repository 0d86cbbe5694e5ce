#include <algorithm>
#include <unordered_set>

#include "config/reader.hpp"

namespace dirsync::config {
namespace {

bool is_fallback_of_nothing(std::string_view target, ObjectKind kind) {
    return target == (kind == ObjectKind::user ? "userName" : "displayName");
}

}  // namespace

const std::vector<std::string>& Reader::configured_domains() const {
    static const std::vector<std::string> unknown;
    const auto& domains = config_.sync.domains;
    const bool all_named =
        std::none_of(domains.begin(), domains.end(), [](const auto& one) { return one.empty(); });
    return all_named ? domains : unknown;
}

void Reader::scope_names(const About& about, std::vector<sync::ScopeName>& names, ScopeKind kind) {
    const std::string path = path_of(about.name);
    const auto& items = list(about);
    if (const auto* found = member(about.name); found != nullptr && found->value->kind == Node::Kind::null)
        report_nothing(*found->value, path);
    const auto& domains = configured_domains();
    // Several files of scope.d may name the same: the text is the key of the entry's pin.
    std::unordered_set<std::string> seen;
    for (const sync::ScopeName& name : names) seen.insert(name.text);
    for (std::size_t index = 0; index < items.size(); ++index) {
        const Node& node = *items[index];
        const std::string item_path = path + "[" + std::to_string(index) + "]";
        std::string text;
        if (!read_text(node, item_path, {"", "", "alice@corp.example.com"}, text, TextKind::plain)) continue;
        auto name = sync::parse_scope_name(text);
        if (!name) {
            Fault fault = fault_from(name.error());
            report(tree_.place_in(node, fault.at), item_path, std::move(fault.message));
            continue;
        }
        if (auto fault = scope_fault(*name, kind, domains)) {
            report(node.offset, item_path, std::move(*fault));
            continue;
        }
        if (seen.insert(name->text).second) names.push_back(std::move(*name));
    }
}

void Reader::user_filters(const About& about, std::vector<sync::ScopeFilter>& filters) {
    const std::size_t count = enter_list(about, filters.size());
    for (std::size_t index = 0; index < count; ++index) {
        if (!enter_item(index)) continue;
        std::string domain;
        std::string filter;
        text(filter_domain_key, domain, TextKind::dns_name);
        text(filter_text_key, filter, TextKind::ldap_filter);
        required({filter_domain_key.name, filter_text_key.name});
        if (auto fault = domain.empty() ? std::nullopt : domain_fault(domain, configured_domains())) {
            const std::string path = path_of(filter_domain_key.name);
            report(places_.find(path), path, std::move(*fault));
        }
        if (filter.empty()) {
            leave_item();
            continue;
        }
        if (auto parsed = sync::Filter::parse(filter)) {
            filters.push_back({std::move(domain), std::move(*parsed)});
        }
        leave_item();
    }
    leave_list();
}

sync::TemplateChain Reader::read_chain(const Node& node, const std::string& path) {
    sync::TemplateChain chain;
    const About about{"", "", "'${mail}'"};
    const auto append = [&](const Node& one, const std::string& one_path) {
        std::string source;
        if (!read_text(one, one_path, about, source, TextKind::plain)) return;
        auto parsed = sync::Template::parse(source);
        if (parsed) {
            chain.push_back(std::move(*parsed));
            return;
        }
        Fault fault = fault_from(parsed.error());
        report(tree_.place_in(one, fault.at), one_path, std::move(fault.message));
    };
    if (node.kind != Node::Kind::list) {
        if (node.kind == Node::Kind::scalar) {
            append(node, path);
        } else {
            wrong_type(node, path, "a template or a list of templates", "'${mail}'");
        }
        return chain;
    }
    for (std::size_t index = 0; index < node.items.size(); ++index) {
        append(*node.items[index], path + "[" + std::to_string(index) + "]");
    }
    return chain;
}

void Reader::mapping(const About& about, std::vector<sync::TargetMapping>& targets, ObjectKind kind) {
    if (!enter(about, true)) return;
    for (const Node::Member& target : frames_.back().node->members) {
        const std::string path = path_of(shown_key(target.name));
        if (auto fault = target_fault(target.name, kind)) {
            report(target.offset, path, std::move(*fault));
            continue;
        }
        const std::size_t before = problems_.size();
        sync::TemplateChain chain = read_chain(*target.value, path);
        if (problems_.size() > before) continue;
        if (chain.empty() && is_fallback_of_nothing(target.name, kind)) {
            report(target.offset, path, "needs at least one template: nothing can exist without it");
            continue;
        }
        // Only known targets are there already: no key of the file occurs twice.
        const auto end_of_known = targets.begin() + static_cast<std::ptrdiff_t>(known_targets(kind).size());
        const auto known = std::find_if(targets.begin(), end_of_known,
                                        [&](const auto& one) { return one.target == target.name; });
        if (known != end_of_known) {
            known->chain = std::move(chain);
        } else {
            targets.push_back({target.name, std::move(chain)});
        }
    }
    frames_.pop_back();  // every key was looked at
}

}  // namespace dirsync::config
