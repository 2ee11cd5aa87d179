#include "sim/workload.hpp"

#include "base/format.hpp"

namespace posthouse::sim {

namespace {

std::string random_line(SimRandom& random) {
    static constexpr std::string_view traps[] = {".", "..", "", "From here", ".QUIT", "-- ", "\tindented", "=20", ".. two"};
    if (random.chance(300)) {
        return std::string(traps[random.below(std::size(traps))]);
    }
    std::string line;
    const std::size_t length = random.chance(50) ? random.between(200, 900) : random.between(1, 78);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < length; ++i) {
        bits = i % 8 == 0 ? random.next() : bits >> 8U;
        line += static_cast<char>('!' + (bits & 0xffU) % ('~' - '!' + 1));
    }
    return line;
}

void ask_for_notifications(SimRandom& random, Submission& mail) {
    static constexpr std::string_view wishes[] = {"NEVER", "FAILURE", "SUCCESS", "DELAY", "SUCCESS,FAILURE", "FAILURE,DELAY", "SUCCESS,FAILURE,DELAY"};
    if (random.chance(500)) {
        mail.ret = random.chance(500) ? "FULL" : "HDRS";
    }
    if (random.chance(500)) {
        mail.envelope_id = "id" + mail.key;
    }
    for (const std::string& recipient : mail.recipients) {
        if (random.chance(700)) {
            mail.notify[recipient] = wishes[random.below(std::size(wishes))];
        }
    }
}

void address(SimRandom& random, const WorkloadSettings& settings, Submission& mail) {
    std::string domain = settings.sender_domain;
    if (random.chance(settings.held_per_mille)) {
        mail.treatment = Submission::Treatment::hold;
        domain = "held.client.example";
    } else if (random.chance(settings.discarded_per_mille)) {
        mail.treatment = Submission::Treatment::discard;
        domain = "dropped.client.example";
    }
    mail.sender = random.chance(settings.null_sender_per_mille) && mail.treatment == Submission::Treatment::deliver ? "" : mail.key + "-s@" + domain;
}

}  // namespace

std::vector<Submission> make_workload(SimRandom& random, const WorkloadSettings& settings) {
    std::vector<Submission> out;
    for (std::size_t i = 0; i < settings.messages; ++i) {
        Submission mail;
        mail.key = base::format("{}{}", settings.prefix, i);
        address(random, settings, mail);
        const std::size_t recipients = random.between(1, settings.recipients_max);
        for (std::size_t r = 0; r < recipients; ++r) {
            mail.recipients.push_back(base::format("{}-r{}@{}", mail.key, r, settings.domains[random.below(settings.domains.size())]));
        }
        const std::size_t size = random.chance(200) ? random.below(settings.body_max + 1) : random.below(settings.body_max / 20 + 1);
        if (random.chance(settings.dsn_per_mille)) {
            ask_for_notifications(random, mail);
        }
        while (mail.body.size() < size) {
            mail.body += random_line(random) + "\r\n";
        }
        out.push_back(std::move(mail));
    }
    return out;
}

}  // namespace posthouse::sim
