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
    for (std::size_t i = 0; i < length; ++i) {
        line += static_cast<char>(random.between('!', '~'));
    }
    return line;
}

}  // namespace

std::vector<Submission> make_workload(SimRandom& random, const WorkloadSettings& settings) {
    std::vector<Submission> out;
    for (std::size_t i = 0; i < settings.messages; ++i) {
        Submission mail;
        mail.key = base::format("{}{}", settings.prefix, i);
        mail.sender = settings.sender;
        const std::size_t recipients = random.between(1, settings.recipients_max);
        for (std::size_t r = 0; r < recipients; ++r) {
            mail.recipients.push_back(base::format("{}-r{}@{}", mail.key, r, settings.domains[random.below(settings.domains.size())]));
        }
        const std::size_t size = random.chance(200) ? random.below(settings.body_max + 1) : random.below(settings.body_max / 20 + 1);
        while (mail.body.size() < size) {
            mail.body += random_line(random) + "\r\n";
        }
        out.push_back(std::move(mail));
    }
    return out;
}

}  // namespace posthouse::sim
