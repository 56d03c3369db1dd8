# Links the archives that Debian ships beside its shared libraries, where there is one: the program
# then starts in a third of the time, because the dynamic loader has 20 libraries to map and relocate
# and not 70. Every Task pays for that start (its supervisor is this program), and every command.
# What security updates replace most often stays shared: OpenSSL, SQLite, zlib (docs/decisions/0007).
function(noizy_link_archives)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "INTERFACE_LIBRARY" OR target MATCHES "^(OpenSSL|SQLite|ZLIB)::")
      continue()
    endif()
    foreach(property IMPORTED_LOCATION IMPORTED_LOCATION_NONE IMPORTED_LOCATION_RELEASE)
      get_target_property(library ${target} ${property})
      string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive "${library}")
      if(archive MATCHES "\\.a$" AND EXISTS ${archive})
        set_target_properties(${target} PROPERTIES ${property} ${archive})
      endif()
    endforeach()
  endforeach()
  # Shared libraries name their own needs in themselves; archives leave that to who links them.
  pkg_check_modules(grpc_archives REQUIRED grpc++)
  set(needs ${grpc_archives_STATIC_LIBRARIES})
  list(FILTER needs INCLUDE REGEX "^(absl_|address_sorting|cares|gpr$|re2|upb)")
  list(TRANSFORM needs REPLACE "(.+)" "-l:lib\\1.a")
  target_link_libraries(gRPC::grpc INTERFACE -Wl,--start-group ${needs} -Wl,--end-group resolv)
endfunction()

noizy_link_archives()

# What runs before main lies together, as GNU ld puts it by itself: gRPC's and protobuf's hundreds of initialisers, each
# beside the code it is for, touched the whole program at every start. `noizy version --client`: 666 page faults, 609 with this (objects of -O1).
if(NOIZY_MOLD)
  add_link_options(-Wl,-z,keep-text-section-prefix)
endif()
