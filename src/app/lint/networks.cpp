// mynetworks: nobody, too many, or something else than it looks like.
#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "tables/network_pattern.hpp"

namespace posthouse::app::lint {

namespace {

bool is_private(const base::IpAddress& address) {
    struct Range {
        const char* network;
        unsigned length;
    };
    static constexpr Range ranges[] = {{"10.0.0.0", 8}, {"172.16.0.0", 12}, {"192.168.0.0", 16}, {"100.64.0.0", 10}, {"127.0.0.0", 8}, {"169.254.0.0", 16}, {"fc00::", 7}, {"fe80::", 10}};
    for (const Range& range : ranges) {
        const auto network = *base::IpAddress::parse(range.network);
        if (network.family() == address.family() && address.in_network(network, range.length)) {
            return true;
        }
    }
    return false;
}

void one_pattern(const std::string& word, const View& view, Report& report) {
    const auto pattern = tables::parse_network_pattern(word);
    if (!pattern) {
        report.at(Severity::error, view, "mynetworks", base::format("mynetworks: {}; clients that are not found before it get \"451 4.3.0 Temporary lookup failure\"", pattern.error()));
        return;
    }
    const unsigned narrowest_wide = pattern->network.is_v4() ? 15 : 31;
    if (pattern->prefix_length > 0 && pattern->prefix_length <= narrowest_wide && !is_private(pattern->network)) {
        report.at(Severity::warning, view, "mynetworks",
                  base::format("mynetworks contains {}: {} addresses of the Internet may relay; list the networks that are yours", word,
                               pattern->network.is_v4() ? base::format("{}", 1ULL << (32U - pattern->prefix_length)) : "countless"));
    }
}

}  // namespace

void networks(const Subject& subject, Report& report) {
    const View view = subject.configuration.main();
    const bool is_set = view.is_set("mynetworks");
    if (is_set && view.is_set("mynetworks_style")) {
        report.at(Severity::note, view, "mynetworks_style", "mynetworks_style has no effect: mynetworks is set; take one of them out");
    }
    if (!is_set && view.text("mynetworks_style") == "class") {
        report.at(Severity::warning, view, "mynetworks_style", "mynetworks_style = class trusts the whole class A, B or C network of this host, neighbours of your provider included; set mynetworks");
    }
    if (!is_set) {
        return;
    }
    const auto words = view.list("mynetworks");
    if (words.empty()) {
        report.at(Severity::warning, view, "mynetworks",
                  "mynetworks is empty: nobody is trusted, not even programs on this host that use 127.0.0.1; if that is not meant, write \"mynetworks = 127.0.0.0/8 [::1]/128\"");
    }
    for (const std::string& word : words) {
        const std::string pattern = word.starts_with('!') ? word.substr(1) : word;
        const bool is_table_or_file = pattern.starts_with('/') || !tables_in(pattern).empty();
        if (!is_table_or_file && !word.starts_with('!')) {
            one_pattern(pattern, view, report);
        }
    }
}

}  // namespace posthouse::app::lint
