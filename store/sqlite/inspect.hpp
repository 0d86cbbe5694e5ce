#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "model/seams/history_store.hpp"

namespace dirsync::store {

/// Looks at the store at `path` from outside, as the user of this process: may its folder be written, is
/// there room on the disk, is the file a store of a version that this program knows, and is it sound? Neither
/// makes nor owns nor changes it; beside a process that owns it this is a reader like others. The look at its
/// soundness ends after `patience`. Blocking. No store yet is in order.
std::vector<Check> store_checks(const std::string& path, std::chrono::milliseconds patience);

/// The credentials that the last run on the store at `path` found refused; nullopt: none, or the store cannot
/// be read. Looked at as above.
std::optional<sync::HistoryStore::Refusal> stored_refusal(const std::string& path);

}  // namespace dirsync::store
