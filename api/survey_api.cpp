#include "api/survey_api.hpp"

#include <optional>

#include <boost/json.hpp>

#include "api/responses.hpp"

namespace dirsync::api {
namespace {

namespace json = boost::json;

std::string_view word_of(ldap::NameKind kind) noexcept {
    switch (kind) {
        case ldap::NameKind::user:
            return "user";
        case ldap::NameKind::group:
            return "group";
        case ldap::NameKind::organizational_unit:
            break;
    }
    return "organizational_unit";
}

/// False: `word` is none.
bool parse_kind(std::string_view word, std::optional<ldap::NameKind>& kind) {
    if (word.empty()) return true;
    for (const auto one :
         {ldap::NameKind::user, ldap::NameKind::group, ldap::NameKind::organizational_unit}) {
        if (word == word_of(one)) kind = one;
    }
    return kind.has_value();
}

/// What a request may hold.
struct Question {
    std::optional<std::string> config;
    std::string domain;
    std::string text;
    std::string kind;
    std::vector<std::string> names;
    bool ldaps = false;
};

/// nullopt: a member is not what it should be.
std::optional<Question> question_of(const json::object& body) {
    Question question;
    const auto take_text = [&body](std::string_view name, std::string& place) {
        const auto* value = body.if_contains(name);
        if (value == nullptr) return true;
        if (!value->is_string()) return false;
        place = std::string(value->get_string());
        return true;
    };
    std::string config;
    if (!take_text("config", config) || !take_text("domain", question.domain) ||
        !take_text("text", question.text) || !take_text("kind", question.kind))
        return std::nullopt;
    if (!config.empty()) question.config = std::move(config);
    if (const auto* ldaps = body.if_contains("ldaps")) {
        if (!ldaps->is_bool()) return std::nullopt;
        question.ldaps = ldaps->get_bool();
    }
    if (const auto* names = body.if_contains("names")) {
        if (!names->is_array()) return std::nullopt;
        for (const auto& name : names->get_array()) {
            if (!name.is_string()) return std::nullopt;
            question.names.emplace_back(name.get_string());
        }
    }
    return question;
}

std::string json_of(const std::vector<survey::MappedUser>& users) {
    json::array array;
    for (const auto& user : users) {
        json::object attributes;
        for (const auto& attribute : user.attributes) {
            json::object value;
            value["value"] = attribute.value;
            value["template"] = attribute.source_template.empty() ? json::value(nullptr)
                                                                  : json::value(attribute.source_template);
            attributes[attribute.target] = std::move(value);
        }
        json::object object;
        object["name"] = user.name;
        object["dn"] = user.dn;
        object["disabled"] = user.disabled;
        object["attributes"] = std::move(attributes);
        array.push_back(std::move(object));
    }
    json::object object;
    object["users"] = std::move(array);
    return json::serialize(object);
}

std::string json_of(const ldap::FoundNames& found) {
    json::array array;
    for (const auto& name : found.names) {
        json::object object;
        object["kind"] = word_of(name.kind);
        object["scope_name"] = name.scope_name;
        object["title"] = name.title;
        object["account"] = name.account;
        object["dn"] = name.dn;
        object["disabled"] = name.disabled;
        array.push_back(std::move(object));
    }
    json::object object;
    object["names"] = std::move(array);
    object["more"] = found.more;
    return json::serialize(object);
}

std::string json_of(const std::vector<std::string>& servers) {
    json::array array(servers.begin(), servers.end());
    json::object object;
    object["servers"] = std::move(array);
    return json::serialize(object);
}

}  // namespace

bool is_survey_request(const http::Request& request) noexcept {
    return request.segments.size() == 3 && request.segments[0] == "v1" && request.segments[1] == "survey";
}

Task<http::Response> handle_survey(survey::SurveyOperations& operations, http::Request request) {
    const std::string what = request.segments[2];
    if (request.method != "POST") {
        http::Response response =
            problem(405, "method not allowed", "questions of a survey are asked by POST");
        response.allow = "POST";
        co_return response;
    }
    const auto body = body_of(request);
    auto question = body ? question_of(*body) : std::nullopt;
    if (!question) co_return problem(400, "bad request", "the body is no question of a survey");
    if (what == "locate") {
        if (question->domain.empty()) co_return problem(400, "bad request", "'domain' is missing");
        const auto servers = co_await operations.locate(question->domain, question->ldaps);
        co_return servers ? ok(json_of(*servers)) : failure(servers.error());
    }
    if (what == "check") {
        const auto checks = co_await operations.check(std::move(question->config));
        co_return checks ? ok(json_of(*checks)) : failure(checks.error());
    }
    if (what == "sample") {
        const auto users =
            co_await operations.sample(std::move(question->config), std::move(question->names));
        co_return users ? ok(json_of(*users)) : failure(users.error());
    }
    if (what == "search") {
        std::optional<ldap::NameKind> kind;
        if (question->text.empty() || !parse_kind(question->kind, kind))
            co_return problem(400, "bad request",
                              "'text' is what to look for; 'kind' is user, group or organizational_unit");
        const auto found =
            co_await operations.search(std::move(question->config), std::move(question->text), kind);
        co_return found ? ok(json_of(*found)) : failure(found.error());
    }
    if (what == "plan") {
        const auto report = co_await operations.first_plan(std::move(question->config));
        co_return report ? ok(daemon::json_of(*report, true)) : failure(report.error());
    }
    co_return problem(404, "not found", "there is no survey of " + quoted_peer_text(what));
}

}  // namespace dirsync::api
