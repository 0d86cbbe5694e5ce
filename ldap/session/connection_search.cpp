#include "ldap/session/connection.hpp"

#include <cerrno>
#include <memory>

#include <ldap.h>

#include "ldap/session/result_error.hpp"

namespace dirsync::ldap {
namespace {

struct FreeMessage {
    void operator()(LDAPMessage* message) const noexcept { ldap_msgfree(message); }
};
struct FreeElement {
    void operator()(BerElement* ber) const noexcept { ber_free(ber, 0); }
};
struct FreeValues {
    void operator()(berval* values) const noexcept { ber_memfree(values); }
};
struct FreeControls {
    void operator()(LDAPControl** controls) const noexcept { ldap_controls_free(controls); }
};
struct FreeText {
    void operator()(char* text) const noexcept { ldap_memfree(text); }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;

int scope_of(SearchScope scope) noexcept {
    switch (scope) {
        case SearchScope::base:
            return LDAP_SCOPE_BASE;
        case SearchScope::one_level:
            return LDAP_SCOPE_ONELEVEL;
        case SearchScope::subtree:
            break;
    }
    return LDAP_SCOPE_SUBTREE;
}

std::string_view view_of(const berval& value) noexcept { return {value.bv_val, value.bv_len}; }

/// Pointers into controls and names in the form libldap wants; the controls and names outlive them.
class Arguments {
public:
    Arguments(const std::vector<Control>& controls, const std::vector<std::string>& attributes) {
        controls_.reserve(controls.size());
        for (const auto& control : controls) {
            LDAPControl out{};
            out.ldctl_oid = const_cast<char*>(control.oid.c_str());
            if (!control.value.empty()) {
                out.ldctl_value.bv_val = const_cast<char*>(control.value.data());
                out.ldctl_value.bv_len = control.value.size();
            }
            out.ldctl_iscritical = control.critical ? 1 : 0;
            controls_.push_back(out);
        }
        for (auto& control : controls_) control_list_.push_back(&control);
        control_list_.push_back(nullptr);
        for (const auto& name : attributes) names_.push_back(const_cast<char*>(name.c_str()));
        names_.push_back(nullptr);
    }
    LDAPControl** controls() { return control_list_.data(); }
    char** names() { return names_.data(); }

private:
    std::vector<LDAPControl> controls_;
    std::vector<LDAPControl*> control_list_;
    std::vector<char*> names_;
};

}  // namespace

Result<PendingSearch> Connection::send(const SearchRequest& request, std::string_view cookie) {
    auto controls = request.controls;
    if (request.page_size != 0) controls.push_back(paged_results(request.page_size, cookie));
    if (request.dir_sync_flags) controls.push_back(dir_sync(*request.dir_sync_flags, cookie));
    Arguments arguments(controls, request.attributes);
    PendingSearch search;
    search.paged = request.page_size != 0;
    search.dir_sync = request.dir_sync_flags.has_value();
    const int code =
        ldap_search_ext(handle_, request.base.c_str(), scope_of(request.scope), request.filter.c_str(),
                        arguments.names(), 0, arguments.controls(), nullptr, nullptr, 0, &search.id);
    if (code != LDAP_SUCCESS) return library_error(code, diagnostic());
    return search;
}

Result<Connection::Drained> Connection::drain(PendingSearch& search, RawEntrySink& sink, std::size_t limit) {
    for (std::size_t taken = 0; taken < limit; ++taken) {
        timeval no_time{};
        LDAPMessage* raw = nullptr;
        errno = 0;
        const int type = ldap_result(handle_, search.id, LDAP_MSG_ONE, &no_time, &raw);
        const Message message(raw);
        if (type == 0 && holds_unread_bytes()) continue;
        if (type == 0) return Drained::empty;
        if (type < 0) return lost();
        if (type == LDAP_RES_SEARCH_ENTRY) {
            auto decoded = decode(message.get(), sink);
            if (!decoded) return std::move(decoded).error();
            ++search.entries;
        } else if (type == LDAP_RES_SEARCH_RESULT) {
            auto finished = finish(message.get(), search);
            if (!finished) return std::move(finished).error();
            return Drained::finished;
        } else if (type != LDAP_RES_SEARCH_REFERENCE && type != LDAP_RES_INTERMEDIATE) {
            return Error(ErrorCode::protocol, "the server answered a search with a message of another kind");
        }
    }
    return Drained::more;
}

/// ldap_result says "nothing yet" also when a message spans two TLS records and it has read one of them
/// (ber_get_next stops at a short read), with the other already in the read-ahead buffer: waiting for the
/// socket would then never end. Bytes that cannot be used yet never stay in a buffer that this function asks.
bool Connection::holds_unread_bytes() const noexcept {
    Sockbuf* buffer = nullptr;
    ldap_get_option(handle_, LDAP_OPT_SOCKBUF, &buffer);
    return ber_sockbuf_ctrl(buffer, LBER_SB_OPT_DATA_READY, nullptr) != 0;
}

Result<void> Connection::decode(LDAPMessage* message, RawEntrySink& sink) {
    BerElement* cursor = nullptr;
    berval dn{};
    if (ldap_get_dn_ber(handle_, message, &cursor, &dn) != LDAP_SUCCESS) {
        return Error(ErrorCode::protocol, "the server sent an entry that is not valid BER");
    }
    const std::unique_ptr<BerElement, FreeElement> guard(cursor);
    sink.begin(view_of(dn));
    while (true) {
        berval name{};
        berval* raw = nullptr;
        const int code = ldap_get_attribute_ber(handle_, message, cursor, &name, &raw);
        const std::unique_ptr<berval, FreeValues> values(raw);
        if (code != LDAP_SUCCESS) {
            return Error(ErrorCode::protocol,
                         "the server sent an entry whose attributes are not valid BER: " +
                             quoted_peer_text(view_of(dn)));
        }
        if (name.bv_val == nullptr) break;
        values_.clear();
        for (const auto* value = raw; value != nullptr && value->bv_val != nullptr; ++value)
            values_.push_back(view_of(*value));
        sink.attribute(view_of(name), values_);
    }
    sink.end();
    return {};
}

Result<void> Connection::finish(LDAPMessage* message, PendingSearch& search) {
    int code = LDAP_OTHER;
    char* text = nullptr;
    LDAPControl** raw = nullptr;
    const int parsed = ldap_parse_result(handle_, message, &code, nullptr, &text, nullptr, &raw, 0);
    const std::unique_ptr<char, FreeText> diagnostic_text(text);
    const std::unique_ptr<LDAPControl*, FreeControls> controls(raw);
    if (parsed != LDAP_SUCCESS)
        return Error(ErrorCode::protocol, "the server sent a search result that is not valid BER");
    search.answered = true;
    // The code first: a cookie beside an error leads nowhere.
    if (code != LDAP_SUCCESS) return result_error(code, text == nullptr ? "" : text);
    if (!search.paged && !search.dir_sync) return {};
    const auto oid = std::string(search.paged ? paged_results_oid : dir_sync_oid);
    return take_answer(raw == nullptr ? nullptr : ldap_control_find(oid.c_str(), raw, nullptr), search);
}

Result<void> Connection::take_answer(const LDAPControl* control, PendingSearch& search) const {
    const char* name = search.paged ? "paged results" : "DirSync";
    if (control == nullptr) {
        return Error(ErrorCode::read_incomplete, std::string("the server left out the ") + name +
                                                     " control: it cannot be told whether more was to come");
    }
    const auto malformed =
        Error(ErrorCode::protocol, std::string("the server's ") + name + " control is not valid BER");
    if (search.dir_sync) {
        auto answer = dir_sync_answer(view_of(control->ldctl_value));
        if (!answer) return malformed;
        search.more = answer->more;
        search.cookie = std::move(answer->cookie);
        return {};
    }
    auto cookie = page_cookie(view_of(control->ldctl_value));
    if (!cookie) return malformed;
    search.cookie = std::move(*cookie);
    search.more = !search.cookie.empty();
    return {};
}

}  // namespace dirsync::ldap
