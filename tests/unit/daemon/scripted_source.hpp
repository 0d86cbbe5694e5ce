#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ldap/session/bind_budget.hpp"
#include "model/seams/directory_source.hpp"

namespace dirsync::daemon {

/// What the directory does; set by the test, read on the daemon's thread.
struct Script {
    std::atomic<bool> hangs{false};
    std::atomic<bool> refuses{false};
    std::atomic<bool> counts_refusals{true};  ///< false: it refuses without having asked the directory
    std::atomic<bool> is_misconfigured{false};
    std::atomic<int> attempts{0};
    std::atomic<int> reads{0};
    std::atomic<int> notifications{-1};               ///< to be sent; negative: the directory sends none
    std::atomic<bool> refuses_notifications = false;  ///< a wait for one meets refused credentials
    std::atomic<int> waits{0};
    std::atomic<int> clock_error{0};  ///< of the domain controller, in seconds
};

/// One empty domain, which connects, hangs until it is disconnected or the script says otherwise, or refuses.
class ScriptedSource : public sync::DirectorySource {
public:
    ScriptedSource(boost::asio::any_io_executor executor, Script& script,
                   std::shared_ptr<ldap::BindBudget> binds)
        : timer_(executor), script_(script), binds_(std::move(binds)) {}

    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts>) override {
        constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
        ++script_.attempts;
        while (script_.hangs && !disconnected_) {
            timer_.expires_after(std::chrono::milliseconds(5));
            co_await timer_.async_wait(token);
        }
        if (disconnected_) co_return Error(ErrorCode::connection_lost, "cut off");
        if (script_.refuses) {
            const auto now = std::chrono::steady_clock::now();
            if (script_.counts_refusals && binds_->begin("svc", now) == ldap::BindBudget::Verdict::go)
                binds_->end("svc", ldap::BindBudget::Outcome::refused, now);
            co_return Error(ErrorCode::invalid_credentials, "the password is wrong");
        }
        if (script_.is_misconfigured)
            co_return Error(ErrorCode::config_invalid, "there is no such naming context");
        sync::DomainFacts facts;
        facts.dns_name = "corp.example.com";
        facts.netbios_name = "CORP";
        facts.base_dn = "DC=corp,DC=example,DC=com";
        facts.guid = *parse<ObjectGuid>("6da77495-7c8e-41de-8a39-080020000a66");
        facts.current_time = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) +
                             Duration(script_.clock_error);
        std::vector<sync::DomainFacts> all;
        all.push_back(std::move(facts));
        co_return all;
    }
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string>, sync::EntrySink&) override {
        ++script_.reads;
        co_return sync::ReadSummary{};
    }
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts>, std::vector<std::string>,
                                                 sync::EntrySink&) override {
        co_return Error(ErrorCode::cursor_refused, "only whole reads are scripted");
    }
    Task<Result<void>> wait_for_change() override {
        constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
        ++script_.waits;
        if (script_.notifications < 0) co_return Error(ErrorCode::unreachable, "none are scripted");
        boost::asio::steady_timer timer(timer_.get_executor());
        while (script_.notifications == 0) {
            if (disconnected_) co_return Error(ErrorCode::connection_lost, "cut off");
            if (script_.refuses_notifications)
                co_return Error(ErrorCode::invalid_credentials, "the password is wrong");
            timer.expires_after(std::chrono::milliseconds(5));
            co_await timer.async_wait(token);
        }
        --script_.notifications;
        co_return Result<void>();
    }
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid>, std::vector<std::string>,
                                                  sync::EntrySink&) override {
        co_return std::vector<sync::Fate>{};
    }
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link>) override {
        co_return std::vector<sync::LinkFate>{};
    }
    std::vector<ObjectGuid> put_back() const override { return {}; }
    void disconnect() noexcept override { disconnected_ = true; }
    const sync::Progress& progress() const noexcept override { return progress_; }
    std::vector<ServerState> servers() const override { return {}; }

private:
    boost::asio::steady_timer timer_;
    Script& script_;
    std::shared_ptr<ldap::BindBudget> binds_;
    sync::Progress progress_;
    bool disconnected_ = false;
};

}  // namespace dirsync::daemon
