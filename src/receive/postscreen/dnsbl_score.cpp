#include "receive/postscreen/dnsbl_score.hpp"

#include <algorithm>
#include <charconv>

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/hostname.hpp"

namespace posthouse::receive::postscreen {

namespace {

// Ours: what adds up a few dozen of them stays an int.
constexpr int weight_max = 1'000'000;

std::optional<int> parse_weight(std::string_view text) {
    int out = 0;
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool fine = error == std::errc() && end == text.data() + text.size() && out >= -weight_max && out <= weight_max;
    return fine ? std::optional(out) : std::nullopt;
}

void shorten(std::optional<std::chrono::seconds>& time, std::chrono::seconds by) { time = time ? std::min(*time, by) : by; }

}  // namespace

base::Result<std::vector<DnsblDomain>> parse_dnsbl_sites(std::string_view text) {
    std::vector<DnsblDomain> out;
    for (const std::string_view word : base::split_words(text, ", \t\r\n")) {
        const auto wrong = [word](std::string_view what) {
            return base::fail(base::ErrorKind::invalid, base::format("postscreen_dnsbl_sites: {} in \"{}\": need domain=filter*weight, for example zen.example=127.0.0.[2..11]*3", what, word));
        };
        DnsblDomain::Site site;
        std::string_view rest = word;
        if (const std::size_t star = rest.rfind('*'); star != std::string_view::npos) {
            const auto weight = parse_weight(rest.substr(star + 1));
            if (!weight) {
                return wrong("bad weight");
            }
            site.weight = *weight;
            rest = rest.substr(0, star);
        }
        if (const std::size_t equals = rest.find('='); equals != std::string_view::npos) {
            site.filter = ReplyPattern::parse(rest.substr(equals + 1));
            if (!site.filter) {
                return wrong("bad filter");
            }
            rest = rest.substr(0, equals);
        }
        if (!smtp::is_valid_hostname(rest)) {
            return wrong("bad domain name");
        }
        auto domain = std::find_if(out.begin(), out.end(), [rest](const DnsblDomain& known) { return base::iequals(known.domain, rest); });
        if (domain == out.end()) {
            out.push_back({std::string(rest), {}});
            domain = std::prev(out.end());
        }
        domain->sites.push_back(std::move(site));
    }
    return out;
}

void DnsblScore::add(const DnsblDomain& domain, const world::DnsAnswer& answer) {
    if (answer.state == world::DnsAnswer::State::unknown) {
        return;
    }
    const bool listed = answer.state == world::DnsAnswer::State::found;
    const std::chrono::seconds time{answer.ttl_seconds};
    for (const DnsblDomain::Site& site : domain.sites) {
        const bool matches = listed && (!site.filter || std::any_of(answer.records.begin(), answer.records.end(),
                                                                     [&](const world::DnsRecord& record) { return site.filter->matches(record.address); }));
        if (matches) {
            total_ += site.weight;
            if (domain_.empty() || weight_ < site.weight) {
                domain_ = domain.domain;
                weight_ = site.weight;
            }
        }
        // An answer speaks for the client if a list of bad ones lacks it, or one of good ones has it.
        shorten(listed == (site.weight > 0) ? fail_ : pass_, time);
    }
}

std::chrono::seconds DnsblScore::time_to_live(std::chrono::seconds min, std::chrono::seconds max) const {
    const auto& heard = total_ > 0 ? fail_ : pass_;
    return std::min(std::max(heard.value_or(min), min), max);
}

std::string dnsbl_question(const base::IpAddress& client, std::string_view domain) {
    std::string name = client.reverse_name();
    name.resize(name.size() - std::string_view(client.is_v4() ? "in-addr.arpa" : "ip6.arpa").size());
    return name.append(domain);
}

}  // namespace posthouse::receive::postscreen
