#include "ldap/domain_link.hpp"

#include <algorithm>
#include <utility>

#include "ldap/root_dse.hpp"

namespace dirsync::ldap {
namespace {

Error stopped() { return Error(ErrorCode::connection_lost, "the connection was ended on this side"); }

}  // namespace

DomainLink::DomainLink(boost::asio::any_io_executor executor, config::DomainConfig config,
                       sync::DomainIndex index, Deadlines deadlines, RandomBelow random,
                       std::shared_ptr<BindBudget> binds)
    : executor_(std::move(executor)),
      config_(std::move(config)),
      index_(index),
      deadlines_(deadlines),
      random_(std::move(random)),
      binds_(std::move(binds)) {
    for (const auto& text : config_.servers) {
        if (const auto uri = parse_server_uri(text)) candidates_.push_back(Candidate{*uri});
    }
}

Task<Result<sync::DomainFacts>> DomainLink::connect(std::string& phase) {
    const auto disconnects = disconnects_;
    if (session_ && session_->usable()) co_return facts_;
    session_.reset();
    if (config_.servers.empty()) {
        phase = "looking for the domain controllers of " + config_.name;
        auto found = co_await find_candidates();
        if (!found) co_return std::move(found).error();
    }
    std::vector<Error> errors;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        phase = "connecting to " + to_text(candidates_[i].uri);
        auto facts = co_await try_server(i);
        if (disconnects != disconnects_) co_return stopped();
        if (facts) co_return facts;
        errors.push_back(std::move(facts).error());
        if (errors.back().error_class() == ErrorClass::denied) break;
    }
    co_return no_server(errors);
}

Task<Result<void>> DomainLink::find_candidates() {
    dns_step_ = std::make_shared<BlockingStep>(executor_);
    auto finding = find_domain_controllers(config_.name,
                                           std::chrono::steady_clock::now() + deadlines_.connect, dns_step_);
    auto found = co_await std::move(finding);
    dns_step_.reset();
    if (!found) co_return std::move(found).error();
    const bool needs_tls = config_.bind.method != config::BindMethod::gssapi && !config_.tls.start_tls;
    candidates_.clear();
    for (auto& uri : servers_of(in_order_of_preference(std::move(*found), random_), needs_tls)) {
        candidates_.push_back(Candidate{std::move(uri)});
    }
    if (candidates_.empty())
        co_return Error(ErrorCode::unreachable, "DNS says that " + config_.name + " offers no LDAP");
    co_return Result<void>();
}

Task<Result<sync::DomainFacts>> DomainLink::try_server(std::size_t candidate) {
    SessionSettings settings{candidates_[candidate].uri, config_.tls, config_.bind, deadlines_, binds_};
    const auto session = Session::create(executor_, std::move(settings));
    session_ = session;
    in_use_ = candidate;
    auto opened = co_await session->open();
    Result<sync::DomainFacts> facts = sync::DomainFacts();
    if (opened) {
        auto reading = facts_from(session);
        facts = co_await std::move(reading);
    } else {
        facts = std::move(opened).error();
    }
    if (facts) {
        candidates_[candidate].state = "connected";
    } else if (session_ == session) {
        give_up(facts.error());
    }
    co_return facts;
}

Task<Result<sync::DomainFacts>> DomainLink::facts_from(std::shared_ptr<Session> session) {
    auto reading = read_domain_facts(session, config_.name);
    auto served = co_await std::move(reading);
    if (!served) co_return std::move(served).error();
    facts_ = std::move(served->facts);
    facts_.domain = index_;
    facts_.server = to_text(session->server());
    offers_dir_sync_ = served->offers_dir_sync;
    co_return facts_;
}

Task<Result<void>> DomainLink::refresh() {
    if (!session_) co_return stopped();
    auto reading = read_root_dse(session_, config_.name);
    auto root = co_await std::move(reading);
    if (!root) co_return std::move(root).error().within("asking " + facts_.server + " how far it is");
    facts_.at.highest_usn = root->highest_usn;
    co_return Result<void>();
}

Error DomainLink::no_server(const std::vector<Error>& errors) const {
    if (errors.empty())
        return Error(ErrorCode::config_invalid, "no server of " + config_.name + " is configured");
    const auto of_class = [&errors](ErrorClass wanted) {
        return std::find_if(errors.begin(), errors.end(),
                            [wanted](const Error& error) { return error.error_class() == wanted; });
    };
    auto telling = of_class(ErrorClass::denied);
    if (telling == errors.end()) telling = of_class(ErrorClass::transient);
    if (telling == errors.end()) telling = errors.begin();
    std::string message = "no domain controller of " + config_.name + " can be used";
    for (std::size_t i = 0; i < errors.size(); ++i) {
        message += (i == 0 ? ": " : "; ") + to_text(candidates_[i].uri) + ": " + errors[i].message();
    }
    return Error(telling->code(), std::move(message));
}

void DomainLink::give_up(const Error& why) {
    if (session_) session_->abort();
    session_.reset();
    if (in_use_ < candidates_.size()) candidates_[in_use_].state = why.message();
}

void DomainLink::disconnect() noexcept {
    ++disconnects_;
    if (dns_step_) dns_step_->stop();
    if (!session_) return;
    session_->abort();
    session_.reset();
    if (in_use_ < candidates_.size()) candidates_[in_use_].state = "disconnected";
}

std::vector<sync::DirectorySource::ServerState> DomainLink::servers() const {
    std::vector<sync::DirectorySource::ServerState> states;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const bool in_use = session_ && i == in_use_ && candidates_[i].state == "connected";
        states.push_back({to_text(candidates_[i].uri), candidates_[i].state, in_use, ""});
    }
    return states;
}

}  // namespace dirsync::ldap
