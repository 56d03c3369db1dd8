// Every generated struct by its kind's plural, for tests that hold for all of them.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include "kinds/certificate.h"
#include "kinds/configmap.h"
#include "kinds/customresourcedefinition.h"
#include "kinds/event.h"
#include "kinds/lease.h"
#include "kinds/namespace.h"
#include "kinds/node.h"
#include "kinds/routingpolicy.h"
#include "kinds/secret.h"
#include "kinds/serviceaccount.h"
#include "kinds/task.h"
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
      {"configmaps", ReadAndWrite<ConfigMap>},
      {"customresourcedefinitions", ReadAndWrite<CustomResourceDefinition>},
      {"events", ReadAndWrite<Event>},
      {"leases", ReadAndWrite<Lease>},
      {"namespaces", ReadAndWrite<Namespace>},
      {"nodes", ReadAndWrite<Node>},
      {"routingpolicies", ReadAndWrite<RoutingPolicy>},
      {"secrets", ReadAndWrite<Secret>},
      {"serviceaccounts", ReadAndWrite<ServiceAccount>},
      {"tasks", ReadAndWrite<Task>}};
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
