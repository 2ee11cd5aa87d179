#pragma once
// For tests: lists made of regexp tables in memory, and a sink that remembers what it was told.
#include "checks/content_check.hpp"
#include "tables/fake_files.hpp"
#include "tables/open.hpp"
#include "tables/run_task.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::checks::testing {

class Sink final : public ActionSink {
public:
    Performed perform(const Action& action, const Place& place) override {
        if (action.kind == Action::Kind::reject) {
            note("reject", place, action.text);
            return Performed::ends_checks;
        }
        if (action.kind == Action::Kind::hold) {
            note("hold", place, action.text);
            return Performed::goes_on;
        }
        return Performed::no_such_action;
    }
    void note(std::string_view action, const Place& place, std::string_view text) override {
        told.push_back(std::string(action) + ": " + std::string(part_word(place.part)) + " " + std::string(place.line) + ": " + std::string(text));
    }
    void warn(std::string text) override { told.push_back(std::move(text)); }
    [[nodiscard]] std::string_view word_for_strange_action() const override { return "strange"; }

    std::vector<std::string> told;
};

/// Texts of regexp tables; empty: no list.
struct Texts {
    std::string_view header = {}, mime_header = {}, nested_header = {}, body = {};
};

inline CheckSet set_of(const Texts& texts) {
    static tables::FakeFiles files;
    const auto list = [&](const std::string& name, std::string_view text) {
        files.put("/" + name, std::string(text));
        const tables::OpenContext context{.files = files, .warn = [](std::string_view) {}};
        return text.empty() ? CheckList() : CheckList(name, tables::MapList({tables::open_table("regexp:/" + name, context)}));
    };
    return {.header = list("header_checks", texts.header), .mime_header = list("mime_header_checks", texts.mime_header),
            .nested_header = list("nested_header_checks", texts.nested_header), .body = list("body_checks", texts.body), .walk = {}};
}

}  // namespace posthouse::checks::testing
