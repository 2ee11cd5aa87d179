// StoryPlan: what happens to the server.
#include "sim/story_plan.hpp"

namespace posthouse::sim {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = Act::Kind;

Act make_act(SimRandom& random, Kind kind) {
    Act act;
    act.kind = kind;
    switch (random.below(3)) {
        case 0: act.after = random.below(3000) * milliseconds{1}; break;
        case 1: act.after = random.below(120'000) * milliseconds{1}; break;
        default: act.after = random.below(5 * 3600) * seconds{1}; break;
    }
    act.lasting = random.between(1, 900) * seconds{1};
    const bool in_disk = kind == Kind::power_loss_in_disk || kind == Kind::disk_error;
    // One commit is one write and one sync: a story has some dozens.
    const bool soon = random.chance(kind == Kind::disk_error ? 800 : kind == Kind::power_loss_in_disk ? 200 : 300);
    act.count = soon ? random.between(1, 40) : random.between(1, in_disk ? 400 : 4000);
    const Duration far = random.chance(200) ? hours{50} : hours{3};
    act.jump = Duration(static_cast<Duration::rep>(random.below(static_cast<std::uint64_t>(2 * far.count())))) - far;
    return act;
}

}  // namespace

std::vector<Act> make_acts(SimRandom& random) {
    static constexpr Kind crashes[] = {Kind::power_loss, Kind::power_loss_in_disk, Kind::power_loss_at_event, Kind::kill};
    static constexpr std::pair<Kind, unsigned> others[] = {
        {Kind::power_loss, 200},  {Kind::power_loss_in_disk, 300}, {Kind::power_loss_at_event, 300}, {Kind::kill, 300},
        {Kind::reload, 400},      {Kind::broken_reload, 100},      {Kind::flush, 300},               {Kind::meddle, 250},
        {Kind::disk_error, 150},  {Kind::disk_full, 100},          {Kind::disk_slow, 200},           {Kind::clock_jump, 250},
        {Kind::zone_change, 300}, {Kind::restart, 300}};
    std::vector<Kind> kinds{crashes[random.below(std::size(crashes))], Kind::power_loss_in_disk, Kind::restart};
    for (const auto& [kind, per_mille] : others) {
        if (random.chance(per_mille)) {
            kinds.push_back(kind);
        }
    }
    std::vector<Act> out;
    while (!kinds.empty()) {
        const auto at = kinds.begin() + static_cast<std::ptrdiff_t>(random.below(kinds.size()));
        out.push_back(make_act(random, *at));
        kinds.erase(at);
    }
    return out;
}

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::power_loss: return "power loss";
        case Kind::power_loss_in_disk: return "power loss while the disk works";
        case Kind::power_loss_at_event: return "power loss between two steps";
        case Kind::kill: return "kill";
        case Kind::restart: return "restart";
        case Kind::reload: return "reload";
        case Kind::broken_reload: return "reload of a broken configuration";
        case Kind::flush: return "flush";
        case Kind::meddle: return "administrator";
        case Kind::disk_error: return "disk error";
        case Kind::disk_full: return "disk full";
        case Kind::disk_slow: return "disk slow";
        case Kind::clock_jump: return "clock jump";
        case Kind::zone_change: return "zone change";
    }
    return "";
}

}  // namespace posthouse::sim
