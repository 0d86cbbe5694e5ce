#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace dirsync::testing {

/// What befalls a call. The peer of a hung one answers nothing until the caller's deadline.
enum class Fault : std::uint8_t {
    fails,         ///< nothing happened, and the answer is an error
    fails_after,   ///< it was done, and the answer is an error
    cut,           ///< a read breaks off in the middle; of other calls: as `fails`
    hangs,         ///< the deadline passes
    crash_before,  ///< the process dies before the call takes effect
    crash_after,   ///< and right behind it
};
inline constexpr Fault all_faults[] = {Fault::fails, Fault::fails_after,  Fault::cut,
                                       Fault::hangs, Fault::crash_before, Fault::crash_after};
const char* text_of(Fault fault) noexcept;

/// Counts the calls through decorated seams and strikes the one it was told to. After a crash every call
/// fails and none takes effect, until `recover`: whoever goes on calling is dead already.
class FaultyCalls {
public:
    enum class Seam : std::uint8_t { directory, store };

    /// The `call`th call from now on, counted from 1, and the `length - 1` behind it.
    void strike(std::uint64_t call, Fault fault, std::uint64_t length = 1);
    /// No fault is due any more, and nobody is dead. Counts from 1 again.
    void recover();

    std::uint64_t calls() const noexcept { return calls_; }
    /// The seam that was struck since the last `recover`.
    std::optional<Seam> struck() const noexcept { return struck_; }
    bool crashed() const noexcept { return crashed_; }

    /// For decorators: what befalls the call that comes now.
    std::optional<Fault> next(Seam seam);

    std::function<void()> on_hang;  ///< lets the deadline pass in virtual time

private:
    std::uint64_t calls_ = 0;
    std::uint64_t due_ = 0;
    std::uint64_t length_ = 1;
    Fault fault_ = Fault::fails;
    std::optional<Seam> struck_;
    bool crashed_ = false;
};

}  // namespace dirsync::testing
