#include "store/codec.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/json.hpp>

#include <cstring>
#include <iterator>
#include <stdexcept>

#include "core/sid.hpp"

namespace dirsync::store {
namespace {

namespace json = boost::json;

[[noreturn]] void damaged(std::string_view what) {
    throw std::runtime_error("a stored value is damaged: " + std::string(what));
}

std::string string_of(const json::value& value) { return std::string(value.as_string()); }

ObjectGuid guid_in(const json::value& value) {
    const auto guid = parse<ObjectGuid>(string_of(value));
    if (!guid) damaged("GUID");
    return *guid;
}

json::array array_of(const std::vector<std::string>& texts) {
    json::array out;
    out.reserve(texts.size());
    for (const std::string& text : texts) out.emplace_back(text);
    return out;
}

std::vector<std::string> strings_in(const json::value& value) {
    std::vector<std::string> out;
    for (const json::value& text : value.as_array()) out.push_back(string_of(text));
    return out;
}

json::object json_of(const sync::Watermark& mark) {
    json::object out{
        {"dc", mark.dc}, {"invocation_id", to_text(mark.invocation_id)}, {"highest_usn", mark.highest_usn}};
    if (mark.was_put_back) out["was_put_back"] = true;
    return out;
}

sync::Watermark watermark_in(const json::value& value) {
    return {string_of(value.at("dc")), guid_in(value.at("invocation_id")),
            value.at("highest_usn").to_number<std::uint64_t>(), value.as_object().contains("was_put_back")};
}

std::string hex_of(std::string_view bytes) {
    std::string out;
    boost::algorithm::hex_lower(bytes.begin(), bytes.end(), std::back_inserter(out));
    return out;
}

std::string bytes_of_hex(const std::string& text) {
    std::string out;
    boost::algorithm::unhex(text.begin(), text.end(), std::back_inserter(out));
    return out;
}

}  // namespace

std::string cursor_text(const sync::Cursor& cursor) {
    json::array domains;
    for (const sync::DomainFacts& facts : cursor.domains) {
        domains.push_back({{"domain", facts.domain},
                           {"dns_name", facts.dns_name},
                           {"netbios_name", facts.netbios_name},
                           {"base_dn", facts.base_dn},
                           {"guid", to_text(facts.guid)},
                           {"sid", to_text(facts.sid)},
                           {"server", facts.server},
                           {"detection", facts.detection},
                           {"detection_reason", facts.detection_reason},
                           {"cookie", hex_of(facts.cookie)},
                           {"at", json_of(facts.at)},
                           {"watermarks", json::array()},
                           {"whole", json_of(facts.whole)},
                           {"seen", json::array()},
                           {"unreadable", array_of(facts.unreadable)}});
        auto& watermarks = domains.back().as_object()["watermarks"].as_array();
        for (const sync::Watermark& mark : facts.watermarks) watermarks.push_back(json_of(mark));
        auto& seen = domains.back().as_object()["seen"].as_array();
        for (const sync::Watermark& mark : facts.seen) seen.push_back(json_of(mark));
    }
    json::object out;
    out["domains"] = std::move(domains);
    out["attribute_names"] = array_of(cursor.attribute_names);
    return json::serialize(out);
}

sync::Cursor parsed_cursor(std::string_view text, std::uint64_t generation) {
    sync::Cursor cursor;
    cursor.generation = generation;
    const json::value parsed = json::parse(text);
    for (const json::value& item : parsed.at("domains").as_array()) {
        sync::DomainFacts& facts = cursor.domains.emplace_back();
        facts.domain = item.at("domain").to_number<sync::DomainIndex>();
        facts.dns_name = string_of(item.at("dns_name"));
        facts.netbios_name = string_of(item.at("netbios_name"));
        facts.base_dn = string_of(item.at("base_dn"));
        facts.guid = guid_in(item.at("guid"));
        const auto sid = parse_sid(string_of(item.at("sid")));
        if (!sid) damaged("SID of a domain");
        facts.sid = *sid;
        facts.server = string_of(item.at("server"));
        facts.detection = string_of(item.at("detection"));
        // Cursors of before changes were followed hold none of these: the next read is a full one.
        if (!item.as_object().contains("cookie")) continue;
        facts.detection_reason = string_of(item.at("detection_reason"));
        facts.cookie = bytes_of_hex(string_of(item.at("cookie")));
        facts.at = watermark_in(item.at("at"));
        for (const json::value& mark : item.at("watermarks").as_array()) {
            facts.watermarks.push_back(watermark_in(mark));
        }
        if (const auto* whole = item.as_object().if_contains("whole")) facts.whole = watermark_in(*whole);
        if (const auto* seen = item.as_object().if_contains("seen")) {
            for (const json::value& mark : seen->as_array()) facts.seen.push_back(watermark_in(mark));
        }
        if (const auto* unreadable = item.as_object().if_contains("unreadable"))
            facts.unreadable = strings_in(*unreadable);
    }
    cursor.attribute_names = strings_in(parsed.at("attribute_names"));
    return cursor;
}

std::string domains_text(const SourceDomains& domains) {
    json::array out;
    for (const auto& [name, guid] : domains) out.push_back({json::string(name), json::string(to_text(guid))});
    return json::serialize(out);
}

SourceDomains parsed_domains(std::string_view text) {
    SourceDomains out;
    const json::value parsed = json::parse(text);
    for (const json::value& item : parsed.as_array()) {
        out.emplace_back(string_of(item.at(0)), guid_in(item.at(1)));
    }
    return out;
}

std::string counts_text(const Counts& counts) {
    json::object out;
    for (const auto& [name, count] : counts) out[name] = count;
    return json::serialize(out);
}

Counts parsed_counts(std::string_view text) {
    Counts out;
    const json::value parsed = json::parse(text);
    for (const auto& member : parsed.as_object()) {
        out.emplace_back(std::string(member.key()), member.value().to_number<std::uint64_t>());
    }
    return out;
}

std::string names_text(const std::vector<std::string>& names) { return json::serialize(array_of(names)); }

std::vector<std::string> parsed_names(std::string_view text) { return strings_in(json::parse(text)); }

sync::ExtraAttributes parsed_attributes(std::string_view text) {
    sync::ExtraAttributes out;
    const json::value parsed = json::parse(text);
    for (const auto& member : parsed.as_object()) {
        out.emplace_back(std::string(member.key()), string_of(member.value()));
    }
    return out;
}

std::string packed(const std::vector<sync::HeldObject>& objects) {
    std::string out;
    out.reserve(objects.size() * 32);
    for (const auto& [first, second] : objects) {
        out.append(bytes_of(first));
        out.append(bytes_of(second));
    }
    return out;
}

std::vector<sync::HeldObject> unpacked_objects(std::string_view bytes) {
    if (bytes.size() % 32 != 0) damaged("held objects");
    std::vector<sync::HeldObject> out;
    out.reserve(bytes.size() / 32);
    for (; !bytes.empty(); bytes.remove_prefix(32)) {
        out.emplace_back(guid_of(bytes.substr(0, 16)), guid_of(bytes.substr(16, 16)));
    }
    return out;
}

std::string packed(const std::optional<Sid>& sid) {
    std::string out;
    if (!sid) return out;
    const auto byte = [&out](std::uint64_t value) { out.push_back(static_cast<char>(value & 0xff)); };
    // MS-DTYP 2.4.2.2: the authority is big-endian, the sub-authorities are not.
    byte(sid->revision);
    byte(sid->count);
    for (int shift = 40; shift >= 0; shift -= 8) byte(sid->authority >> shift);
    for (std::size_t i = 0; i < sid->count; ++i) {
        for (int shift = 0; shift < 32; shift += 8) byte(sid->sub[i] >> shift);
    }
    return out;
}

std::optional<Sid> unpacked_sid(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    const auto sid = sid_from_wire(bytes);
    if (!sid) damaged("SID");
    return sid;
}

ObjectGuid guid_of(std::string_view bytes) {
    ObjectGuid guid;
    if (bytes.size() != guid.bytes.size()) damaged("GUID");
    std::memcpy(guid.bytes.data(), bytes.data(), guid.bytes.size());
    return guid;
}

RowId parsed_row_id(std::string_view text) {
    const auto id = parse<RowId>(text);
    if (!id) damaged("row id");
    return *id;
}

sync::SourceKind parsed_source_kind(std::string_view word) {
    const auto kind = sync::parsed_source_kind(word);
    if (!kind) damaged("kind of identity source");
    return *kind;
}

ObjectGuid parsed_guid(std::string_view text) {
    const auto guid = parse<ObjectGuid>(text);
    if (!guid) damaged("GUID");
    return *guid;
}

RowId run_id_for(std::uint64_t clock, std::uint32_t number, const RowId& randomness) {
    RowId id = randomness;
    for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(clock >> (40 - 8 * i));
    // RFC 9562 6.2: a counter right behind the time, here 32 bits around version and variant.
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | (number >> 28));
    id.bytes[7] = static_cast<std::uint8_t>(number >> 20);
    id.bytes[8] = static_cast<std::uint8_t>(0x80 | ((number >> 14) & 0x3f));
    id.bytes[9] = static_cast<std::uint8_t>(number >> 6);
    id.bytes[10] = static_cast<std::uint8_t>(((number & 0x3f) << 2) | (randomness.bytes[10] & 0x03));
    return id;
}

}  // namespace dirsync::store
