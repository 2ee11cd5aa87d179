#pragma once
// NewDatabase: X.db (X.lmdb, X.cdb) as postmap(1) makes it, but in one step: readers see the old one or the new one, and of two
// runs at once the second starts from what the first has written.
#include <cstddef>
#include <string>
#include <unordered_set>

#include "os/replacement.hpp"
#include "tables/writer.hpp"

namespace posthouse::tools {

class NewDatabase {
public:
    /// Waits for whoever makes it now: what is to be in it is read after this.
    [[nodiscard]] static base::Result<NewDatabase> begin(const std::string& path, tables::DatabaseType type, tables::Terminator terminator);

    /// As DatabaseWriter::put().
    [[nodiscard]] base::Result<bool> put(const std::string& key, const std::string& value, tables::Duplicates duplicates) { return writer_.put(key, value, duplicates); }
    /// What the old one holds, except the keys in `without`; how many those were.
    [[nodiscard]] base::Result<std::size_t> copy(const std::unordered_set<std::string>& without);
    /// Nothing changes before this. `mode`: permission bits if there was none; an old one's mode and owner stay.
    [[nodiscard]] base::Result<void> finish(unsigned mode);

private:
    NewDatabase(os::Replacement place, tables::DatabaseType type, tables::DatabaseWriter writer) : place_(std::move(place)), type_(type), writer_(std::move(writer)) {}

    os::Replacement place_;
    tables::DatabaseType type_;
    tables::DatabaseWriter writer_;
};

}  // namespace posthouse::tools
