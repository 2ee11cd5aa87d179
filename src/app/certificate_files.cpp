#include "app/certificate_files.hpp"

#include "app/server.hpp"
#include "base/format.hpp"
#include "config/check.hpp"

namespace posthouse::app {

namespace {

// Files that have changed are read when they look the same twice in a row: then the tool that renews has written all of them.
constexpr std::chrono::seconds look_every{10};

void add_files(FileStamps& out, const config::View& view) {
    for (const std::string_view prefix : {"smtpd_tls_", "smtp_tls_"}) {
        for (const std::string_view name : {"cert_file", "key_file", "eccert_file", "eckey_file", "dcert_file", "dkey_file", "CAfile"}) {
            if (std::string path = view.text(std::string(prefix) + std::string(name)); path.starts_with('/')) {
                out.emplace(std::move(path), std::nullopt);
            }
        }
        for (std::string& path : view.list(std::string(prefix) + "chain_files")) {
            out.emplace(std::move(path), std::nullopt);
        }
    }
}

bool same(const std::optional<world::FileInfo>& a, const std::optional<world::FileInfo>& b) {
    return a && b ? a->inode == b->inode && a->size == b->size && a->modified == b->modified : a.has_value() == b.has_value();
}

}  // namespace

FileStamps look_at_certificates(const config::Configuration& configuration, world::Files& files) {
    FileStamps out;
    add_files(out, configuration.main());
    for (const config::Service& service : configuration.services()) {
        add_files(out, configuration.view(service));
    }
    return look_again(std::move(out), files);
}

FileStamps look_again(FileStamps stamps, world::Files& files) {
    for (auto& [path, stamp] : stamps) {
        const auto info = files.info(path);
        stamp = info ? std::optional(*info) : std::nullopt;
    }
    return stamps;
}

std::vector<std::string> changed(const FileStamps& before, const FileStamps& now) {
    std::vector<std::string> out;
    for (const auto& [path, stamp] : now) {
        const auto old = before.find(path);
        if (old == before.end() || !same(old->second, stamp)) {
            out.push_back(path);
        }
    }
    return out;
}

// Not a reload: main.cf may be half edited. What is in use is built once more from the configuration that it came from.
world::Task<void> Server::watch_certificates() {
    FileStamps last;
    std::string complaint;
    for (;;) {
        while (certificates_.empty()) {
            co_await certificates_named_.wait();
        }
        co_await world_.cores.core(0).clock.sleep_for(look_every);
        const FileStamps now = look_again(certificates_, world_.files);
        const bool settled = changed(std::exchange(last, now), now).empty();
        const std::vector<std::string> files = changed(certificates_, now);
        if (files.empty() || !settled) {
            continue;
        }
        const auto configuration = held_->configuration_pointer();
        const auto replaced = replace(configuration, config::check(*configuration));
        if (replaced) {
            complaint.clear();
            for (const std::string& file : files) {
                world_.events.info("postfix/master", base::format("{} has changed and was read again", file));
            }
        } else if (complaint != replaced.error().text) {
            complaint = replaced.error().text;
            world_.events.on("postfix/master", observe::Remark{observe::Severity::warning, {}, base::format("{} has changed and cannot be used, what was read before stays: {}", files.front(), complaint)});
        }
    }
}

}  // namespace posthouse::app
