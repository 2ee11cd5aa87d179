#pragma once
// posthouse help NAME...: what the table of parameters says about a parameter.
#include <string>
#include <string_view>

namespace posthouse::tools {

/// Type, default, unit and purpose of one parameter, or of the family that <transport>_<suffix> belongs to; empty: there is no such name.
[[nodiscard]] std::string parameter_help(std::string_view name);

/// "--man PAGE" and "--man-pages FOLDER" make the manual (manual.hpp). Else writes the help of each argument to standard output; 1 if one
/// is unknown. A "*" at the end lists the names that begin so.
int help_main(int argc, char** argv);

}  // namespace posthouse::tools
