#include "milter/wire.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::milter {

namespace {

using Kind = Response::Kind;

std::unexpected<base::Error> malformed(std::string text) { return base::fail(base::ErrorKind::invalid, std::move(text)); }

void append_number(std::string& out, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xffU);
    }
}

// Takes data apart from its front; what is missing makes it bad, once and for all.
class Reader {
public:
    explicit Reader(std::string_view data) : rest_(data) {}
    std::uint32_t number() {
        if (rest_.size() < 4) {
            good_ = false;
            return 0;
        }
        std::uint32_t out = 0;
        for (const char c : rest_.substr(0, 4)) {
            out = (out << 8U) | static_cast<unsigned char>(c);
        }
        rest_.remove_prefix(4);
        return out;
    }
    std::string text() {
        const std::size_t end = rest_.find('\0');
        if (end == std::string_view::npos) {
            good_ = false;
            return {};
        }
        std::string out(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        return out;
    }
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
    bool good_ = true;
};

// "550 5.7.1 text", or several such lines. libmilter doubles the percent signs of smfi_setmlreply's lines.
base::Result<smtp::Reply> parse_reply_code(std::string text) {
    for (std::size_t at = text.find("%%"); at != std::string::npos; at = text.find("%%", at + 1)) {
        text.erase(at, 1);
    }
    smtp::Reply out;
    bool first = true;
    for (std::string_view line : base::split_fields(text, '\n')) {
        line = base::trim_right(line);
        if (line.empty()) {
            continue;
        }
        const auto code = base::parse_number(line.substr(0, 3));
        const bool is_code = line.size() >= 3 && code && (*code / 100 == 4 || *code / 100 == 5) && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
        if (!is_code || (!first && static_cast<int>(*code) != out.code)) {
            return malformed(base::format("malformed reply: \"{:.100}\"", base::printable(line)));
        }
        smtp::Reply one = smtp::Reply::make(static_cast<int>(*code), line.size() > 4 ? line.substr(4) : std::string_view());
        if (first) {
            out = std::move(one);
        } else {
            out.lines.push_back(one.lines.empty() ? std::string() : std::move(one.lines.front()));
        }
        first = false;
    }
    return first ? base::Result<smtp::Reply>(malformed("malformed reply: no text")) : out;
}

std::optional<Kind> kind_of(char code) {
    static constexpr std::pair<char, Kind> kinds[] = {
        {'c', Kind::go_on},         {'a', Kind::accept},       {'r', Kind::reject},        {'t', Kind::tempfail},         {'d', Kind::discard},       {'y', Kind::reply_code},
        {'s', Kind::skip},          {'p', Kind::progress},     {'4', Kind::shutdown},      {'f', Kind::connection_failed}, {'h', Kind::add_header},    {'i', Kind::insert_header},
        {'m', Kind::change_header}, {'e', Kind::change_sender}, {'+', Kind::add_recipient}, {'2', Kind::add_recipient},    {'-', Kind::delete_recipient}, {'b', Kind::replace_body},
        {'q', Kind::quarantine}};
    for (const auto& [letter, kind] : kinds) {
        if (letter == code) {
            return kind;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string_view command_name(Command command) {
    switch (command) {
        case Command::abort: return "SMFIC_ABORT";
        case Command::body: return "SMFIC_BODY";
        case Command::connect: return "SMFIC_CONNECT";
        case Command::macros: return "SMFIC_MACRO";
        case Command::end_of_body: return "SMFIC_BODYEOB";
        case Command::helo: return "SMFIC_HELO";
        case Command::header: return "SMFIC_HEADER";
        case Command::mail: return "SMFIC_MAIL";
        case Command::end_of_header: return "SMFIC_EOH";
        case Command::negotiate: return "SMFIC_OPTNEG";
        case Command::quit: return "SMFIC_QUIT";
        case Command::rcpt: return "SMFIC_RCPT";
        case Command::data: return "SMFIC_DATA";
        case Command::unknown: return "SMFIC_UNKNOWN";
    }
    return "SMFIC_UNKNOWN";
}

Offer offer_of_version(unsigned version) {
    using namespace steps;
    constexpr std::uint32_t version_2 = no_connect | no_helo | no_mail | no_rcpt | no_body | no_header | no_end_of_header;
    switch (version) {
        case 2: return {2, actions::version_2, version_2};
        case 3: return {3, actions::version_2, version_2 | no_unknown};
        case 4: return {4, actions::version_2, version_2 | no_unknown | no_data};
        default: break;
    }
    return {6, actions::version_6,
            version_2 | no_unknown | no_data | skip | refused_recipients | silent_header | silent_connect | silent_helo | silent_mail | silent_rcpt | silent_data | silent_unknown |
                silent_end_of_header | silent_body | leading_space};
}

base::Result<std::optional<PacketView>> next_packet(std::string_view bytes) {
    if (bytes.size() < 4) {
        return std::optional<PacketView>();
    }
    const std::uint32_t length = Reader(bytes).number();
    if (length == 0 || length > packet_size_max) {
        return malformed(base::format("unreasonable packet length: {}", length));
    }
    if (bytes.size() - 4 < length) {
        return std::optional<PacketView>();
    }
    return PacketView{bytes[4], bytes.substr(5, length - 1), std::size_t{4} + length};
}

base::Result<Agreement> parse_agreement(std::string_view data) {
    Reader reader(data);
    Agreement out;
    out.version = reader.number();
    out.actions = reader.number();
    out.steps = reader.number();
    if (!reader.good()) {
        return malformed("malformed SMFIC_OPTNEG reply");
    }
    while (!reader.at_end()) {
        const std::uint32_t stage = reader.number();
        const std::string names = reader.text();
        // The list of an event that no version has is nobody's loss.
        if (!reader.good()) {
            return malformed("malformed list of macros in SMFIC_OPTNEG reply");
        }
        if (stage < static_cast<std::uint32_t>(MacroStage::unknown)) {
            std::vector<std::string>& list = out.macros[stage].emplace();
            for (const std::string_view name : base::split_words(names, " \t,")) {
                list.emplace_back(name);
            }
        }
    }
    return out;
}

base::Result<Response> parse_response(char code, std::string_view data) {
    const auto kind = kind_of(code);
    if (!kind) {
        return malformed(base::format("unexpected reply code '{}'", base::printable(std::string(1, code), base::NonAscii::replace)));
    }
    Response out{.kind = *kind};
    Reader reader(data);
    switch (*kind) {
        case Kind::reply_code: {
            auto reply = parse_reply_code(reader.text());
            if (!reply) {
                return std::unexpected(std::move(reply.error()));
            }
            out.reply = std::move(*reply);
            break;
        }
        case Kind::insert_header:
        case Kind::change_header: out.index = reader.number(); [[fallthrough]];
        case Kind::add_header:
            out.name = reader.text();
            out.text = reader.text();
            break;
        case Kind::change_sender:
        case Kind::add_recipient:
        case Kind::delete_recipient:
            out.name = reader.text();
            if (!reader.at_end()) {
                out.text = reader.text();
            }
            break;
        case Kind::quarantine: out.text = reader.text(); break;
        case Kind::replace_body: out.text = data; break;
        default: break;
    }
    if (!reader.good()) {
        return malformed(base::format("malformed reply of type '{}'", code));
    }
    return out;
}

void append_packet(std::string& out, Command command, std::string_view data) {
    append_number(out, static_cast<std::uint32_t>(data.size() + 1));
    out += static_cast<char>(command);
    out += data;
}

std::string zero_terminated(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) {
        out.append(word).push_back('\0');
    }
    return out;
}

std::string encode_offer(const Offer& offer) {
    std::string out;
    append_number(out, offer.version);
    append_number(out, offer.actions);
    append_number(out, offer.steps);
    return out;
}

std::string encode_connect(std::string_view name, std::string_view address, std::uint16_t port) {
    std::string out(name);
    out += '\0';
    if (address.empty()) {
        out += 'U';
        return out;
    }
    const bool is_v6 = address.find(':') != std::string_view::npos;
    out += is_v6 ? '6' : '4';
    out += static_cast<char>(port >> 8U);
    out += static_cast<char>(port & 0xffU);
    out += address;
    out += '\0';
    return out;
}

}  // namespace posthouse::milter
