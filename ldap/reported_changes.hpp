#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "ldap/session/connection.hpp"
#include "ldap/wire/change_decoder.hpp"
#include "model/entry.hpp"

namespace dirsync::ldap {

/// Collects what a DirSync search reports, in as many rounds as it takes; what is told of an object last
/// holds.
class ReportedChanges : public RawEntrySink {
public:
    void begin(std::string_view dn) override { decoder_.begin(dn); }
    void attribute(std::string_view name, std::span<const std::string_view> values) override {
        decoder_.attribute(name, values);
    }
    void end() override;

    /// True when nothing was reported at all.
    bool empty() const noexcept { return order_.empty() && !error_; }
    /// Set when an entry could not be understood: then the rest tells not enough.
    const std::optional<Error>& error() const noexcept { return error_; }

    std::vector<ObjectGuid> to_read_whole() const { return of(Fate::whole); }
    std::vector<ObjectGuid> to_read() const { return of(Fate::changed); }
    std::vector<ObjectGuid> deleted() const { return of(Fate::deleted); }
    /// Those among `to_read_whole` that were deleted before.
    std::vector<ObjectGuid> restored() const;
    /// A member list that is to be read whole after all.
    void read_whole(const ObjectGuid& group);

    /// In the order reported, without those of groups that are read whole or deleted. Once.
    std::vector<sync::MemberChanges> take_member_changes();

private:
    enum class Fate { members_only, changed, whole, deleted };
    struct Object {
        Fate fate = Fate::members_only;
        bool restored = false;
    };
    std::vector<ObjectGuid> of(Fate fate) const;

    wire::ChangeDecoder decoder_;
    std::unordered_map<ObjectGuid, Object> objects_;
    std::vector<ObjectGuid> order_;  // in which they were first reported
    std::vector<sync::MemberChanges> member_changes_;
    std::optional<Error> error_;
};

}  // namespace dirsync::ldap
