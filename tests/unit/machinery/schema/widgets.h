// A kind that nothing is built for, as a user's definition would bring it.
#pragma once

#include <string_view>

#include "machinery/schema/kind.h"

namespace noizy {

inline constexpr std::string_view kWidgetsYaml = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size, description: How big.}
    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A widget.
        properties:
          apiVersion: {type: string}
          kind: {type: string}
          metadata: {type: object}
          spec:
            type: object
            description: What is wanted.
            properties:
              size: {type: integer, default: 3, description: How big.}
              default: {type: string, nullable: true, enum: [a, b]}
            oneOf: [{required: [size]}, {required: [default]}]
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
)";

inline constexpr std::string_view kClusterYaml = R"(
metadata: {name: sites}
spec:
  group: ""
  scope: Cluster
  names: {plural: sites, kind: Site}
  versions: [{name: v1, served: true, schema: {openAPIV3Schema: {type: object, description: A site.}}}]
)";

inline constexpr std::string_view kWidgetsBetaYaml = R"(
metadata: {name: gears.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {plural: gears, kind: Gear, shortNames: [widgets, ge]}
  versions:
  - {name: v1beta1, served: true, schema: {openAPIV3Schema: {type: object}}}
  - {name: v2, served: true, schema: {openAPIV3Schema: {type: object}}}
)";

inline KindRegistry WidgetRegistry() {
  return *KindRegistry::FromYaml({kWidgetsYaml, kClusterYaml, kWidgetsBetaYaml});
}

}  // namespace noizy
