// StoryPlan: where mail is to go, how protected and as whom; logins of clients; mail beyond ASCII. Drawn behind everything
// else, so that what a seed meant before stays recognisable.
#include "base/format.hpp"
#include "sim/story_plan.hpp"

namespace posthouse::sim {

namespace {

using Protection = DeliveryRules::Protection;

std::string_view name_of(Protection protection) {
    return protection == Protection::encrypt ? "encrypt" : protection == Protection::none ? "none" : "may";
}

void protect(SimRandom& random, DeliveryRules& rules, std::string& main_cf) {
    const auto any = [&random] { return static_cast<Protection>(random.below(3)); };
    if (rules.relayhost.empty()) {
        rules.tls["one.example"] = any();
        rules.tls["two.example"] = any();
    } else {
        rules.tls[rules.relayhost] = any();
    }
    if (!rules.routed_to.empty()) {
        rules.tls[rules.routed_to] = any();
    }
    main_cf += "smtp_tls_policy_maps = inline:{ ";
    for (const auto& [nexthop, protection] : rules.tls) {
        main_cf += base::format("{{ {} = {} }} ", nexthop, name_of(protection));
    }
    main_cf += "}\n";
}

void route_senders(SimRandom& random, StoryPlan& plan, std::string& main_cf) {
    plan.rules.routed_domain = "routed.client.example";
    plan.rules.routed_to = "[10.0.0.4]:25";
    plan.rules.routed_name = "hop2.example";
    main_cf += "sender_dependent_relayhost_maps = inline:{ { @routed.client.example = [10.0.0.4]:25 } }\n";
    for (ClientPlan& client : plan.clients) {
        for (ClientPlan::Batch& batch : client.batches) {
            for (Submission& mail : batch.mail) {
                if (!mail.sender.empty() && mail.treatment == Submission::Treatment::deliver && random.chance(300)) {
                    mail.sender = mail.key + "-s@" + plan.rules.routed_domain;
                }
            }
        }
    }
}

void log_in_at_a_hop(SimRandom& random, StoryPlan& plan, std::string& main_cf) {
    plan.rules.login_at = "hop1.example";
    plan.rules.user = "relay";
    plan.rules.password = "s3cret";
    plan.hops[1].keywords.emplace_back("AUTH PLAIN");
    plan.hops[1].login_refused_per_mille = random.chance(400) ? 150 : 0;
    main_cf += "smtp_sasl_auth_enable = yes\nsmtp_sasl_security_options = noanonymous\nsmtp_sasl_password_maps = inline:{ { hop1.example = relay:s3cret } }\n";
}

void log_clients_in(SimRandom& random, StoryPlan& plan, std::string& main_cf) {
    plan.passwords = {{"alice", "wonder"}, {"bob", "builder"}};
    plan.clients.front().user = random.chance(500) ? "alice" : "bob";
    main_cf += "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:10.0.0.9:12345\n";
}

/// Lines that a wrong conversion changes: bytes of all kinds, equals signs, white space before the line end, long lines.
std::string eight_bit_line(SimRandom& random) {
    static constexpr std::string_view traps[] = {"Gr\xc3\xbc\xc3\x9f\x65", "=C3=BC \xc3\xbc=", "blank behind \xe2\x82\xac ", "\xff\xfe\t", ".\xc3\xa9", "From \xc3\xa9"};
    if (random.chance(500)) {
        return std::string(traps[random.below(std::size(traps))]) + "\r\n";
    }
    std::string line;
    for (std::size_t i = random.chance(200) ? 900 : random.between(1, 100); i > 0; --i) {
        line += static_cast<char>(random.between(0x80, 0xff));
    }
    return line + "\r\n";
}

void make_eight_bit(SimRandom& random, Submission& mail) {
    mail.eight_bit = true;
    for (std::size_t lines = random.between(1, 5); lines > 0; --lines) {
        const std::size_t near = mail.body.find("\r\n", random.below(mail.body.size() + 1));
        mail.body.insert(near == std::string::npos ? mail.body.size() : near + 2, eight_bit_line(random));
    }
}

void make_international(SimRandom& random, Submission& mail) {
    mail.international = true;
    for (std::string& recipient : mail.recipients) {
        const bool said = mail.notify.contains(recipient);
        if (random.chance(600)) {
            const std::string before = recipient;
            recipient.insert(recipient.find('@'), "\xc3\xbc");
            if (said) {
                mail.notify[recipient] = mail.notify[before];
                mail.notify.erase(before);
            }
        }
    }
}

void write_in_all_scripts(SimRandom& random, StoryPlan& plan) {
    const bool international = random.chance(400);
    for (std::size_t i = 0; i < plan.hops.size(); ++i) {
        const bool plain = random.chance(400) && (i > 0 || !international);
        if (plain) {
            std::erase(plan.hops[i].keywords, "8BITMIME");
        } else if (i == 0 || random.chance(500)) {
            plan.hops[i].keywords.emplace_back("SMTPUTF8");
        }
    }
    for (ClientPlan& client : plan.clients) {
        for (ClientPlan::Batch& batch : client.batches) {
            for (Submission& mail : batch.mail) {
                if (random.chance(400)) {
                    make_eight_bit(random, mail);
                }
                if (international && random.chance(300)) {
                    make_international(random, mail);
                }
            }
        }
    }
}

}  // namespace

void make_rules(SimRandom& random, StoryPlan& plan) {
    std::string more;
    plan.rules.relayhost = plan.limits.one_relayhost ? "[10.0.0.2]:25" : "";
    const bool limited = plan.limits.rate_delay.count() > 0 || plan.limits.destination_concurrency < LoadLimits{}.destination_concurrency;
    if (random.chance(200) && !limited) {  // the judge of limits counts by the recipient's domain
        route_senders(random, plan, more);
    }
    if (random.chance(250)) {
        protect(random, plan.rules, more);
    }
    if (random.chance(250)) {
        log_in_at_a_hop(random, plan, more);
    }
    if (random.chance(250)) {
        log_clients_in(random, plan, more);
    }
    if (random.chance(400)) {
        write_in_all_scripts(random, plan);
    }
    plan.main_cf += more;
    plan.other_main_cf += more;
}

}  // namespace posthouse::sim
