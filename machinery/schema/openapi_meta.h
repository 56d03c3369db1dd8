// The definitions of meta.k8s.io/v1 that every kind's OpenAPI refers to.
#pragma once

#include <string_view>

#include "machinery/value/value.h"

namespace noizy {

inline constexpr std::string_view kObjectMetaDefinition =
    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
inline constexpr std::string_view kListMetaDefinition =
    "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
inline constexpr std::string_view kStatusDefinition = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
inline constexpr std::string_view kDeleteOptionsDefinition =
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
inline constexpr std::string_view kPatchDefinition = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

/// By definition name. References are {"$ref": NAME}, to be rooted by who uses them.
const Object& MetaDefinitions();

}  // namespace noizy
