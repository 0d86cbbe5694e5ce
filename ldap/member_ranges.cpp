#include "ldap/member_ranges.hpp"

namespace dirsync::ldap {

std::string MemberRanges::next_attribute() const { return "member;range=" + std::to_string(next_) + "-*"; }

MemberRanges::Next MemberRanges::restart() {
    *this = MemberRanges();
    return Next::changed;
}

MemberRanges::Next MemberRanges::take(const Answer& answer) {
    fresh_ = {};
    if (answer.first != next_) return Next::refused;
    if (answer.last && *answer.last - answer.first + 1 != answer.values.size()) return Next::refused;
    if (usn_changed_ && *usn_changed_ != answer.usn_changed) return restart();
    if (overlap_ && (answer.values.empty() || answer.values.front() != *overlap_)) return restart();
    fresh_ = overlap_ ? answer.values.subspan(1) : answer.values;
    if (!answer.last) return Next::done;
    if (fresh_.empty()) return Next::refused;  // a range of nothing new would be asked for again and again
    usn_changed_ = answer.usn_changed;
    overlap_ = answer.values.back();
    next_ = *answer.last;
    return Next::more;
}

MemberRanges::Next MemberRanges::take_none() {
    fresh_ = {};
    return overlap_ ? restart() : Next::done;
}

}  // namespace dirsync::ldap
