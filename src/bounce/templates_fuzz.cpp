// Any text is a bounce_template_file or an error: what is accepted can be written out, read again and expanded.
// links: template_text.cpp templates.cpp config mail
#include "base/assert.hpp"
#include "bounce/templates.hpp"

using namespace posthouse;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const config::View view = config::View::of("myhostname = mail.example.test\n");
    const bounce::Warn quiet = [](const std::string&) {};
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = bounce::parse_templates(text, "f", quiet);
    if (!parsed) {
        PH_ASSERT(!parsed.error().text.empty());
        return 0;
    }
    for (const bounce::NoticeTemplate* one : {&parsed->failure, &parsed->delay, &parsed->success, &parsed->verify}) {
        PH_ASSERT(one->text.ends_with('\n') && !one->subject.empty() && !one->from.empty());
        static_cast<void>(bounce::expanded_text(*one, "f", view, quiet));
    }
    return 0;
}
