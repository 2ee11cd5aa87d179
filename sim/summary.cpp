#include "sim/summary.hpp"

#include <cstdlib>

#include "base/format.hpp"
#include "base/text.hpp"
#include "sim/scenario.hpp"

namespace posthouse::sim {

namespace {
constexpr std::string_view prefix = "summary: ";
constexpr double days_per_year = 365.25;
}  // namespace

void Summary::add(const Verdict& verdict, bool told_twice, bool good) {
    sums_["seeds"] += 1;
    sums_["seeds told twice"] += told_twice ? 1 : 0;
    sums_["seeds that failed"] += good ? 0 : 1;
    sums_["simulated years"] += verdict.days / days_per_year;
    sums_["events"] += static_cast<double>(verdict.events);
    sums_["crashes"] += static_cast<double>(verdict.totals.crashes);
    sums_["recipients accepted"] += static_cast<double>(verdict.totals.accepted);
    sums_["recipients delivered"] += static_cast<double>(verdict.totals.delivered);
    sums_["recipients bounced"] += static_cast<double>(verdict.totals.bounced);
    for (const auto& [what, count] : verdict.faults) {
        sums_[base::format("fault, {}", what)] += static_cast<double>(count);
        sums_["faults"] += static_cast<double>(count);
    }
}

bool Summary::add_line(std::string_view line) {
    if (!line.starts_with(prefix)) {
        return false;
    }
    const auto parts = base::split_once(line.substr(prefix.size()), '=');
    if (parts) {
        sums_[std::string(base::trim(parts->first))] += std::strtod(std::string(parts->second).c_str(), nullptr);
    }
    return true;
}

std::string Summary::text() const {
    std::string out;
    for (const auto& [name, sum] : sums_) {
        out += name == "simulated years" ? base::format("{}{} = {:.3f}\n", prefix, name, sum) : base::format("{}{} = {:.0f}\n", prefix, name, sum);
    }
    return out;
}

}  // namespace posthouse::sim
