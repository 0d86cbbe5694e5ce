#include "model/source_change.hpp"

namespace dirsync::sync {

ChangeEffect effect_of(const SourceRecord& from, const SourceRecord& to) noexcept {
    const bool removes = traits_of(from.kind).is_read || traits_of(to.kind).is_read;
    return removes ? ChangeEffect::removes : ChangeEffect::keeps;
}

bool is_accepted(std::string_view word) noexcept { return word == "ACCEPT"; }

std::string why_no_consent(const SourceConsent& consent, const SourcePair& pair,
                           const std::optional<SourcePair>& used) {
    if (!is_accepted(consent.accept)) {
        return "the consent is refused: it has to be the word ACCEPT, not " +
               quoted_peer_text(consent.accept);
    }
    if (consent.pair != pair) {
        return "the consent is for another change: from " + quoted_peer_text(consent.pair.from) + " to " +
               quoted_peer_text(consent.pair.to) + ", but what waits is from " + quoted_peer_text(pair.from) +
               " to " + quoted_peer_text(pair.to);
    }
    if (used == consent.pair) {
        return "the consent in the configuration was used up by an earlier change between these two sources: "
               "'dirsyncctl source change' gives another one, or take the line out, reload, and put it in "
               "again";
    }
    return {};
}

Error frozen_store() {
    return Error(
        ErrorCode::held,
        "a change of the identity source waits for consent and the store is frozen: 'dirsyncctl source "
        "change' shows what it would remove");
}

}  // namespace dirsync::sync
