#include "ldap/domain_link.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "ldap/session/result_error.hpp"
#include "model/replication.hpp"

namespace dirsync::ldap {
namespace {

// A server that was too slow may be well again then.
constexpr std::chrono::hours asked_later{1};

using Cursors = std::vector<sync::ReplicationCursor>;

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
    if (session_ && session_->usable()) {
        carry_seen();
        co_return facts_;
    }
    session_.reset();
    if (config_.servers.empty()) {
        phase = "looking for the domain controllers of " + config_.name;
        auto found = co_await find_candidates();
        if (!found) co_return std::move(found).error();
    }
    std::vector<Failure> failures;
    for (const auto i : order()) {
        phase = "connecting to " + to_text(candidates_[i].uri);
        auto facts = co_await try_server(i);
        if (disconnects != disconnects_) co_return ended_here();
        is_fresh_ = facts.has_value();
        if (facts) co_return facts;
        failures.push_back({to_text(candidates_[i].uri), std::move(facts).error()});
        if (failures.back().error.error_class() == ErrorClass::denied) break;
    }
    co_return no_server(failures);
}

/// The candidates by preference, those that failed a read after the others.
std::vector<std::size_t> DomainLink::order() const {
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::size_t> order(candidates_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_partition(order.begin(), order.end(),
                          [&](std::size_t i) { return candidates_[i].behind_until <= now; });
    return order;
}

Task<Result<sync::DomainFacts>> DomainLink::connect_and_ask(std::string& phase) {
    const auto disconnects = disconnects_;
    if (session_ && session_->usable()) {
        auto asking = refresh();
        auto fresh = co_await std::move(asking);
        if (disconnects != disconnects_) co_return ended_here();
        is_fresh_ = fresh.has_value();
        if (fresh) {
            carry_seen();
            co_return facts_;
        }
        drop(fresh.error());
    }
    auto connecting = connect(phase);
    co_return co_await std::move(connecting);
}

Task<Result<void>> DomainLink::find_candidates() {
    dns_step_ = std::make_shared<BlockingStep>(executor_);
    auto finding = find_domain_controllers(config_.name,
                                           std::chrono::steady_clock::now() + deadlines_.connect, dns_step_);
    auto found = co_await std::move(finding);
    dns_step_.reset();
    if (!found) co_return std::move(found).error();
    const bool needs_tls = config_.bind.method != config::BindMethod::gssapi && !config_.tls.start_tls;
    const auto before = std::exchange(candidates_, {});
    for (auto& uri : servers_of(in_order_of_preference(std::move(*found), random_), needs_tls)) {
        const auto known = std::find_if(before.begin(), before.end(),
                                        [&uri](const Candidate& other) { return other.uri == uri; });
        candidates_.push_back(Candidate{std::move(uri)});
        if (known != before.end()) candidates_.back().behind_until = known->behind_until;
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
    opened_ = opened.has_value();
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
        drop(facts.error());
    }
    co_return facts;
}

Task<Result<sync::DomainFacts>> DomainLink::facts_from(std::shared_ptr<Session> session) {
    auto reading = read_domain_facts(session, config_.name);
    auto served = co_await std::move(reading);
    if (!served) co_return std::move(served).error();
    auto judged = judge(*served);
    if (!judged) co_return std::move(judged).error();
    facts_ = std::move(served->facts);
    facts_.domain = index_;
    facts_.server = to_text(session->server());
    offers_dir_sync_ = served->offers_dir_sync;
    carry_seen();
    schema_dn_ = served->schema_dn;
    co_return facts_;
}

void DomainLink::know(std::span<const sync::DomainFacts> known) {
    known_.reset();
    put_back_.clear();
    for (const auto& facts : known) {
        if (facts.dns_name == config_.name) known_ = facts;
    }
    if (!known_) return;
    const auto& lost = config_.lost_invocation_ids;
    std::erase_if(known_->seen, [&lost](const sync::Watermark& mark) {
        return std::find(lost.begin(), lost.end(), to_text(mark.invocation_id)) != lost.end();
    });
}

/// Whether the DC has all that was read before. Another domain under the same name has nothing to compare.
Result<void> DomainLink::judge(const ServedDomain& served) {
    doubt_.clear();
    if (!known_ || known_->guid != served.facts.guid) return {};
    const auto& at = served.facts.at;
    const auto lacked = sync::lacked_by(at, served.cursors.value_or(Cursors()), known_->seen);
    if (!lacked) return {};
    if (lacked->invocation_id == at.invocation_id) {
        put_back_.push_back(at.invocation_id);
        return Error(
            ErrorCode::server_behind,
            "it was put back to an earlier state under the same invocation id: it lacks changes that "
            "were read from " +
                lacked->dc +
                ", and as it gives its USNs out a second time nothing tells when it has them again; "
                "nothing is read from it; restore it in a way that gives it a new invocation id, or, "
                "if no other domain controller has the changes, add its invocation id " +
                to_text(lacked->invocation_id) + " to lost_invocation_ids of " + config_.name);
    }
    const bool is_put_back = lacked->dc == at.dc;
    if (!served.cursors && !is_put_back) {
        doubt_ = config_.name + ": it is unknown whether " + at.dc + " has all that was read from " +
                 lacked->dc +
                 "; it is believed meanwhile, even if it lags behind; grant the account Read Property of "
                 "replUpToDateVector on " +
                 served.facts.base_dn;
        return {};
    }
    const std::string why = is_put_back ? "it was put back to an earlier state, and is behind in replication"
                                        : "it is behind in replication";
    const std::string or_else = is_put_back
                                    ? "if no other domain controller has them, add its invocation id "
                                    : "if that domain controller is gone for good, add its invocation id ";
    return Error(
        ErrorCode::server_behind,
        why + ": it lacks changes that were read from " + lacked->dc +
            ", and nothing is read from it until it has them; look at the domain's replication, and " +
            or_else + to_text(lacked->invocation_id) + " to lost_invocation_ids of " + config_.name);
}

void DomainLink::carry_seen() {
    facts_.seen.clear();
    if (known_ && known_->guid == facts_.guid)
        facts_.seen = sync::seen_through(facts_.at, doubt_.empty(), known_->seen);
}

Task<Result<void>> DomainLink::refresh() {
    if (!session_) co_return ended_here();
    auto reading = read_root_dse(session_, config_.name);
    auto root = co_await std::move(reading);
    if (!root) co_return std::move(root).error().within("asking " + facts_.server + " how far it is");
    // A session that outlived a restore of its server: the next one is judged anew.
    if (root->highest_usn < facts_.at.highest_usn)
        co_return Error(ErrorCode::connection_lost, facts_.server + " is at a lower USN than before");
    facts_.at.highest_usn = root->highest_usn;
    facts_.current_time = root->current_time;
    co_return Result<void>();
}

Task<Result<void>> DomainLink::refresh_unless_fresh() {
    if (session_ && std::exchange(is_fresh_, false)) co_return Result<void>();
    auto asking = refresh();
    co_return co_await std::move(asking);
}

Error DomainLink::no_server(const std::vector<Failure>& failures) const {
    if (failures.empty())
        return Error(ErrorCode::config_invalid, "no server of " + config_.name + " is configured");
    const auto first = [&failures](auto is_wanted) {
        return std::find_if(failures.begin(), failures.end(),
                            [&](const Failure& failure) { return is_wanted(failure.error); });
    };
    auto telling = first([](const Error& error) { return error.error_class() == ErrorClass::denied; });
    if (telling == failures.end())
        telling = first([](const Error& error) { return error.code() == ErrorCode::server_behind; });
    if (telling == failures.end())
        telling = first([](const Error& error) { return error.error_class() == ErrorClass::transient; });
    if (telling == failures.end()) telling = failures.begin();
    std::string message = "no domain controller of " + config_.name + " can be used";
    for (std::size_t i = 0; i < failures.size(); ++i)
        message += (i == 0 ? ": " : "; ") + failures[i].server + ": " + failures[i].error.message();
    return Error(telling->error.code(), std::move(message));
}

void DomainLink::give_up(const Error& why) {
    // A session that was ended from here broke off what ran on it.
    if (session_ && sync::is_fault_of_server(why)) ask_later();
    drop(why);
}

void DomainLink::drop(const Error& why) {
    if (session_ && opened_ && why.code() == ErrorCode::timeout) ask_later();
    if (session_) session_->abort();
    session_.reset();
    if (in_use_ < candidates_.size()) candidates_[in_use_].state = why.message();
}

void DomainLink::ask_later() {
    if (in_use_ < candidates_.size())
        candidates_[in_use_].behind_until = std::chrono::steady_clock::now() + asked_later;
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
