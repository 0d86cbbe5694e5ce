#pragma once

#include <span>
#include <string_view>

#include "core/error.hpp"
#include "model/seams/identity_store.hpp"

namespace dirsync::store {

/// How a column of a v1_ view is compared.
enum class ColumnKind {
    id,           ///< lower-case UUID text
    external_id,  ///< exact, or a GUID in another spelling
    name,         ///< unique without case: has a key of its own
    text,
    time,  ///< ISO 8601 text or null
    integer,
};

struct ViewColumn {
    std::string_view name;
    ColumnKind kind;
};

struct View {
    std::string_view name;
    std::span<const ViewColumn> columns;

    /// Null when the view has no such column.
    const ViewColumn* find(std::string_view column) const noexcept;
    /// Place of a column that exists.
    std::size_t index_of(std::string_view column) const noexcept;
};

/// The views of the contract, in its order; the same for every kind of store.
std::span<const View> views() noexcept;

/// A query whose names were all found.
struct CheckedQuery {
    const View* view = nullptr;
    std::vector<std::pair<const ViewColumn*, std::string>> equals;
    const ViewColumn* order_by = nullptr;  ///< null: the order of the view
    bool descending = false;
    std::optional<std::int64_t> after_seq;
    std::int64_t limit = -1;
    std::int64_t offset = 0;
};

/// not_found, naming what does not exist.
Result<CheckedQuery> checked(const sync::ViewQuery& query);

}  // namespace dirsync::store
