#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace dirsync::ldap {

/// Why the certificate `der` (X.509, DER) is not valid for a server that should be `host` at the time
/// `now`, as a clause: "it expired on ...", "it is not valid before ...", "it is for 'a', 'b' and not for
/// 'host'". When none of these applies, the issuer is named as not trusted by `trust` ("the CA file ..."):
/// call it for a certificate that TLS refused. Never fails.
std::string why_refused(std::string_view der, const std::string& host, Time now, const std::string& trust);

/// The content of an accepted certificate.
struct CertificateFacts {
    Time expires{};
    std::string names;   ///< whom it is for, quoted and listed
    std::string issuer;  ///< quoted
};
/// nullopt: `der` cannot be parsed.
std::optional<CertificateFacts> certificate_facts(std::string_view der);

/// True when the PEM file holds at least one certificate. GnuTLS silently accepts an empty list and then
/// trusts no certificate.
bool holds_certificates(const std::string& pem_file);

}  // namespace dirsync::ldap
