#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace dirsync::ldap {

/// What speaks against the certificate `der` (X.509, DER) of a server that was to be `host` at the time
/// `now`, as a clause: "it expired on ...", "it is not valid before ...", "it is for 'a', 'b' and not for
/// 'host'". When nothing of that, the issuer is named as not trusted by `trust` ("the CA file ..."): call
/// it for a certificate that TLS refused. Never fails.
std::string why_refused(std::string_view der, const std::string& host, Time now, const std::string& trust);

/// What an accepted certificate says of itself.
struct CertificateFacts {
    Time expires{};
    std::string names;   ///< whom it is for, quoted and listed
    std::string issuer;  ///< quoted
};
/// nullopt: `der` cannot be parsed.
std::optional<CertificateFacts> certificate_facts(std::string_view der);

/// True when the PEM file holds at least one certificate. GnuTLS takes an empty list without a word and then
/// trusts nobody.
bool holds_certificates(const std::string& pem_file);

}  // namespace dirsync::ldap
