#include "admin/import.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "admin/csv.hpp"
#include "core/text.hpp"

namespace dirsync::admin {
namespace {

namespace json = boost::json;

struct Column {
    std::string_view key;   ///< the name without case and separators
    std::string_view name;  ///< as it is shown; empty: passed over
};

constexpr std::array user_columns{
    Column{"username", "userName"},
    Column{"displayname", "displayName"},
    Column{"givenname", "givenName"},
    Column{"familyname", "familyName"},
    Column{"middlename", "middleName"},
    Column{"email", "email"},
    Column{"status", "status"},
    Column{"userid", ""},
    Column{"externalid", ""},
    Column{"sid", ""},
    Column{"attributes", ""},
    Column{"scope", ""},
    Column{"outsince", ""},
    Column{"createdat", ""},
    Column{"updatedat", ""},
    Column{"revision", ""},
};
constexpr std::array group_columns{
    Column{"displayname", "displayName"},
    Column{"description", "description"},
    Column{"members", "members"},
    Column{"groupid", ""},
    Column{"externalid", ""},
    Column{"attributes", ""},
    Column{"scope", ""},
    Column{"outsince", ""},
    Column{"createdat", ""},
    Column{"updatedat", ""},
    Column{"revision", ""},
};
constexpr std::array assignment_columns{
    Column{"principaltype", "principal_type"},
    Column{"externalid", "external_id"},
    Column{"username", "user_name"},
    Column{"displayname", "display_name"},
    Column{"permissionset", "permission_set"},
    Column{"target", "target"},
    Column{"dangling", "dangling"},
    Column{"principalid", ""},
};

std::span<const Column> columns_of(ImportKind kind) {
    switch (kind) {
        case ImportKind::users:
            return user_columns;
        case ImportKind::groups:
            return group_columns;
        case ImportKind::assignments:
            break;
    }
    return assignment_columns;
}

std::string key_of_column(std::string_view name) {
    std::string key;
    for (const char c : text::lower(text::trimmed(name))) {
        if (c != '_' && c != '-' && c != ' ') key += c;
    }
    return key;
}

const Column* find_column(ImportKind kind, std::string_view name) {
    const auto columns = columns_of(kind);
    const auto found = std::ranges::find(columns, key_of_column(name), &Column::key);
    return found == columns.end() ? nullptr : &*found;
}

std::string unknown_column(ImportKind kind, std::string_view name) {
    std::string known;
    for (const auto& column : columns_of(kind)) {
        if (!column.name.empty()) known += (known.empty() ? "" : ", ") + std::string(column.name);
    }
    return quoted_peer_text(name) + " is none of " + known;
}

/// One line in either format: what it says of each column.
class Record {
public:
    void put(const Column& column, std::string value) { values_.emplace_back(column.name, std::move(value)); }
    bool has(const Column& column) const {
        return std::ranges::find(values_, column.name, &Pair::first) != values_.end();
    }
    std::optional<std::string> take(std::string_view name) const {
        const auto found = std::ranges::find(values_, name, &Pair::first);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<std::string> members;
    bool dangling = false;

private:
    using Pair = std::pair<std::string_view, std::string>;
    std::vector<Pair> values_;
};

/// User names have no white space in them (semantics 3.4), so that it separates them.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::string_view rest = text::trimmed(text); !rest.empty(); rest = text::trimmed(rest)) {
        const std::size_t end = std::min(rest.find_first_of(" \t\r\n"), rest.size());
        words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    return words;
}

class Reader {
public:
    explicit Reader(const ImportOptions& options) : options_(options) {}

    std::vector<Edit> read(std::string_view text) {
        if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
        if (options_.format == ImportFormat::csv) {
            read_csv(text);
        } else {
            read_json_lines(text);
        }
        return std::move(edits_);
    }

private:
    void read_csv(std::string_view text) {
        if (options_.kind == ImportKind::assignments) {
            refuse(1,
                   "assignments are imported from JSON Lines, as 'dirsyncctl assignment export' writes them");
            return;
        }
        CsvReader reader(text);
        const auto header = reader.next();
        if (!header) {
            refuse(1, "the file is empty; its first line names the columns");
            return;
        }
        const auto columns = columns_of_header(*header);
        if (!edits_.empty()) return;
        while (auto line = reader.next()) {
            if (!line->fault.empty()) {
                refuse(line->line, line->fault);
            } else if (line->fields.size() != columns.size()) {
                refuse(line->line, "there are " + std::to_string(line->fields.size()) +
                                       " fields, the header has " + std::to_string(columns.size()));
            } else {
                Record record;
                for (std::size_t i = 0; i < columns.size(); ++i) {
                    if (columns[i]->name == "members")
                        record.members = words_of(line->fields[i]);
                    else if (!columns[i]->name.empty())
                        record.put(*columns[i], std::move(line->fields[i]));
                }
                add(line->line, record);
            }
        }
    }

    std::vector<const Column*> columns_of_header(const CsvRecord& header) {
        std::vector<const Column*> columns;
        if (header.fields.size() == 1 && header.fields[0].find(';') != std::string::npos) {
            refuse(header.line, "the columns are separated by ';': save the file with commas");
            return columns;
        }
        for (const auto& name : header.fields) {
            const auto* column = find_column(options_.kind, name);
            if (column == nullptr) {
                refuse(header.line, "the column " + unknown_column(options_.kind, name));
            } else if (!column->name.empty() && std::ranges::find(columns, column) != columns.end()) {
                refuse(header.line, "the column " + quoted_peer_text(name) + " is there twice");
            }
            columns.push_back(column);
        }
        return columns;
    }

    void read_json_lines(std::string_view text) {
        if (text::trimmed(text).starts_with('[')) {
            refuse(1, "this is one JSON array; JSON Lines has an object a line: 'jq -c .[]' makes them");
            return;
        }
        for (std::size_t line = 1; !text.empty(); ++line) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            const std::string_view content = text::trimmed(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
            if (!content.empty()) read_object(line, content);
        }
    }

    void read_object(std::size_t line, std::string_view content) {
        boost::system::error_code error;
        const auto value = json::parse({content.data(), content.size()}, error);
        if (error) return refuse(line, "this is not JSON: " + error.message());
        if (!value.is_object()) return refuse(line, "this is not a JSON object");
        Record record;
        bool good = true;
        for (const auto& member : value.get_object()) {
            const std::string_view name(member.key().data(), member.key().size());
            const auto* column = find_column(options_.kind, name);
            if (column == nullptr) {
                refuse(line, unknown_column(options_.kind, name));
                good = false;
            } else if (!column->name.empty() && !member.value().is_null()) {
                if (record.has(*column)) {
                    refuse(line, quoted_peer_text(name) + " is there twice");
                    good = false;
                } else {
                    good &= take_value(line, *column, member.value(), record);
                }
            }
        }
        if (good) add(line, record);
    }

    bool take_value(std::size_t line, const Column& column, const json::value& value, Record& record) {
        const std::string name(column.name);
        if (column.name == "dangling") {
            if (value.is_bool()) {
                record.dangling = value.get_bool();
                return true;
            }
            refuse(line, name + " is true or false");
            return false;
        }
        if (column.name == "members") {
            const auto* names = value.if_array();
            for (const auto& member : names == nullptr ? json::array() : *names) {
                if (!member.is_string()) {
                    names = nullptr;
                    break;
                }
                record.members.emplace_back(member.get_string());
            }
            if (names == nullptr) refuse(line, name + " is an array of names");
            return names != nullptr;
        }
        if (!value.is_string()) {
            refuse(line, name + " is a text");
            return false;
        }
        record.put(column, std::string(value.get_string()));
        return true;
    }

    void add(std::size_t line, Record& record) {
        switch (options_.kind) {
            case ImportKind::users:
                return add_user(line, record);
            case ImportKind::groups:
                return add_edit(line, PutGroup{{record.take("displayName"), record.take("description")},
                                               std::move(record.members)});
            case ImportKind::assignments:
                return add_assignment(line, record);
        }
    }

    void add_user(std::size_t line, const Record& record) {
        UserFields fields;
        fields.user_name = record.take("userName");
        fields.display_name = record.take("displayName");
        fields.given_name = record.take("givenName");
        fields.family_name = record.take("familyName");
        fields.middle_name = record.take("middleName");
        fields.email = record.take("email");
        if (const auto status = record.take("status"); status && !status->empty()) {
            fields.status = parsed_status(*status);
            if (!fields.status)
                return refuse(line, "status is ENABLED or DISABLED, not " + quoted_peer_text(*status));
        }
        add_edit(line, PutUser{std::move(fields)});
    }

    void add_assignment(std::size_t line, const Record& record) {
        ImportAssignment edit;
        const std::string type = record.take("principal_type").value_or("");
        if (type != "USER" && type != "GROUP") return refuse(line, "principal_type is USER or GROUP");
        edit.type = type == "USER" ? sync::PrincipalType::user : sync::PrincipalType::group;
        edit.principal = record.take(type == "USER" ? "user_name" : "display_name").value_or("");
        edit.external_id = record.take("external_id").value_or("");
        edit.permission_set = record.take("permission_set").value_or("");
        edit.target = record.take("target").value_or("");
        edit.was_dangling = record.dangling;
        edit.creates_permission_set = options_.create_permission_sets;
        add_edit(line, std::move(edit));
    }

    template <class What>
    void add_edit(std::size_t line, What what) {
        edits_.push_back({options_.file + ":" + std::to_string(line), std::move(what)});
    }
    void refuse(std::size_t line, std::string message) { add_edit(line, Malformed{std::move(message)}); }

    const ImportOptions& options_;
    std::vector<Edit> edits_;
};

}  // namespace

std::vector<Edit> read_import(std::string_view text, const ImportOptions& options) {
    return Reader(options).read(text);
}

std::string export_text(const std::vector<sync::ListedAssignment>& assignments) {
    std::string text;
    for (const auto& listed : assignments) {
        const bool is_user = listed.assignment.principal_type == sync::PrincipalType::user;
        json::object object;
        object["principal_type"] = text_of(listed.assignment.principal_type).data();
        if (!listed.external_id.empty()) object["external_id"] = listed.external_id;
        object[is_user ? "user_name" : "display_name"] = listed.principal_name;
        object["permission_set"] = listed.permission_set_name;
        object["target"] = listed.assignment.target;
        if (listed.dangling) {
            object["principal_id"] = to_text(listed.assignment.principal);
            object["dangling"] = true;
        }
        text += json::serialize(object) + "\n";
    }
    return text;
}

}  // namespace dirsync::admin
