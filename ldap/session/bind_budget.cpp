#include "ldap/session/bind_budget.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"

namespace dirsync::ldap {

std::string account_of(const config::BindConfig& bind) {
    switch (bind.method) {
        case config::BindMethod::gssapi:
            return text::lower(bind.principal);
        case config::BindMethod::simple:
            return text::lower(bind.dn);
        case config::BindMethod::external:
            break;
    }
    return bind.certificate_file;
}

BindBudget::Verdict BindBudget::begin(const std::string& account, Point now) {
    auto& known = accounts_[account];
    std::erase_if(known.refusals, [now](Point at) { return now - at >= window; });
    if (known.refusals.size() >= most_refusals) return Verdict::stop;
    if (known.refusals.size() + known.under_way >= most_refusals) return Verdict::wait;
    ++known.under_way;
    return Verdict::go;
}

void BindBudget::end(const std::string& account, Outcome outcome, Point now) {
    auto& known = accounts_[account];
    DIRSYNC_ASSERT(known.under_way > 0);
    --known.under_way;
    if (outcome == Outcome::refused) {
        known.refusals.push_back(now);
        ++refused_attempts_;
    }
    if (outcome == Outcome::accepted) known.refusals.clear();
    if (known.refusals.empty() && known.under_way == 0) accounts_.erase(account);
    for (const auto& wake : std::exchange(waiting_, {})) wake();
}

Error BindBudget::refusal(const std::string& account, Point now) const {
    const auto known = accounts_.find(account);
    const Point oldest =
        known == accounts_.end() || known->second.refusals.empty() ? now : known->second.refusals.front();
    const auto left = std::chrono::ceil<Duration>(std::max(oldest + window - now, Point::duration(0)));
    return Error(ErrorCode::invalid_credentials, "the directory refused " + quoted_peer_text(account) + " " +
                                                     std::to_string(most_refusals) + " times within " +
                                                     dirsync::to_text(Duration(window)) +
                                                     "; no attempt is made for " + dirsync::to_text(left) +
                                                     ", with whatever secret, so that the account is not "
                                                     "locked out; one that is right by now is tried at "
                                                     "once after a restart of dirsyncd");
}

}  // namespace dirsync::ldap
