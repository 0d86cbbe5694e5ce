#include "daemon/configuration.hpp"

#include <string_view>
#include <tuple>
#include <utility>

namespace dirsync::daemon {
namespace {

bool same_domains(const config::Config& a, const config::Config& b) {
    const auto domains_of = [](const config::Config& config) {
        config::Config only;
        only.source = config.source;
        only.domains = config.domains;
        return config::redacted_dump(only);
    };
    return domains_of(a) == domains_of(b);
}

bool same_consent(const config::Config& a, const config::Config& b) {
    const auto parts = [](const config::Config& config) {
        const auto consent = config.consent.value_or(config::ConsentConfig{});
        return std::tuple(config.consent.has_value(), consent.from, consent.to, consent.accept);
    };
    return parts(a) == parts(b);
}

}  // namespace

Configuration::Configuration(config::Config config, Time now)
    : config_(std::move(config)), at_start_(config_), loaded_at_(now) {}

bool Configuration::take(config::Config config, Time now) {
    const bool is_other = !same_domains(config_, config) || !same_consent(config_, config);
    config_ = std::move(config);
    loaded_at_ = now;
    is_file_in_force_ = true;
    return is_other;
}

bool Configuration::has_domains_of(const config::Config& draft) const { return same_domains(config_, draft); }

Scheduler::Settings Configuration::schedule() const {
    Scheduler::Settings settings;
    settings.poll = config_.schedule.poll;
    settings.full = config_.schedule.full;
    settings.jitter_percent = config_.schedule.jitter_percent;
    settings.periodic = traits_of(config_.source).is_read;
    return settings;
}

std::vector<std::string> Configuration::weaknesses() const {
    std::vector<std::string> weak;
    for (const auto& domain : config_.domains) {
        if (!domain.tls.verify)
            weak.push_back(domain.name + ": certificates are not checked (tls.verify: false)");
    }
    return weak;
}

std::vector<std::string> Configuration::needs_restart() const {
    std::vector<std::string> settings;
    const auto compare = [&settings](std::string_view name, const std::string& running,
                                     const std::string& wanted) {
        if (running != wanted) settings.emplace_back(name);
    };
    compare("store.sqlite.path", at_start_.store.sqlite_path, config_.store.sqlite_path);
    compare("control.socket", at_start_.control_socket, config_.control_socket);
    compare("control.group", at_start_.control_group, config_.control_group);
    compare("http.listen", at_start_.http_listen, config_.http_listen);
    return settings;
}

std::vector<LogLine> Configuration::log_lines() const {
    std::vector<LogLine> lines;
    for (auto& weakness : weaknesses())
        lines.push_back({LogEvent::config_weak, {{"setting", std::move(weakness)}}});
    for (auto& setting : needs_restart())
        lines.push_back({LogEvent::config_needs_restart, {{"setting", std::move(setting)}}});
    return lines;
}

std::string lines_of(const std::vector<config::Problem>& problems) {
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + config::to_text(problem);
    return text;
}

}  // namespace dirsync::daemon
