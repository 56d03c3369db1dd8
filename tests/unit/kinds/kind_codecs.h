// Every generated struct by its kind's plural, for tests that hold for all of them.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include "kinds/certificate.h"
#include "kinds/certificatesigningrequest.h"
#include "kinds/clusterrole.h"
#include "kinds/clusterrolebinding.h"
#include "kinds/configmap.h"
#include "kinds/customresourcedefinition.h"
#include "kinds/event.h"
#include "kinds/lease.h"
#include "kinds/localsubjectaccessreview.h"
#include "kinds/namespace.h"
#include "kinds/node.h"
#include "kinds/resourcequota.h"
#include "kinds/role.h"
#include "kinds/rolebinding.h"
#include "kinds/routingpolicy.h"
#include "kinds/secret.h"
#include "kinds/selfsubjectaccessreview.h"
#include "kinds/selfsubjectreview.h"
#include "kinds/selfsubjectrulesreview.h"
#include "kinds/service.h"
#include "kinds/serviceaccount.h"
#include "kinds/subjectaccessreview.h"
#include "kinds/task.h"
#include "kinds/taskschedule.h"
#include "kinds/taskset.h"
#include "kinds/tokenreview.h"
#include "machinery/value/yaml.h"

namespace noizy {

/// A value as its struct writes it, or why the struct could not read it.
using ThroughStruct = std::function<Result<Value>(const Value&)>;

template <typename T>
Result<Value> ReadAndWrite(const Value& value) {
  auto object = T::FromValue(value);
  if (!object) return object.status();
  if (!(*T::FromValue(object->ToValue()) == *object))
    return Internal("a second round gives another struct");
  return object->ToValue();
}

inline const std::map<std::string, ThroughStruct>& KindCodecs() {
  static const std::map<std::string, ThroughStruct> kCodecs{
      {"certificates", ReadAndWrite<Certificate>},
      {"certificatesigningrequests", ReadAndWrite<CertificateSigningRequest>},
      {"clusterrolebindings", ReadAndWrite<ClusterRoleBinding>},
      {"clusterroles", ReadAndWrite<ClusterRole>},
      {"configmaps", ReadAndWrite<ConfigMap>},
      {"customresourcedefinitions", ReadAndWrite<CustomResourceDefinition>},
      {"events", ReadAndWrite<Event>},
      {"leases", ReadAndWrite<Lease>},
      {"localsubjectaccessreviews", ReadAndWrite<LocalSubjectAccessReview>},
      {"namespaces", ReadAndWrite<Namespace>},
      {"nodes", ReadAndWrite<Node>},
      {"resourcequotas", ReadAndWrite<ResourceQuota>},
      {"rolebindings", ReadAndWrite<RoleBinding>},
      {"roles", ReadAndWrite<Role>},
      {"routingpolicies", ReadAndWrite<RoutingPolicy>},
      {"secrets", ReadAndWrite<Secret>},
      {"selfsubjectaccessreviews", ReadAndWrite<SelfSubjectAccessReview>},
      {"selfsubjectreviews", ReadAndWrite<SelfSubjectReview>},
      {"selfsubjectrulesreviews", ReadAndWrite<SelfSubjectRulesReview>},
      {"serviceaccounts", ReadAndWrite<ServiceAccount>},
      {"services", ReadAndWrite<Service>},
      {"subjectaccessreviews", ReadAndWrite<SubjectAccessReview>},
      {"tasks", ReadAndWrite<Task>},
      {"taskschedules", ReadAndWrite<TaskSchedule>},
      {"tasksets", ReadAndWrite<TaskSet>},
      {"tokenreviews", ReadAndWrite<TokenReview>}};
  return kCodecs;
}

/// The documents of manifests/samples/<plural>.yaml.
inline Result<std::vector<YamlDocument>> ReadSample(const std::string& plural) {
  std::ifstream in(
      std::filesystem::path(NOIZY_SOURCE_DIR) / "manifests/samples" / (plural + ".yaml"),
      std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return ParseYaml(text);
}

}  // namespace noizy
