#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <boost/asio/steady_timer.hpp>

#include "core/dn.hpp"
#include "directory_fixture.hpp"
#include "proxy.hpp"
#include "silent_server.hpp"

namespace dirsync::lab {
namespace {

using sync::EntryKind;
using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// Number of objects that ldapsearch finds with a filter.
std::size_t ldapsearch_count(const Lab& lab, const std::string& filter) {
    const std::string command = "env -u LDAPNOINIT LDAPTLS_CACERT=" + lab["AD_CA_FILE"] +
                                " ldapsearch -LLL -x -E pr=1000/noprompt -H ldaps://" + lab.ip() + " -D '" +
                                lab["AD_BIND_DN"] + "' -y " + lab["AD_PASSWORD_FILE"] + " -b " +
                                lab["AD_BASE_DN"] + " '" + filter + "' 1.1 | grep -c '^dn:'";
    std::size_t count = 0;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr || std::fscanf(pipe, "%zu", &count) != 1) ADD_FAILURE() << "ldapsearch does not run";
    if (pipe != nullptr) ::pclose(pipe);
    return count;
}

// semantics 6.1
TEST_F(DirectoryTest, EveryUserGroupAndContainerComesOnce) {
    make({ldaps()}, lab().simple());
    read_whole();
    EXPECT_EQ(sink_.count(EntryKind::user),
              ldapsearch_count(lab(), "(&(objectCategory=person)(objectClass=user))"));
    EXPECT_EQ(sink_.count(EntryKind::group), ldapsearch_count(lab(), "(objectCategory=group)"));
    EXPECT_GT(sink_.count(EntryKind::container), ldapsearch_count(lab(), "(objectClass=organizationalUnit)"));
    EXPECT_EQ(sink_.count(EntryKind::other), 0U);
    EXPECT_TRUE(sink_.quarantined.empty());
    std::set<ObjectGuid> guids;
    for (const auto& entry : sink_.entries) guids.insert(entry.guid);
    EXPECT_EQ(guids.size(), sink_.entries.size());
}

TEST_F(DirectoryTest, ContainersComeBeforeUsersBeforeGroups) {
    make({ldap()}, lab().gssapi());
    read_whole();
    const auto rank = [](const sync::Entry& entry) {
        return entry.kind == EntryKind::container ? 0 : entry.kind == EntryKind::user ? 1 : 2;
    };
    EXPECT_TRUE(std::is_sorted(sink_.entries.begin(), sink_.entries.end(),
                               [&rank](const auto& a, const auto& b) { return rank(a) < rank(b); }));
}

TEST_F(DirectoryTest, SealedKerberosAndTlsReadTheSame) {
    make({ldap()}, lab().gssapi());
    read_whole();
    const auto sealed = std::exchange(sink_, {});
    make({ldaps()}, lab().simple());
    read_whole();
    ASSERT_EQ(sealed.entries.size(), sink_.entries.size());
    for (std::size_t i = 0; i < sealed.entries.size(); ++i) {
        EXPECT_EQ(sealed.entries[i].guid, sink_.entries[i].guid);
        EXPECT_EQ(sealed.entries[i].attributes, sink_.entries[i].attributes);
        EXPECT_EQ(sealed.entries[i].members, sink_.entries[i].members);
    }
}

// semantics 6.3
TEST_F(DirectoryTest, BigGroupsComeWhole) {
    make({ldaps()}, lab().simple());
    read_whole();
    for (const auto& [name, size] : {std::pair("CN=big1600,", 1600U), std::pair("CN=big5500,", 5500U)}) {
        const auto* group = sink_.find(name);
        ASSERT_NE(group, nullptr) << name;
        std::set<sync::MemberRef> members(group->members.begin(), group->members.end());
        EXPECT_EQ(members.size(), size);
    }
}

// semantics 2.5
TEST_F(DirectoryTest, PrimaryGroupsAreToldByTheirRid) {
    make({ldaps()}, lab().simple());
    read_whole();
    const auto* group = sink_.find("CN=primary-other,");
    ASSERT_NE(group, nullptr);
    ASSERT_TRUE(group->sid);
    const auto users = std::count_if(sink_.entries.begin(), sink_.entries.end(), [&](const auto& entry) {
        return entry.kind == EntryKind::user && entry.primary_group_rid == group->sid->rid();
    });
    EXPECT_EQ(users, 10);
    EXPECT_TRUE(group->members.empty());
}

// semantics 2.6
TEST_F(DirectoryTest, ForeignPrincipalsAreToldByTheirSid) {
    make({ldaps()}, lab().simple());
    read_whole();
    const auto* group = sink_.find("CN=with-foreign,");
    ASSERT_NE(group, nullptr);
    std::set<std::string> foreign;
    for (const auto& member : group->members) {
        if (member.foreign_sid) foreign.insert(to_text(*member.foreign_sid));
    }
    EXPECT_THAT(foreign, ::testing::UnorderedElementsAre("S-1-5-21-1111111111-2222222222-3333333333-1100",
                                                         "S-1-5-21-1111111111-2222222222-3333333333-1101",
                                                         "S-1-5-21-1111111111-2222222222-3333333333-1102",
                                                         "S-1-5-11"));
}

// semantics 2.3
TEST_F(DirectoryTest, NestedGroupsNameEachOtherByGuid) {
    make({ldaps()}, lab().simple());
    read_whole();
    const sync::Entry* cycle[3] = {sink_.find("CN=cycle-a,"), sink_.find("CN=cycle-b,"),
                                   sink_.find("CN=cycle-c,")};
    for (int i = 0; i < 3; ++i) {
        ASSERT_NE(cycle[i], nullptr);
        const sync::MemberRef next{cycle[(i + 1) % 3]->guid, std::nullopt};
        EXPECT_EQ(std::count(cycle[i]->members.begin(), cycle[i]->members.end(), next), 1);
    }
}

TEST_F(DirectoryTest, OddNamesParseAndLieBelowTheirContainer) {
    make({ldap()}, lab().gssapi());
    read_whole();
    const auto base = Dn::parse("OU=Odd,OU=Lab," + lab()["AD_BASE_DN"]);
    ASSERT_TRUE(base);
    std::set<std::string> leaves;
    for (const auto& entry : sink_.entries) {
        const auto dn = Dn::parse(entry.dn);
        ASSERT_TRUE(dn) << entry.dn;
        if (entry.kind == EntryKind::user && dn->is_within(*base)) leaves.insert(dn->leaf_value());
    }
    for (const std::string leaf :
         {"Comma, Carl", "Plus+Petra", "Quote \"Quentin\"", "Back\\slash", "#Hash first", " Leading space",
          "Trailing space ", "A,B+C=D;E\"F\\G#H<I>J", "Line\nbreak", "\\,\\+", "CN=inside", "In odd OU"}) {
        EXPECT_TRUE(leaves.contains(leaf)) << leaf;
    }
}

TEST_F(DirectoryTest, AttributesAreThoseAskedFor) {
    make({ldaps()}, lab().simple());
    read_whole();
    const auto* user = sink_.find("CN=fat,OU=Odd,");
    ASSERT_NE(user, nullptr);
    const sync::AttributesView view(user->attributes.bytes());
    EXPECT_EQ(view.first(0), "fat");
    EXPECT_EQ(view.first(1), "fat@" + lab().domain());
    EXPECT_EQ(view.first(6), std::string(1024, 'd'));
    const auto* disabled = sink_.find("CN=Disabled 0,OU=Disabled,");
    ASSERT_NE(disabled, nullptr);
    EXPECT_TRUE(disabled->disabled);
    EXPECT_FALSE(user->disabled);
}

TEST_F(DirectoryTest, FactsNameTheDomainAndItsServer) {
    make({ldaps()}, lab().simple());
    const auto facts = connect();
    ASSERT_EQ(facts.size(), 1U);
    EXPECT_EQ(facts[0].dns_name, lab().domain());
    EXPECT_EQ(facts[0].netbios_name, lab()["AD_DOMAIN"]);
    EXPECT_EQ(facts[0].server, ldaps());
    EXPECT_EQ(facts[0].detection, "");  // not chosen before the first read
    EXPECT_EQ(facts[0].base_dn, lab()["AD_BASE_DN"]);
}

TEST_F(DirectoryTest, ConnectionIsKeptBetweenCycles) {
    Proxy proxy(lab().ip(), 636);
    make({"ldaps://" + lab().ip() + ":" + std::to_string(proxy.port())}, lab().simple());
    for (int cycle = 0; cycle < 3; ++cycle) {
        connect();
        EXPECT_TRUE(read());
    }
    EXPECT_EQ(proxy.connections(), 1);
}

// semantics 6.4
TEST_F(DirectoryTest, SecondServerIsUsedWhenTheFirstIsUnreachable) {
    make({"ldaps://" + lab().ip() + ":9", ldaps()}, lab().simple());
    const auto facts = connect();
    ASSERT_EQ(facts.size(), 1U);
    EXPECT_EQ(facts[0].server, ldaps());
    const auto servers = directory_->servers();
    ASSERT_EQ(servers.size(), 2U);
    EXPECT_THAT(servers[0].state, HasSubstr("refused"));
    EXPECT_FALSE(servers[0].in_use);
    EXPECT_EQ(servers[1].state, "connected");
    EXPECT_TRUE(servers[1].in_use);
}

TEST_F(DirectoryTest, WhenNoServerWillDoTheErrorTellsWhatEachOneSaid) {
    const SilentServer silent(SilentServer::Protocol::tcp);
    ldap::DirectoryOptions options;
    options.deadlines.bind = 500ms;
    make({"ldaps://" + lab().ip() + ":9", "ldaps://" + silent.address()}, lab().simple(), options);
    EXPECT_THAT(refused_connect(ErrorCode::unreachable),
                AllOf(HasSubstr("refused"), HasSubstr(silent.address() + ": TLS handshake: no answer")));
}

// semantics 5.8
TEST_F(DirectoryTest, RefusedCredentialsAreNotTriedOnTheNextServer) {
    const PrivateFile file("not the password");
    auto bind = lab().simple();
    bind.dn = lab()["AD_PLAIN_BIND_DN"];
    bind.password_file = file.path();
    make({ldaps(), ldaps() + ":636/"}, bind);
    refused_connect(ErrorCode::invalid_credentials);
    EXPECT_EQ(directory_->servers().at(1).state, "not tried");
}

TEST_F(DirectoryTest, AnotherDomainIsAConfigurationError) {
    auto config = lab().domain_config({ldaps()}, lab().simple());
    config.name = "other.example.com";
    make({config});
    EXPECT_THAT(refused_connect(ErrorCode::config_invalid),
                AllOf(HasSubstr("other.example.com"), HasSubstr(lab().domain())));
}

// semantics 5.1
TEST_F(DirectoryTest, ReadThatIsCutIsAnError) {
    for (const auto& [scheme, port] : {std::pair("ldaps", 636), std::pair("ldap", 389)}) {
        Proxy proxy(lab().ip(), static_cast<std::uint16_t>(port));
        const auto uri = std::string(scheme) + "://" + lab().ip() + ":" + std::to_string(proxy.port());
        make({uri}, port == 636 ? lab().simple() : lab().gssapi());
        connect();
        proxy.fail_after(Proxy::Fault::cut, 300'000);
        const auto summary = read();
        ASSERT_FALSE(summary);
        EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::connection_lost))
            << summary.error().message();
        EXPECT_THAT(directory_->servers().at(0).state, HasSubstr("reading"));
        proxy.fail_after(Proxy::Fault::none, 0);
        connect();
        EXPECT_TRUE(read());
    }
}

TEST_F(DirectoryTest, CutAtAnyPlaceIsAnErrorNeverAShorterDirectory) {
    Proxy proxy(lab().ip(), 636);
    make({"ldaps://" + lab().ip() + ":" + std::to_string(proxy.port())}, lab().simple());
    connect();
    const auto before = proxy.bytes_from_server();
    ASSERT_TRUE(read());
    const auto whole = proxy.bytes_from_server() - before;
    for (int i = 0; i < 8; ++i) {
        proxy.fail_after(Proxy::Fault::none, 0);
        connect();
        proxy.fail_after(Proxy::Fault::cut, whole * static_cast<std::uint64_t>(i) / 8);
        EXPECT_FALSE(read()) << "cut after " << i << " eighths";
    }
}

TEST_F(DirectoryTest, ServerThatFallsSilentEndsTheReadAtTheDeadline) {
    Proxy proxy(lab().ip(), 636);
    ldap::DirectoryOptions options;
    options.deadlines.silence = 1500ms;
    make({"ldaps://" + lab().ip() + ":" + std::to_string(proxy.port())}, lab().simple(), options);
    connect();
    proxy.fail_after(Proxy::Fault::silence, 300'000);
    const Stopwatch watch;
    const auto summary = read();
    ASSERT_FALSE(summary);
    EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::timeout)) << summary.error().message();
    EXPECT_LT(watch.elapsed(), 6s);
}

// semantics 5.19: the silence ends with each byte, the read never.
TEST_F(DirectoryTest, ServerThatDripsIsLeftForTheNext) {
    Proxy proxy(lab().ip(), 636);
    ldap::DirectoryOptions options;
    options.deadlines.silence = options.deadlines.pace = 1500ms;
    const auto slow = "ldaps://" + lab().ip() + ":" + std::to_string(proxy.port());
    make({slow, ldaps()}, lab().simple(), options);
    connect();
    proxy.fail_after(Proxy::Fault::drip, 300'000);
    auto summary = read();
    ASSERT_FALSE(summary);
    EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::timeout)) << summary.error().message();
    EXPECT_THAT(summary.error().message(), HasSubstr("the server sends too slowly"));
    proxy.fail_after(Proxy::Fault::none, 0);
    EXPECT_EQ(connect().front().server, ldaps()) << "the preferred one is asked later";
    EXPECT_TRUE(read());
    EXPECT_THAT(directory_->servers().front().state, HasSubstr("too slowly"));
}

TEST_F(DirectoryTest, DisconnectEndsARunningReadAtOnce) {
    Proxy proxy(lab().ip(), 636);
    make({"ldaps://" + lab().ip() + ":" + std::to_string(proxy.port())}, lab().simple());
    connect();
    proxy.fail_after(Proxy::Fault::silence, 100'000);
    boost::asio::steady_timer timer(executor(), 300ms);
    timer.async_wait([this](boost::system::error_code) { directory_->disconnect(); });
    const Stopwatch watch;
    const auto summary = read();
    ASSERT_FALSE(summary);
    EXPECT_EQ(name_of(summary.error().code()), name_of(ErrorCode::connection_lost))
        << summary.error().message();
    EXPECT_LT(watch.elapsed(), 1s);
}

TEST_F(DirectoryTest, LoopStaysResponsiveDuringARead) {
    make({ldaps()}, lab().simple());
    connect();
    boost::asio::steady_timer timer(executor());
    auto last = std::chrono::steady_clock::now();
    auto longest = 0ms;
    std::function<void()> tick = [&] {
        timer.expires_after(1ms);
        timer.async_wait([&](boost::system::error_code error) {
            if (error) return;
            const auto now = std::chrono::steady_clock::now();
            longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(now - last));
            last = now;
            tick();
        });
    };
    tick();
    ASSERT_TRUE(read());
    timer.cancel();
    EXPECT_LT(longest, 200ms);
}

}  // namespace
}  // namespace dirsync::lab
