#include "queue/outcome_texts.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::queue {

std::size_t text_room(std::size_t recipients) {
    return std::clamp(outcome_texts_max / std::max<std::size_t>(recipients, 1), outcome_text_least, outcome_text_max);
}

void bound_texts(mail::Outcome& outcome, std::size_t room) {
    for (std::string* text : {&outcome.status, &outcome.text, &outcome.relay, &outcome.remote_mta, &outcome.diagnostic}) {
        if (text->size() > room) {
            *text = std::string(base::cut(*text, room));  // a new one: the old one would keep its memory
        }
    }
}

}  // namespace posthouse::queue
