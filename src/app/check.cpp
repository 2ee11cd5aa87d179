#include "app/check.hpp"

#include "app/client_tls.hpp"
#include "app/current.hpp"

namespace posthouse::app {

config::Findings check_by_building(const std::shared_ptr<const config::Configuration>& configuration, const ServerWorld& world) {
    const Current nothing_yet;
    CurrentRouter router(nothing_yet);
    config::Findings findings;
    const auto generation = Generation::build(configuration, world, {router}, findings);
    check_client_tls(*configuration, world.files, world.tls, findings);
    if (!generation) {
        findings.add(config::Severity::error, {}, 0, generation.error().text);
    }
    return findings;
}

}  // namespace posthouse::app
