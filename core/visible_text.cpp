#include "core/visible_text.hpp"

#include <algorithm>
#include <cstdint>

#include <utf8proc.h>

#include "core/code_point.hpp"

namespace dirsync::text {
namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";

utf8proc_category_t category_of(char32_t point) noexcept {
    return utf8proc_category(static_cast<utf8proc_int32_t>(point));
}

bool is_control_or_format(char32_t point) noexcept {
    const auto category = category_of(point);
    return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF;
}

/// Letters, marks and signs that show nothing: Unicode's Default_Ignorable_Code_Point outside Cf, and U+2800.
constexpr bool is_blank(char32_t point) noexcept {
    return point == 0x034F || point == 0x115F || point == 0x1160 || point == 0x17B4 || point == 0x17B5 ||
           (point >= 0x180B && point <= 0x180F) || point == 0x2065 || point == 0x2800 || point == 0x3164 ||
           (point >= 0xFE00 && point <= 0xFE0F) || point == 0xFFA0 || (point >= 0xFFF0 && point <= 0xFFFC) ||
           point == 0x16FE4 || point == 0x1D159 || (point >= 0xE0000 && point <= 0xE0FFF);
}

bool hides(char32_t point) noexcept { return is_control_or_format(point) || is_blank(point); }

/// Of an emoji, as U+FE0F is that follows most of them.
constexpr char32_t emoji_selector = 0xFE0F;
constexpr bool is_pictograph(char32_t point) noexcept {
    return (point >= 0x203C && point <= 0x2BFF) || (point >= 0x3030 && point <= 0x3299) ||
           (point >= 0x1F000 && point <= 0x1FAFF);
}

constexpr bool is_separator(char32_t point) noexcept { return point == 0x2028 || point == 0x2029; }
constexpr bool is_joiner(char32_t point) noexcept { return point == 0x200C || point == 0x200D; }

/// Blocks of scripts of which the Unicode Standard says that spelling needs joiners: Arabic, Syriac, N'Ko and
/// Mandaic (chapter 9); the scripts of India and Sinhala (12, 13), Myanmar and Khmer (16), Mongolian (13).
enum class Joining : std::uint8_t { none, arabic, indic, myanmar, khmer, mongolian };
constexpr Joining joining_of(char32_t point) noexcept {
    if (point >= 0x0780 && point <= 0x07BF) return Joining::none;  // Thaana
    if (point >= 0x0600 && point <= 0x08FF) return Joining::arabic;
    if ((point >= 0x0900 && point <= 0x0DFF) || (point >= 0xA8E0 && point <= 0xA8FF)) return Joining::indic;
    if (point >= 0x1000 && point <= 0x109F) return Joining::myanmar;
    if (point >= 0x1780 && point <= 0x17FF) return Joining::khmer;
    if (point >= 0x1800 && point <= 0x18AF) return Joining::mongolian;
    return Joining::none;
}

bool is_letter(char32_t point) noexcept {
    const auto category = category_of(point);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_mark(char32_t point) noexcept {
    const auto category = category_of(point);
    return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

/// Goes over a text, character by character, and knows whether a joiner or an emoji's selector has its place.
class Walk {
public:
    explicit Walk(std::string_view text) : rest_(text) {}
    bool ended() const noexcept { return rest_.empty(); }

    struct Step {
        CodePoint point;         ///< size 0: not UTF-8
        std::string_view bytes;  ///< of the character
        bool is_hidden = false;
        std::optional<char32_t> surrogate;  ///< half of a pair, as three bytes
    };
    Step next() {
        Step step;
        step.point = first_code_point(rest_);
        std::size_t size = step.point.size;
        if (size == 0) {
            step.surrogate = surrogate_at_front();
            size = step.surrogate ? 3 : 1;
            step.is_hidden = true;
        }
        step.bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        const char32_t point = step.point.value;
        if (step.point.size > 0 && hides(point)) {
            step.is_hidden = !(is_joiner(point) ? joins() : selects(point));
        }
        note(step);
        return step;
    }

private:
    std::optional<char32_t> surrogate_at_front() const noexcept {
        const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(rest_[at]); };
        const bool is_one = rest_.size() >= 3 && byte(0) == 0xED && byte(1) >= 0xA0 && byte(1) <= 0xBF &&
                            (byte(2) & 0xC0U) == 0x80U;
        if (!is_one) return std::nullopt;
        return 0xD000U | static_cast<char32_t>((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
    }

    /// Between letters of one script; marks, such as a virama, belong to the letter before.
    bool joins() const noexcept {
        const auto after = first_code_point(rest_);
        return before_ != Joining::none && after.size > 0 && is_letter(after.value) &&
               joining_of(after.value) == before_;
    }

    /// A variation selector that says how what stands before it looks.
    bool selects(char32_t point) const noexcept {
        const bool is_mongolian = point >= 0x180B && point <= 0x180F && before_ == Joining::mongolian;
        return is_mongolian || (point == emoji_selector && is_pictograph(last_));
    }

    void note(const Step& step) noexcept {
        const char32_t point = step.point.value;
        last_ = point;
        if (step.point.size > 0 && is_letter(point)) {
            before_ = joining_of(point);
        } else if (step.point.size == 0 || !is_mark(point) || joining_of(point) != before_) {
            before_ = Joining::none;
        }
    }

    std::string_view rest_;
    Joining before_ = Joining::none;  // of the letter that the next character follows
    char32_t last_ = 0;
};

std::string hex(std::uint32_t value, std::string_view digits, std::size_t width) {
    std::string out;
    do {
        out.insert(out.begin(), digits[value & 0xFU]);
        value >>= 4U;
    } while (value != 0);
    while (out.size() < width) out.insert(out.begin(), '0');
    return out;
}

std::string unicode_name(char32_t point) { return "U+" + hex(point, "0123456789ABCDEF", 4); }

/// Nearly all names: nothing in them needs a look.
bool is_plain(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string printable(std::string_view text, std::string_view kept) {
    if (is_plain(text)) return std::string(text);
    std::string out;
    out.reserve(text.size());
    for (Walk walk(text); !walk.ended();) {
        const auto step = walk.next();
        const bool is_kept =
            step.bytes.size() == 1 && kept.find(step.bytes.front()) != std::string_view::npos;
        if (is_kept || (!step.is_hidden && !is_separator(step.point.value))) {
            out.append(step.bytes);
        } else if (step.point.size > 0 || step.surrogate) {
            out += "\\u{" + hex(step.surrogate.value_or(step.point.value), lower_digits, 1) + "}";
        } else {
            out += "\\x{" + hex(static_cast<unsigned char>(step.bytes.front()), lower_digits, 2) + "}";
        }
    }
    return out;
}

}  // namespace

std::optional<HiddenCharacter> hidden_character(std::string_view text) {
    if (is_plain(text)) return std::nullopt;
    std::size_t position = 0;
    for (Walk walk(text); !walk.ended();) {
        const auto step = walk.next();
        ++position;
        if (!step.is_hidden) continue;
        if (step.point.size > 0) return HiddenCharacter{position, unicode_name(step.point.value)};
        if (step.surrogate) return HiddenCharacter{position, unicode_name(*step.surrogate)};
        const auto byte = static_cast<unsigned char>(step.bytes.front());
        return HiddenCharacter{position, "the byte 0x" + hex(byte, "0123456789ABCDEF", 2)};
    }
    return std::nullopt;
}

std::string printable(std::string_view text) { return printable(text, ""); }

std::string printable_lines(std::string_view text) { return printable(text, "\n\t"); }

std::string visible_json(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    const auto add = [&out](char32_t unit) { out += "\\u" + hex(unit, lower_digits, 4); };
    while (!json.empty()) {
        const auto point = first_code_point(json);
        const std::size_t size = point.size == 0 ? 1 : point.size;
        const bool is_space = point.value == '\t' || point.value == '\n' || point.value == '\r';
        const bool is_shown = !hides(point.value) && !is_separator(point.value);
        const bool stays = point.size > 0 && (is_space || is_shown);
        if (stays) {
            out.append(json.substr(0, size));
        } else if (point.size == 0) {
            add(0xFFFD);
        } else if (point.value < 0x10000) {
            add(point.value);
        } else {
            add(0xD800U + ((point.value - 0x10000U) >> 10U));
            add(0xDC00U + ((point.value - 0x10000U) & 0x3FFU));
        }
        json.remove_prefix(size);
    }
    return out;
}

}  // namespace dirsync::text
