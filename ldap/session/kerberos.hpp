#pragma once

#include <memory>
#include <string>

#include "core/error.hpp"

namespace dirsync::ldap {

/// A ticket-granting ticket in a credential cache of its own (`MEMORY:`), which no other session shares and
/// which vanishes with this object. Neither the cache nor the keytab of the environment is looked at. All
/// calls may block; none may run on the loop.
class KerberosTicket {
public:
    /// A cache for the ticket of `principal`, and the key for it in `keytab_file`. Sends nothing.
    /// invalid_credentials: the keytab cannot be read or holds no such key; config_invalid: the principal
    /// cannot be parsed, or Kerberos is not set up.
    static Result<KerberosTicket> from_keytab(const std::string& principal, const std::string& keytab_file);
    /// Gets the ticket from the KDC. invalid_credentials: no such principal, disabled or expired account,
    /// wrong key; unreachable: no KDC answers; protocol: the clocks differ too much, or another answer of the
    /// KDC.
    Result<void> request();

    KerberosTicket(KerberosTicket&&) noexcept;
    KerberosTicket& operator=(KerberosTicket&&) noexcept;
    ~KerberosTicket();

    /// GSSAPI in the calling thread takes this ticket from now on, until `Use` goes.
    class Use {
    public:
        explicit Use(const KerberosTicket& ticket);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
    };

private:
    struct Parts;
    explicit KerberosTicket(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace dirsync::ldap
