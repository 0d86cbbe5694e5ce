#include <optional>

#include <boost/json.hpp>

#include "api/responses.hpp"
#include "api/routes.hpp"

// What setup and doctor ask.
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

/// nullopt: the body is not a question of a survey.
std::optional<Question> question_of(const http::Request& request) {
    const auto body = body_of(request);
    return body ? question_of(*body) : std::nullopt;
}

http::Response no_question() { return bad_request("the body is no question of a survey"); }

Task<http::Response> locate(survey::SurveyOperations& operations, http::Request request) {
    const auto question = question_of(request);
    if (!question) co_return no_question();
    if (question->domain.empty()) co_return bad_request("'domain' is missing");
    const auto servers = co_await operations.locate(question->domain, question->ldaps);
    co_return servers ? ok(json_of(*servers)) : failure(servers.error());
}

Task<http::Response> check(survey::SurveyOperations& operations, http::Request request) {
    auto question = question_of(request);
    if (!question) co_return no_question();
    const auto checks = co_await operations.check(std::move(question->config));
    co_return checks ? ok(json_of(*checks)) : failure(checks.error());
}

Task<http::Response> sample(survey::SurveyOperations& operations, http::Request request) {
    auto question = question_of(request);
    if (!question) co_return no_question();
    const auto users = co_await operations.sample(std::move(question->config), std::move(question->names));
    co_return users ? ok(json_of(*users)) : failure(users.error());
}

Task<http::Response> search(survey::SurveyOperations& operations, http::Request request) {
    auto question = question_of(request);
    if (!question) co_return no_question();
    std::optional<ldap::NameKind> kind;
    if (question->text.empty() || !parse_kind(question->kind, kind))
        co_return bad_request("'text' is what to look for; 'kind' is user, group or organizational_unit");
    const auto found =
        co_await operations.search(std::move(question->config), std::move(question->text), kind);
    co_return found ? ok(json_of(*found)) : failure(found.error());
}

Task<http::Response> first_plan(survey::SurveyOperations& operations, http::Request request) {
    auto question = question_of(request);
    if (!question) co_return no_question();
    const auto report = co_await operations.first_plan(std::move(question->config));
    co_return report ? ok(api::json_of(*report, true)) : failure(report.error());
}

constexpr Route<survey::SurveyOperations> routes[] = {
    {"POST", "/v1/survey/locate", locate},   {"POST", "/v1/survey/check", check},
    {"POST", "/v1/survey/sample", sample},   {"POST", "/v1/survey/search", search},
    {"POST", "/v1/survey/plan", first_plan},
};

}  // namespace

void add_survey_routes(http::Router& router, survey::SurveyOperations& operations) {
    add_routes<survey::SurveyOperations>(router, routes, operations);
}

}  // namespace dirsync::api
