#include "tools/parameter_words.hpp"

namespace posthouse::tools {

std::string_view type_text(config::Type type) {
    switch (type) {
        case config::Type::text: return "text";
        case config::Type::raw: return "text whose macros are expanded when it is used";
        case config::Type::boolean: return "yes or no";
        case config::Type::integer: return "number";
        case config::Type::time: return "time: a number and s, m, h, d or w";
        case config::Type::size: return "size in bytes";
        case config::Type::list: return "list";
        case config::Type::restrictions: return "access restriction list";
        case config::Type::tables: return "lookup tables, type:name";
        case config::Type::path: return "path";
        case config::Type::service: return "service or transport";
    }
    return "text";
}

std::string_view unit_text(config::Unit unit) {
    switch (unit) {
        case config::Unit::none: return "";
        case config::Unit::s: return "; seconds without a letter";
        case config::Unit::m: return "; minutes without a letter";
        case config::Unit::h: return "; hours without a letter";
        case config::Unit::d: return "; days without a letter";
        case config::Unit::w: return "; weeks without a letter";
    }
    return "";
}

std::string_view status_text(config::Status status) {
    switch (status) {
        case config::Status::supported: return "supported";
        case config::Status::no_effect: return "has no effect here";
        case config::Status::not_yet: return "not supported yet: setting it gives a warning";
        case config::Status::refuse_not_yet: return "not supported yet: the server does not start if it is set";
    }
    return "";
}

}  // namespace posthouse::tools
