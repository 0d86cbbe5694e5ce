#include "ldap/session/certificate.hpp"

#include <array>
#include <vector>

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "core/error.hpp"

namespace dirsync::ldap {
namespace {

class Certificate {
public:
    Certificate() { gnutls_x509_crt_init(&handle_); }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    ~Certificate() { gnutls_x509_crt_deinit(handle_); }
    gnutls_x509_crt_t get() const noexcept { return handle_; }

private:
    gnutls_x509_crt_t handle_ = nullptr;
};

Time time_of(time_t seconds) { return Time(Duration(seconds)); }

std::string address_text(std::string_view bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
    if (bytes.size() != 4 && bytes.size() != 16) return "an odd address";
    inet_ntop(family, bytes.data(), text.data(), text.size());
    return text.data();
}

/// The names the certificate is for, quoted and listed.
std::string names_of(const Certificate& certificate) {
    std::string names;
    const auto append = [&names](std::string_view name) {
        if (!names.empty()) names += ", ";
        names += quoted_peer_text(name, 100);
    };
    constexpr unsigned most = 8;
    for (unsigned i = 0; i < most; ++i) {
        std::vector<char> name(1024);
        std::size_t size = name.size();
        const int type =
            gnutls_x509_crt_get_subject_alt_name(certificate.get(), i, name.data(), &size, nullptr);
        if (type < 0) break;
        if (type == GNUTLS_SAN_DNSNAME) append(std::string_view(name.data(), size));
        if (type == GNUTLS_SAN_IPADDRESS) append(address_text(std::string_view(name.data(), size)));
    }
    if (names.empty()) {
        std::vector<char> name(1024);
        std::size_t size = name.size();
        if (gnutls_x509_crt_get_dn_by_oid(certificate.get(), GNUTLS_OID_X520_COMMON_NAME, 0, 0, name.data(),
                                          &size) == 0) {
            append(std::string_view(name.data(), size));
        }
    }
    return names.empty() ? "no host" : names;
}

bool imported(const Certificate& certificate, std::string_view der) {
    std::string copy(der);
    const gnutls_datum_t datum{reinterpret_cast<unsigned char*>(copy.data()),
                               static_cast<unsigned>(copy.size())};
    return gnutls_x509_crt_import(certificate.get(), &datum, GNUTLS_X509_FMT_DER) == 0;
}

std::string issuer_of(const Certificate& certificate) {
    std::vector<char> name(1024);
    std::size_t size = name.size();
    if (gnutls_x509_crt_get_issuer_dn(certificate.get(), name.data(), &size) != 0) return "an unnamed issuer";
    return quoted_peer_text(std::string_view(name.data(), size));
}

}  // namespace

std::optional<CertificateFacts> certificate_facts(std::string_view der) {
    const Certificate certificate;
    if (!imported(certificate, der)) return std::nullopt;
    return CertificateFacts{time_of(gnutls_x509_crt_get_expiration_time(certificate.get())),
                            names_of(certificate), issuer_of(certificate)};
}

std::string why_refused(std::string_view der, const std::string& host, Time now, const std::string& trust) {
    const Certificate certificate;
    if (!imported(certificate, der)) return "it cannot be parsed";
    std::string why;
    const auto append = [&why](const std::string& clause) {
        if (!why.empty()) why += "; ";
        why += clause;
    };
    const auto expires = time_of(gnutls_x509_crt_get_expiration_time(certificate.get()));
    const auto begins = time_of(gnutls_x509_crt_get_activation_time(certificate.get()));
    if (expires < now) append("it expired on " + dirsync::to_text(expires));
    if (begins > now) append("it is not valid before " + dirsync::to_text(begins));
    if (gnutls_x509_crt_check_hostname(certificate.get(), host.c_str()) == 0) {
        append("it is for " + names_of(certificate) + " and not for " + quoted_peer_text(host, 100));
    }
    if (why.empty()) {
        append("its issuer " + issuer_of(certificate) + " is unknown to " + trust +
               ", or a signature is wrong");
    }
    return why;
}

bool holds_certificates(const std::string& pem_file) {
    gnutls_certificate_credentials_t credentials = nullptr;
    if (gnutls_certificate_allocate_credentials(&credentials) != 0) return false;
    const int count =
        gnutls_certificate_set_x509_trust_file(credentials, pem_file.c_str(), GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
    return count > 0;
}

}  // namespace dirsync::ldap
