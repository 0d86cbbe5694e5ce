#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "ldap/wire/entry_decoder.hpp"

namespace dirsync::ldap::wire {

using std::string_view_literals::operator""sv;

// krbtgt of a real domain controller.
inline constexpr auto guid_on_the_wire = "\x94\xcb\x56\x04\x2e\x34\x23\x47\x91\x9e\xa3\x43\x83\x39\x2d\x86"sv;
inline constexpr auto guid_as_text = "0456cb94-342e-4723-919e-a34383392d86";
inline constexpr auto sid_on_the_wire =
    "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\xc2\x9b\xcb\x43\x96\xb3\xd2\x4e\x4b\x82\x17\x41\xf6\x01\x00\x00"sv;
inline constexpr auto sid_as_text = "S-1-5-21-1137417154-1322431382-1092059723-502";
inline constexpr auto its_dn = "CN=krbtgt,CN=Users,DC=corp,DC=example,DC=com";
inline const std::vector<std::string> user_classes{"top", "person", "organizationalPerson", "user"};
inline const std::vector<std::string> group_classes{"top", "group"};

inline std::string member_value(int number) {
    const auto digits = std::to_string(100000 + number);
    return "<GUID=00000000-0000-0000-0000-000000" + digits + ">;CN=m" + digits + ",DC=x";
}

/// An answer of a server, which a test changes before it is decoded.
class Answer {
public:
    explicit Answer(std::string dn) : dn_(std::move(dn)) {}
    Answer& with(std::string name, std::vector<std::string> values) {
        for (auto& [known, its_values] : attributes_) {
            if (known == name) {
                its_values = std::move(values);
                return *this;
            }
        }
        attributes_.emplace_back(std::move(name), std::move(values));
        return *this;
    }
    Answer& without(std::string_view name) {
        std::erase_if(attributes_, [name](const auto& attribute) { return attribute.first == name; });
        return *this;
    }
    Answer& called(std::string dn) {
        dn_ = std::move(dn);
        return *this;
    }
    std::variant<DecodedEntry, sync::QuarantinedEntry> decoded_by(EntryDecoder& decoder) const {
        decoder.begin(dn_);
        for (const auto& [name, values] : attributes_) {
            const std::vector<std::string_view> views(values.begin(), values.end());
            decoder.attribute(name, views);
        }
        return decoder.end();
    }

private:
    std::string dn_;
    std::vector<std::pair<std::string, std::vector<std::string>>> attributes_;
};

inline Answer a_user() {
    return Answer(its_dn)
        .with("objectClass", user_classes)
        .with("cn", {"krbtgt"})
        .with("objectGUID", {std::string(guid_on_the_wire)})
        .with("userAccountControl", {"514"})
        .with("primaryGroupID", {"513"})
        .with("objectSid", {std::string(sid_on_the_wire)})
        .with("accountExpires", {"133485408000000000"})
        .with("objectCategory", {"CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example,DC=com"});
}

inline Answer a_group() {
    return Answer("CN=team,OU=Groups,DC=corp,DC=example,DC=com")
        .with("objectClass", group_classes)
        .with("objectGUID", {std::string(guid_on_the_wire)})
        .with("objectSid", {std::string(sid_on_the_wire)})
        .with("objectCategory", {"CN=Group,CN=Schema,CN=Configuration,DC=corp,DC=example,DC=com"});
}

/// Decodes with one decoder, and fails the test when the entry is quarantined or, for `quarantined`, is not.
class EntryDecoding : public ::testing::Test {
protected:
    DecodedEntry decoded(const Answer& answer) {
        auto result = answer.decoded_by(decoder_);
        if (const auto* quarantined = std::get_if<sync::QuarantinedEntry>(&result)) {
            ADD_FAILURE() << quarantined->reason;
            return {};
        }
        return std::get<DecodedEntry>(std::move(result));
    }
    sync::QuarantinedEntry quarantined(const Answer& answer) {
        auto result = answer.decoded_by(decoder_);
        if (std::holds_alternative<DecodedEntry>(result)) {
            ADD_FAILURE() << "was decoded";
            return {};
        }
        return std::get<sync::QuarantinedEntry>(std::move(result));
    }
    sync::EntryKind kind_of(const std::vector<std::string>& classes) {
        return decoded(a_user().with("objectClass", classes)).entry.kind;
    }
    std::vector<std::string> values(const sync::Entry& entry, std::string_view name) {
        const auto at = std::find(names_.begin(), names_.end(), name) - names_.begin();
        const sync::AttributesView view(entry.attributes.bytes());
        const auto found = view.values(static_cast<sync::AttributeNames::Index>(at));
        return {found.begin(), found.end()};
    }

    std::vector<std::string> names_{"cn", "mail", "proxyAddresses", "objectSid", "member"};
    EntryDecoder decoder_{names_, 3};
};

}  // namespace dirsync::ldap::wire
