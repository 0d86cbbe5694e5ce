#include "ldap/session/dc_locator.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include "ldap/session/session.hpp"

namespace dirsync::ldap {
namespace {

constexpr std::size_t largest_answer = 65535;

/// Moves the record that the draw names to the front of [first, last).
void draw_one(std::vector<SrvRecord>::iterator first, std::vector<SrvRecord>::iterator last,
              const RandomBelow& random) {
    std::uint32_t total = 0;
    for (auto record = first; record != last; ++record) total += record->weight;
    const auto drawn = random(total);
    std::uint32_t sum = 0;
    for (auto record = first; record != last; ++record) {
        sum += record->weight;
        if (sum >= drawn) {
            std::rotate(first, record, std::next(record));
            return;
        }
    }
}

/// The outcome of one query: an answer, or the resolver's h_errno.
struct Answer {
    std::vector<unsigned char> bytes;
    int why = 0;
};

Answer ask(const std::string& name) {
    Answer answer;
    struct __res_state state {};
    if (res_ninit(&state) != 0) {
        answer.why = NETDB_INTERNAL;
        return answer;
    }
    state.retrans = 2;
    state.retry = 2;
    answer.bytes.resize(largest_answer);
    const int length = res_nquery(&state, name.c_str(), ns_c_in, ns_t_srv, answer.bytes.data(),
                                  static_cast<int>(answer.bytes.size()));
    if (length < 0) {
        answer.why = state.res_h_errno;
        answer.bytes.clear();
    } else {
        answer.bytes.resize(std::min(static_cast<std::size_t>(length), largest_answer));
    }
    res_nclose(&state);
    return answer;
}

Result<std::vector<SrvRecord>> look_up(const std::string& domain) {
    std::string failures;
    for (const std::string prefix : {"_ldap._tcp.dc._msdcs.", "_ldap._tcp."}) {
        const auto name = prefix + domain;
        const auto answer = ask(name);
        auto records = srv_records_of(answer.bytes);
        if (!records.empty()) return records;
        if (!failures.empty()) failures += "; ";
        failures += name + ": ";
        failures += answer.bytes.empty() ? hstrerror(answer.why) : "no SRV record in the answer";
        if (answer.why != HOST_NOT_FOUND && answer.why != NO_DATA && answer.why != 0) break;
    }
    return Error(ErrorCode::unreachable, "no domain controller found in DNS (" + failures +
                                             "); name the servers in the configuration or mend DNS");
}

}  // namespace

std::vector<SrvRecord> in_order_of_preference(std::vector<SrvRecord> records, const RandomBelow& random) {
    if (records.size() == 1 && (records.front().target.empty() || records.front().target == ".")) return {};
    // RFC 2782: within a priority the records of weight 0 come first before the draw.
    std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
        return std::pair(a.priority, a.weight != 0) < std::pair(b.priority, b.weight != 0);
    });
    for (auto first = records.begin(); first != records.end(); ++first) {
        const auto last = std::find_if(
            first, records.end(),
            [priority = first->priority](const SrvRecord& record) { return record.priority != priority; });
        draw_one(first, last, random);
    }
    std::vector<SrvRecord> unique;
    for (auto& record : records) {
        const bool known = std::any_of(unique.begin(), unique.end(), [&record](const SrvRecord& other) {
            return other.target == record.target && other.port == record.port;
        });
        if (!known) unique.push_back(std::move(record));
    }
    return unique;
}

std::vector<ServerUri> servers_of(const std::vector<SrvRecord>& records, bool ldaps) {
    std::vector<ServerUri> servers;
    servers.reserve(records.size());
    for (const auto& record : records) {
        servers.push_back(ServerUri{ldaps, record.target, ldaps ? ldaps_port : record.port});
    }
    return servers;
}

std::vector<SrvRecord> srv_records_of(const std::vector<unsigned char>& dns_answer) {
    std::vector<SrvRecord> records;
    ns_msg message;
    if (ns_initparse(dns_answer.data(), static_cast<int>(dns_answer.size()), &message) != 0) return records;
    const int count = ns_msg_count(message, ns_s_an);
    for (int i = 0; i < count; ++i) {
        ns_rr parsed;
        if (ns_parserr(&message, ns_s_an, i, &parsed) != 0) return {};
        constexpr int fixed_part = 6;
        if (ns_rr_type(parsed) != ns_t_srv || ns_rr_rdlen(parsed) <= fixed_part) continue;
        const unsigned char* data = ns_rr_rdata(parsed);
        char target[NS_MAXDNAME] = "";
        if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), data + fixed_part, target,
                               sizeof target) < 0) {
            return {};
        }
        const auto number = [data](int at) { return static_cast<std::uint16_t>(ns_get16(data + at)); };
        SrvRecord record{number(0), number(2), number(4), target};
        if (record.target.size() > 1 && record.target.ends_with('.')) record.target.pop_back();
        records.push_back(std::move(record));
    }
    return records;
}

boost::asio::awaitable<Result<std::vector<SrvRecord>>> find_domain_controllers(
    std::string domain, std::chrono::steady_clock::time_point deadline, std::shared_ptr<BlockingStep> step) {
    const auto found = std::make_shared<std::optional<Result<std::vector<SrvRecord>>>>();
    std::function<void()> job = [found, domain] { found->emplace(look_up(domain)); };
    step->start(std::move(job));
    const auto end = co_await step->wait(deadline);
    if (end == BlockingStep::End::finished) co_return std::move(**found);
    if (end == BlockingStep::End::not_started) co_return no_thread();
    if (end == BlockingStep::End::stopped)
        co_return Error(ErrorCode::connection_lost, "the search for domain controllers was stopped");
    co_return Error(ErrorCode::timeout, "DNS did not name the domain controllers of " + domain + " in time");
}

}  // namespace dirsync::ldap
