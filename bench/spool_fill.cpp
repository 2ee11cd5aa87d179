// A spool full of deferred mail, written by the server's own code.
// spool_fill QUEUE_DIRECTORY MESSAGES DOMAINS CONTENT_BYTES DUE_IN_SECONDS: message i is for d(i % DOMAINS).ok.test, was tried once and is due then.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "queue/spool/batch_writer.hpp"
#include "queue/spool/envelope_codec.hpp"

namespace {

using namespace posthouse;
using queue::Request;

constexpr std::uint64_t batch_size = 2000;

struct Plan {
    std::uint64_t messages, domains;
    std::size_t content_bytes;
    world::WallTime arrival, due;
};

Request message(const Plan& plan, std::uint64_t number, mail::QueueId id) {
    const std::string domain = "d" + std::to_string(number % plan.domains) + ".ok.test";
    const std::string address = "user" + std::to_string(number) + "@" + domain;
    std::string content = "Received: from source.test (source.test [127.0.0.1])\r\n\tby relay.test (Postfix) with ESMTP id " + id.text() +
                          "\r\n\tfor <" + address + ">; Sun, 22 Nov 2026 12:00:00 +0000 (UTC)\r\nFrom: <sender@source.test>\r\nTo: <" + address + ">\r\nSubject: bench " +
                          std::to_string(number) + "\r\nMessage-ID: <" + std::to_string(number) + "@source.test>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n\r\n";
    while (content.size() < plan.content_bytes) {
        content += std::string(std::min<std::size_t>(76, plan.content_bytes - content.size()), 'x') + "\r\n";
    }
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("sender@source.test");
    envelope.recipients.push_back({address, address, "rfc822;" + address, {}});
    envelope.origin = {"source.test", "127.0.0.1", "source.test", "ESMTP", "", ""};
    envelope.arrival = plan.arrival;
    envelope.size = {content.size()};
    return {.change = queue::NewMessage{.content = {.id = id, .first_block = 0, .blocks = {std::make_shared<const std::string>(std::move(content))}},
                                        .envelope = queue::encode_envelope(envelope)},
            .home = nullptr,
            .done = nullptr};
}

Request deferral(const Plan& plan, mail::QueueId id) {
    mail::SpoolUpdate update{.id = id, .next = mail::SpoolUpdate::Next::defer, .next_attempt = plan.due};
    update.recipients.push_back({0, {.tries = 1, .dsn_status = "4.4.1", .reason = "connect to 127.0.0.1[127.0.0.1]:25: Connection refused"}});
    return {.change = std::move(update), .home = nullptr, .done = nullptr};
}

bool commit(queue::BatchWriter& writer, const std::vector<Request>& batch) {
    for (const auto& result : writer.apply(batch)) {
        if (!result) {
            std::fprintf(stderr, "spool_fill: %s\n", result.error().text.c_str());
            return false;
        }
    }
    return true;
}

bool fill(queue::BatchWriter& writer, const Plan& plan) {
    const auto arrival = std::chrono::duration_cast<std::chrono::microseconds>(plan.arrival.time_since_epoch()).count();
    std::uint64_t id = static_cast<std::uint64_t>(arrival);
    for (std::uint64_t number = 0; number < plan.messages;) {
        std::vector<Request> messages, deferrals;
        for (std::uint64_t i = 0; i < batch_size && number < plan.messages; ++i, ++number) {
            id += 3;  // odd, so that any number of cores has its share
            messages.push_back(message(plan, number, mail::QueueId{id}));
            deferrals.push_back(deferral(plan, mail::QueueId{id}));
        }
        if (!commit(writer, messages) || !commit(writer, deferrals)) {
            return false;
        }
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "usage: spool_fill QUEUE_DIRECTORY MESSAGES DOMAINS CONTENT_BYTES DUE_IN_SECONDS\n");
        return 2;
    }
    const auto number = [&](int index) { return std::strtoll(argv[index], nullptr, 10); };
    const auto now = std::chrono::time_point_cast<world::WallTime::duration>(std::chrono::system_clock::now());
    const Plan plan{static_cast<std::uint64_t>(number(2)), static_cast<std::uint64_t>(std::max(1LL, number(3))), static_cast<std::size_t>(number(4)),
                    now - std::chrono::minutes{30}, now + std::chrono::seconds{number(5)}};
    const std::string path = queue::spool_path(argv[1]);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    queue::SpoolOptions options;
    options.writer_cache_kib = 64 * 1024;
    auto writer = queue::BatchWriter::open(path, options);
    if (!writer) {
        std::fprintf(stderr, "spool_fill: %s\n", writer.error().text.c_str());
        return 1;
    }
    if (!fill(*writer, plan) || !writer->checkpoint()) {
        return 1;
    }
    std::printf("%ju messages, %ju MiB\n", static_cast<std::uintmax_t>(plan.messages), static_cast<std::uintmax_t>(std::filesystem::file_size(path) >> 20));
}
