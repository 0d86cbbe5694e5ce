#include "config/config.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "config/checks.hpp"
#include "config/draft.hpp"
#include "config/reader.hpp"
#include "config/yaml_tree.hpp"
#include "core/text.hpp"

namespace dirsync::config {
namespace {

void put_in_order(std::vector<Problem>& problems, std::size_t first) {
    const auto before = [](const Problem& a, const Problem& b) {
        return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    };
    std::stable_sort(problems.begin() + static_cast<std::ptrdiff_t>(first), problems.end(), before);
}

void cap(std::vector<Problem>& problems) {
    if (problems.size() < most_problems) return;
    problems.resize(most_problems);
    problems.push_back({problems.front().file, 0, 0, {}, "too many problems: the rest is not listed"});
}

void read_main(std::string_view yaml, const Reader::File& file, Loaded& loaded) {
    const YamlTree tree(yaml, file.name, loaded.problems);
    if (tree.root() != nullptr) {
        Reader reader(tree, file, loaded.config, loaded.problems);
        visit_config(reader, loaded.config);
        reader.finish();
        check_together(loaded.config, reader.places(), file.name, loaded.problems);
    }
    put_in_order(loaded.problems, 0);
}

void read_scope(std::string_view yaml, const Reader::File& file, Loaded& loaded) {
    const std::size_t first = loaded.problems.size();
    const YamlTree tree(yaml, file.name, loaded.problems);
    if (tree.root() != nullptr) {
        Reader reader(tree, file, loaded.config, loaded.problems);
        visit_scope_file(reader, loaded.config.sync.scope);
        reader.finish();
    }
    put_in_order(loaded.problems, first);
}

/// The content, or the reason as a problem of the file as a whole.
std::optional<std::string> content_of(const std::filesystem::path& file, std::vector<Problem>& problems) {
    const auto refuse = [&] {
        const std::string why = std::generic_category().message(errno);
        problems.push_back({file.string(), 0, 0, {}, "cannot be read: " + why});
        return std::nullopt;
    };
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return refuse();
    std::string content;
    std::string block(64 * 1024, '\0');
    ssize_t count = 1;
    // One byte more than allowed is enough for the parser to say that it is too large.
    while (count != 0 && content.size() <= YamlTree::max_bytes) {
        count = ::read(descriptor, block.data(), block.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) break;
        content.append(block, 0, static_cast<std::size_t>(count));
    }
    if (count >= 0) {
        ::close(descriptor);
        return content;
    }
    const int reason = errno;
    ::close(descriptor);
    errno = reason;
    return refuse();
}

/// Endings by which a file of scope.d was most likely meant to be read.
bool is_meant_to_be_read(const std::string& name) {
    const std::string folded = text::lower(text::trimmed(name));
    const auto endings = {".yml", ".yaml", ".yaml.txt", ".yml.txt", ".json"};
    return std::any_of(endings.begin(), endings.end(),
                       [&](const char* end) { return folded.ends_with(end); });
}

/// Only the whole text can end in a carriage return alone: YAML takes it for a part of a comment.
bool has_lone_carriage_return(std::string_view text) {
    for (std::size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
        if (at + 1 == text.size() || text[at + 1] != '\n') return true;
    }
    return false;
}

/// Why a file of scope.d cannot be what was meant; null: it can.
const char* fault_of_scope_file(std::string_view content) {
    if (text::trimmed(content).empty()) {
        return "is empty, as if writing it had been cut short: write it anew, or delete it";
    }
    if (has_lone_carriage_return(content)) {
        return "has a line that ends in a carriage return alone, so that a comment would go on: save it with "
               "line feeds";
    }
    return nullptr;
}

std::vector<std::filesystem::path> scope_files(const std::filesystem::path& folder,
                                               std::vector<Problem>& problems) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with('.')) continue;
        if (name.ends_with(".yaml")) {
            std::error_code ignored;
            const auto status = std::filesystem::status(entry->path(), ignored);
            if (std::filesystem::exists(status) && std::filesystem::is_other(status)) {
                problems.push_back({entry->path().string(), 0, 0, {}, "is not a regular file"});
                continue;
            }
            files.push_back(entry->path());
            continue;
        }
        // Skipping the file silently would also drop its exclusions.
        if (is_meant_to_be_read(name)) {
            problems.push_back(
                {entry->path().string(),
                 0,
                 0,
                 {},
                 "is not read, since its name does not end in .yaml: rename it, or take it out of "
                 "the folder"});
        }
    }
    // A dangling link is a mistake: it was meant to lead to a file.
    std::error_code ignored;
    const bool is_absent = !std::filesystem::is_symlink(std::filesystem::symlink_status(folder, ignored));
    if (error && !(error == std::errc::no_such_file_or_directory && is_absent)) {
        problems.push_back({folder.string(), 0, 0, {}, "cannot be read: " + error.message()});
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

std::string to_text(const Problem& problem) {
    std::string out =
        problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": ";
    if (!problem.path.empty()) out += problem.path + ": ";
    return out + problem.message;
}

Loaded load(const std::filesystem::path& file) {
    Loaded loaded;
    std::error_code error;
    auto absolute = std::filesystem::absolute(file, error).lexically_normal();
    if (error) absolute = file;
    loaded.config.file = absolute;
    // Problems name files the way the caller did; paths inside them are taken from where they are.
    if (const auto content = content_of(file, loaded.problems)) {
        read_main(*content, {file.string(), absolute.parent_path(), true}, loaded);
    }
    const auto base = absolute.parent_path() / "scope.d";
    for (const auto& extra : scope_files(file.parent_path() / "scope.d", loaded.problems)) {
        const auto content = content_of(extra, loaded.problems);
        if (!content) continue;
        if (const char* fault = fault_of_scope_file(*content)) {
            loaded.problems.push_back({extra.string(), 0, 0, {}, fault});
        } else {
            read_scope(*content, {extra.string(), base, true}, loaded);
        }
    }
    cap(loaded.problems);
    return loaded;
}

Loaded load_draft(std::string_view yaml, const std::filesystem::path& file) {
    Loaded loaded;
    std::error_code error;
    auto absolute = std::filesystem::absolute(file, error).lexically_normal();
    if (error) absolute = file;
    loaded.config.file = absolute;
    read_main(yaml, {file.string(), absolute.parent_path(), true}, loaded);
    cap(loaded.problems);
    return loaded;
}

Loaded load_text(std::string_view yaml, const std::string& name) {
    Loaded loaded;
    loaded.config.file = name;
    read_main(yaml, {name, loaded.config.file.parent_path(), false}, loaded);
    cap(loaded.problems);
    return loaded;
}

}  // namespace dirsync::config
