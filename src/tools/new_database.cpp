#include "tools/new_database.hpp"

namespace posthouse::tools {

base::Result<NewDatabase> NewDatabase::begin(const std::string& path, tables::DatabaseType type, tables::Terminator terminator) {
    auto place = os::Replacement::begin(path);
    if (!place) {
        return std::unexpected(place.error());
    }
    auto writer = tables::DatabaseWriter::create(place->temporary(), type, terminator);
    if (!writer) {
        return std::unexpected(writer.error());
    }
    return NewDatabase(std::move(*place), type, std::move(*writer));
}

base::Result<std::size_t> NewDatabase::copy(const std::unordered_set<std::string>& without) {
    auto old = tables::open_index(type_, place_.path());
    if (!old) {
        return std::unexpected(old.error());
    }
    std::size_t left_out = 0;
    base::Result<void> written;
    const auto read = (*old)->for_each([&](std::string_view key, std::string_view value) {
        const std::string stored(key);
        if (without.contains(stored)) {
            ++left_out;
        } else if (written) {
            const auto put = writer_.put(stored, std::string(value), tables::Duplicates::ignore);
            written = put ? base::Result<void>() : std::unexpected(put.error());
        }
    });
    if (!read || !written) {
        return std::unexpected(read ? written.error() : read.error());
    }
    return left_out;
}

base::Result<void> NewDatabase::finish(unsigned mode) {
    const auto written = writer_.finish();
    return written ? place_.take_place(mode) : written;
}

}  // namespace posthouse::tools
