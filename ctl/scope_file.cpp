#include "ctl/scope_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "config/yaml_tree.hpp"
#include "core/text.hpp"
#include "ctl/atomic_file.hpp"

namespace dirsync::ctl {
namespace {

constexpr std::array<std::string_view, 3> plain_lists{"groups", "users", "organizational_units"};
constexpr std::array<std::string_view, 2> excluded_lists{"users", "groups"};

const config::Node* member(const config::Node* node, std::string_view name) {
    if (node == nullptr || node->kind != config::Node::Kind::map) return nullptr;
    for (const auto& one : node->members) {
        if (one.name == name) return one.value;
    }
    return nullptr;
}

class Collector {
public:
    Collector(std::filesystem::path file, bool ours, std::vector<ScopeEntry>& entries)
        : file_(std::move(file)), ours_(ours), entries_(entries) {}

    void collect(bool main) {
        std::ifstream stream(file_, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        std::vector<config::Problem> problems;
        const config::YamlTree tree(text, file_.string(), problems);
        const config::Node* scope = member(tree.root(), "sync_scope");
        if (scope == nullptr && !main) scope = tree.root();
        for (const auto list : plain_lists) names(tree, member(scope, list), std::string(list));
        if (const auto* filters = member(scope, "user_filters")) {
            for (const auto* item : filters->items) {
                const auto* filter = member(item, "filter");
                const auto* domain = member(item, "domain");
                if (filter == nullptr || domain == nullptr) continue;
                add(tree, *filter, "user_filters", domain->text);
            }
        }
        const auto* excluded = member(scope, "exclude");
        for (const auto list : excluded_lists)
            names(tree, member(excluded, list), "exclude." + std::string(list));
    }

private:
    void names(const config::YamlTree& tree, const config::Node* list, const std::string& name) {
        if (list == nullptr) return;
        for (const auto* item : list->items) {
            if (item->kind == config::Node::Kind::scalar) add(tree, *item, name, "");
        }
    }
    void add(const config::YamlTree& tree, const config::Node& node, const std::string& list,
             const std::string& domain) {
        entries_.push_back({list, node.text, domain, file_.string(), tree.place_of(node.offset).line, ours_});
    }

    std::filesystem::path file_;
    bool ours_;
    std::vector<ScopeEntry>& entries_;
};

std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'') out += c;
    }
    return out + "'";
}

std::vector<sync::ScopeName>* names_of(sync::ScopeSettings& scope, std::string_view list) {
    if (list == "groups") return &scope.groups;
    if (list == "users") return &scope.users;
    if (list == "organizational_units") return &scope.organizational_units;
    if (list == "exclude.users") return &scope.exclude_users;
    if (list == "exclude.groups") return &scope.exclude_groups;
    return nullptr;
}

}  // namespace

bool same_entry(const ScopeEntry& a, const ScopeEntry& b) {
    return a.list == b.list && text::folded(a.text) == text::folded(b.text) &&
           text::lower(a.domain) == text::lower(b.domain);
}

std::filesystem::path scope_file(const std::filesystem::path& config) {
    return config.parent_path() / "scope.d" / scope_file_name;
}

std::vector<ScopeEntry> scope_entries(const std::filesystem::path& config) {
    std::vector<ScopeEntry> entries;
    Collector(config, false, entries).collect(true);
    std::vector<std::filesystem::path> files;
    std::error_code error;
    std::filesystem::directory_iterator entry(config.parent_path() / "scope.d", error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.ends_with(".yaml") && !name.starts_with('.')) files.push_back(entry->path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files)
        Collector(file, file.filename() == scope_file_name, entries).collect(false);
    return entries;
}

std::string scope_yaml(const std::vector<ScopeEntry>& entries) {
    std::string out =
        "# Written by 'dirsyncctl scope'. Entries of your own belong into another file of this folder.\n";
    const auto put = [&](const std::string& list, const std::string& key, const std::string& indent) {
        bool first = true;
        for (const auto& entry : entries) {
            if (!entry.ours || entry.list != list) continue;
            if (first) out += indent + key + ":\n";
            first = false;
            if (entry.domain.empty()) {
                out += indent + "  - " + in_quotes(entry.text) + "\n";
            } else {
                out += indent + "  - {domain: " + in_quotes(entry.domain) +
                       ", filter: " + in_quotes(entry.text) + "}\n";
            }
        }
    };
    for (const auto list : plain_lists) put(std::string(list), std::string(list), "");
    put("user_filters", "user_filters", "");
    const bool excludes = std::any_of(entries.begin(), entries.end(), [](const ScopeEntry& entry) {
        return entry.ours && entry.list.starts_with("exclude.");
    });
    if (excludes) out += "exclude:\n";
    for (const auto list : excluded_lists) put("exclude." + std::string(list), std::string(list), "  ");
    return out;
}

Result<void> write_scope(const std::filesystem::path& config, const std::vector<ScopeEntry>& entries) {
    const auto path = scope_file(config);
    const auto folder = path.parent_path();
    const bool any =
        std::any_of(entries.begin(), entries.end(), [](const ScopeEntry& entry) { return entry.ours; });
    if (!any) {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return file_error(path, "cannot be removed");
        sync_folder(folder);
        return {};
    }
    struct stat main {};
    struct stat above {};
    if (::stat(config.c_str(), &main) != 0) return file_error(config, "cannot be read");
    if (::stat(config.parent_path().c_str(), &above) != 0)
        return file_error(config.parent_path(), "cannot be read");
    if (::mkdir(folder.c_str(), above.st_mode & 07777) == 0) {
        // Only root may give it away; without that the folder belongs to the caller, as the file does.
        if (::chown(folder.c_str(), above.st_uid, above.st_gid) != 0 && errno != EPERM)
            return file_error(folder, "cannot be given to the owner of the folder above");
    } else if (errno != EEXIST) {
        return file_error(folder, "cannot be made");
    }
    return replace_file(path, scope_yaml(entries), main);
}

Result<void> add_entry(config::Config& config, const ScopeEntry& entry) {
    if (entry.list == "user_filters") {
        auto filter = sync::Filter::parse(entry.text);
        if (!filter) return std::move(filter).error();
        config.sync.scope.user_filters.push_back({text::lower(entry.domain), std::move(*filter)});
        return {};
    }
    auto name = sync::parse_scope_name(entry.text);
    if (!name) return std::move(name).error();
    names_of(config.sync.scope, entry.list)->push_back(std::move(*name));
    return {};
}

void remove_entry(config::Config& config, const ScopeEntry& entry) {
    if (auto* names = names_of(config.sync.scope, entry.list)) {
        std::erase_if(*names, [&](const sync::ScopeName& name) {
            return text::folded(name.text) == text::folded(entry.text);
        });
        return;
    }
    std::erase_if(config.sync.scope.user_filters, [&](const sync::ScopeFilter& filter) {
        return filter.domain == text::lower(entry.domain) &&
               text::folded(filter.filter.text()) == text::folded(entry.text);
    });
}

}  // namespace dirsync::ctl
