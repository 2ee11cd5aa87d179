# Every library the product links, in one place. Debian 12 package names are in tools/packages.txt.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
pkg_check_modules(FMT REQUIRED IMPORTED_TARGET fmt)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
find_library(UNBOUND_LIBRARY unbound REQUIRED)
find_library(BERKELEY_DB_LIBRARY db-5.3 REQUIRED)
find_library(LMDB_LIBRARY lmdb REQUIRED)
find_library(CRYPT_LIBRARY crypt REQUIRED)
# Libraries of single table types. Without the library, or with -DPOSTHOUSE_CDB=OFF, X_missing.cpp is compiled instead of X.cpp and the
# tables of that type say that this program was built without them.
set(POSTHOUSE_LEFT_OUT "")
macro(posthouse_optional_library option library source)
    option(${option} "tables that need ${library}" ON)
    if(${option} AND ${library})
        list(APPEND POSTHOUSE_LEFT_OUT "/${source}_missing\\.cpp$")
    else()
        message(STATUS "built without ${source}: ${library} is not there or not wanted")
        list(APPEND POSTHOUSE_LEFT_OUT "/${source}(_test)?\\.cpp$")
        set(${library} "")
    endif()
endmacro()
find_library(CDB_LIBRARY cdb)
posthouse_optional_library(POSTHOUSE_CDB CDB_LIBRARY cdb_file)
find_program(CCACHE ccache)
if(CCACHE)
    # Precompiled headers need the sloppiness and, with GCC, -fpch-preprocess; base_dir and hash_dir let clones share what is built.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=10G ${CCACHE})
endif()
