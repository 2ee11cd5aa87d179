// Server: a new configuration, all or nothing.
#include "app/server.hpp"
#include "base/format.hpp"
#include "config/check.hpp"

namespace posthouse::app {

world::Task<base::Result<std::string>> Server::reload() {
    if (reloading_) {
        co_return base::fail(base::ErrorKind::unavailable, "a reload is under way");
    }
    reloading_ = true;
    struct Done {
        bool& flag;
        ~Done() { flag = false; }
    };
    const Done done{reloading_};
    const auto refuse = [this](base::Error error) {
        world_.events.on("postfix/master", observe::Remark{observe::Severity::error, {}, "reload refused, the old configuration stays: " + error.text});
        return std::unexpected(std::move(error));
    };

    auto configuration = world_.reread();
    if (!configuration) {
        co_return refuse(configuration.error());
    }
    config::Findings findings = config::check(**configuration);
    if (findings.has_errors()) {
        co_return refuse({base::ErrorKind::invalid, findings.text()});
    }
    if ((*configuration)->main().text("queue_directory") != held_->configuration().main().text("queue_directory")) {
        co_return refuse({base::ErrorKind::invalid, "queue_directory changed: that takes a restart"});
    }
    auto generation = Generation::build(*configuration, world_, {router_}, findings);
    if (!generation) {
        co_return refuse(generation.error());
    }
    const auto old_sockets = sockets_;
    if (const auto bound = bind(**generation); !bound) {
        sockets_ = old_sockets;
        co_return refuse(bound.error());
    }

    // From here on nothing fails.
    std::shared_ptr<const Generation> old = std::exchange(held_, *generation);
    current_.set(std::move(*generation));
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        world_.cores.core(i).executor.post([this, i, old] {
            start_listeners(i);
            cores_[i]->tasks.spawn(close_listeners(i));
            cores_[i]->tasks.spawn(stop_agents(old, i));
        });
    }
    for (const config::Finding& finding : findings) {
        if (finding.severity != config::Severity::note) {
            world_.events.warn("postfix/master", config::to_text(finding));
        }
    }
    world_.events.info("postfix/master", base::format("reload -- version {}, configuration {}", held_->configuration().main().text("mail_version"), held_->configuration().directory()));
    co_return findings.text();
}

}  // namespace posthouse::app
