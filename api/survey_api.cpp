#include <optional>
#include <string>
#include <utility>

#include "api/messages/surveys.hpp"
#include "api/report_messages.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"

// The questions of setup and doctor.
namespace dirsync::api {
namespace {

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

/// False: `word` is not a kind.
bool parse_kind(std::string_view word, std::optional<ldap::NameKind>& kind) {
    if (word.empty()) return true;
    for (const auto one :
         {ldap::NameKind::user, ldap::NameKind::group, ldap::NameKind::organizational_unit}) {
        if (word == word_of(one)) kind = one;
    }
    return kind.has_value();
}

messages::Sample message_of(const std::vector<survey::MappedUser>& users) {
    messages::Sample message;
    for (const auto& user : users) {
        message.users.push_back({user.name, user.dn, user.disabled, api::message_of(user.attributes)});
    }
    return message;
}

messages::FoundNames message_of(const ldap::FoundNames& found) {
    messages::FoundNames message;
    for (const auto& name : found.names) {
        message.names.push_back({std::string(word_of(name.kind)), name.scope_name, name.title, name.account,
                                 name.dn, name.disabled});
    }
    message.more = found.more;
    return message;
}

/// The configuration that a question is about; nullopt, also for an empty text: the one in force.
std::optional<std::string> config_in(const messages::Given<std::string>& config) {
    return config.value && config.value->empty() ? std::nullopt : config.value;
}

Task<http::Response> locate(survey::SurveyOperations& operations, http::Request request) {
    const auto asked = messages::read_request<messages::LocateRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    if (asked->domain.empty()) co_return bad_request("'domain' is missing");
    auto servers = co_await operations.locate(asked->domain, asked->ldaps);
    if (!servers) co_return failure(servers.error());
    messages::Located answer;
    answer.servers = std::move(*servers);
    co_return ok(answer);
}

Task<http::Response> check(survey::SurveyOperations& operations, http::Request request) {
    const auto asked = messages::read_request<messages::DraftRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    const auto checks = co_await operations.check(config_in(asked->config));
    co_return checks ? ok(messages::report_of(*checks)) : failure(checks.error());
}

Task<http::Response> sample(survey::SurveyOperations& operations, http::Request request) {
    const auto asked = messages::read_request<messages::SampleRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    auto names = asked->names.value.value_or(std::vector<std::string>());
    const auto users = co_await operations.sample(config_in(asked->config), std::move(names));
    co_return users ? ok(message_of(*users)) : failure(users.error());
}

Task<http::Response> search(survey::SurveyOperations& operations, http::Request request) {
    auto asked = messages::read_request<messages::SearchRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    std::optional<ldap::NameKind> kind;
    if (asked->text.empty() || !parse_kind(asked->kind.value.value_or(""), kind)) {
        co_return bad_request(
            "'text' is what to look for; 'kind' must be user, group or organizational_unit");
    }
    const auto found = co_await operations.search(config_in(asked->config), std::move(asked->text), kind);
    co_return found ? ok(message_of(*found)) : failure(found.error());
}

Task<http::Response> first_plan(survey::SurveyOperations& operations, http::Request request) {
    const auto asked = messages::read_request<messages::DraftRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    const auto report = co_await operations.first_plan(config_in(asked->config));
    co_return report ? ok(api::message_of(*report, true)) : failure(report.error());
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
