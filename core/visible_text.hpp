#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dirsync::text {

/// A character that must not stand in a name, because names tell people apart.
struct HiddenCharacter {
    std::size_t position = 0;  ///< from 1, in characters
    std::string name;          ///< "U+202E", or "the byte 0xFF"
};

/// The first character that hides (semantics 3.8): a control or format character (Unicode Cc, Cf), one that
/// shows nothing (fillers, variation selectors, U+2800), half of a surrogate pair, invalid UTF-8. A joiner
/// (U+200C, U+200D) between letters of one script that writes with joiners hides nothing: there it changes
/// what a word is; nor do selectors that follow a Mongolian letter or a pictograph. nullopt: none.
std::optional<HiddenCharacter> hidden_character(std::string_view text);

/// Names come from the directory: none may move a terminal's cursor, hide, or turn what stands beside it
/// around. What `hidden_character` means, and the separators U+2028 and U+2029, become `\u{202e}`, bytes that
/// are not UTF-8 `\x{ff}`; everything else stays, backslashes too. For one line.
std::string printable(std::string_view text);

/// The same of several lines: newlines and tabs stay.
std::string printable_lines(std::string_view text);

/// JSON that means the same and is safe on a terminal: what hides inside its strings becomes `\uXXXX`, a byte
/// that is not UTF-8 `\ufffd`. White space between tokens stays. Text that is not JSON has its characters
/// made safe as well.
std::string visible_json(std::string_view json);

}  // namespace dirsync::text
