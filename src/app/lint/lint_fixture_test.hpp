#pragma once
// A configuration written in place, files with modes, and what one rule says of them.
#include <gtest/gtest.h>

#include <map>

#include "app/lint/lint.hpp"

namespace posthouse::app::lint {

struct ListedFile {
    std::string content;
    unsigned mode = 0600;
};

class ListedFiles final : public world::Files {
public:
    explicit ListedFiles(std::map<std::string, ListedFile> listed) : listed_(std::move(listed)) {}
    base::Result<std::string> read(const std::string& path) override {
        const auto file = listed_.find(path);
        return file != listed_.end() ? base::Result<std::string>(file->second.content) : none();
    }
    base::Result<world::FileInfo> info(const std::string& path) override {
        const auto file = listed_.find(path);
        return file != listed_.end() ? base::Result<world::FileInfo>(world::FileInfo{.size = file->second.content.size(), .mode = file->second.mode}) : none();
    }
    base::Result<std::vector<std::string>> list(const std::string&) override { return none(); }
    base::Result<std::unique_ptr<world::WritableFile>> create(const std::string&, unsigned) override { return none(); }
    base::Result<std::unique_ptr<world::WritableFile>> append(const std::string&, unsigned) override { return none(); }
    base::Result<void> rename(const std::string&, const std::string&) override { return none(); }
    base::Result<void> remove(const std::string&) override { return none(); }
    base::Result<void> make_directories(const std::string&, unsigned) override { return none(); }
    base::Result<void> sync_directory(const std::string&) override { return none(); }
    base::Result<std::uint64_t> free_bytes(const std::string&) override { return none(); }

private:
    static std::unexpected<base::Error> none() { return base::fail(base::ErrorKind::not_found, "No such file or directory"); }
    std::map<std::string, ListedFile> listed_;
};

// A "certificate" is the number of days that it is still valid.
class DaysEngine final : public world::TlsEngine {
public:
    base::Result<std::shared_ptr<const world::TlsServerContext>> server_context(const world::TlsServerSettings&) override { return base::fail(base::ErrorKind::invalid, "none"); }
    base::Result<std::shared_ptr<const world::TlsClientContext>> client_context(const world::TlsClientSettings&) override { return base::fail(base::ErrorKind::invalid, "none"); }
    [[nodiscard]] std::optional<world::WallTime> certificate_end(const std::string& pem) const override {
        return pem.empty() ? std::nullopt : std::optional(today() + std::chrono::hours{24} * std::stoi(pem));
    }
    static world::WallTime today() { return world::WallTime(std::chrono::hours{24 * 365 * 30}); }
};

constexpr std::string_view stock_rows = "smtp inet n - n - - smtpd\nrewrite unix - - n - - trivial-rewrite\nsmtp unix - - n - - smtp\nrelay unix - - n - - smtp\nlocal unix - n n - - local\n";

/// "main.cf:3: warning", one for each finding; `texts` has what they say.
struct Said {
    std::vector<std::string> places;
    std::string texts;
};

inline Said lint_with(Rule rule, std::string main_cf, std::string more_rows = {}, std::map<std::string, ListedFile> files = {}, std::string rows = std::string(stock_rows)) {
    const std::map<std::string, std::string> texts{{"/c/main.cf", std::move(main_cf)}, {"/c/master.cf", rows + more_rows}};
    config::LoadRequest request;
    request.directory = "/c";
    request.facts.hostname = "mail.example.org";
    request.reader = [&](const std::string& path) -> base::Result<std::string> { return texts.at(path); };
    const auto loaded = config::load(std::move(request));
    ListedFiles listed(std::move(files));
    DaysEngine engine;
    config::Findings findings;
    Report report(findings);
    rule({**loaded, listed, engine, DaysEngine::today()}, report);
    Said said;
    for (const config::Finding& finding : findings) {
        const std::string line = config::to_text(finding);
        said.places.push_back(line.substr(line.starts_with("/c/") ? 3 : 0, line.find(": ", line.find(": ") + 2) - (line.starts_with("/c/") ? 3 : 0)));
        said.texts += line + "\n";
    }
    return said;
}

using Places = std::vector<std::string>;

}  // namespace posthouse::app::lint
