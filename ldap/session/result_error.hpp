#pragma once

#include <string_view>

#include "core/error.hpp"

namespace dirsync::ldap {

/// The error that a result code of the server (RFC 4511 A.1) other than success means for a read.
/// `diagnostic` is the server's text.
Error result_error(int code, std::string_view diagnostic);

/// The same for the answer to a bind, as whom in `who`, and for failures of libldap and SASL on the way. AD's
/// `data` codes (MS-ADTS, win32 error numbers) are told in plain words.
Error bind_error(int code, std::string_view diagnostic, std::string_view who);

/// connection_lost: this side ended the connection, as the program stops or gives the server up.
Error ended_here();

/// A failure of libldap itself (codes below zero).
Error library_error(int code, std::string_view diagnostic);

}  // namespace dirsync::ldap
