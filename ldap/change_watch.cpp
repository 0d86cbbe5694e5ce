#include "ldap/change_watch.hpp"

#include <utility>

#include "ldap/session/controls.hpp"

namespace dirsync::ldap {
namespace asio = boost::asio;

namespace {

Error stopped() { return Error(ErrorCode::connection_lost, "the wait for changes was ended on this side"); }

/// The only filter that is allowed; a whole tree is allowed at the root of the domain alone.
SearchRequest everything_below(const std::string& base_dn) {
    SearchRequest request;
    request.base = base_dn;
    request.attributes = {"objectGUID"};
    request.controls.push_back(change_notification());
    request.controls.push_back(show_deleted());
    return request;
}

}  // namespace

ChangeWatch::ChangeWatch(asio::any_io_executor executor, std::vector<std::unique_ptr<DomainLink>> links)
    : links_(std::move(links)),
      subscribed_(links_.size()),
      signal_(std::make_shared<asio::steady_timer>(std::move(executor))) {}

ChangeWatch::~ChangeWatch() { stop(); }

Task<Result<void>> ChangeWatch::subscribe() {
    for (std::size_t i = 0; i < links_.size(); ++i) {
        auto& link = *links_[i];
        std::string phase;
        auto connecting = link.connect(phase);
        auto facts = co_await std::move(connecting);
        if (!facts) co_return std::move(facts).error();
        if (subscribed_[i] == link.session()) continue;
        auto done = link.session()->subscribe(everything_below(facts->base_dn));
        if (!done) {
            link.drop(done.error());
            co_return done;
        }
        subscribed_[i] = link.session();
    }
    co_return Result<void>();
}

Result<bool> ChangeWatch::take_all() {
    bool any = false;
    for (std::size_t i = 0; i < links_.size(); ++i) {
        auto taken = subscribed_[i]->take_notifications();
        if (!taken) {
            links_[i]->drop(taken.error());
            subscribed_[i].reset();
            return std::move(taken).error().within("waiting for changes of " + links_[i]->name());
        }
        any = any || *taken;
    }
    return any;
}

Task<Result<void>> ChangeWatch::wait() {
    const auto stops = stops_;
    auto subscribing = subscribe();
    auto ready = co_await std::move(subscribing);
    if (stops != stops_) co_return stopped();
    if (!ready) co_return ready;
    while (true) {
        const auto any = take_all();
        if (!any) co_return any.error();
        if (*any) co_return Result<void>();
        for (const auto& session : subscribed_) {
            std::function<void()> wake = [signal = signal_] { signal->cancel(); };
            session->when_readable(std::move(wake));
        }
        signal_->expires_at(asio::steady_timer::time_point::max());
        co_await signal_->async_wait(no_throw);
        if (stops != stops_) co_return stopped();
    }
}

void ChangeWatch::stop() noexcept {
    ++stops_;
    for (const auto& link : links_) link->disconnect();
    for (auto& session : subscribed_) session.reset();
    signal_->cancel();
}

}  // namespace dirsync::ldap
