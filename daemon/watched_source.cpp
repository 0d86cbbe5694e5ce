#include "daemon/watched_source.hpp"

#include <utility>

#include "daemon/refusals.hpp"

namespace dirsync::daemon {
namespace {

class CountingSink final : public sync::EntrySink {
public:
    CountingSink(sync::EntrySink& inner, std::uint64_t& objects) : inner_(inner), objects_(objects) {}
    void take(sync::Entry&& entry) override {
        ++objects_;
        inner_.take(std::move(entry));
    }
    void take(sync::QuarantinedEntry&& entry) override {
        ++objects_;
        inner_.take(std::move(entry));
    }
    void take(sync::MemberChanges&& changes) override {
        ++objects_;
        inner_.take(std::move(changes));
    }
    void take_deleted(const ObjectGuid& guid, sync::DomainIndex domain) override {
        ++objects_;
        inner_.take_deleted(guid, domain);
    }
    void take_unseen(const ObjectGuid& guid) override {
        ++objects_;
        inner_.take_unseen(guid);
    }

private:
    sync::EntrySink& inner_;
    std::uint64_t& objects_;
};

Error ended() { return Error(ErrorCode::connection_lost, "dirsyncd is stopping"); }

}  // namespace

template <class T>
Result<T> WatchedSource::told_apart(Result<T> result) const {
    if (result || result.error().code() != ErrorCode::invalid_credentials) return result;
    // A file that was mended meanwhile, or that of another domain, explains nothing.
    const auto unusable = unusable_();
    if (unusable && result.error().message().find(unusable->message()) != std::string::npos)
        return Error(ErrorCode::insufficient_rights, result.error().message());
    return with_code(std::move(result).error());
}

void WatchedSource::end() noexcept {
    ended_ = true;
    inner_->disconnect();
}

Task<Result<std::vector<sync::DomainFacts>>> WatchedSource::connect(std::vector<sync::DomainFacts> known) {
    if (ended_) co_return ended();
    auto answer = co_await inner_->connect(std::move(known));
    co_return told_apart(std::move(answer));
}

Task<Result<sync::ReadSummary>> WatchedSource::read_all(std::vector<std::string> names,
                                                        sync::EntrySink& sink) {
    if (ended_) co_return ended();
    CountingSink counting(sink, objects_);
    auto answer = co_await inner_->read_all(std::move(names), counting);
    co_return told_apart(std::move(answer));
}

Task<Result<sync::ReadSummary>> WatchedSource::read_changes(std::vector<sync::DomainFacts> from,
                                                            std::vector<std::string> names,
                                                            sync::EntrySink& sink) {
    if (ended_) co_return ended();
    CountingSink counting(sink, objects_);
    auto answer = co_await inner_->read_changes(std::move(from), std::move(names), counting);
    co_return told_apart(std::move(answer));
}

Task<Result<void>> WatchedSource::wait_for_change() {
    if (ended_) co_return ended();
    auto answer = co_await inner_->wait_for_change();
    co_return told_apart(std::move(answer));
}

Task<Result<std::vector<sync::Fate>>> WatchedSource::look_up(std::vector<ObjectGuid> guids,
                                                             std::vector<std::string> names,
                                                             sync::EntrySink& sink) {
    if (ended_) co_return ended();
    CountingSink counting(sink, objects_);
    auto answer = co_await inner_->look_up(std::move(guids), std::move(names), counting);
    co_return told_apart(std::move(answer));
}

Task<Result<std::vector<sync::LinkFate>>> WatchedSource::look_up_links(std::vector<sync::Link> links) {
    if (ended_) co_return ended();
    auto answer = co_await inner_->look_up_links(std::move(links));
    co_return told_apart(std::move(answer));
}

Task<Result<std::vector<sync::ReadRight>>> WatchedSource::look_up_rights(
    std::vector<sync::LostAttribute> attributes) {
    if (ended_) co_return ended();
    auto answer = co_await inner_->look_up_rights(std::move(attributes));
    co_return told_apart(std::move(answer));
}

}  // namespace dirsync::daemon
