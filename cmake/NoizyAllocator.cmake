# noizy_allocator: jemalloc in front of the C library's malloc, in the build that users run (docs/decisions/0010). Dev and
# sanitizer builds keep the C library's, which their tools know.
find_library(NOIZY_JEMALLOC libjemalloc_pic.a)
if(NOIZY_JEMALLOC)
  add_library(noizy_allocator INTERFACE)
  target_link_libraries(noizy_allocator INTERFACE ${NOIZY_JEMALLOC} Threads::Threads m)
else()
  message(STATUS "jemalloc is not installed: the C library's malloc will do, at twice the CPU time of a write")
endif()
