#include "admin/rules.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "core/visible_text.hpp"

namespace dirsync::admin {
namespace {

constexpr std::size_t longest_user_name = 128;
constexpr std::size_t longest_text = 1024;
constexpr std::size_t longest_email = 320;

std::optional<std::string> fault(std::string_view attribute, std::string_view is) {
    return std::string(attribute) + " " + std::string(is);
}

/// By names people are told apart: nothing in them may hide (semantics 3.8).
std::optional<std::string> hiding_fault(std::string_view attribute, std::string_view value) {
    const auto hidden = text::hidden_character(value);
    if (!hidden) return std::nullopt;
    return fault(attribute, "has " + hidden->name + " in it, at character " +
                                std::to_string(hidden->position) +
                                ": it cannot be seen, and makes two names look alike");
}

}  // namespace

std::optional<std::string> fault_of_text(std::string_view attribute, std::string_view value) {
    if (!text::is_valid_utf8(value)) return fault(attribute, "is not valid UTF-8");
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::ranges::any_of(value, is_control)) return fault(attribute, "has a control character in it");
    if (text::length(value) > longest_text) return fault(attribute, "is longer than 1024 characters");
    return std::nullopt;
}

std::optional<std::string> fault_of_name(std::string_view attribute, std::string_view value) {
    if (value.empty()) return fault(attribute, "is empty");
    if (text::trimmed(value).size() != value.size())
        return fault(attribute, "has white space at its start or end");
    if (const auto wrong = fault_of_text(attribute, value)) return wrong;
    return hiding_fault(attribute, value);
}

std::optional<std::string> fault_of_user_name(std::string_view value) {
    if (value.empty()) return fault("userName", "is empty");
    if (text::has_white_space(value)) return fault("userName", "has white space in it");
    if (text::length(value) > longest_user_name) return fault("userName", "is longer than 128 characters");
    if (const auto wrong = fault_of_text("userName", value)) return wrong;
    return hiding_fault("userName", value);
}

std::optional<std::string> fault_of_email(std::string_view value) {
    if (text::has_white_space(value)) return fault("email", "has white space in it");
    if (text::length(value) > longest_email) return fault("email", "is longer than 320 characters");
    return fault_of_text("email", value);
}

}  // namespace dirsync::admin
