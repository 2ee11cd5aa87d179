#include "app/certificate_watch.hpp"

#include "base/format.hpp"

namespace posthouse::app {

namespace {

// Files that have changed are read when they look the same twice in a row: then the tool that renews has written all of them.
constexpr std::chrono::seconds look_every{10};

}  // namespace

void CertificateWatch::use(FileStamps in_use) {
    in_use_ = std::move(in_use);
    failed_.clear();
    named_.notify_all();
}

world::Task<void> CertificateWatch::run() {
    for (;;) {
        while (in_use_.empty()) {
            co_await named_.wait();
        }
        co_await doors_.clock.sleep_for(look_every);
        const FileStamps now = look_again(in_use_, doors_.files);
        const bool settled = changed(std::exchange(last_, now), now).empty();
        const std::vector<std::string> files = changed(in_use_, now);
        const bool failed_before = !failed_.empty() && changed(failed_, now).empty();
        if (!files.empty() && settled && !failed_before) {
            try_files(now, files);
        }
    }
}

void CertificateWatch::try_files(const FileStamps& now, const std::vector<std::string>& files) {
    if (const auto read = read_again_(); !read) {
        failed_ = now;
        doors_.events.warn("postfix/master", base::format("{} has changed and cannot be used, what was read before stays: {}", files.front(), read.error().text));
        return;
    }
    for (const std::string& file : files) {
        doors_.events.info("postfix/master", base::format("{} has changed and was read again", file));
    }
}

}  // namespace posthouse::app
