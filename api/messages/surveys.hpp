#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "api/messages/cycles.hpp"
#include "api/messages/json.hpp"
#include "core/check.hpp"

// The questions of setup and doctor, and their answers.
namespace dirsync::messages {

struct LocateRequest {
    std::string domain;
    bool ldaps = false;
};
BOOST_DESCRIBE_STRUCT(LocateRequest, (), (domain, ldaps))
struct Located {
    std::vector<std::string> servers;  ///< URIs in order of preference
};
BOOST_DESCRIBE_STRUCT(Located, (), (servers))

/// `config`: the text of a configuration; left out: the one in force.
struct DraftRequest {
    Given<std::string> config;
};
BOOST_DESCRIBE_STRUCT(DraftRequest, (), (config))
struct CheckLine {
    std::string check;
    std::string subject;
    std::string outcome;
    std::string seen;
    std::optional<std::string> advice;
    int exit_code = 0;
};
BOOST_DESCRIBE_STRUCT(CheckLine, (), (check, subject, outcome, seen, advice, exit_code))
struct CheckReport {
    std::vector<CheckLine> checks;
    int exit_code = 0;
};
BOOST_DESCRIBE_STRUCT(CheckReport, (), (checks, exit_code))

CheckReport report_of(const std::vector<Check>& checks);
std::vector<Check> checks_of(const CheckReport& report);

struct SampleRequest {
    Given<std::string> config;
    Given<std::vector<std::string>> names;
};
BOOST_DESCRIBE_STRUCT(SampleRequest, (), (config, names))
struct MappedUser {
    std::string name;
    std::string dn;
    bool disabled = false;
    Named<MappedValue> attributes;
};
BOOST_DESCRIBE_STRUCT(MappedUser, (), (name, dn, disabled, attributes))
struct Sample {
    std::vector<MappedUser> users;
};
BOOST_DESCRIBE_STRUCT(Sample, (), (users))

struct SearchRequest {
    Given<std::string> config;
    std::string text;
    Given<std::string> kind;
};
BOOST_DESCRIBE_STRUCT(SearchRequest, (), (config, text, kind))
struct FoundName {
    std::string kind;  ///< user | group | organizational_unit
    std::string scope_name;
    std::string title;
    std::string account;
    std::string dn;
    bool disabled = false;
};
BOOST_DESCRIBE_STRUCT(FoundName, (), (kind, scope_name, title, account, dn, disabled))
struct FoundNames {
    std::vector<FoundName> names;
    bool more = false;  ///< there are others besides
};
BOOST_DESCRIBE_STRUCT(FoundNames, (), (names, more))

}  // namespace dirsync::messages
