// Any line is a command or unknown; what is understood can be written down and read again.
#include "smtp/command_parser.hpp"

#include "base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace posthouse::smtp;
    const std::string line(data, data + size);
    const Command command = parse_command(line);
    const Command again = parse_command(command.verb_text + ' ' + command.arguments);
    PH_ASSERT(again.verb == command.verb && again.verb_text == command.verb_text &&
              again.arguments == command.arguments);
    for (const auto& parameter : parse_esmtp_parameters(command.arguments)) {
        PH_ASSERT(!parameter.text.empty() && parameter.text.size() <= size);
        (void)parse_size_parameter(parameter.value);
        (void)parse_body_parameter(parameter.value);
    }
    (void)parse_bdat(command.arguments);
    return 0;
}
