#include "tools/postcat_text.hpp"

#include <algorithm>
#include <ctime>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::tools {

namespace {

// Ours: a line of the header that is longer is judged by its beginning.
constexpr std::size_t header_line_max = 64 * 1024;

std::string time_text(const mail::Record& message) {
    const std::time_t arrival = static_cast<std::time_t>(message.number("arrival").value_or(0));
    std::tm local{};
    char text[64] = "";
    if (localtime_r(&arrival, &local) != nullptr) {
        std::strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &local);
    }
    return text;
}

bool is_header_line(std::string_view line) {
    if (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
        return true;
    }
    const std::size_t colon = line.find(':');
    const std::string_view name = base::trim_right(line.substr(0, std::min(colon, line.size())));
    return colon != std::string_view::npos && !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// A type byte, a length of seven bits a byte, the bytes.
std::uint64_t record_size(std::uint64_t length) {
    std::uint64_t size = 2 + length;
    for (std::uint64_t rest = length >> 7; rest != 0; rest >>= 7) {
        ++size;
    }
    return size;
}

}  // namespace

void PostcatPrinter::add(char type, std::string_view name, std::string value) {
    envelope_.push_back({type, value, base::format("{}: {}", name, base::printable(value))});
}

void PostcatPrinter::attribute(std::string_view name, const std::string& value) {
    if (!value.empty()) {
        add('A', "named_attribute", base::format("{}={}", name, value));
    }
}

void PostcatPrinter::message(const mail::Record& record, std::string path) {
    message_ = record;
    path_ = path.empty() ? base::format("{}/{}", record.get("queue"), record.get("id")) : std::move(path);
    envelope_.push_back({'T', base::format("{} 000000", record.get("arrival")), "message_arrival_time: " + time_text(record)});
    attribute("envelope_id", record.get("envelope-id"));
    attribute("ret_flags", record.get("ret"));
    attribute("encoding", record.get("body"));
    if (const std::string& filter = record.get("filter"); !filter.empty()) {
        add('L', "content_filter", filter);
    }
    add('S', "sender", record.get("sender"));
    attribute("log_client_name", record.get("client-name"));
    attribute("log_client_address", record.get("client-address"));
    attribute("log_helo_name", record.get("helo"));
    attribute("log_protocol_name", record.get("protocol"));
    attribute("sasl_method", record.get("sasl-method"));
    attribute("sasl_username", record.get("sasl-username"));
    if (const std::string& delimiters = record.get("verp"); !delimiters.empty()) {
        add('V', "verp_delimiters", delimiters);
    }
}

void PostcatPrinter::recipient(const mail::Record& record) {
    ++recipients_;
    attribute("dsn_orig_rcpt", record.get("orcpt"));
    attribute("notify_flags", record.get("notify"));
    if (const std::string& original = record.get("original"); !original.empty()) {
        add('O', "original_recipient", original);
    }
    const bool done = record.get("done") == "yes";
    add(done ? 'D' : 'R', done ? "done_recipient" : "recipient", record.get("address"));
}

std::string PostcatPrinter::prefix(char type) const {
    std::string out = options_.offsets ? base::format("{:>9} ", offset_) : std::string();
    return options_.types ? out + base::format("{:>3} ", static_cast<int>(type)) : out;
}

void PostcatPrinter::advance(std::uint64_t length) { offset_ += record_size(length); }

void PostcatPrinter::marker(char type, std::string_view text) {
    if (options_.parts.envelope && !is_skipped()) {
        out_ += base::format("{}*** {} {} ***\n", prefix(type), text, path_);
    }
    advance(0);
}

void PostcatPrinter::begin_content() {
    // The first record says where the content begins; a file in maildrop has none.
    constexpr std::uint64_t size_record_length = 6 * 15 + 5;
    if (message_.get("queue") != "maildrop") {
        std::uint64_t begin = record_size(size_record_length) + record_size(0);
        for (const Item& item : envelope_) {
            begin += record_size(item.stored.size());
        }
        const std::uint64_t size = message_.number("size").value_or(0);
        std::string value = base::format("{:>15} {:>15} {:>15} {:>15} {:>15} {:>15}", size, begin, recipients_, 0, size, message_.get("smtputf8") == "yes" ? 1 : 0);
        envelope_.insert(envelope_.begin(), {'C', value, "message_size: " + value});
    }
    if (options_.parts.envelope && options_.skip == 0) {
        out_ += base::format("*** ENVELOPE RECORDS {} ***\n", path_);
    }
    for (const Item& item : envelope_) {
        if (options_.parts.envelope && !is_skipped()) {
            out_ += prefix(item.type) + item.shown + '\n';
        }
        advance(item.stored.size());
    }
    marker('M', "MESSAGE CONTENTS");
}

void PostcatPrinter::begin_line() {
    prints_ = (in_header_ ? options_.parts.header : options_.parts.body) && !is_skipped();
    if (prints_) {
        out_ += prefix('N') + (options_.verbose ? "regular_text: " : "");
    }
    at_line_start_ = false;
}

void PostcatPrinter::end_line() {
    if (prints_) {
        out_ += '\n';
    }
    advance(line_length_);
    line_length_ = 0;
    at_line_start_ = true;
}

void PostcatPrinter::header_line() {
    in_header_ = is_header_line(line_);
    begin_line();
    out_ += prints_ ? std::string_view(line_) : std::string_view();
    line_.clear();
}

void PostcatPrinter::byte(char c) {
    if (c == '\r') {
        return;  // content has no CR but in CRLF
    }
    const bool waits = in_header_ && at_line_start_;
    if (waits && (c == '\n' || line_.size() == header_line_max)) {
        header_line();
    } else if (!waits && at_line_start_) {
        begin_line();
    }
    if (c == '\n') {
        end_line();
        return;
    }
    ++line_length_;
    if (in_header_ && at_line_start_) {
        line_ += c;
    } else if (prints_) {
        out_ += c;
    }
}

void PostcatPrinter::content(std::string_view bytes) {
    if (!std::exchange(in_content_, true)) {
        begin_content();
    }
    for (const char c : bytes) {
        byte(c);
    }
    print_(std::exchange(out_, {}));
}

void PostcatPrinter::end() {
    if (!std::exchange(in_content_, true)) {
        begin_content();
    }
    if (!line_.empty()) {
        header_line();
    }
    if (!at_line_start_) {
        end_line();
    }
    marker('X', "HEADER EXTRACTED");
    marker('E', "MESSAGE FILE END");
    print_(std::exchange(out_, {}));
}

}  // namespace posthouse::tools
