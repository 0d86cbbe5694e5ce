#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/task.hpp"
#include "engine/store/store_client.hpp"
#include "model/seams/directory_source.hpp"
#include "sync/fold.hpp"

namespace dirsync::sync {

/// Asks whether what entries lack is gone or hidden from the account (semantics 5.1).
class HiddenValues {
public:
    HiddenValues(StoreClient& store, DirectorySource& source) : store_(store), source_(source) {}

    /// What the account could read and cannot any more stays as it was. Gives the objects whose texts in the
    /// store are damaged.
    Task<Result<std::vector<Node>>> keep(Proving& fold, const AttributeNames& names);
    /// A filter such as (!(employeeType=external)) also matches users who hide employeeType. Those whom it
    /// brings in by that stay out where their permissions hide it. Permissions that cannot be read count as
    /// hiding it, unless nobody's can be read.
    Task<Result<void>> keep_out(LettingIn& fold, const AttributeNames& names);

private:
    Task<Result<void>> ask_for_rights(Proving& fold, const AttributeNames& names, std::span<const Node> nodes,
                                      std::span<const std::string_view> before);
    Task<Result<std::vector<ReadRight>>> rights_of(const FoldState& fold, const AttributeNames& names,
                                                   std::span<const LostValue> values);
    Task<Result<bool>> reads_permissions(const FoldState& fold, const AttributeNames& names,
                                         std::span<const LostValue> values,
                                         std::span<const ReadRight> answers);

    StoreClient& store_;
    DirectorySource& source_;
};

}  // namespace dirsync::sync
