#include "machinery/protobuf/message_table.h"

namespace noizy {
namespace {

using enum FieldType;
using enum Presence;

// meta.k8s.io/v1

constexpr FieldRow kOwnerReference[] = {
    {1, "kind", kString, kKept},     {3, "name", kString, kKept},
    {4, "uid", kString, kKept},      {5, "apiVersion", kString, kKept},
    {6, "controller", kBool, kKept}, {7, "blockOwnerDeletion", kBool, kKept},
};

constexpr FieldRow kManagedFields[] = {
    {1, "manager"},    {2, "operation"},           {3, "apiVersion"},  {4, "time", kTime},
    {6, "fieldsType"}, {7, "fieldsV1", kFieldsV1}, {8, "subresource"},
};

constexpr FieldRow kObjectMeta[] = {
    {1, "name"},
    {2, "generateName"},
    {3, "namespace"},
    {4, "selfLink"},
    {5, "uid"},
    {6, "resourceVersion"},
    {7, "generation", kInteger},
    {8, "creationTimestamp", kTime},
    {9, "deletionTimestamp", kTime},
    {10, "deletionGracePeriodSeconds", kInteger, kKept},
    {11, "labels", kStringMap},
    {12, "annotations", kStringMap},
    {13, "ownerReferences", kMessage, kRepeated, kOwnerReference},
    {14, "finalizers", kString, kRepeated},
    {17, "managedFields", kMessage, kRepeated, kManagedFields},
};
constexpr FieldRow kMetadata = {1, "metadata", kMessage, kKept, kObjectMeta};

constexpr FieldRow kPreconditions[] = {
    {1, "uid", kString, kKept},
    {2, "resourceVersion", kString, kKept},
};

constexpr FieldRow kDeleteOptions[] = {
    {1, "gracePeriodSeconds", kInteger, kKept},
    {2, "preconditions", kMessage, kPlain, kPreconditions},
    {3, "orphanDependents", kBool, kKept},
    {4, "propagationPolicy", kString, kKept},
    {5, "dryRun", kString, kRepeated},
    {6, "ignoreStoreReadErrorWithClusterBreakingPotential", kBool, kKept},
};

// Both FieldSelectorRequirement and LabelSelectorRequirement.
constexpr FieldRow kSelectorRequirement[] = {
    {1, "key", kString, kKept},
    {2, "operator", kString, kKept},
    {3, "values", kString, kRepeated},
};

constexpr FieldRow kLabelSelector[] = {
    {1, "matchLabels", kStringMap},
    {2, "matchExpressions", kMessage, kRepeated, kSelectorRequirement},
};

// v1

constexpr FieldRow kObjectReference[] = {
    {1, "kind"},       {2, "namespace"},       {3, "name"},      {4, "uid"},
    {5, "apiVersion"}, {6, "resourceVersion"}, {7, "fieldPath"},
};

constexpr FieldRow kNamespaceSpec[] = {{1, "finalizers", kString, kRepeated}};

constexpr FieldRow kNamespaceCondition[] = {
    {1, "type", kString, kKept},
    {2, "status", kString, kKept},
    {4, "lastTransitionTime", kTime},
    {5, "reason"},
    {6, "message"},
};

constexpr FieldRow kNamespaceStatus[] = {
    {1, "phase"},
    {2, "conditions", kMessage, kRepeated, kNamespaceCondition},
};

constexpr FieldRow kNamespace[] = {
    kMetadata,
    {2, "spec", kMessage, kPlain, kNamespaceSpec},
    {3, "status", kMessage, kPlain, kNamespaceStatus},
};

constexpr FieldRow kConfigMap[] = {
    kMetadata,
    {2, "data", kStringMap},
    {3, "binaryData", kBytesMap},
    {4, "immutable", kBool, kKept},
};

constexpr FieldRow kSecret[] = {
    kMetadata,
    {2, "data", kBytesMap},
    {3, "type"},
    {4, "stringData", kStringMap},
    {5, "immutable", kBool, kKept},
};

constexpr FieldRow kLocalObjectReference[] = {{1, "name"}};

constexpr FieldRow kServiceAccount[] = {
    kMetadata,
    {2, "secrets", kMessage, kRepeated, kObjectReference},
    {3, "imagePullSecrets", kMessage, kRepeated, kLocalObjectReference},
    {4, "automountServiceAccountToken", kBool, kKept},
};

constexpr FieldRow kEventSource[] = {{1, "component"}, {2, "host"}};

constexpr FieldRow kEventSeries[] = {{1, "count", kInteger}, {2, "lastObservedTime", kMicroTime}};

constexpr FieldRow kEvent[] = {
    kMetadata,
    {2, "involvedObject", kMessage, kKept, kObjectReference},
    {3, "reason"},
    {4, "message"},
    {5, "source", kMessage, kPlain, kEventSource},
    {6, "firstTimestamp", kTime},
    {7, "lastTimestamp", kTime},
    {8, "count", kInteger},
    {9, "type"},
    {10, "eventTime", kMicroTime},
    {11, "series", kMessage, kPlain, kEventSeries},
    {12, "action"},
    {13, "related", kMessage, kPlain, kObjectReference},
    {14, "reportingComponent"},
    {15, "reportingInstance"},
};

constexpr FieldRow kScopeRequirement[] = {
    {1, "scopeName", kString, kKept},
    {2, "operator", kString, kKept},
    {3, "values", kString, kRepeated},
};

constexpr FieldRow kScopeSelector[] = {
    {1, "matchExpressions", kMessage, kRepeated, kScopeRequirement},
};

constexpr FieldRow kQuotaSpec[] = {
    {1, "hard", kQuantityMap},
    {2, "scopes", kString, kRepeated},
    {3, "scopeSelector", kMessage, kKept, kScopeSelector},
};

constexpr FieldRow kQuotaStatus[] = {{1, "hard", kQuantityMap}, {2, "used", kQuantityMap}};

constexpr FieldRow kResourceQuota[] = {
    kMetadata,
    {2, "spec", kMessage, kPlain, kQuotaSpec},
    {3, "status", kMessage, kPlain, kQuotaStatus},
};

// coordination.k8s.io/v1

constexpr FieldRow kLeaseSpec[] = {
    {1, "holderIdentity", kString, kKept},    {2, "leaseDurationSeconds", kInteger, kKept},
    {3, "acquireTime", kMicroTime},           {4, "renewTime", kMicroTime},
    {5, "leaseTransitions", kInteger, kKept}, {6, "strategy", kString, kKept},
    {7, "preferredHolder", kString, kKept},
};

constexpr FieldRow kLease[] = {kMetadata, {2, "spec", kMessage, kPlain, kLeaseSpec}};

// rbac.authorization.k8s.io/v1

constexpr FieldRow kPolicyRule[] = {
    {1, "verbs", kString, kRepeated},           {2, "apiGroups", kString, kRepeated},
    {3, "resources", kString, kRepeated},       {4, "resourceNames", kString, kRepeated},
    {5, "nonResourceURLs", kString, kRepeated},
};

constexpr FieldRow kSubject[] = {
    {1, "kind", kString, kKept},
    {2, "apiGroup"},
    {3, "name", kString, kKept},
    {4, "namespace"},
};

constexpr FieldRow kRoleRef[] = {
    {1, "apiGroup", kString, kKept},
    {2, "kind", kString, kKept},
    {3, "name", kString, kKept},
};

constexpr FieldRow kAggregationRule[] = {
    {1, "clusterRoleSelectors", kMessage, kRepeated, kLabelSelector},
};

constexpr FieldRow kRole[] = {kMetadata, {2, "rules", kMessage, kRepeated, kPolicyRule}};

constexpr FieldRow kClusterRole[] = {
    kMetadata,
    {2, "rules", kMessage, kRepeated, kPolicyRule},
    {3, "aggregationRule", kMessage, kKept, kAggregationRule},
};

constexpr FieldRow kRoleBinding[] = {
    kMetadata,
    {2, "subjects", kMessage, kRepeated, kSubject},
    {3, "roleRef", kMessage, kKept, kRoleRef},
};

// authorization.k8s.io/v1. What a status says is the server's: it is not read.

constexpr FieldRow kSelectorAttributes[] = {
    {1, "rawSelector"},
    {2, "requirements", kMessage, kRepeated, kSelectorRequirement},
};

constexpr FieldRow kResourceAttributes[] = {
    {1, "namespace"},
    {2, "verb"},
    {3, "group"},
    {4, "version"},
    {5, "resource"},
    {6, "subresource"},
    {7, "name"},
    {8, "fieldSelector", kMessage, kPlain, kSelectorAttributes},
    {9, "labelSelector", kMessage, kPlain, kSelectorAttributes},
};

constexpr FieldRow kNonResourceAttributes[] = {{1, "path"}, {2, "verb"}};

constexpr FieldRow kAccessReviewSpec[] = {
    {1, "resourceAttributes", kMessage, kKept, kResourceAttributes},
    {2, "nonResourceAttributes", kMessage, kKept, kNonResourceAttributes},
    {3, "user"},
    {4, "groups", kString, kRepeated},
    {5, "extra", kListMap},
    {6, "uid"},
};

// SelfSubjectAccessReview has the first two of a SubjectAccessReview's fields.
constexpr FieldRow kSelfAccessReview[] = {
    kMetadata,
    {2, "spec", kMessage, kKept, std::span(kAccessReviewSpec).first(2)},
};

constexpr FieldRow kAccessReview[] = {kMetadata, {2, "spec", kMessage, kKept, kAccessReviewSpec}};

constexpr FieldRow kRulesReviewSpec[] = {{1, "namespace"}};

constexpr FieldRow kRulesReview[] = {kMetadata, {2, "spec", kMessage, kKept, kRulesReviewSpec}};

// authentication.k8s.io/v1

constexpr FieldRow kSelfReview[] = {kMetadata};

constexpr FieldRow kBoundObjectReference[] = {
    {1, "kind"}, {2, "apiVersion"}, {3, "name"}, {4, "uid"}};

constexpr FieldRow kTokenRequestSpec[] = {
    {1, "audiences", kString, kRepeated},
    {3, "boundObjectRef", kMessage, kKept, kBoundObjectReference},
    {4, "expirationSeconds", kInteger, kKept},
};

constexpr FieldRow kTokenRequest[] = {kMetadata, {2, "spec", kMessage, kKept, kTokenRequestSpec}};

constexpr FieldRow kTokenReviewSpec[] = {{1, "token"}, {2, "audiences", kString, kRepeated}};

constexpr FieldRow kTokenReview[] = {kMetadata, {2, "spec", kMessage, kKept, kTokenReviewSpec}};

// certificates.k8s.io/v1

constexpr FieldRow kSigningSpec[] = {
    {1, "request", kBytes},
    {2, "username"},
    {3, "uid"},
    {4, "groups", kString, kRepeated},
    {5, "usages", kString, kRepeated},
    {6, "extra", kListMap},
    {7, "signerName"},
    {8, "expirationSeconds", kInteger, kKept},
};

constexpr FieldRow kSigningCondition[] = {
    {1, "type", kString, kKept},
    {2, "reason"},
    {3, "message"},
    {4, "lastUpdateTime", kTime},
    {5, "lastTransitionTime", kTime},
    {6, "status", kString, kKept},
};

constexpr FieldRow kSigningStatus[] = {
    {1, "conditions", kMessage, kRepeated, kSigningCondition},
    {2, "certificate", kBytes},
};

constexpr FieldRow kSigningRequest[] = {
    kMetadata,
    {2, "spec", kMessage, kPlain, kSigningSpec},
    {3, "status", kMessage, kPlain, kSigningStatus},
};

struct TypeRow {
  std::string_view api_version;
  std::string_view kind;
  MessageRows message;
};

constexpr TypeRow kTypes[] = {
    {"v1", "Namespace", kNamespace},
    {"v1", "ConfigMap", kConfigMap},
    {"v1", "Secret", kSecret},
    {"v1", "ServiceAccount", kServiceAccount},
    {"v1", "Event", kEvent},
    {"v1", "ResourceQuota", kResourceQuota},
    {"coordination.k8s.io/v1", "Lease", kLease},
    {"certificates.k8s.io/v1", "CertificateSigningRequest", kSigningRequest},
    {"rbac.authorization.k8s.io/v1", "Role", kRole},
    {"rbac.authorization.k8s.io/v1", "RoleBinding", kRoleBinding},
    {"rbac.authorization.k8s.io/v1", "ClusterRole", kClusterRole},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", kRoleBinding},
    {"authorization.k8s.io/v1", "SelfSubjectAccessReview", kSelfAccessReview},
    {"authorization.k8s.io/v1", "SubjectAccessReview", kAccessReview},
    {"authorization.k8s.io/v1", "LocalSubjectAccessReview", kAccessReview},
    {"authorization.k8s.io/v1", "SelfSubjectRulesReview", kRulesReview},
    {"authentication.k8s.io/v1", "SelfSubjectReview", kSelfReview},
    {"authentication.k8s.io/v1", "TokenRequest", kTokenRequest},
    {"authentication.k8s.io/v1", "TokenReview", kTokenReview},
};

}  // namespace

MessageRows FindMessage(std::string_view api_version, std::string_view kind) {
  if (kind == "DeleteOptions") return kDeleteOptions;
  for (const TypeRow& row : kTypes) {
    if (row.api_version == api_version && row.kind == kind) return row.message;
  }
  return {};
}

}  // namespace noizy
