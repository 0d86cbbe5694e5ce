#include "tests/support/faulty_calls.hpp"

namespace dirsync::testing {

const char* text_of(Fault fault) noexcept {
    switch (fault) {
        case Fault::fails:
            return "fails";
        case Fault::fails_after:
            return "fails_after";
        case Fault::cut:
            return "cut";
        case Fault::hangs:
            return "hangs";
        case Fault::crash_before:
            return "crash_before";
        case Fault::crash_after:
            return "crash_after";
    }
    return "";
}

void FaultyCalls::strike(std::uint64_t call, Fault fault, std::uint64_t length) {
    due_ = calls_ + call;
    length_ = length;
    fault_ = fault;
}

void FaultyCalls::recover() {
    calls_ = 0;
    due_ = 0;
    struck_.reset();
    crashed_ = false;
}

std::optional<Fault> FaultyCalls::next(Seam seam) {
    if (crashed_) return Fault::fails;
    ++calls_;
    if (due_ == 0 || calls_ < due_ || calls_ >= due_ + length_) return std::nullopt;
    struck_ = seam;
    crashed_ = fault_ == Fault::crash_before || fault_ == Fault::crash_after;
    if (fault_ == Fault::hangs && on_hang) on_hang();
    return fault_;
}

}  // namespace dirsync::testing
