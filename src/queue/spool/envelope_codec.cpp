#include "queue/spool/envelope_codec.hpp"

#include <limits>

#include "queue/spool/codec.hpp"

namespace posthouse::queue {

namespace {

constexpr std::uint8_t codec_version = 1;
// A message that needs nothing of these is written as 1, which older releases read.
constexpr std::uint8_t version_with_filter = 2;
constexpr std::uint8_t version_with_purpose = 3;  // and with a filter, maybe empty
constexpr std::uint8_t version_with_verp = 4;     // and with all of these

// Bits of a recipient's flag byte.
constexpr std::uint8_t notify_never = 1;
constexpr std::uint8_t notify_success = 2;
constexpr std::uint8_t notify_failure = 4;
constexpr std::uint8_t notify_delay = 8;
constexpr std::uint8_t original_address_differs = 16;
constexpr std::uint8_t has_original_recipient = 32;
constexpr std::uint8_t recipient_bits = 63;

constexpr std::size_t recipient_size_min = 2;  // flag byte, length of the address

std::uint8_t bit(bool on, std::uint8_t value) { return on ? value : std::uint8_t{0}; }

void encode_recipient(Encoder& out, const mail::Recipient& recipient) {
    const bool differs = recipient.original_address != recipient.address;
    const bool original = !recipient.original_recipient.empty();
    const mail::DsnNotify& notify = recipient.notify;
    out.byte(static_cast<std::uint8_t>(bit(notify.never, notify_never) | bit(notify.success, notify_success) | bit(notify.failure, notify_failure) |
                                       bit(notify.delay, notify_delay) | bit(differs, original_address_differs) |
                                       bit(original, has_original_recipient)));
    out.text(recipient.address);
    if (differs) {
        out.text(recipient.original_address);
    }
    if (original) {
        out.text(recipient.original_recipient);
    }
}

mail::Recipient decode_recipient(Decoder& in) {
    const std::uint8_t bits = in.byte();
    if (bits > recipient_bits) {
        in.reject();
    }
    mail::Recipient recipient;
    recipient.notify = {.never = (bits & notify_never) != 0,
                        .success = (bits & notify_success) != 0,
                        .failure = (bits & notify_failure) != 0,
                        .delay = (bits & notify_delay) != 0};
    recipient.address = in.text();
    recipient.original_address = (bits & original_address_differs) != 0 ? in.text() : recipient.address;
    if ((bits & has_original_recipient) != 0) {
        recipient.original_recipient = in.text();
    }
    return recipient;
}

}  // namespace

std::string encode_envelope(const mail::Envelope& envelope) {
    Encoder out;
    const bool has_verp = !envelope.verp_delimiters.empty();
    const bool has_purpose = has_verp || envelope.purpose != mail::Envelope::Purpose::deliver;
    const bool has_filter = has_purpose || !envelope.content_filter.empty();
    out.byte(has_verp ? version_with_verp : has_purpose ? version_with_purpose : has_filter ? version_with_filter : codec_version);
    out.byte(static_cast<std::uint8_t>(envelope.ret));
    out.byte(static_cast<std::uint8_t>(envelope.body));
    out.byte(envelope.smtputf8 ? 1 : 0);
    out.number(static_cast<std::uint64_t>(envelope.arrival.time_since_epoch().count()));
    out.number(envelope.size.count);
    out.text(envelope.reverse_path.address());
    out.text(envelope.envelope_id);
    const mail::Origin& origin = envelope.origin;
    for (const std::string* field :
         {&origin.client_name, &origin.client_address, &origin.helo_name, &origin.protocol, &origin.sasl_method, &origin.sasl_username}) {
        out.text(*field);
    }
    out.number(envelope.recipients.size());
    for (const mail::Recipient& recipient : envelope.recipients) {
        encode_recipient(out, recipient);
    }
    if (has_filter) {
        out.text(envelope.content_filter);
    }
    if (has_purpose) {
        out.byte(static_cast<std::uint8_t>(envelope.purpose));
    }
    if (has_verp) {
        out.text(envelope.verp_delimiters);
    }
    return out.take();
}

std::optional<mail::Envelope> decode_envelope(std::string_view bytes) {
    Decoder in(bytes);
    const std::uint8_t version = in.byte();
    if (version < codec_version || version > version_with_verp) {
        return std::nullopt;
    }
    const std::uint8_t ret = in.byte();
    const std::uint8_t body = in.byte();
    const std::uint8_t smtputf8 = in.byte();
    if (ret > static_cast<std::uint8_t>(mail::DsnRet::hdrs) || body > static_cast<std::uint8_t>(mail::BodyType::eight_bit_mime) || smtputf8 > 1) {
        return std::nullopt;
    }
    mail::Envelope envelope;
    envelope.ret = static_cast<mail::DsnRet>(ret);
    envelope.body = static_cast<mail::BodyType>(body);
    envelope.smtputf8 = smtputf8 == 1;
    envelope.arrival = world::WallTime(world::WallTime::duration(static_cast<std::int64_t>(in.number())));
    envelope.size = base::Bytes{in.number()};
    envelope.reverse_path = mail::ReversePath(in.text());
    envelope.envelope_id = in.text();
    mail::Origin& origin = envelope.origin;
    for (std::string* field :
         {&origin.client_name, &origin.client_address, &origin.helo_name, &origin.protocol, &origin.sasl_method, &origin.sasl_username}) {
        *field = in.text();
    }
    const std::uint64_t count = in.number();
    if (count > in.left() / recipient_size_min) {
        return std::nullopt;
    }
    envelope.recipients.reserve(count);
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        envelope.recipients.push_back(decode_recipient(in));
    }
    if (version >= version_with_filter) {
        envelope.content_filter = in.text();
    }
    if (version >= version_with_purpose) {
        const std::uint8_t purpose = in.byte();
        if (purpose > static_cast<std::uint8_t>(mail::Envelope::Purpose::ask)) {
            return std::nullopt;  // probes are not stored
        }
        envelope.purpose = static_cast<mail::Envelope::Purpose>(purpose);
    }
    if (version >= version_with_verp) {
        envelope.verp_delimiters = in.text();
        if (envelope.verp_delimiters.size() != 2) {
            return std::nullopt;
        }
    }
    if (!in.complete()) {
        return std::nullopt;
    }
    return envelope;
}

std::string encode_recipient_state(const mail::RecipientState& state) {
    Encoder out;
    out.byte(codec_version);
    out.byte(static_cast<std::uint8_t>(state.status));
    out.number(state.tries);
    for (const std::string* field : {&state.dsn_status, &state.reason, &state.remote_mta, &state.diagnostic}) {
        out.text(*field);
    }
    return out.take();
}

std::optional<mail::RecipientState> decode_recipient_state(std::string_view bytes) {
    Decoder in(bytes);
    if (in.byte() != codec_version) {
        return std::nullopt;
    }
    const std::uint8_t status = in.byte();
    const std::uint64_t tries = in.number();
    if (status > static_cast<std::uint8_t>(mail::RecipientState::Status::bounced) || tries > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    mail::RecipientState state;
    state.status = static_cast<mail::RecipientState::Status>(status);
    state.tries = static_cast<std::uint32_t>(tries);
    for (std::string* field : {&state.dsn_status, &state.reason, &state.remote_mta, &state.diagnostic}) {
        *field = in.text();
    }
    if (!in.complete()) {
        return std::nullopt;
    }
    return state;
}

}  // namespace posthouse::queue
