#include "ctl/text/admin_format.hpp"

#include <fmt/format.h>

#include "core/visible_text.hpp"
#include "ctl/text/json_text.hpp"

namespace dirsync::ctl {
namespace {

namespace json = boost::json;

/// The first of these members that has a text.
std::string first_of(const json::value& value, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        if (auto text = shown(value, name); !text.empty()) return text;
    }
    return "";
}

}  // namespace

std::string edited_text(std::string_view text, std::string_view kind, std::string_view verb, Width width) {
    const json::value value = parsed(text);
    if (!value.is_object()) return std::string(text);
    const std::string name = first_of(value, {"user_name", "display_name", "name"});
    const std::string id = first_of(value, {"assignment_id", "user_id", "group_id", "permission_set_id"});
    const auto* changed = member(value, "changed").if_bool();
    const bool is_so = changed != nullptr && !*changed;
    return wrapped(fmt::format("{}{}{} ({}): {}\n", kind, name.empty() ? "" : " ", name, id,
                               is_so ? "nothing to do, it is so already" : verb),
                   width);
}

std::string deleted_text(std::string_view text, std::string_view kind, std::string_view named, Width width) {
    const json::value value = parsed(text);
    if (!value.is_object()) return std::string(text);
    const std::string id = shown(value, "deleted");
    const std::string name = named == id ? "" : " " + text::printable(named);
    return wrapped(fmt::format("{}{} ({}): deleted\n", kind, name, id), width);
}

std::string assignments_text(std::string_view text, Width width) {
    const json::value value = parsed(text);
    if (!value.is_array()) return std::string(text);
    const auto& all = elements(value);
    if (all.empty()) return "no assignments\n";
    const bool has_path = member(all.front(), "path").is_array();
    std::vector<Row> rows{{"principal", "type", "permission_set", "target", "through", "assignment_id"}};
    for (const auto& one : all) {
        const auto* dangling = member(one, "dangling").if_int64();
        const bool is_gone = dangling != nullptr && *dangling != 0;
        rows.push_back({first_of(one, {"principal_name", "principal_id"}) + (is_gone ? " (gone)" : ""),
                        shown(one, "principal_type"), shown(one, "permission_set"), shown(one, "target"),
                        joined(member(one, "path"), " > "), shown(one, "assignment_id")});
    }
    if (!has_path) {
        for (auto& row : rows) row.erase(row.begin() + 4);
    }
    return table(rows, width);
}

std::string import_text(std::string_view text, Width width) {
    const json::value value = parsed(text);
    if (!value.is_object()) return std::string(text);
    const bool dry_run = is_set(value, "dry_run");
    std::string out;
    for (const auto& change : elements(member(value, "changes"))) out += change_line(change, "would ") + "\n";
    out += fmt::format("{} {}, {} {}; {} are as they should be", dry_run ? "would create" : "created",
                       shown(value, "created"), dry_run ? "update" : "updated", shown(value, "updated"),
                       shown(value, "unchanged"));
    const std::size_t bad = elements(member(value, "problems")).size();
    if (bad > 0) out += "; " + counted(bad, "problem");
    const std::size_t unmatched = elements(member(value, "unmatched")).size();
    if (unmatched > 0) out += fmt::format("; {} found no match", unmatched);
    return wrapped(out + "\n", width);
}

std::string left_out_text(std::string_view text) {
    const json::value value = parsed(text);
    std::string out;
    for (const auto* list : {"problems", "unmatched"}) {
        for (const auto& line : elements(member(value, list))) out += shown(line) + "\n";
    }
    return out;
}

}  // namespace dirsync::ctl
