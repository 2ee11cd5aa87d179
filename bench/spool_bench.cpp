// How much CPU a message costs the commit thread, and how many commits a second the disk gives.
// spool_bench FILE [page_size wal_autocheckpoint cache_kib backlog]
// A message comes in and leaves some commits later. `backlog`: that many deferred messages lie in the spool meanwhile.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>

#include "queue/spool/batch_writer.hpp"
#include "queue/spool/envelope_codec.hpp"

namespace {

using namespace posthouse;
using queue::Request;

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}
long written_kib() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_oublock / 2;
}

struct Bench {
    queue::BatchWriter writer;
    mail::Block content = std::make_shared<const std::string>(10'000, 'x');
    std::uint64_t last_id = 1'750'000'000'000'000;
    std::deque<mail::QueueId> stored = {};

    Request message() {
        mail::Envelope envelope;
        envelope.reverse_path = mail::ReversePath("sender@example.org");
        envelope.recipients.push_back({"recipient@example.net", "recipient@example.net", "rfc822;recipient@example.net", {}});
        envelope.origin = {"client.example.org", "127.0.0.1", "client.example.org", "ESMTP", "", ""};
        const mail::QueueId id{last_id += 137};
        stored.push_back(id);
        return {.change = queue::NewMessage{.content = {.id = id, .first_block = 0, .blocks = {content}}, .envelope = queue::encode_envelope(envelope)},
                .home = nullptr,
                .done = nullptr};
    }
    void apply(const std::vector<Request>& batch) {
        for (const auto& result : writer.apply(batch)) {
            if (!result) {
                std::fprintf(stderr, "%s\n", result.error().text.c_str());
                std::exit(1);
            }
        }
    }
    void fill(std::size_t backlog) {
        const auto due = world::WallTime(std::chrono::seconds(2'000'000'000));
        while (backlog > 0) {
            std::vector<Request> batch;
            std::vector<Request> deferrals;
            for (std::size_t i = 0; i < 1000 && backlog > 0; ++i, --backlog) {
                batch.push_back(message());
                mail::SpoolUpdate update{.id = stored.back(), .next = mail::SpoolUpdate::Next::defer, .next_attempt = due};
                update.recipients.push_back({0, {.tries = 1, .dsn_status = "4.4.1", .reason = "connect to mx.example.net[127.0.0.1]:25: timed out"}});
                deferrals.push_back({.change = std::move(update), .home = nullptr, .done = nullptr});
            }
            apply(batch);
            apply(deferrals);
            stored.clear();
        }
    }
    void measure(std::size_t batch_size, std::size_t messages) {
        const double cpu = cpu_seconds();
        const long written = written_kib();
        const auto start = std::chrono::steady_clock::now();
        std::size_t commits = 0;
        for (std::size_t done = 0; done < messages; done += batch_size, ++commits) {
            std::vector<Request> batch;
            for (std::size_t i = 0; i < batch_size; ++i) {
                batch.push_back(message());
                if (stored.size() > 2 * batch_size) {
                    batch.push_back({.change = mail::SpoolUpdate{.id = stored.front(), .next = mail::SpoolUpdate::Next::remove}, .home = nullptr, .done = nullptr});
                    stored.pop_front();
                }
            }
            apply(batch);
        }
        const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        const auto count = static_cast<double>(messages);
        std::printf("batch %4zu: %6.1f us CPU, %6.1f us, %5.1f KiB written per message; %6.0f commits/s, %6.0f messages/s\n", batch_size,
                    (cpu_seconds() - cpu) / count * 1e6, wall / count * 1e6, static_cast<double>(written_kib() - written) / count,
                    static_cast<double>(commits) / wall, count / wall);
    }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: spool_bench FILE [page_size wal_autocheckpoint cache_kib backlog]\n");
        return 2;
    }
    const std::string path = argv[1];
    const auto number = [&](int index, int otherwise) { return argc > index ? std::atoi(argv[index]) : otherwise; };
    for (const char* const suffix : {"", "-wal", "-shm", "-content"}) {
        std::filesystem::remove(path + suffix);
    }
    queue::SpoolOptions options;
    options.page_size = number(2, options.page_size);
    options.wal_autocheckpoint = number(3, options.wal_autocheckpoint);
    options.writer_cache_kib = number(4, options.writer_cache_kib);
    auto writer = queue::BatchWriter::open(path, options);
    if (!writer) {
        std::fprintf(stderr, "%s\n", writer.error().text.c_str());
        return 1;
    }
    Bench bench{.writer = std::move(*writer)};
    std::printf("page %d, autocheckpoint %d, cache %d KiB, backlog %d\n", options.page_size, options.wal_autocheckpoint, options.writer_cache_kib,
                number(5, 0));
    bench.fill(static_cast<std::size_t>(number(5, 0)));
    bench.measure(1, 2'000);
    bench.measure(20, 20'000);
    bench.measure(100, 50'000);
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    std::printf("resident %ld MiB, file %ju MiB\n", used.ru_maxrss / 1024, static_cast<std::uintmax_t>(std::filesystem::file_size(path) >> 20));
}
