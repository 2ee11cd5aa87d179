#include "receive/proxy_filter.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/replies.hpp"
#include "smtp/xtext.hpp"

namespace posthouse::receive {

using smtp::Reply;
using Done = std::expected<void, Reply>;

namespace {

// Postfix's words for everything that is the filter's fault: the client comes back.
Reply filter_trouble() { return Reply::make(451, "4.3.0 Error: queue file write error"); }

Reply reply_of(const smtp::RemoteReply& remote) {
    if (remote.raw_lines.size() == 1) {
        return Reply::make(remote.code, remote.line_text(0));
    }
    std::vector<std::string> lines;
    lines.reserve(remote.raw_lines.size());
    for (std::size_t i = 0; i < remote.raw_lines.size(); ++i) {
        lines.emplace_back(remote.line_text(i));
    }
    return Reply::multi_line(remote.code, std::move(lines));
}

}  // namespace

std::vector<std::string> xforward_commands(const ForwardedClient& client, std::string_view offered) {
    struct Attribute {
        std::string_view name;
        std::string value;
    };
    const bool is_v6 = client.address.find(':') != std::string::npos;
    const std::string address = client.address.empty() ? "" : (is_v6 ? "IPV6:" : "") + client.address;
    const Attribute all[] = {{"NAME", client.name},         {"ADDR", address},         {"PORT", client.port},
                             {"HELO", client.helo},         {"IDENT", client.ident},   {"PROTO", client.protocol},
                             {"SOURCE", client.local ? "LOCAL" : "REMOTE"}};
    constexpr std::size_t length_max = 512 - 2;
    const auto words = base::split_words(offered);
    std::vector<std::string> out;
    for (const Attribute& attribute : all) {
        const bool understood = std::any_of(words.begin(), words.end(), [&](std::string_view word) { return base::iequals(word, attribute.name); });
        if (!understood) {
            continue;
        }
        const std::string text = base::format(" {}={}", attribute.name, attribute.value.empty() ? "[UNAVAILABLE]" : smtp::xtext_encode(std::string_view(attribute.value).substr(0, 255)));
        if (out.empty() || out.back().size() + text.size() > length_max) {
            out.emplace_back("XFORWARD");
        }
        out.back() += text;
    }
    return out;
}

ProxyFilter::ProxyFilter(const ProxyFilterSettings& settings, Doors doors) : settings_(settings), doors_(std::move(doors)) {
    if (settings_.speed_adjust) {
        held_.emplace(*settings_.speed_adjust, doors_.core);
    }
}

world::Task<Done> ProxyFilter::begin(ForwardedClient client, std::string mail) {
    client_ = std::move(client);
    if (held_) {
        held_commands_.push_back(std::move(mail));
        co_return Done();
    }
    world::Task<Done> opening = open();
    Done opened = co_await std::move(opening);
    if (!opened) {
        stream_.reset();
        co_return std::unexpected(std::move(opened.error()));
    }
    world::Task<Done> saying = say(std::move(mail), 2, "");
    Done said = co_await std::move(saying);
    co_return said;
}

world::Task<Done> ProxyFilter::open() {
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connecting = settings_.connector->connect(deadline());
    auto connected = co_await std::move(connecting);
    if (!connected) {
        doors_.events.warn(doors_.label, base::format("connect to proxy filter {}: {}", settings_.name, connected.error().text));
        co_return std::unexpected(filter_trouble());
    }
    stream_.emplace(std::move(*connected));
    world::Task<Done> introducing = introduce();
    Done introduced = co_await std::move(introducing);
    co_return introduced ? Done() : Done(std::unexpected(filter_trouble()));
}

// The greeting, EHLO, XFORWARD. That a filter refuses these is no answer to the client's mail.
world::Task<Done> ProxyFilter::introduce() {
    world::Task<Done> greeting = say("", 2, "connection request");
    Done greeted = co_await std::move(greeting);
    if (!greeted) {
        co_return greeted;
    }
    stream_->queue("EHLO " + settings_.smtpd_proxy_ehlo + "\r\n");
    world::Task<base::Result<smtp::RemoteReply>> reading = read_reply();
    const auto hello = co_await std::move(reading);
    if (!hello || hello->code_class() != 2) {
        if (hello) {
            doors_.events.warn(doors_.label, base::format("proxy {} rejected \"EHLO {}\": \"{}\"", settings_.name, settings_.smtpd_proxy_ehlo, hello->text_joined()));
        }
        co_return std::unexpected(filter_trouble());
    }
    for (std::size_t i = 0; i < hello->raw_lines.size(); ++i) {
        const std::string line(hello->line_text(i));
        constexpr std::string_view keyword = "XFORWARD ";
        if (!base::iequals(std::string_view(line).substr(0, keyword.size()), keyword)) {
            continue;
        }
        for (std::string& command : xforward_commands(client_, std::string_view(line).substr(keyword.size()))) {
            world::Task<Done> saying = say(std::move(command), 2, "");
            Done said = co_await std::move(saying);
            if (!said) {
                co_return said;
            }
        }
    }
    co_return Done();
}

world::Task<Done> ProxyFilter::command(std::string line, int wanted) {
    if (held_) {
        held_commands_.push_back(std::move(line));
        co_return Done();
    }
    world::Task<Done> saying = say(std::move(line), wanted, "");
    Done said = co_await std::move(saying);
    co_return said;
}

world::Task<Done> ProxyFilter::say(std::string line, int wanted, std::string_view what) {
    if (!stream_) {
        co_return std::unexpected(filter_trouble());
    }
    if (what.empty()) {
        stream_->queue(line + "\r\n");
    }
    world::Task<base::Result<smtp::RemoteReply>> reading = read_reply();
    const auto reply = co_await std::move(reading);
    if (!reply) {
        co_return std::unexpected(filter_trouble());
    }
    if (reply->code_class() != wanted) {
        doors_.events.warn(doors_.label, base::format("proxy {} rejected \"{}\": \"{}\"", settings_.name, what.empty() ? base::printable(line) : std::string(what), reply->text_joined()));
        co_return std::unexpected(reply_of(*reply));
    }
    co_return Done();
}

world::Task<base::Result<smtp::RemoteReply>> ProxyFilter::read_reply() {
    const auto flushed = co_await stream_->flush(deadline());
    if (!flushed) {
        failed(flushed.error());
        co_return std::unexpected(flushed.error());
    }
    smtp::ReplyParser parser;
    for (;;) {
        world::Task<base::Result<world::BufferedStream::Line>> reading = stream_->read_line(smtp::ReplyParser::line_length_max, deadline());
        const auto line = co_await std::move(reading);
        if (!line) {
            failed(line.error());
            co_return std::unexpected(line.error());
        }
        const auto progress = parser.feed(line->text);
        if (progress == smtp::ReplyParser::Progress::complete) {
            co_return parser.take();
        }
        if (progress == smtp::ReplyParser::Progress::malformed) {
            const base::Error error{base::ErrorKind::invalid, "reply without an end"};
            failed(error);
            co_return std::unexpected(error);
        }
    }
}

void ProxyFilter::failed(const base::Error& error) {
    doors_.events.warn(doors_.label, base::format("{} proxy {}", error.kind == base::ErrorKind::timeout ? "timeout talking to" : "lost connection with", settings_.name));
    stream_.reset();
    refusal_ = refusal_.value_or(filter_trouble());
}

world::Task<void> ProxyFilter::write(std::string_view bytes) {
    size_ += bytes.size();
    if (refusal_) {
        co_return;
    }
    if (settings_.message_size_limit.count > 0 && size_ > settings_.message_size_limit.count) {
        refusal_ = replies::refused({mail::IntakeRefusal::Reason::message_too_big, {}});
        stream_.reset();  // the filter must not take what is not whole
        co_return;
    }
    if (held_) {
        world::Task<base::Result<void>> holding = held_->append(bytes);
        const base::Result<void> done = co_await std::move(holding);
        if (!done) {
            cannot_hold(done.error());
        }
        co_return;
    }
    world::Task<void> sending = send(bytes);
    co_await std::move(sending);
}

world::Task<void> ProxyFilter::send(std::string_view bytes) {
    if (!stream_) {
        refusal_ = refusal_.value_or(filter_trouble());
        co_return;
    }
    dots_.append(bytes, stream_->output());
    const auto flushed = co_await stream_->flush(deadline());
    if (!flushed) {
        failed(flushed.error());
    }
}

void ProxyFilter::cannot_hold(const base::Error& error) {
    doors_.events.warn(doors_.label, base::format("before-queue content of a message for proxy {}: {}", settings_.name, error.text));
    refusal_ = filter_trouble();
    stream_.reset();  // the filter must not take what is not whole
}

world::Task<void> ProxyFilter::replay() {
    world::Task<Done> opening = open();
    Done fine = co_await std::move(opening);
    for (std::size_t i = 0; fine && i < held_commands_.size(); ++i) {
        const int wanted = i + 1 == held_commands_.size() ? 3 : 2;  // DATA is the last
        world::Task<Done> saying = say(held_commands_[i], wanted, "");
        fine = co_await std::move(saying);
    }
    if (!fine) {
        refusal_ = std::move(fine.error());
        stream_.reset();
    }
    while (!refusal_) {
        world::Task<base::Result<std::optional<std::string>>> taking = held_->next();
        const auto part = co_await std::move(taking);
        if (!part) {
            cannot_hold(part.error());
        } else if (!*part) {
            break;
        } else {
            const std::string& content = **part;
            world::Task<void> sending = send(content);
            co_await std::move(sending);
        }
    }
    held_.reset();
}

world::Task<Reply> ProxyFilter::end() {
    if (held_ && !refusal_) {
        world::Task<void> replaying = replay();
        co_await std::move(replaying);
    }
    if (refusal_ || !stream_) {
        co_return refusal_.value_or(filter_trouble());
    }
    dots_.finish(stream_->output());
    world::Task<base::Result<smtp::RemoteReply>> reading = read_reply();
    const auto reply = co_await std::move(reading);
    if (!reply) {
        co_return filter_trouble();
    }
    stream_->queue("QUIT\r\n");
    const auto said = co_await stream_->flush(deadline());
    static_cast<void>(said);  // it is a courtesy
    co_return reply_of(*reply);
}

world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> ProxyFilter::finish() {
    co_return std::unexpected(mail::IntakeRefusal{mail::IntakeRefusal::Reason::spool_failure, "a proxied message is not queued"});
}

}  // namespace posthouse::receive
