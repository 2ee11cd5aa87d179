#include "app/certificate_files.hpp"

namespace posthouse::app {

namespace {

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

}  // namespace posthouse::app
