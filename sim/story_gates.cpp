// StoryPlan: what mail passes on its way in: TLS of clients, header and body checks, milters, aliases. Drawn behind everything else, so that
// what a seed meant before stays recognisable.
#include "base/format.hpp"
#include "sim/peers/milter_server.hpp"
#include "sim/story_plan.hpp"

namespace posthouse::sim {

namespace {

constexpr std::string_view checked = "X-Checked: yes";

void encrypt_clients(SimRandom& random, StoryPlan& plan, std::string& main_cf) {
    main_cf += base::format("smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {}\nsmtpd_tls_received_header = yes\n", server_certificate);
    for (ClientPlan& client : plan.clients) {
        client.encrypted = random.chance(700);
    }
}

// Body checks look at each line and change none.
void check_content(StoryPlan& plan, std::string& main_cf) {
    plan.rules.marks.emplace_back(checked);
    main_cf += base::format("header_checks = regexp:{{ {{/^Subject:/ PREPEND {}}} }}\nbody_checks = regexp:{{ {{/^no line is like this$$/ REJECT}} }}\n", checked);
}

void ask_a_milter(SimRandom& random, StoryPlan& plan, std::string& main_cf) {
    plan.has_milter = true;
    plan.rules.marks.emplace_back(MilterServer::mark);
    main_cf += "smtpd_milters = inet:10.0.0.10:8891\nnon_smtpd_milters = $smtpd_milters\n";
    if (random.chance(300)) {
        // What the milter adds is looked at, too.
        const std::string name(MilterServer::mark.substr(0, MilterServer::mark.find(':')));
        plan.rules.marks.back() = name + ": checked";
        main_cf += base::format("milter_header_checks = regexp:{{ {{/^{0}:/ REPLACE {0}: checked}} }}\n", name);
    }
}

void follow_aliases(StoryPlan& plan, std::string& main_cf) {
    plan.alias_suffix = ".shop.example";
    main_cf += "virtual_alias_maps = regexp:{ {/^([^@]+)@([^@]+)\\.shop\\.example$$/ $$1@$$2} }\n";
}

}  // namespace

void make_gates(SimRandom& random, StoryPlan& plan) {
    std::string more;
    if (random.chance(250)) {
        encrypt_clients(random, plan, more);
    }
    if (random.chance(200)) {
        check_content(plan, more);
    }
    if (random.chance(200)) {
        ask_a_milter(random, plan, more);
    }
    if (random.chance(200)) {
        follow_aliases(plan, more);
    }
    plan.main_cf += more;
    plan.other_main_cf += more;
}

}  // namespace posthouse::sim
