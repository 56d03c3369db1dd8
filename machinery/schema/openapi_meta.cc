#include "machinery/schema/openapi_meta.h"

#include "machinery/value/yaml.h"

namespace noizy {
namespace {

// Field names and types are the API's own; the words are ours.
constexpr std::string_view kText = R"YAML(
io.k8s.apimachinery.pkg.apis.meta.v1.Time:
  description: A time in RFC 3339, in UTC and whole seconds.
  type: string
  format: date-time
io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1:
  description: A set of fields as a tree of f:NAME, k:KEYS and v:VALUE members.
  type: object
io.k8s.apimachinery.pkg.apis.meta.v1.Patch:
  description: A patch in the form that the request's Content-Type names.
  type: object
io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry:
  description: Which fields one manager set with its last write of one kind.
  type: object
  properties:
    apiVersion: {type: string, description: The API version that the fields are named in.}
    fieldsType: {type: string, description: Always FieldsV1.}
    fieldsV1: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1, description: "The fields."}
    manager: {type: string, description: Who set the fields.}
    operation: {type: string, description: Apply or Update.}
    subresource: {type: string, description: The subresource written to.}
    time: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.Time, description: "When the manager last wrote."}
io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference:
  description: An object that this one belongs to and goes away with.
  type: object
  required: [apiVersion, kind, name, uid]
  properties:
    apiVersion: {type: string, description: The owner's API version.}
    blockOwnerDeletion: {type: boolean, description: Whether a foreground deletion of the owner waits for this object.}
    controller: {type: boolean, description: Whether the owner is the controller that manages this object.}
    kind: {type: string, description: The owner's kind.}
    name: {type: string, description: The owner's name.}
    uid: {type: string, description: The owner's uid.}
  x-kubernetes-map-type: atomic
io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta:
  description: What every stored object has.
  type: object
  properties:
    annotations:
      type: object
      additionalProperties: {type: string}
      description: Notes for tools and people, not looked at by selectors.
    creationTimestamp: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.Time, description: "When the object was made. Read-only."}
    deletionGracePeriodSeconds: {type: integer, format: int64, description: "How long the object may take to stop once deletionTimestamp is set, in seconds. Read-only."}
    deletionTimestamp: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.Time, description: "When the object was asked to go; it does once its finalizers are gone. Read-only."}
    finalizers:
      type: array
      items: {type: string}
      description: Who must be done before the object is removed.
      x-kubernetes-list-type: set
      x-kubernetes-patch-strategy: merge
    generateName: {type: string, description: A prefix from which the server makes a unique name when name is empty.}
    generation: {type: integer, format: int64, description: Raised with every change of the desired state. Read-only.}
    labels:
      type: object
      additionalProperties: {type: string}
      description: Keys and values by which selectors find the object.
    managedFields:
      type: array
      items: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry}
      description: Which manager set which fields.
      x-kubernetes-list-type: atomic
    name: {type: string, description: "The object's name, unique within its kind and namespace. Cannot be changed."}
    namespace: {type: string, description: The scope of the name. Cannot be changed.}
    ownerReferences:
      type: array
      items: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference}
      description: The objects that this one belongs to. When all of them are gone, so is this one.
      x-kubernetes-list-map-keys: [uid]
      x-kubernetes-list-type: map
      x-kubernetes-patch-merge-key: uid
      x-kubernetes-patch-strategy: merge
    resourceVersion: {type: string, description: Names this version of the object; opaque. A write that carries it fails if the object has changed since.}
    selfLink: {type: string, description: No longer filled in.}
    uid: {type: string, description: Unique in time and space. Read-only.}
io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta:
  description: What every list has.
  type: object
  properties:
    continue: {type: string, description: "Given back to the server, it goes on where this list ends."}
    remainingItemCount: {type: integer, format: int64, description: "How many items follow, when known."}
    resourceVersion: {type: string, description: The version of the whole at which the list was made.}
    selfLink: {type: string, description: No longer filled in.}
io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions:
  description: What must hold for the request to be carried out.
  type: object
  properties:
    resourceVersion: {type: string, description: The object's version.}
    uid: {type: string, description: The object's uid.}
io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions:
  description: How to delete.
  type: object
  properties:
    apiVersion: {type: string, description: Always v1.}
    dryRun: {type: array, items: {type: string}, description: "All: go through every step but the last.", x-kubernetes-list-type: atomic}
    gracePeriodSeconds: {type: integer, format: int64, description: How long the object may take to stop in seconds. 0 is at once.}
    kind: {type: string, description: Always DeleteOptions.}
    orphanDependents: {type: boolean, description: Replaced by propagationPolicy.}
    preconditions: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions, description: "What must hold, or nothing is deleted."}
    propagationPolicy: {type: string, description: "What becomes of the objects that belong to this one: Orphan, Background or Foreground."}
io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause:
  description: One fault.
  type: object
  properties:
    field: {type: string, description: The field at fault.}
    message: {type: string, description: What is wrong with it.}
    reason: {type: string, description: The kind of fault in a CamelCase word.}
io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails:
  description: What an error is about.
  type: object
  properties:
    causes: {type: array, items: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause}, description: The single faults., x-kubernetes-list-type: atomic}
    group: {type: string, description: The API group of the object.}
    kind: {type: string, description: The kind or resource of the object.}
    name: {type: string, description: The object's name.}
    retryAfterSeconds: {type: integer, format: int32, description: How long to wait before another try in seconds.}
    uid: {type: string, description: The object's uid.}
io.k8s.apimachinery.pkg.apis.meta.v1.Status:
  description: The answer to a request that returns no other object.
  type: object
  properties:
    apiVersion: {type: string, description: Always v1.}
    code: {type: integer, format: int32, description: The HTTP status code.}
    details: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails, description: "What the answer is about."}
    kind: {type: string, description: Always Status.}
    message: {type: string, description: The answer in a sentence.}
    metadata: {$ref: io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta, description: "Empty, but for a continue token."}
    reason: {type: string, description: The answer in a CamelCase word.}
    status: {type: string, description: Success or Failure.}
  x-kubernetes-group-version-kind:
  - {group: "", version: v1, kind: Status}
)YAML";

Object Parse() {
  auto documents = ParseYaml(kText);
  // The text is a constant, which a test reads.
  if (!documents || documents->empty() || !documents->front().value.is_object()) return {};
  return std::move(documents->front().value.get_object());
}

}  // namespace

const Object& MetaDefinitions() {
  static const Object kDefinitions = Parse();
  return kDefinitions;
}

}  // namespace noizy
