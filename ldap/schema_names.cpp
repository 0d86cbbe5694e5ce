#include "ldap/schema_names.hpp"

#include <algorithm>
#include <utility>

#include "config/rules.hpp"
#include "core/text.hpp"
#include "ldap/root_dse.hpp"

namespace dirsync::ldap {
namespace {

/// Every AD schema has it: who does not see it does not see the schema.
constexpr std::string_view always_there = "sAMAccountName";

Task<Result<std::vector<std::string>>> names_in_schema(std::shared_ptr<Session> session,
                                                       std::string schema_dn, std::string filter) {
    SearchRequest request;
    request.base = std::move(schema_dn);
    request.scope = SearchScope::one_level;
    request.filter = std::move(filter);
    request.attributes = {"lDAPDisplayName"};
    request.page_size = 500;
    CollectedEntries read;
    auto reading = session->search(std::move(request), read);
    auto result = co_await std::move(reading);
    if (!result) co_return std::move(result).error();
    std::vector<std::string> names;
    for (const auto& entry : read.entries()) names.emplace_back(entry.first("lDAPDisplayName"));
    co_return names;
}

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [name](const std::string& other) { return text::lower(other) == text::lower(name); });
}

/// The attribute of the schema that a misspelt one may have meant, of those with the same first letter;
/// empty: none is close.
Task<std::string> meant(std::shared_ptr<Session> session, std::string schema_dn, std::string name) {
    auto reading =
        names_in_schema(std::move(session), std::move(schema_dn),
                        "(&(objectClass=attributeSchema)(lDAPDisplayName=" + name.substr(0, 1) + "*))");
    const auto names = co_await std::move(reading);
    if (!names) co_return std::string();
    const std::vector<std::string_view> views(names->begin(), names->end());
    co_return config::close_match(name, views).value_or("");
}

Error unreadable() {
    return Error(ErrorCode::insufficient_rights, "the account cannot see the schema of the directory");
}

}  // namespace

bool is_attribute_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

Task<Result<std::vector<sync::UnknownAttribute>>> unknown_to_schema(std::shared_ptr<Session> session,
                                                                    std::string schema_dn,
                                                                    std::vector<std::string> names) {
    if (schema_dn.empty()) co_return unreadable();
    std::string filter =
        "(&(objectClass=attributeSchema)(|(lDAPDisplayName=" + std::string(always_there) + ")";
    for (const auto& name : names) {
        if (is_attribute_name(name)) filter += "(lDAPDisplayName=" + name + ")";
    }
    auto reading = names_in_schema(session, schema_dn, filter + "))");
    const auto known = co_await std::move(reading);
    if (!known) co_return known.error().within("reading the schema");
    if (!holds(*known, always_there)) co_return unreadable();
    std::vector<sync::UnknownAttribute> unknown;
    for (auto& name : names) {
        if (holds(*known, name)) continue;
        auto guessing = meant(session, schema_dn, name);
        std::string guess = co_await std::move(guessing);
        unknown.emplace_back();
        unknown.back().name = std::move(name);
        unknown.back().meant = std::move(guess);
    }
    co_return unknown;
}

Task<Result<std::vector<sync::UnknownAttribute>>> SchemaCheck::unknown(std::shared_ptr<Session> session,
                                                                       std::string schema_dn,
                                                                       std::vector<std::string> names) {
    if (session_.lock() == session && names_ == names) co_return answer_;
    auto comparing = unknown_to_schema(session, std::move(schema_dn), names);
    auto answer = co_await std::move(comparing);
    const bool may_be_asked_again = !answer && answer.error().error_class() == ErrorClass::transient;
    if (may_be_asked_again) co_return answer;
    session_ = session;
    names_ = std::move(names);
    answer_ = answer;
    co_return answer;
}

}  // namespace dirsync::ldap
