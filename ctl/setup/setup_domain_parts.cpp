#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>

#include "api/messages/surveys.hpp"
#include "config/rules.hpp"
#include "core/text.hpp"
#include "ctl/setup/setup_dialogue.hpp"
#include "ctl/text/shown.hpp"

// The source, and how each domain is reached.
namespace dirsync::ctl {
namespace {

using config::BindMethod;

class SourcePart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        turn.text =
            "Where do users and groups come from?\n"
            "  1  Active Directory\n"
            "  2  the built-in directory: you create them by hand, with dirsyncctl\n"
            "  3  an external identity provider, by SCIM: not supported yet";
        turn.question = "Source";
        const bool fresh = !state.around.file_exists && state.draft.config.domains.empty();
        turn.proposed = state.is_directory() && !fresh ? "2" : "1";
        return turn;
    }
    void take(SetupState& state, const std::string& answer) override {
        if (answer == "1" || answer == "active_directory") {
            state.draft.config.source = sync::SourceKind::active_directory;
        } else if (answer == "2" || answer == "directory") {
            state.draft.config.source = sync::SourceKind::directory;
        } else if (answer == "3" || answer == "external_idp") {
            state.note =
                "An external identity provider is not supported in this version yet: choose another source.";
            return;
        } else {
            state.note = "Answer 1, 2 or 3.";
            return;
        }
        state.step = step_after(state, SetupStep::source);
    }
    std::string help() const override {
        return "Exactly one source is active. You can change it later; setup then shows what would be "
               "removed, and asks.";
    }
};

class DomainPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        turn.question = state.domain == 0 ? "DNS name of the domain" : "DNS name of the next domain";
        const std::string& known = state.current().name;
        turn.proposed = known.empty() && state.domain == 0 ? state.around.host_domain : known;
        return turn;
    }
    void take(SetupState& state, const std::string& answer) override {
        std::string name = answer;
        const auto fault = config::normalize(config::TextKind::dns_name, {}, name);
        if (name.empty() || fault) {
            state.note = name.empty() ? "It needs a name, for example corp.example.com." : fault->message;
            return;
        }
        if (name.find('.') == std::string::npos && name != without_dot_) {
            without_dot_ = name;
            state.note = fmt::format(
                "'{}' has no dot, so it looks like a NetBIOS name. Write the DNS name, for example "
                "{}.example.com, or '{}' again to keep it.",
                name, name, name);
            return;
        }
        const auto& domains = state.draft.config.domains;
        for (std::size_t i = 0; i < domains.size(); ++i) {
            if (i == state.domain || domains[i].name != name) continue;
            state.note = fmt::format("The domain {} was named already.", name);
            return;
        }
        // What was answered for another domain is not this one's.
        if (state.current().name != name) state.current() = config::DomainConfig{};
        state.current().name = name;
        auto& known = state.draft.config.sync.domains;
        known.clear();
        for (const auto& domain : domains) known.push_back(domain.name);
        state.step = step_after(state, SetupStep::domain);
    }
    std::string help() const override {
        return "The name by which the domain is known in DNS, not its NetBIOS name: corp.example.com, not "
               "CORP.";
    }

private:
    std::string without_dot_;  // was answered, and doubted
};

class LoginPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        const auto& bind = state.current().bind;
        Turn turn;
        switch (asking_) {
            case Asking::method:
                turn.text = fmt::format(
                    "How does dirsyncd log in to {}?\n"
                    "  1  Kerberos, with a keytab: no password on this host\n"
                    "  2  name and password, over TLS\n"
                    "  3  a client certificate, over TLS",
                    state.current().name);
                turn.question = "Login";
                turn.proposed = std::to_string(static_cast<int>(bind.method) + 1);
                return turn;
            case Asking::who:
                turn.question = bind.method == BindMethod::gssapi
                                    ? "Kerberos principal of the account"
                                    : "Account (user@domain, DOMAIN\\user or DN)";
                turn.proposed = bind.method == BindMethod::gssapi ? proposed_principal(state) : bind.dn;
                return turn;
            case Asking::secret:
                turn.question = secret_question(bind.method);
                turn.proposed = secret_of(bind);
                return turn;
            case Asking::key:
                turn.question = "File of its private key (PEM)";
                turn.proposed = bind.key_file;
                return turn;
        }
        return turn;
    }
    void take(SetupState& state, const std::string& answer) override {
        switch (asking_) {
            case Asking::method:
                return take_method(state, answer);
            case Asking::who:
                return take_who(state, answer);
            case Asking::secret:
                return take_secret(state, answer);
            case Asking::key:
                if (!take_file(state, answer, state.current().bind.key_file, true)) return;
                state.step = step_after(state, SetupStep::login);
        }
    }
    std::string help() const override {
        return "An ordinary domain account is enough, because dirsyncd only reads. Secrets stay in their "
               "files; setup keeps the paths alone. Make a keytab on a domain controller:\n"
               "  ktpass /princ svc-dirsync@CORP.EXAMPLE.COM /mapuser CORP\\svc-dirsync /pass * /crypto "
               "AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /out svc-dirsync.keytab\n"
               "Put a password into a file of its own, with nothing else in it:\n"
               "  (umask 077; cat > /etc/dirsyncd/ad-password)\n"
               "Let only the service read it:\n"
               "  chown dirsyncd: FILE && chmod 0400 FILE";
    }

private:
    enum class Asking { method, who, secret, key };

    static std::string proposed_principal(const SetupState& state) {
        const auto& domain = state.current();
        return domain.bind.principal.empty() ? "svc-dirsync@" + text::upper(domain.name)
                                             : domain.bind.principal;
    }
    static std::string secret_question(BindMethod method) {
        switch (method) {
            case BindMethod::gssapi:
                return "File of its keytab";
            case BindMethod::simple:
                return "File that holds its password (or credential:NAME of systemd)";
            case BindMethod::external:
                break;
        }
        return "File of the client certificate (PEM)";
    }
    static std::string secret_of(const config::BindConfig& bind) {
        if (bind.method == BindMethod::gssapi) return bind.keytab_file;
        if (bind.method == BindMethod::external) return bind.certificate_file;
        return bind.password_credential.empty() ? bind.password_file
                                                : "credential:" + bind.password_credential;
    }

    void take_method(SetupState& state, const std::string& answer) {
        if (answer != "1" && answer != "2" && answer != "3") {
            state.note = "Answer 1, 2 or 3.";
            return;
        }
        const auto method = static_cast<BindMethod>(answer[0] - '1');
        auto& bind = state.current().bind;
        // Keys of another method would be mistakes.
        if (bind.method != method) bind = config::BindConfig{};
        bind.method = method;
        asking_ = method == BindMethod::external ? Asking::secret : Asking::who;
    }

    void take_who(SetupState& state, const std::string& answer) {
        if (answer.empty()) {
            state.note = "The account needs a name.";
            return;
        }
        auto& bind = state.current().bind;
        if (bind.method == BindMethod::simple && answer.find_first_of("@\\=") == std::string::npos) {
            state.note = fmt::format("'{}' is neither user@domain nor DOMAIN\\user nor a DN.", answer);
            return;
        }
        (bind.method == BindMethod::gssapi ? bind.principal : bind.dn) = answer;
        asking_ = Asking::secret;
    }

    void take_secret(SetupState& state, const std::string& answer) {
        constexpr std::string_view credential = "credential:";
        auto& bind = state.current().bind;
        if (bind.method == BindMethod::simple && answer.starts_with(credential)) {
            bind.password_credential = answer.substr(credential.size());
            bind.password_file.clear();
            if (auto fault =
                    config::normalize(config::TextKind::credential_name, {}, bind.password_credential))
                state.note = fault->message;
            else
                state.step = step_after(state, SetupStep::login);
            return;
        }
        std::string& place = bind.method == BindMethod::gssapi   ? bind.keytab_file
                             : bind.method == BindMethod::simple ? bind.password_file
                                                                 : bind.certificate_file;
        if (!take_file(state, answer, place, bind.method != BindMethod::external)) return;
        bind.password_credential.clear();
        if (bind.method == BindMethod::external)
            asking_ = Asking::key;
        else
            state.step = step_after(state, SetupStep::login);
    }

    /// A file that is there, and that not everybody can read when it is a secret. Says what is wrong with it.
    static bool take_file(SetupState& state, const std::string& answer, std::string& place, bool is_secret) {
        if (answer.empty()) {
            state.note = "Name the file.";
            return false;
        }
        std::error_code error;
        const std::string path = std::filesystem::absolute(answer, error).lexically_normal().string();
        struct stat facts {};
        if (::stat(path.c_str(), &facts) != 0) {
            state.note = fmt::format("{}: {}. '?' says how it is made.", path, std::strerror(errno));
            return false;
        }
        if (!S_ISREG(facts.st_mode)) {
            state.note = path + " is not a regular file.";
            return false;
        }
        if (is_secret && (facts.st_mode & (S_IROTH | S_IWOTH)) != 0) {
            state.note =
                fmt::format("{0} is open to everybody on this host: chmod o= {0}, then name it again.", path);
            return false;
        }
        place = path;
        return true;
    }

    Asking asking_ = Asking::method;
};

class ServersPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        if (!looked_) {
            turn.work = SetupWork::locate;
            turn.argument = state.current().name;
            turn.saying = "asking DNS for the domain controllers of " + state.current().name;
            return turn;
        }
        if (found_.empty()) {
            turn.text = "DNS names no domain controllers: " + why_;
        } else {
            turn.text = fmt::format("DNS names these domain controllers of {}:", state.current().name);
            for (const auto& server : found_) turn.text += "\n  " + server;
        }
        turn.question = found_.empty() ? "Servers, as ldaps://HOST or ldap://HOST, by preference"
                                       : "Servers ('dns' asks again at each start, or ldaps://HOST ...)";
        for (const auto& server : state.current().servers)
            turn.proposed += (turn.proposed.empty() ? "" : " ") + server;
        if (turn.proposed.empty() && !found_.empty())
            turn.proposed = state.current().tls.start_tls ? "dns starttls" : "dns";
        return turn;
    }
    void worked(SetupState&, const WorkDone& done) override {
        looked_ = true;
        why_ = done.said;
        auto located = messages::read_answer<messages::Located>(done.json).value_or(messages::Located());
        for (const auto& server : located.servers) found_.push_back(shown(server));
    }
    void take(SetupState& state, const std::string& answer) override {
        auto& domain = state.current();
        if (answer == "dns" || answer == "dns starttls") {
            domain.servers.clear();
            domain.tls.start_tls = answer != "dns";
            state.step = step_after(state, SetupStep::servers);
            return;
        }
        std::vector<std::string> servers;
        std::string words = answer;
        std::replace(words.begin(), words.end(), ',', ' ');
        std::istringstream stream(words);
        for (std::string word; stream >> word;) {
            if (word.find("://") == std::string::npos) word.insert(0, usual_scheme(domain));
            if (auto fault = config::normalize(config::TextKind::server_uri, {}, word)) {
                state.note = fault->message;
                return;
            }
            servers.push_back(word);
        }
        if (servers.empty()) {
            state.note = "Name at least one server.";
            return;
        }
        const auto is_ldaps = [](const std::string& uri) { return uri.starts_with("ldaps://"); };
        const bool any_ldaps = std::any_of(servers.begin(), servers.end(), is_ldaps);
        const bool all_ldaps = std::all_of(servers.begin(), servers.end(), is_ldaps);
        const bool needs_tls = domain.bind.method != BindMethod::gssapi;
        if (any_ldaps && !all_ldaps && needs_tls) {
            state.note = "With a password or certificate all are ldaps://, or all ldap:// with StartTLS.";
            return;
        }
        domain.servers = std::move(servers);
        domain.tls.start_tls = needs_tls && !any_ldaps;
        if (domain.tls.start_tls) state.note = "The connection is encrypted by StartTLS.";
        if (any_ldaps && domain.bind.method == BindMethod::gssapi) {
            state.note =
                "Kerberos encrypts the connection itself, and domain controllers often refuse it inside TLS: "
                "ldap:// works everywhere.";
        }
        state.step = step_after(state, SetupStep::servers);
    }
    std::string help() const override {
        return "Several servers are tried in this order. With 'dns' the domain's SRV records decide "
               "(RFC 2782). Certificates and Kerberos need host names: an IP address works only if the "
               "certificate contains it. Servers that DNS finds are reached by ldaps:// where the login "
               "needs TLS; 'dns starttls' reaches them by ldap:// and StartTLS.";
    }

private:
    static const char* usual_scheme(const config::DomainConfig& domain) {
        return domain.bind.method == BindMethod::gssapi ? "ldap://" : "ldaps://";
    }

    bool looked_ = false;
    std::vector<std::string> found_;
    std::string why_;
};

class TrustPart final : public SetupPart {
public:
    Turn turn(const SetupState& state) const override {
        Turn turn;
        turn.question =
            "PEM file of the authority that signed the certificates ('system': those of this host)";
        const std::string& known = state.current().tls.ca_file;
        turn.proposed = known.empty() ? "system" : known;
        return turn;
    }
    void take(SetupState& state, const std::string& answer) override {
        auto& tls = state.current().tls;
        if (answer == "system") {
            tls.ca_file.clear();
            state.step = step_after(state, SetupStep::trust);
            return;
        }
        std::error_code error;
        const std::string path = std::filesystem::absolute(answer, error).lexically_normal().string();
        if (!std::filesystem::is_regular_file(path, error)) {
            state.note = path + " is not a file that can be read.";
            return;
        }
        tls.ca_file = path;
        state.step = step_after(state, SetupStep::trust);
    }
    std::string help() const override {
        return "If the domain has an authority of its own (AD CS), give its certificate in PEM form. On a "
               "domain controller run: certutil -ca.cert ca.cer, then here: openssl x509 -inform der -in "
               "ca.cer -out /etc/dirsyncd/corp-ca.pem";
    }
};

}  // namespace

std::unique_ptr<SetupPart> source_part() { return std::make_unique<SourcePart>(); }
std::unique_ptr<SetupPart> domain_part() { return std::make_unique<DomainPart>(); }
std::unique_ptr<SetupPart> login_part() { return std::make_unique<LoginPart>(); }
std::unique_ptr<SetupPart> servers_part() { return std::make_unique<ServersPart>(); }
std::unique_ptr<SetupPart> trust_part() { return std::make_unique<TrustPart>(); }

}  // namespace dirsync::ctl
