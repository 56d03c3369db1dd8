# Third-party packages as Debian 12 ships them; tools/install-dependencies holds the apt names.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Protobuf 3.21 REQUIRED) # module mode: Debian ships no config file
find_package(gRPC 1.51 CONFIG REQUIRED) # brings re2::re2 with it
find_package(ZLIB REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
# cpp-httplib's flags change its class layout, so they must come from its own .pc file.
pkg_check_modules(cpp_httplib REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
# It makes the filter of confined Tasks' system calls once, and is not in a Task's way: the archive, so that no start has
# one library more to load.
pkg_check_modules(seccomp QUIET libseccomp>=2.5)
if(seccomp_FOUND)
  find_library(NOIZY_SECCOMP NAMES libseccomp.a seccomp HINTS ${seccomp_LIBRARY_DIRS})
else()
  message(STATUS "libseccomp is not installed: the system calls of Tasks under --task-user are not filtered")
endif()
