#pragma once

#include <string>
#include <string_view>

namespace dirsync::text {

/// Unicode simple case folding, the comparison of names (semantics 3.5). Bytes that are not valid
/// UTF-8 are kept as they are. utf8proc's CASEFOLD where it yields one code point, else its
/// lower case; U+0130 stays itself.
std::string folded(std::string_view text);

/// Same as `folded`, appended to `out`.
void append_folded(std::string& out, std::string_view text);

bool is_valid_utf8(std::string_view text) noexcept;

/// True when the text holds a white-space code point (Unicode White_Space property).
bool has_white_space(std::string_view text) noexcept;

/// Number of code points; invalid bytes count one each.
std::size_t length(std::string_view text) noexcept;

/// Without white space at both ends.
std::string_view trimmed(std::string_view text) noexcept;

std::string lower(std::string_view text);
std::string upper(std::string_view text);

/// Control and format characters and invalid UTF-8 as \xNN, and so is a backslash that would read as one of
/// these: one line that cannot forge another, nor hide a part of itself. CORP\alice stays as it is.
std::string escaped(std::string_view text);

}  // namespace dirsync::text
