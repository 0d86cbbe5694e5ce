#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/seams/directory_source.hpp"
#include "tests/sim/forest/forest.hpp"

namespace dirsync::sim {

/// Reads a forest as the account may see it, through one DC of each configured domain. DirSync and USN reads
/// behave as Active Directory's (MS-ADTS 3.1.1.3.4.1.3): deleting a member does not touch its groups, who is
/// not visible is not reported, a cookie says nothing of a restored DC.
class ForestSource : public sync::DirectorySource {
public:
    explicit ForestSource(Forest& forest) : forest_(forest) {}

    /// The configured domains, by their index in the forest, in the order of the configuration.
    std::vector<std::size_t> configured;
    /// Changes are told twice now and then.
    bool stutters = false;
    /// During the next read of changes this object is deleted, after it was found and before it is read.
    std::optional<ObjectGuid> dies_during_read;
    Time now{};

    /// What the domain controllers said of the time when they were first asked since `forget_asked`.
    struct Asked {
        Time at{};  ///< by `now`
        std::vector<Time> servers;
    };
    const std::optional<Asked>& asked() const { return asked_; }
    void forget_asked() { asked_.reset(), shows_.clear(); }
    /// The process that reads from now on. It knows what it was shown itself, and what the store has since it
    /// `loads` that.
    void read_for(std::uint64_t process, bool loads);
    /// What the reads since `forget_asked` showed counts from now on for the process, and for everybody once
    /// it is in the store.
    void was_taken_in(bool by_the_store);

    /// The DC that serves a domain; nullptr: not connected.
    const Dc* serving(std::size_t domain) const;
    /// The position of the serving DC when its last read began: no read promises more.
    std::uint64_t told(std::size_t domain) const {
        const auto found = told_.find(domain);
        return found == told_.end() ? 0 : found->second;
    }
    /// How far a DC was when something was told of the domain since the last whole read: another one may lag.
    std::uint64_t reached(std::size_t domain) const {
        const auto found = reached_.find(domain);
        return found == reached_.end() ? 0 : found->second;
    }
    /// Does a DC lack something that another one showed before, as far as the process that reads can know
    /// (semantics 5.16)?
    bool is_behind(std::size_t domain, const Dc& dc) const;
    /// A domain, or a DC of it, was put back: positions stand for something else.
    void was_put_back(std::size_t domain);
    /// How far reads came, for going back to what was told then.
    struct Reach {
        std::map<std::size_t, std::uint64_t> told;
        std::map<std::size_t, std::uint64_t> reached;
        std::map<std::size_t, std::uint64_t> stored;
        std::map<std::size_t, std::uint64_t> put_back;  ///< how often the domain was, by then
    };
    Reach reach() const { return {told_, reached_, stored_, put_back_}; }
    void go_back_to(const Reach& reach);
    /// What the last read and the look-ups behind it brought.
    const Told& last_told() const { return last_told_; }
    /// Did the last successful read bring everything?
    bool last_read_was_full() const { return last_read_was_full_; }
    /// Whether a server that was read by the last one replicated in the midst of it.
    bool went_on_while_read() const { return went_on_; }
    std::uint64_t reads() const { return reads_; }
    std::uint64_t change_reads() const { return change_reads_; }

    Task<Result<std::vector<sync::DomainFacts>>> connect(std::vector<sync::DomainFacts> known) override;
    Task<Result<sync::ReadSummary>> read_all(std::vector<std::string> names, sync::EntrySink& sink) override;
    Task<Result<sync::ReadSummary>> read_changes(std::vector<sync::DomainFacts> from,
                                                 std::vector<std::string> names,
                                                 sync::EntrySink& sink) override;
    Task<Result<void>> wait_for_change() override;
    Task<Result<std::vector<sync::Fate>>> look_up(std::vector<ObjectGuid> guids,
                                                  std::vector<std::string> names,
                                                  sync::EntrySink& sink) override;
    Task<Result<std::vector<sync::LinkFate>>> look_up_links(std::vector<sync::Link> links) override;
    Task<Result<std::vector<sync::ReadRight>>> look_up_rights(
        std::vector<sync::LostAttribute> attributes) override;
    std::vector<ObjectGuid> put_back() const override { return {}; }
    void disconnect() noexcept override { connected_.clear(); }
    const sync::Progress& progress() const noexcept override { return progress_; }
    std::vector<ServerState> servers() const override { return {}; }

private:
    class Delivery;
    struct Start {
        bool by_usn = false;
        std::uint64_t after = 0;  ///< a USN or a position
    };
    Dc& dc_of(std::size_t domain) { return forest_.domains()[domain].dcs[connected_.at(domain)]; }
    sync::DomainFacts facts_of(std::size_t place);
    sync::LinkFate fate_of(const sync::Link& link, std::size_t domain) const;
    bool is_believed(std::size_t domain, const Dc& dc, const std::vector<sync::DomainFacts>& known) const;
    std::uint64_t newest_usn(std::size_t domain, const Dc& dc) const;
    void note_seen(std::size_t domain, sync::DomainFacts& facts);
    Result<Start> start_of(const sync::DomainFacts& from, std::size_t domain);
    void deliver_changes(std::size_t domain, const Start& start, Delivery& delivery);
    void let_die(std::size_t domain);

    Forest& forest_;
    std::map<std::size_t, std::size_t> connected_;  // domain -> DC
    std::map<std::size_t, std::vector<sync::Watermark>>
        seen_;                                      // what the DC that is read has, and others must
    std::map<std::size_t, sync::Watermark> whole_;  // as the one that connects knows it
    std::set<ObjectGuid>
        listed_whole_;  // groups of which the last whole read told the list, or left it as it was
    std::set<ObjectGuid> listed_now_;
    std::map<std::size_t, std::uint64_t> told_;
    std::map<std::size_t, std::uint64_t> reached_;
    std::map<std::size_t, std::uint64_t> shows_;   // as `stored_`, by reads that may come to nothing
    std::map<std::size_t, std::uint64_t> stored_;  // position of the newest uSNChanged that a read could see
    std::map<std::uint64_t, std::map<std::size_t, std::uint64_t>> shown_;  // likewise, by process
    std::uint64_t process_ = 0;
    std::map<std::size_t, std::uint64_t> put_back_;
    std::optional<Asked> asked_;
    Told last_told_;
    bool last_read_was_full_ = false;
    bool went_on_ = false;
    std::uint64_t reads_ = 0;
    std::uint64_t change_reads_ = 0;
    sync::Progress progress_;
};

}  // namespace dirsync::sim
