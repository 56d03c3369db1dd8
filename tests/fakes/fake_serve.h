// Serving one request from a FakeStore; private to the FakeApi.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "machinery/meta/selector.h"
#include "machinery/transport/http.h"
#include "machinery/transport/url.h"
#include "tests/fakes/fake_store.h"

namespace noizy {

/// What a path names; nothing that is absent.
struct FakeTarget {
  ResourceRef resource;  // namespaced is not told by a path
  std::string ns;
  std::string name;
  std::string subresource;
};
std::optional<FakeTarget> TargetOf(std::string_view path);

/// The known kind at the target, or null.
const FakeKind* KindAt(const std::map<ResourceRef, FakeKind>& kinds, const FakeTarget& target);

/// What a list or watch selects.
struct FakeFilter {
  std::string ns;
  Selector labels;
  Selector fields;

  bool Matches(const Value& object) const;
};
Result<FakeFilter> FilterOf(const FakeTarget& target, const QueryParameters& query);

/// The reply's object.
Result<Value> Serve(FakeStore& store, const HttpRequest& request);

}  // namespace noizy
