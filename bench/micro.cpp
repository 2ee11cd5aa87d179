// The hot pieces by themselves, with Google Benchmark: micro_bench [--benchmark_filter=REGEX].
#include <benchmark/benchmark.h>

#include <filesystem>

#include "checks/content_check.hpp"
#include "checks/test_sink.hpp"
#include "cleanup/header_stage.hpp"
#include "deliver/smtp/outgoing_content.hpp"
#include "message/address_list.hpp"
#include "message/header_scanner.hpp"
#include "queue/concurrency_window.hpp"
#include "queue/spool/batch_writer.hpp"
#include "queue/spool/envelope_codec.hpp"
#include "smtp/command_parser.hpp"
#include "smtp/dot_reader.hpp"
#include "smtp/path.hpp"
#include "smtp/reply_parser.hpp"
#include "tables/fake_files.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"

namespace {

using namespace posthouse;

const std::string header =
    "Received: from client.example.org (client.example.org [192.0.2.1])\r\n\tby relay.example.net (Postfix) with ESMTPS id 64F1A2B3C4\r\n"
    "\tfor <recipient@example.net>; Sun, 22 Nov 2026 12:00:00 +0000 (UTC)\r\nFrom: \"A. Sender\" <sender@example.org>\r\n"
    "To: recipient@example.net, \"Second, One\" <second@example.net>\r\nSubject: a subject of the usual length\r\n"
    "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <20261122120000.12345@example.org>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=us-ascii\r\n\r\n";

std::string lines(std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) {
        out += std::string(76, 'x') + "\r\n";
    }
    return out;
}

void parse_command(benchmark::State& state) {
    for ([[maybe_unused]] auto turn : state) {
        benchmark::DoNotOptimize(smtp::parse_command("MAIL FROM:<sender@example.org> SIZE=10240 BODY=8BITMIME"));
    }
}
BENCHMARK(parse_command);

void parse_path(benchmark::State& state) {
    for ([[maybe_unused]] auto turn : state) {
        benchmark::DoNotOptimize(smtp::parse_path("<recipient.with.a.name@mail.example.net>", {}));
    }
}
BENCHMARK(parse_path);

void parse_address_list(benchmark::State& state) {
    for ([[maybe_unused]] auto turn : state) {
        benchmark::DoNotOptimize(message::parse_address_list("recipient@example.net, \"Second, One\" <second@example.net>, third@example.com (a comment)"));
    }
}
BENCHMARK(parse_address_list);

void parse_ehlo_reply(benchmark::State& state) {
    smtp::ReplyParser parser;
    for ([[maybe_unused]] auto turn : state) {
        for (const std::string_view line : {"250-mx.example.net", "250-PIPELINING", "250-SIZE 52428800", "250-STARTTLS", "250-ENHANCEDSTATUSCODES", "250 8BITMIME"}) {
            benchmark::DoNotOptimize(parser.feed(line));
        }
        benchmark::DoNotOptimize(parser.take());
    }
}
BENCHMARK(parse_ehlo_reply);

void read_mail_data(benchmark::State& state) {
    const std::string data = header + lines(10'000) + ".\r\n";
    std::string content;
    for ([[maybe_unused]] auto turn : state) {
        content.clear();
        smtp::DotReader reader;
        benchmark::DoNotOptimize(reader.feed(data, content));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(read_mail_data);

void walk_header(benchmark::State& state) {
    std::vector<message::HeaderField> fields;
    for ([[maybe_unused]] auto turn : state) {
        fields.clear();
        message::HeaderScanner scanner;
        benchmark::DoNotOptimize(scanner.feed(header, fields));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(header.size()));
}
BENCHMARK(walk_header);

void header_stage(benchmark::State& state) {
    const cleanup::CleanupSettings settings;
    const std::string content = header + lines(10'000);
    std::string out;
    for ([[maybe_unused]] auto turn : state) {
        out.clear();
        cleanup::HeaderStage stage(settings);
        stage.feed(content, out);
        stage.finish(out);
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(header_stage);

class NoLog final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event&) override {}
};

// What leaves for the next hop: without checks the encoder alone, with a few rules for the header, with rules for each line.
void outgoing_content(benchmark::State& state, const checks::CheckSet& set) {
    const std::string content = header + lines(10'000);
    const deliver::SmtpSettings settings;
    NoLog log;
    std::string out;
    for ([[maybe_unused]] auto turn : state) {
        out.clear();
        deliver::CheckNotes notes(mail::QueueId{}, log, settings.speaker);
        deliver::OutgoingContent outgoing(settings, deliver::BodyEncoder::Framing::dot, deliver::Downgrade::no, set, notes);
        if (outgoing.is_checked()) {
            benchmark::DoNotOptimize(tables::run_now(outgoing.append_checked(content, out)).has_value());
            benchmark::DoNotOptimize(tables::run_now(outgoing.finish_checked(out)).has_value());
        } else {
            outgoing.append(content, out);
            outgoing.finish(out);
        }
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(content.size()));
}
void encode_body(benchmark::State& state) {
    const std::string content = header + lines(10'000);
    std::string out;
    for ([[maybe_unused]] auto turn : state) {
        out.clear();
        deliver::BodyEncoder encoder(998);
        encoder.append(content, out);
        encoder.finish(out);
        benchmark::DoNotOptimize(out.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(content.size()));
}
BENCHMARK(encode_body);
constexpr std::string_view some_rules = "/^Received: from (internal|10\\.)/ IGNORE\n/^X-Originating-IP:/ IGNORE\n/^X-Old: (.*)/ REPLACE X-New: $1\n";
BENCHMARK_CAPTURE(outgoing_content, unchecked, checks::CheckSet{});
BENCHMARK_CAPTURE(outgoing_content, header_checked, checks::testing::set_of({.header = some_rules}));
BENCHMARK_CAPTURE(outgoing_content, body_checked, checks::testing::set_of({.header = some_rules, .body = some_rules}));

void look_up(benchmark::State& state, const std::string& spec, const std::string& text) {
    tables::FakeFiles files;
    files.put("/table", text);
    const tables::OpenContext context{.files = files, .warn = [](std::string_view) {}};
    const auto table = tables::open_table(spec, context);
    for ([[maybe_unused]] auto turn : state) {
        benchmark::DoNotOptimize(tables::run_now(table->find("d4242.example.net")));
    }
}
void look_up_texthash(benchmark::State& state) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) {
        text += "d" + std::to_string(i) + ".example.net smtp:[192.0.2.1]\n";
    }
    look_up(state, "texthash:/table", text);
}
BENCHMARK(look_up_texthash);
void look_up_pcre(benchmark::State& state) { look_up(state, "pcre:/table", "/^a\\./ one\n/^(b|c)[0-9]+\\.example\\.org$/ two\n/^d([0-9]+)\\.example\\.net$/ relay:[$1]\n"); }
BENCHMARK(look_up_pcre);

void envelope_to_bytes_and_back(benchmark::State& state) {
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("sender@example.org");
    envelope.recipients.push_back({"recipient@example.net", "recipient@example.net", "rfc822;recipient@example.net", {}});
    envelope.origin = {"client.example.org", "192.0.2.1", "client.example.org", "ESMTP", "", ""};
    for ([[maybe_unused]] auto turn : state) {
        benchmark::DoNotOptimize(queue::decode_envelope(queue::encode_envelope(envelope)));
    }
}
BENCHMARK(envelope_to_bytes_and_back);

void concurrency_window(benchmark::State& state) {
    queue::ConcurrencyWindow window(queue::TransportSettings{});
    std::size_t running = 0;
    for ([[maybe_unused]] auto turn : state) {
        running = running < window.size() ? running + 1 : 1;
        window.success(running);
        benchmark::DoNotOptimize(window.size());
    }
}
BENCHMARK(concurrency_window);

/// Messages that come and go in batches of the argument, 10 KB each, without the sync: what SQLite and we compute.
void spool_insert_and_remove(benchmark::State& state) {
    // In memory, where a sync costs nothing.
    const std::string path = std::filesystem::path("/dev/shm") / ("micro_bench." + std::to_string(reinterpret_cast<std::uintptr_t>(&state)));
    auto writer = queue::BatchWriter::open(path, {});
    if (!writer) {
        state.SkipWithError(writer.error().text.c_str());
        return;
    }
    const auto content = std::make_shared<const std::string>(lines(10'000));
    mail::Envelope envelope;
    envelope.recipients.push_back({"recipient@example.net", "recipient@example.net", {}, {}});
    const std::string encoded = queue::encode_envelope(envelope);
    std::uint64_t id = 1'750'000'000'000'000;
    const auto size = static_cast<std::size_t>(state.range(0));
    for ([[maybe_unused]] auto turn : state) {
        std::vector<queue::Request> batch, removals;
        for (std::size_t i = 0; i < size; ++i) {
            ++id;
            batch.push_back({.change = queue::NewMessage{.content = {.id = {id}, .first_block = 0, .blocks = {content}}, .envelope = encoded}, .home = nullptr, .done = nullptr});
            removals.push_back({.change = mail::SpoolUpdate{.id = {id}, .next = mail::SpoolUpdate::Next::remove}, .home = nullptr, .done = nullptr});
        }
        benchmark::DoNotOptimize(writer->apply(batch));
        benchmark::DoNotOptimize(writer->apply(removals));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    for (const char* const suffix : {"", "-wal", "-shm", "-content"}) {
        std::filesystem::remove(path + suffix);
    }
}
BENCHMARK(spool_insert_and_remove)->Arg(1)->Arg(20)->Arg(100);

}  // namespace

BENCHMARK_MAIN();
