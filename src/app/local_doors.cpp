// Server: what programs on this machine reach it through: the control sockets, sendmail, pickup.
#include "app/server.hpp"
#include "app/pickup_row.hpp"
#include "base/format.hpp"

namespace posthouse::app {

receive::PickupSettings Server::pickup_settings() const {
    const auto generation = current_.get();
    const config::Configuration& configuration = generation->configuration();
    const config::Service* row = pickup_row(configuration);
    receive::PickupSettings out = receive::PickupSettings::from(row != nullptr ? configuration.view(*row) : configuration.main());
    out.zone = world_.zone;
    if (row != nullptr && row->wakeup.count() > 0) {
        out.wakeup = row->wakeup;
    }
    return out;
}

world::Task<void> Server::serve_stand_alone(std::unique_ptr<world::Stream> stream) {
    receive::Session session(current_.get()->stand_alone(), receive::SessionDoors{*intakes_[0], router_, world_.events, stand_alone_limits_, world_.cores.core(0)}, std::move(stream));
    co_await session.run();
}

// The generation is held until the answer is here.
world::Task<base::Result<void>> Server::judge_user(std::shared_ptr<const Generation> generation, control::LocalRequest request) {
    world::Task<base::Result<void>> judging = generation->local_users()->judge(std::move(request), world_.cores.core(0).executor);
    co_return co_await std::move(judging);
}

std::unique_ptr<control::AdminServer> Server::make_admin_server() {
    control::AdminCallbacks callbacks;
    callbacks.reload = [this] { return reload(); };
    callbacks.stop = [this] {
        if (on_stop_requested) {
            on_stop_requested();
        }
    };
    callbacks.status = [this] {
        const config::Configuration& configuration = held_->configuration();
        std::string text = base::format("the Postfix mail system is running: posthouse\nversion: {}\nconfiguration: {}\nserver process: {}\nrunning since: {}", configuration.main().text("mail_version"),
                                        configuration.directory(), world_.facts.process_id, message::mail_date(started_, world_.zone ? world_.zone(started_) : message::Zone()));
        for (const base::Endpoint& endpoint : listening()) {
            text += "\nlistening on " + endpoint.text();
        }
        for (const std::string& line : world_.guard ? world_.guard() : std::vector<std::string>()) {
            text += "\n" + line;
        }
        return text;
    };
    callbacks.judge_user = [this](control::LocalRequest request) { return judge_user(current_.get(), std::move(request)); };
    callbacks.received_header = [this](mail::QueueId id, std::uint32_t uid) {
        return receive::local_received_header(pickup_settings(), id, uid, world_.cores.core(0).clock.wall_now());
    };
    callbacks.smtp = [this](std::unique_ptr<world::Stream> stream) {
        return serve_stand_alone(std::move(stream));
    };
    const config::View& view = held_->configuration().main();
    return std::make_unique<control::AdminServer>(
        control::AdminServices{world_.cores.core(0), *queue_, *intakes_[0], world_.events, std::move(callbacks), view.text("syslog_name")}, view.text("queue_directory"));
}

}  // namespace posthouse::app
