# Language level, warnings, sanitizers, compiler cache and linker for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

set(NOIZY_SANITIZE "" CACHE STRING "address;undefined, or thread; empty: none")

add_library(noizy_flags INTERFACE)
# Warnings are errors for us, not for users: another compiler's false alarm must not cost them the build.
target_compile_options(noizy_flags INTERFACE
  -Wall -Wextra -Wpedantic $<$<NOT:$<CONFIG:Release>>:-Werror> -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(noizy_flags INTERFACE -Wthread-safety)
endif()
if(NOIZY_SANITIZE)
  string(REPLACE ";" "," sanitizers "${NOIZY_SANITIZE}")
  add_compile_options(-fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${sanitizers})
  add_compile_definitions(NOIZY_SANITIZED)  # for bounds on memory
  if(NOIZY_SANITIZE STREQUAL "thread")
    # It does not know fences. Asio's are for handlers that share data without a lock; ours do not.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()

find_program(NOIZY_CCACHE ccache)
if(NOIZY_CCACHE)
  # The sloppiness is what ccache asks for when precompiled headers are used; the base folder makes two
  # checkouts share one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${NOIZY_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

find_program(NOIZY_MOLD mold)
if(NOIZY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
