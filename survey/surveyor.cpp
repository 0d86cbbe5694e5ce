#include "survey/surveyor.hpp"

#include <algorithm>

#include "core/system_time.hpp"
#include "engine/first_cycle.hpp"
#include "engine/store/store_client.hpp"
#include "ldap/session/blocking_step.hpp"
#include "ldap/session/secret_checks.hpp"
#include "ldap/source.hpp"
#include "store/sqlite/inspect.hpp"
#include "survey/attribute_survey.hpp"
#include "survey/draft.hpp"
#include "survey/rights_survey.hpp"

namespace dirsync::survey {
namespace {

constexpr auto store_patience = std::chrono::seconds(10);
constexpr std::uint32_t users_to_choose_from = 200;
constexpr std::uint32_t names_shown = 30;

/// Where templates find attributes: those of the mapping, each with its index.
struct BoundMapping {
    sync::Mapping mapping;
    sync::AttributeNames names;
    explicit BoundMapping(sync::Mapping wanted) : mapping(std::move(wanted)) { mapping.bind(names); }
};

std::string scope_name_of(const Sample::One& user, const std::string& domain) {
    return user.principal_name.empty() ? user.account + "@" + domain : user.principal_name;
}

MappedUser mapped_user(const Sample::One& user, const BoundMapping& bound, const std::string& domain) {
    MappedUser made;
    made.name = scope_name_of(user, domain);
    made.dn = user.dn;
    made.disabled = user.disabled;
    const sync::AttributesView view(user.attributes.bytes());
    for (const auto& target : bound.mapping.user) {
        const auto value = sync::mapped(target.chain, view, domain);
        const auto index = static_cast<std::size_t>(std::max(value.template_index, 0));
        made.attributes.push_back({target.target, value.value,
                                   value.template_index < 0 ? std::string() : target.chain[index].source()});
    }
    return made;
}

std::size_t filled(const MappedUser& user) {
    return static_cast<std::size_t>(
        std::count_if(user.attributes.begin(), user.attributes.end(),
                      [](const sync::Explanation::Attribute& one) { return !one.value.empty(); }));
}

/// The fullest, one from the middle and the emptiest: a mapping that suits them suits most.
std::vector<MappedUser> three_of(std::vector<MappedUser> users) {
    std::stable_sort(users.begin(), users.end(), [](const MappedUser& a, const MappedUser& b) {
        return std::pair(a.disabled, filled(b)) < std::pair(b.disabled, filled(a));
    });
    if (users.size() <= 3) return users;
    const auto enabled = static_cast<std::size_t>(
        std::count_if(users.begin(), users.end(), [](const MappedUser& user) { return !user.disabled; }));
    const std::size_t last = enabled >= 3 ? enabled - 1 : users.size() - 1;
    return {users[0], users[last / 2], users[last]};
}

std::string name_filter(const std::vector<std::string>& names) {
    std::string filter = "(|";
    for (const auto& name : names) {
        const std::string account =
            name.substr(name.find('\\') == std::string::npos ? 0 : name.find('\\') + 1);
        filter += "(userPrincipalName=" + ldap::filter_value(name) +
                  ")(sAMAccountName=" + ldap::filter_value(account.substr(0, account.find('@'))) + ")";
    }
    return "(&" + real_user_filter() + filter + "))";
}

}  // namespace

Result<config::Config> Surveyor::read(const std::optional<std::string>& configuration) const {
    const config::Config* running = parts_.running ? parts_.running() : nullptr;
    if (!configuration) {
        if (running == nullptr) return Error(ErrorCode::config_invalid, "no configuration was given");
        return *running;
    }
    auto loaded =
        config::load_text(*configuration, running == nullptr ? "configuration" : running->file.string());
    if (!loaded.problems.empty()) {
        std::string lines;
        for (const auto& problem : loaded.problems) lines += (lines.empty() ? "" : "\n") + to_text(problem);
        return Error(ErrorCode::config_invalid, lines);
    }
    if (running != nullptr) {
        if (auto foreign = foreign_draft(*running, loaded.config)) return std::move(*foreign);
    }
    return std::move(loaded.config);
}

Task<Result<std::vector<std::string>>> Surveyor::locate(std::string domain, bool ldaps) {
    auto locating = located_servers(parts_.executor, std::move(domain), ldaps);
    auto found = co_await std::move(locating);
    if (!found) co_return std::move(found).error();
    std::vector<std::string> servers;
    for (const auto& server : *found) servers.push_back(ldap::to_text(server));
    co_return servers;
}

Task<void> Surveyor::check_store(std::string path, std::vector<Check>& checks) {
    // Another file may lie there by now, and be sound.
    const auto lost = parts_.store_lost ? parts_.store_lost(path) : std::nullopt;
    if (lost) {
        checks.push_back(failed("store", path, *lost, "docs/operating.md, Backup"));
        co_return;
    }
    const auto found = std::make_shared<std::vector<Check>>();
    const auto step = std::make_shared<ldap::BlockingStep>(parts_.executor);
    std::function<void()> job = [found, path] { *found = store::store_checks(path, store_patience); };
    step->start(std::move(job));
    const auto end = co_await step->wait(std::chrono::steady_clock::now() + 2 * store_patience);
    if (end == ldap::BlockingStep::End::finished) {
        checks.insert(checks.end(), found->begin(), found->end());
    } else {
        checks.push_back(skipped("store", path, "the disk does not answer in time"));
    }
}

Task<Result<std::vector<Check>>> Surveyor::check(std::optional<std::string> configuration) {
    auto config = read(configuration);
    if (!config) co_return std::move(config).error();
    std::vector<Check> checks;
    co_await check_store(config->store.sqlite_path, checks);
    if (!traits_of(config->source).is_read) {
        checks.push_back(passed("source", "", "the built-in directory needs no server"));
        co_return checks;
    }
    Surveys surveys;
    for (const auto& domain : config->domains) {
        surveys.push_back(std::make_unique<DomainSurvey>(parts_.executor, domain, parts_.binds));
        auto& survey = *surveys.back();
        if (auto known = parts_.refusal(*config, domain)) {
            auto secrets = ldap::secret_checks(domain);
            checks.insert(checks.end(), secrets.begin(), secrets.end());
            checks.push_back(
                failed("bind", domain.name, *known, "replace the password or the keytab, then look again"));
            continue;
        }
        co_await survey.check_servers(checks);
        parts_.tried(*config, domain, survey.is_refused());
        if (survey.session()) co_await check_rights(survey, config->sync, checks);
    }
    co_await check_scope(*config, surveys, checks);
    co_return checks;
}

Task<Result<Surveyor::Surveys>> Surveyor::connected(config::Config config) {
    Surveys surveys;
    if (!traits_of(config.source).is_read)
        co_return Error(ErrorCode::refused, "the built-in directory is not asked: no domain is configured");
    for (const auto& domain : config.domains) {
        if (auto known = parts_.refusal(config, domain)) co_return std::move(*known);
        surveys.push_back(std::make_unique<DomainSurvey>(parts_.executor, domain, parts_.binds));
        auto& survey = *surveys.back();
        auto opened = co_await survey.connect();
        parts_.tried(config, domain, survey.is_refused());
        if (!opened) co_return std::move(opened).error();
    }
    co_return surveys;
}

Task<Result<std::vector<MappedUser>>> Surveyor::sample(std::optional<std::string> configuration,
                                                       std::vector<std::string> names) {
    auto config = read(configuration);
    if (!config) co_return std::move(config).error();
    auto connecting = connected(*config);
    auto surveys = co_await std::move(connecting);
    if (!surveys) co_return std::move(surveys).error();
    const BoundMapping bound(config->sync.mapping);
    std::vector<MappedUser> users;
    for (const auto& survey : *surveys) {
        const std::string filter = names.empty() ? real_user_filter() : name_filter(names);
        auto reading =
            read_sample(survey->session(), survey->facts(), bound.names.all(), filter, users_to_choose_from);
        auto sample = co_await std::move(reading);
        if (!sample) co_return std::move(sample).error();
        for (const auto& user : sample->entries)
            users.push_back(mapped_user(user, bound, survey->facts().dns_name));
    }
    co_return names.empty() ? three_of(std::move(users)) : std::move(users);
}

Task<Result<ldap::FoundNames>> Surveyor::search(std::optional<std::string> configuration, std::string text,
                                                std::optional<ldap::NameKind> kind) {
    auto config = read(configuration);
    if (!config) co_return std::move(config).error();
    auto connecting = connected(*config);
    auto surveys = co_await std::move(connecting);
    if (!surveys) co_return std::move(surveys).error();
    ldap::FoundNames all;
    for (const auto& survey : *surveys) {
        auto searching = ldap::search_names(survey->session(), survey->facts(), text, kind, names_shown);
        auto found = co_await std::move(searching);
        if (!found) co_return std::move(found).error();
        all.more |= found->more;
        std::move(found->names.begin(), found->names.end(), std::back_inserter(all.names));
    }
    co_return all;
}

Task<Result<sync::CycleReport>> Surveyor::first_plan(std::optional<std::string> configuration) {
    auto config = read(configuration);
    if (!config) co_return std::move(config).error();
    for (const auto& domain : config->domains) {
        if (auto known = parts_.refusal(*config, domain)) co_return std::move(*known);
    }
    auto store = parts_.store(*config);
    if (!store) co_return std::move(store).error();
    const auto source = ldap::make_source(parts_.executor, *config, parts_.binds);
    sync::StoreClient client(std::move(*store));
    sync::Engine::Parts parts{*source, client, &system_time};
    parts.steady = &steady_time;
    parts.source_kind = config->source;
    parts.stopping = [] { return false; };
    sync::Engine engine(std::move(parts), config->sync);
    // Nobody else writes to it, so nothing has to wait for a cycle.
    sync::CycleRequest request;
    request.dry_run = true;
    request.full = true;
    request.trigger = "survey";
    auto report = co_await first_cycle(engine, std::move(request));
    source->disconnect();
    const bool was_refused = report.error && report.error->code() == ErrorCode::invalid_credentials;
    // The report does not say of which domain.
    if (config->domains.size() == 1) parts_.tried(*config, config->domains.front(), was_refused);
    co_return report;
}

}  // namespace dirsync::survey
