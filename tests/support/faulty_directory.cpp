#include "tests/support/faulty_directory.hpp"

#include <utility>

namespace dirsync::testing {
namespace {

/// Lets so many entries through and swallows the rest.
class CutSink : public sync::EntrySink {
public:
    CutSink(sync::EntrySink& inner, std::size_t left) : inner_(inner), left_(left) {}
    void take(sync::Entry&& entry) override {
        if (passes()) inner_.take(std::move(entry));
    }
    void take(sync::QuarantinedEntry&& entry) override {
        if (passes()) inner_.take(std::move(entry));
    }
    void take(sync::MemberChanges&& changes) override {
        if (passes()) inner_.take(std::move(changes));
    }
    void take_deleted(const ObjectGuid& guid, sync::DomainIndex domain) override {
        if (passes()) inner_.take_deleted(guid, domain);
    }
    void take_unseen(const ObjectGuid& guid) override {
        if (passes()) inner_.take_unseen(guid);
    }

private:
    bool passes() { return left_ > 0 && left_-- > 0; }

    sync::EntrySink& inner_;
    std::size_t left_;
};

/// True when the call is to take effect, whatever the answer will be.
bool takes_effect(std::optional<Fault> fault) {
    return !fault || fault == Fault::fails_after || fault == Fault::crash_after || fault == Fault::cut;
}

Error answer_of(Fault fault) {
    if (fault == Fault::hangs) return Error(ErrorCode::timeout, "no answer within the deadline");
    if (fault == Fault::cut) return Error(ErrorCode::read_incomplete, "the read was cut");
    return Error(ErrorCode::connection_lost, "the connection broke");
}

}  // namespace

Task<Result<std::vector<sync::DomainFacts>>> FaultyDirectory::connect(std::vector<sync::DomainFacts> known) {
    const auto fault = next();
    if (!fault) {
        auto reached = co_await inner_.connect(std::move(known));
        connects += reached ? 1U : 0U;
        co_return reached;
    }
    if (fault == Fault::fails_after || fault == Fault::crash_after) co_await inner_.connect(std::move(known));
    co_return answer_of(*fault);
}

Task<Result<sync::ReadSummary>> FaultyDirectory::read_all(std::vector<std::string> names,
                                                          sync::EntrySink& sink) {
    const auto fault = next();
    if (!fault) co_return co_await inner_.read_all(std::move(names), sink);
    CutSink some(sink, fault == Fault::cut ? cut_after : static_cast<std::size_t>(-1));
    if (takes_effect(fault)) co_await inner_.read_all(std::move(names), some);
    co_return answer_of(*fault);
}

Task<Result<sync::ReadSummary>> FaultyDirectory::read_changes(std::vector<sync::DomainFacts> from,
                                                              std::vector<std::string> names,
                                                              sync::EntrySink& sink) {
    const auto fault = next();
    if (!fault) co_return co_await inner_.read_changes(std::move(from), std::move(names), sink);
    CutSink some(sink, fault == Fault::cut ? cut_after : static_cast<std::size_t>(-1));
    if (takes_effect(fault)) co_await inner_.read_changes(std::move(from), std::move(names), some);
    co_return answer_of(*fault);
}

Task<Result<std::vector<sync::Fate>>> FaultyDirectory::look_up(std::vector<ObjectGuid> guids,
                                                               std::vector<std::string> names,
                                                               sync::EntrySink& sink) {
    const auto fault = next();
    if (!fault) co_return co_await inner_.look_up(std::move(guids), std::move(names), sink);
    CutSink some(sink, fault == Fault::cut ? cut_after : static_cast<std::size_t>(-1));
    if (takes_effect(fault)) co_await inner_.look_up(std::move(guids), std::move(names), some);
    co_return answer_of(*fault);
}

Task<Result<std::vector<sync::LinkFate>>> FaultyDirectory::look_up_links(std::vector<sync::Link> links) {
    const auto fault = next();
    if (!fault) co_return co_await inner_.look_up_links(std::move(links));
    co_return answer_of(*fault);
}

Task<Result<std::vector<sync::ReadRight>>> FaultyDirectory::look_up_rights(
    std::vector<sync::LostAttribute> attributes) {
    const auto fault = next();
    if (!fault) co_return co_await inner_.look_up_rights(std::move(attributes));
    co_return answer_of(*fault);
}

}  // namespace dirsync::testing
