#include "ctl/text/admin_format.hpp"

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

std::string edited_text(std::string_view text, std::string_view kind, std::string_view verb) {
    const json::value value = parsed(text);
    if (!value.is_object()) return std::string(text);
    const std::string name = first_of(value, {"user_name", "display_name", "name"});
    const std::string id = first_of(value, {"assignment_id", "user_id", "group_id", "permission_set_id"});
    std::string out = std::string(kind) + (name.empty() ? "" : " " + name) + " (" + id + "): ";
    const auto* changed = member(value, "changed").if_bool();
    out += changed != nullptr && !*changed ? "nothing to do, it is so already" : std::string(verb);
    return out + "\n";
}

std::string deleted_text(std::string_view text, std::string_view kind) {
    const json::value value = parsed(text);
    if (!value.is_object()) return std::string(text);
    return std::string(kind) + " (" + shown(value, "deleted") + "): deleted\n";
}

std::string assignments_text(std::string_view text) {
    const json::value value = parsed(text);
    if (!value.is_array()) return std::string(text);
    const auto& all = elements(value);
    const bool has_path = !all.empty() && member(all.front(), "path").is_array();
    std::vector<std::vector<std::string>> rows;
    rows.push_back(
        {"principal", "type", "permission_set", "target", has_path ? "through" : "", "assignment_id"});
    for (const auto& one : all) {
        std::string name = first_of(one, {"principal_name", "principal_id"});
        if (const auto* dangling = member(one, "dangling").if_int64(); dangling != nullptr && *dangling != 0)
            name += " (gone)";
        std::string through;
        if (has_path) through = joined(member(one, "path"), " > ");
        rows.push_back({name, shown(one, "principal_type"), shown(one, "permission_set"),
                        shown(one, "target"), through, shown(one, "assignment_id")});
    }
    if (!has_path) {
        for (auto& row : rows) row.erase(row.begin() + 4);
    }
    return aligned(rows);
}

std::string import_text(std::string_view text) {
    const json::value value = parsed(text);
    if (!value.is_object()) return std::string(text);
    const bool dry_run = is_set(value, "dry_run");
    std::string out;
    for (const auto& change : elements(member(value, "changes"))) out += change_line(change, "would ") + "\n";
    out += dry_run ? "would create " : "created ";
    out += shown(value, "created") + (dry_run ? ", update " : ", updated ") + shown(value, "updated") + "; " +
           shown(value, "unchanged") + " are as they should be";
    const std::size_t bad = elements(member(value, "problems")).size();
    if (bad > 0) out += "; " + counted(bad, "problem");
    const std::size_t unmatched = elements(member(value, "unmatched")).size();
    if (unmatched > 0) out += "; " + std::to_string(unmatched) + " found no match";
    return out + "\n";
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
