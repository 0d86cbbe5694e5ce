#include "ldap/controls.hpp"

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

}  // namespace

Control paged_results(std::uint32_t page_size, std::string_view cookie) {
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    ber_printf(ber.get(), "{io}", static_cast<ber_int_t>(page_size), cookie.data() == nullptr ? "" : cookie.data(),
               static_cast<ber_len_t>(cookie.size()));
    return Control{std::string(paged_results_oid), bytes_of(ber.get())};
}

Control extended_dn() {
    constexpr ber_int_t text_form = 1;
    const Ber ber(ber_alloc_t(LBER_USE_DER));
    ber_printf(ber.get(), "{i}", text_form);
    return Control{std::string(extended_dn_oid), bytes_of(ber.get())};
}

Control show_deleted() { return Control{"1.2.840.113556.1.4.417", ""}; }

Control domain_scope() { return Control{"1.2.840.113556.1.4.1339", ""}; }

std::optional<std::string> page_cookie(std::string_view value) {
    std::string copy(value);
    berval bytes{static_cast<ber_len_t>(copy.size()), copy.data()};
    const Ber ber(ber_init(&bytes));
    ber_int_t size = 0;
    berval cookie{};
    if (!ber || ber_scanf(ber.get(), "{im}", &size, &cookie) == LBER_ERROR) return std::nullopt;
    return std::string(cookie.bv_val, cookie.bv_len);
}

}  // namespace dirsync::ldap
