// A schema with every kind of structure that patches tell apart.
#pragma once

#include <gtest/gtest.h>

#include "machinery/schema/schema.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy {

/// The first document of `yaml`.
inline Value FromYaml(std::string_view yaml) {
  auto documents = ParseYaml(yaml);
  if (!documents.ok() || documents->empty()) {
    ADD_FAILURE() << "not YAML: " << yaml;
    return nullptr;
  }
  return std::move(documents->front().value);
}

inline const Schema& WidgetSchema() {
  static const auto kSchema = CompileSchema(FromYaml(R"(
type: object
properties:
  apiVersion: {type: string}
  kind: {type: string}
  metadata: {type: object}
  spec:
    type: object
    properties:
      size: {type: integer}
      color: {type: string}
      selector: {type: object, x-kubernetes-map-type: atomic, additionalProperties: {type: string}}
      limits: {type: object, additionalProperties: {type: string}}
      pools: {type: object, additionalProperties: {type: object, properties: {min: {type: integer}, max: {type: integer}}}}
      args: {type: array, items: {type: string}}
      tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
      ports:
        type: array
        x-kubernetes-list-type: map
        x-kubernetes-list-map-keys: [port, protocol]
        items:
          type: object
          properties:
            port: {type: integer}
            protocol: {type: string, default: TCP}
            name: {type: string}
      extra: {type: object, x-kubernetes-preserve-unknown-fields: true}
  status:
    type: object
    properties:
      phase: {type: string}
)"));
  return **kSchema;
}

}  // namespace noizy
