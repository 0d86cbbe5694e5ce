#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/describe/members.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>

#include "core/error.hpp"

// Messages are structs that Boost.Describe knows. An object of JSON has their members, in their order, those
// of the bases first; a name that is a word of C++ has an underscore behind it in the struct alone.
namespace dirsync::messages {

/// A member that is left out when it has no value. A `std::optional` is null then.
template <class T>
struct Given {
    std::optional<T> value = {};

    explicit operator bool() const noexcept { return value.has_value(); }
    const T& operator*() const { return *value; }
    const T* operator->() const { return &*value; }
};

/// An object whose names the sender chooses, such as counts and attributes, in its order.
template <class T>
using Named = std::vector<std::pair<std::string, T>>;

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;

namespace detail {

template <class T>
using MembersOf =
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_given = false;
template <class T>
inline constexpr bool is_given<Given<T>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_named = false;
template <class T>
inline constexpr bool is_named<Named<T>> = true;

constexpr std::string_view name_on_the_wire(std::string_view name) noexcept {
    if (name.ends_with('_')) name.remove_suffix(1);
    return name;
}

inline boost::json::string_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }

/// What a member of this type has to be.
template <class T>
constexpr std::string_view wanted() noexcept {
    if constexpr (is_optional<T> || is_given<T>) {
        return wanted<std::remove_cvref_t<decltype(*std::declval<const T&>())>>();
    } else if constexpr (std::same_as<T, bool>) {
        return "true or false";
    } else if constexpr (std::integral<T>) {
        return "a whole number";
    } else if constexpr (std::same_as<T, std::string>) {
        return "a string";
    } else if constexpr (std::same_as<T, std::vector<std::string>>) {
        return "a list of strings";
    } else if constexpr (is_list<T> && !is_named<T>) {
        return "a list";
    } else {
        return "an object";
    }
}

}  // namespace detail

/// Calls `visit(name, pointer to the member)` for each member of a message.
template <Described Message, class Visit>
void visit_members(Visit&& visit) {
    boost::mp11::mp_for_each<detail::MembersOf<Message>>(
        [&visit](auto member) { visit(detail::name_on_the_wire(member.name), member.pointer); });
}

template <class T>
boost::json::value value_of(const T& content) {
    if constexpr (std::same_as<T, boost::json::value> || std::same_as<T, bool>) {
        return content;
    } else if constexpr (std::integral<T>) {
        if constexpr (std::is_signed_v<T>) {
            return static_cast<std::int64_t>(content);
        } else {
            return static_cast<std::uint64_t>(content);
        }
    } else if constexpr (std::same_as<T, std::string>) {
        return boost::json::value(detail::view(content));
    } else if constexpr (detail::is_optional<T>) {
        return content ? value_of(*content) : boost::json::value(nullptr);
    } else if constexpr (detail::is_named<T>) {
        boost::json::object object;
        for (const auto& [name, value] : content) object[detail::view(name)] = value_of(value);
        return object;
    } else if constexpr (detail::is_list<T>) {
        boost::json::array array;
        array.reserve(content.size());
        for (const auto& element : content) array.push_back(value_of(element));
        return array;
    } else {
        static_assert(Described<T>, "BOOST_DESCRIBE_STRUCT is missing");
        boost::json::object object;
        visit_members<T>([&](std::string_view name, auto pointer) {
            const auto& member = content.*pointer;
            if constexpr (detail::is_given<std::remove_cvref_t<decltype(member)>>) {
                if (member) object[detail::view(name)] = value_of(*member);
            } else {
                object[detail::view(name)] = value_of(member);
            }
        });
        return object;
    }
}

template <class T>
std::string text_of(const T& content) {
    return boost::json::serialize(value_of(content));
}

namespace detail {

/// False: the value is something else. `fault` names the innermost member of which that is true.
template <class T>
bool take(const boost::json::value& value, T& place, std::string& fault) {
    if constexpr (std::same_as<T, boost::json::value>) {
        place = value;
        return true;
    } else if constexpr (std::same_as<T, bool>) {
        if (value.is_bool()) place = value.get_bool();
        return value.is_bool();
    } else if constexpr (std::integral<T>) {
        boost::system::error_code error;
        if (value.is_number()) place = value.template to_number<T>(error);
        return value.is_number() && !error;
    } else if constexpr (std::same_as<T, std::string>) {
        if (value.is_string()) place.assign(value.get_string().data(), value.get_string().size());
        return value.is_string();
    } else if constexpr (is_optional<T>) {
        place.reset();
        return value.is_null() || take(value, place.emplace(), fault);
    } else if constexpr (is_given<T>) {
        return take(value, place.value.emplace(), fault);
    } else if constexpr (is_named<T>) {
        const auto* object = value.if_object();
        if (object == nullptr) return false;
        for (const auto& [name, content] : *object) {
            place.emplace_back(std::string(name.data(), name.size()), typename T::value_type::second_type());
            if (!take(content, place.back().second, fault)) return false;
        }
        return true;
    } else if constexpr (is_list<T>) {
        const auto* array = value.if_array();
        if (array == nullptr) return false;
        place.reserve(array->size());
        for (const auto& element : *array) {
            if (!take(element, place.emplace_back(), fault)) return false;
        }
        return true;
    } else {
        static_assert(Described<T>, "BOOST_DESCRIBE_STRUCT is missing");
        const auto* object = value.if_object();
        if (object == nullptr) return false;
        bool is_good = true;
        visit_members<T>([&](std::string_view name, auto pointer) {
            const auto* found = object->if_contains(view(name));
            auto& member = place.*pointer;
            if (!is_good || found == nullptr || take(*found, member, fault)) return;
            is_good = false;
            if (!fault.empty()) return;
            fault.append("'").append(name).append("' must be ");
            fault.append(wanted<std::remove_cvref_t<decltype(member)>>());
        });
        return is_good;
    }
}

template <class T>
bool has_a_member_of(const boost::json::value& value) {
    bool has = false;
    if (const auto* object = value.if_object()) {
        visit_members<T>([&](std::string_view name, auto) { has |= object->contains(view(name)); });
    }
    return has;
}

}  // namespace detail

/// A message that was taken out of a larger value; nullopt: it is another one. Members that are missing have
/// their defaults, and those that are not known are passed over, so that programs of two versions understand
/// each other; an object without any known member is another message.
template <class T>
std::optional<T> taken_from(const boost::json::value& value) {
    T content{};
    std::string fault;
    if constexpr (Described<T>) {
        if (!detail::has_a_member_of<T>(value)) return std::nullopt;
    }
    if (!detail::take(value, content, fault)) return std::nullopt;
    return content;
}

/// The same of a text; nullopt also for what is not JSON.
template <class T>
std::optional<T> read_answer(std::string_view text) {
    boost::system::error_code error;
    const auto value = boost::json::parse(detail::view(text), error);
    return error ? std::nullopt : taken_from<T>(value);
}

/// A request; all its members may be missing, and so may the text. `refused` says in a sentence what is
/// wrong. A member that the message does not have is wrong as well: misspelt, it would be taken for left out.
template <Described T>
Result<T> read_request(std::string_view text) {
    T content{};
    if (text.empty()) return content;
    boost::system::error_code error;
    const auto value = boost::json::parse(detail::view(text), error);
    if (error || !value.is_object()) return Error(ErrorCode::refused, "the body must be a JSON object");
    std::string fault;
    if (!detail::take(value, content, fault)) return Error(ErrorCode::refused, fault);
    for (const auto& [name, member] : value.get_object()) {
        bool is_known = false;
        visit_members<T>([&](std::string_view known, auto) { is_known |= detail::view(known) == name; });
        if (is_known) continue;
        return Error(ErrorCode::refused, "this request has no member " +
                                             quoted_peer_text(std::string_view(name.data(), name.size())));
    }
    return content;
}

}  // namespace dirsync::messages
