#include "ctl/setup/setup_draft.hpp"

#include <algorithm>

#include "config/commented.hpp"
#include "config/draft.hpp"
#include "config/yaml_text.hpp"
#include "config/yaml_tree.hpp"

namespace dirsync::ctl {
namespace {

const config::Node::Member* member(const config::Node* node, std::string_view name) {
    if (node == nullptr || node->kind != config::Node::Kind::map) return nullptr;
    const auto found = std::find_if(node->members.begin(), node->members.end(),
                                    [name](const config::Node::Member& one) { return one.name == name; });
    return found == node->members.end() ? nullptr : &*found;
}

const config::Node* value(const config::Node* node, std::string_view name) {
    const auto* found = member(node, name);
    return found == nullptr ? nullptr : found->value;
}

/// Reads the section `setup`, and finds what is missing.
class SetupSection {
public:
    SetupSection(const config::YamlTree& tree, const std::string& file, ReadDraft& read)
        : tree_(tree), file_(file), read_(read), section_(value(tree.root(), "setup")) {}

    void take() {
        if (section_ == nullptr) return;
        if (section_->kind != config::Node::Kind::map) {
            report(section_->offset, "setup", "expected keys, for example {start: true}");
            return;
        }
        for (const auto& one : section_->members) {
            const std::string path = "setup." + config::shown_key(one.name);
            if (one.name == "step") {
                read_.draft.step = one.value->text;
            } else if (one.name == "start") {
                read_.draft.start = flag(one, path);
            } else if (one.name == "replace") {
                read_.draft.replace = flag(one, path);
            } else if (one.name == "go_on") {
                read_.draft.go_on = flag(one, path).value_or(false);
            } else {
                report(one.offset, path, "unknown key; known are step, start, replace and go_on");
            }
        }
    }

    void require_all() {
        const auto* source = value(tree_.root(), "identity_source");
        if (value(source, "type") == nullptr) {
            missing("identity_source", "identity_source.type",
                    "active_directory, or directory for users that are made by hand");
        }
        if (read_.draft.config.source == sync::SourceKind::active_directory &&
            value(tree_.root(), "sync_scope") == nullptr) {
            missing("", "sync_scope",
                    "the users and groups to sync, for example {groups: ['CORP\\App-Users']}; {} for none");
        }
        if (!read_.draft.start && (section_ == nullptr || value(section_, "start") == nullptr))
            missing("setup", "setup.start", "true brings the configuration into force, false only writes it");
    }

private:
    void report(std::size_t offset, const std::string& path, std::string message) {
        const config::Place place = tree_.place_of(offset);
        read_.problems.push_back({file_, place.line, place.column, path, std::move(message)});
    }
    /// At the section that should hold it; at the top if that section is missing.
    void missing(std::string_view section, const std::string& path, const std::string& what) {
        const auto* holder = member(tree_.root(), section);
        report(holder == nullptr ? 0 : holder->offset, path, "this answer is missing: " + what);
    }
    std::optional<bool> flag(const config::Node::Member& one, const std::string& path) {
        const bool is_plain = one.value->kind == config::Node::Kind::scalar && one.value->plain;
        if (is_plain && one.value->text == "true") return true;
        if (is_plain && one.value->text == "false") return false;
        report(one.value->offset, path, "expected true or false");
        return std::nullopt;
    }

    const config::YamlTree& tree_;
    const std::string& file_;
    ReadDraft& read_;
    const config::Node* section_;
};

}  // namespace

ReadDraft read_draft(std::string_view text, const std::string& file, bool complete) {
    ReadDraft read;
    auto loaded = complete ? config::load_draft(text, file) : config::load_text(text, file);
    // The section is ours.
    std::erase_if(loaded.problems, [](const config::Problem& problem) { return problem.path == "setup"; });
    read.problems = std::move(loaded.problems);
    read.draft.config = std::move(loaded.config);
    std::vector<config::Problem> known;
    const config::YamlTree tree(text, file, known);
    if (tree.root() == nullptr) return read;
    SetupSection section(tree, file, read);
    section.take();
    if (complete) section.require_all();
    std::stable_sort(read.problems.begin(), read.problems.end(),
                     [](const config::Problem& a, const config::Problem& b) { return a.line < b.line; });
    return read;
}

std::string draft_text(const Draft& draft) {
    std::string text =
        "# Answers that 'dirsyncctl setup' was given, to go on from where it was left. No secret is in "
        "here.\n"
        "# The file goes when setup is done.\nsetup:\n  step: " +
        config::yaml_scalar(draft.step) + "\n";
    return text + config::redacted_dump(draft.config);
}

std::string configuration_text(const Draft& draft, std::vector<config::Problem>& problems) {
    std::string text = config::commented_dump(draft.config);
    auto loaded = config::load_draft(text, draft.config.file);
    problems = std::move(loaded.problems);
    return text;
}

}  // namespace dirsync::ctl
