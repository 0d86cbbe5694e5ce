#include "ldap/session/controls.hpp"

#include <memory>

#include <lber.h>

namespace dirsync::ldap {
namespace {

struct FreeBer {
    void operator()(BerElement* ber) const noexcept { ber_free(ber, 1); }
};
using Ber = std::unique_ptr<BerElement, FreeBer>;

std::string bytes_of(BerElement* ber) {
    berval flat{};
    if (ber_flatten2(ber, &flat, 0) != 0) return {};
    return std::string(flat.bv_val, flat.bv_len);
}

/// Cuts the element with this one-byte tag off the front of `bytes`; its content. By hand, because ber_scanf
/// crashes on an empty value, and this one comes from the peer.
std::optional<std::string_view> take_element(std::string_view& bytes, ber_tag_t tag) {
    if (bytes.size() < 2 || static_cast<unsigned char>(bytes[0]) != tag) return std::nullopt;
    std::size_t length = static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(2);
    if (length >= 0x80) {
        const auto count = length - 0x80;
        if (count == 0 || count > 4 || count > bytes.size()) return std::nullopt;
        length = 0;
        for (std::size_t i = 0; i < count; ++i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
        bytes.remove_prefix(count);
    }
    if (length > bytes.size()) return std::nullopt;
    const auto content = bytes.substr(0, length);
    bytes.remove_prefix(length);
    return content;
}

}  // namespace

Control paged_results(std::uint32_t page_size, std::string_view cookie) {
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    ber_printf(ber.get(), "{io}", static_cast<ber_int_t>(page_size),
               cookie.data() == nullptr ? "" : cookie.data(), static_cast<ber_len_t>(cookie.size()));
    return Control{std::string(paged_results_oid), bytes_of(ber.get()), true};
}

Control extended_dn() {
    constexpr ber_int_t text_form = 1;
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    ber_printf(ber.get(), "{i}", text_form);
    return Control{std::string(extended_dn_oid), bytes_of(ber.get()), true};
}

Control show_deleted() { return Control{"1.2.840.113556.1.4.417", "", true}; }

Control show_recycled() { return Control{"1.2.840.113556.1.4.2064", "", false}; }

Control readable_descriptor() {
    constexpr ber_int_t owner_group_and_dacl = 7;
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    ber_printf(ber.get(), "{i}", owner_group_and_dacl);
    return Control{std::string(sd_flags_oid), bytes_of(ber.get()), true};
}

Control domain_scope() { return Control{"1.2.840.113556.1.4.1339", "", true}; }

Control dir_sync(std::uint32_t flags, std::string_view cookie) {
    // Servers give at least 1 MiB a round, and hold the whole round in memory.
    constexpr ber_int_t most_bytes = 4 * 1024 * 1024;
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    ber_printf(ber.get(), "{iio}", static_cast<ber_int_t>(flags), most_bytes,
               cookie.data() == nullptr ? "" : cookie.data(), static_cast<ber_len_t>(cookie.size()));
    return Control{std::string(dir_sync_oid), bytes_of(ber.get()), true};
}

Control change_notification() { return Control{std::string(notification_oid), "", true}; }

std::optional<DirSyncAnswer> dir_sync_answer(std::string_view value) {
    const auto sequence = take_element(value, LBER_SEQUENCE);
    if (!sequence || !value.empty()) return std::nullopt;
    auto inside = *sequence;
    const auto more = take_element(inside, LBER_INTEGER);
    const auto unused = take_element(inside, LBER_INTEGER);
    const auto cookie = take_element(inside, LBER_OCTETSTRING);
    if (!more || more->empty() || !unused || !cookie || cookie->empty() || !inside.empty())
        return std::nullopt;
    DirSyncAnswer answer;
    answer.more = more->find_first_not_of('\0') != std::string_view::npos;
    answer.cookie = *cookie;
    return answer;
}

std::optional<std::string> page_cookie(std::string_view value) {
    const auto sequence = take_element(value, LBER_SEQUENCE);
    if (!sequence || !value.empty()) return std::nullopt;
    auto inside = *sequence;
    const auto size = take_element(inside, LBER_INTEGER);
    const auto cookie = take_element(inside, LBER_OCTETSTRING);
    if (!size || size->empty() || !cookie || !inside.empty()) return std::nullopt;
    return std::string(*cookie);
}

}  // namespace dirsync::ldap
