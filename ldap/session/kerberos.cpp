#include "ldap/session/kerberos.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>

namespace dirsync::ldap {

struct KerberosTicket::Parts {
    krb5_context context = nullptr;
    krb5_principal principal = nullptr;
    krb5_keytab keytab = nullptr;
    krb5_ccache cache = nullptr;
    std::string cache_name;
    std::string principal_name;
    std::string keytab_file;

    ~Parts() {
        if (cache != nullptr) krb5_cc_destroy(context, cache);
        if (keytab != nullptr) krb5_kt_close(context, keytab);
        if (principal != nullptr) krb5_free_principal(context, principal);
        if (context != nullptr) krb5_free_context(context);
    }
};

namespace {

struct KerberosMeaning {
    krb5_error_code code;
    ErrorCode error;
    const char* text;
};

constexpr KerberosMeaning kerberos_meanings[] = {
    {KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, ErrorCode::invalid_credentials, "the KDC does not know this principal"},
    {KRB5KDC_ERR_CLIENT_REVOKED, ErrorCode::invalid_credentials,
     "the account is disabled, expired or locked out"},
    {KRB5KDC_ERR_NAME_EXP, ErrorCode::invalid_credentials, "the account has expired"},
    {KRB5KDC_ERR_KEY_EXP, ErrorCode::invalid_credentials, "the account's password has expired"},
    {KRB5KDC_ERR_PREAUTH_FAILED, ErrorCode::invalid_credentials,
     "the key in the keytab is not the account's: the password was changed since the keytab was made"},
    {KRB5KDC_ERR_ETYPE_NOSUPP, ErrorCode::invalid_credentials,
     "the KDC supports none of the encryption types in the keytab"},
    {KRB5_PREAUTH_FAILED, ErrorCode::invalid_credentials, "no key in the keytab serves for this principal"},
    {KRB5_KT_NOTFOUND, ErrorCode::invalid_credentials, "the keytab holds no key of this principal"},
    {KRB5_KT_BADNAME, ErrorCode::invalid_credentials, "the keytab file cannot be opened"},
    {KRB5_KT_END, ErrorCode::invalid_credentials, "the keytab is empty"},
    {KRB5_KEYTAB_BADVNO, ErrorCode::invalid_credentials, "the file is not a keytab"},
    {KRB5KRB_AP_ERR_SKEW, ErrorCode::protocol,
     "this host's clock and the KDC's differ too much: check time synchronization"},
    {KRB5_KDCREP_SKEW, ErrorCode::protocol,
     "this host's clock and the KDC's differ too much: check time synchronization"},
    {KRB5_KDC_UNREACH, ErrorCode::unreachable, "no KDC of the realm can be reached"},
    {KRB5_REALM_CANT_RESOLVE, ErrorCode::unreachable, "the KDC's name cannot be resolved"},
    {KRB5_REALM_UNKNOWN, ErrorCode::unreachable,
     "no KDC of the realm is known: DNS has none and krb5.conf names none"},
};

std::string text_of(krb5_context context, krb5_error_code code) {
    const char* text = krb5_get_error_message(context, code);
    auto copy = quoted_peer_text(text);
    krb5_free_error_message(context, text);
    return copy;
}

Error kerberos_error(krb5_context context, krb5_error_code code, const std::string& principal,
                     const std::string& keytab_file) {
    auto error = ErrorCode::protocol;
    std::string text = "the KDC refused";
    for (const auto& meaning : kerberos_meanings) {
        if (meaning.code != code) continue;
        error = meaning.error;
        text = meaning.text;
    }
    return Error(error, "Kerberos ticket for " + principal + " with " + keytab_file + ": " + text + " (" +
                            text_of(context, code) + ")");
}

}  // namespace

KerberosTicket::KerberosTicket(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
KerberosTicket::KerberosTicket(KerberosTicket&&) noexcept = default;
KerberosTicket& KerberosTicket::operator=(KerberosTicket&&) noexcept = default;
KerberosTicket::~KerberosTicket() = default;

Result<KerberosTicket> KerberosTicket::from_keytab(const std::string& principal,
                                                   const std::string& keytab_file) {
    // libkrb5 would first talk to the KDC and then speak of failed pre-authentication.
    if (::access(keytab_file.c_str(), R_OK) != 0) {
        return Error(ErrorCode::invalid_credentials, "the keytab " + keytab_file + " cannot be read: " +
                                                         std::generic_category().message(errno));
    }
    auto parts = std::make_unique<Parts>();
    parts->principal_name = principal;
    parts->keytab_file = keytab_file;
    auto code = krb5_init_context(&parts->context);
    if (code != 0)
        return Error(ErrorCode::config_invalid,
                     "Kerberos cannot be set up: is krb5.conf in order? (" + text_of(nullptr, code) + ")");
    const auto fail = [&](krb5_error_code why) {
        return kerberos_error(parts->context, why, principal, keytab_file);
    };

    code = krb5_parse_name(parts->context, principal.c_str(), &parts->principal);
    if (code != 0) {
        return Error(ErrorCode::config_invalid, quoted_peer_text(principal) + " is not a Kerberos principal");
    }
    code = krb5_kt_resolve(parts->context, ("FILE:" + keytab_file).c_str(), &parts->keytab);
    if (code != 0) return fail(code);
    code = krb5_cc_new_unique(parts->context, "MEMORY", nullptr, &parts->cache);
    if (code != 0) return fail(code);
    parts->cache_name = std::string("MEMORY:") + krb5_cc_get_name(parts->context, parts->cache);

    krb5_keytab_entry key{};
    code = krb5_kt_get_entry(parts->context, parts->keytab, parts->principal, 0, 0, &key);
    if (code != 0) return fail(code);
    krb5_free_keytab_entry_contents(parts->context, &key);
    return KerberosTicket(std::move(parts));
}

Result<void> KerberosTicket::request() {
    const auto& parts = *parts_;
    krb5_creds credentials{};
    auto code = krb5_get_init_creds_keytab(parts.context, &credentials, parts.principal, parts.keytab, 0,
                                           nullptr, nullptr);
    if (code == 0) {
        code = krb5_cc_initialize(parts.context, parts.cache, credentials.client);
        if (code == 0) code = krb5_cc_store_cred(parts.context, parts.cache, &credentials);
        krb5_free_cred_contents(parts.context, &credentials);
    }
    if (code != 0) return kerberos_error(parts.context, code, parts.principal_name, parts.keytab_file);
    return {};
}

KerberosTicket::Use::Use(const KerberosTicket& ticket) {
    OM_uint32 minor = 0;
    gss_krb5_ccache_name(&minor, ticket.parts_->cache_name.c_str(), nullptr);
}

KerberosTicket::Use::~Use() {
    OM_uint32 minor = 0;
    gss_krb5_ccache_name(&minor, nullptr, nullptr);
}

}  // namespace dirsync::ldap
