// Server: a new configuration, all or nothing.
#include "app/server.hpp"
#include "app/queue_settings.hpp"
#include "base/format.hpp"
#include "config/check.hpp"

namespace posthouse::app {

namespace {

// Each with its place, in one line: it goes to the log and to the operator's terminal.
std::string errors_besides(const config::Findings& findings, const std::set<std::string>& known) {
    std::string out;
    for (const config::Finding& finding : findings) {
        if (finding.severity == config::Severity::error && !known.contains(finding.text)) {
            out += (out.empty() ? "" : "; ") + config::to_text(finding);
        }
    }
    return out;
}

}  // namespace

world::Task<base::Result<std::string>> Server::reload() {
    if (stopping_) {
        co_return base::fail(base::ErrorKind::unavailable, "the server stops");
    }
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
        co_return refuse({base::ErrorKind::invalid, errors_besides(findings, {})});
    }
    for (const std::string_view name : {"queue_directory", "maillog_file"}) {
        const bool takes_restart = name == "queue_directory" || !world_.make_way;
        if (takes_restart && (*configuration)->main().text(name) != held_->configuration().main().text(name)) {
            co_return refuse({base::ErrorKind::invalid, base::format("{} changed: that takes a restart", name)});
        }
    }
    if (const std::string place = world_.beyond_reach ? world_.beyond_reach(**configuration) : ""; !place.empty()) {
        if (const auto asked = world_.make_way(); !asked) {
            co_return refuse(asked.error());
        }
        const std::string text = base::format("this configuration names {}, which this process was not started with: a new one reads it and takes over", place);
        world_.events.info("postfix/master", "reload -- " + text);
        co_return text;
    }
    auto text = replace(*configuration, std::move(findings));
    if (!text) {
        co_return refuse(text.error());
    }
    world_.events.info("postfix/master", base::format("reload -- version {}, configuration {}", held_->configuration().main().text("mail_version"), held_->configuration().directory()));
    co_return std::move(*text);
}

base::Result<void> Server::read_certificates_again() {
    const auto configuration = held_->configuration_pointer();
    const auto replaced = replace(configuration, config::check(*configuration));
    return replaced ? base::Result<void>() : std::unexpected(replaced.error());
}

base::Result<std::string> Server::replace(std::shared_ptr<const config::Configuration> configuration, config::Findings findings) {
    FileStamps certificates = look_at_certificates(*configuration, world_.files);
    auto generation = Generation::build(configuration, world_, {router_, verifier_.get(), &any_intake_, &rooms_, &screen_caches_}, findings);
    if (!generation) {
        return std::unexpected(generation.error());
    }
    // With a table or certificate that was fine so far, what runs is better than what is asked for. At start such errors are
    // only told, as Postfix does.
    std::set<std::string> errors = error_texts(findings);
    if (std::string text = errors_besides(findings, known_errors_); !text.empty()) {
        return base::fail(base::ErrorKind::invalid, std::move(text));
    }
    const auto old_sockets = sockets_;
    if (const auto bound = bind(**generation); !bound) {
        sockets_ = old_sockets;
        return std::unexpected(bound.error());
    }

    // From here on nothing fails.
    known_errors_ = std::move(errors);
    screen_caches_.read_new(**generation);
    screen_caches_.start();
    std::shared_ptr<const Generation> old = std::exchange(held_, *generation);
    current_.set(std::move(*generation));
    certificates_.use(std::move(certificates));
    queue_->use(queue_settings(configuration->main()));  // finds the new transports
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        world_.cores.core(i).executor.post([this, i, old, openings = openings()] {
            start_listeners(i, openings);
            cores_[i]->tasks.spawn(close_listeners(i));
            cores_[i]->tasks.spawn(stop_agents(old, i));
        });
    }
    for (const config::Finding& finding : findings) {
        if (finding.severity != config::Severity::note) {
            const auto severity = finding.severity == config::Severity::error ? observe::Severity::error : observe::Severity::warning;
            world_.events.on("postfix/master", observe::Remark{severity, {}, config::to_text_without_severity(finding)});
        }
    }
    std::string text = findings.text();
    return text.substr(0, text.find_last_not_of('\n') + 1);
}

}  // namespace posthouse::app
