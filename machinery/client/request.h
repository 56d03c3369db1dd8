// Requests and replies of the verbs; private to this folder.
#pragma once

#include <string>
#include <string_view>

#include "machinery/client/client.h"

namespace noizy {

inline constexpr std::string_view kJsonType = "application/json";

/// A query string under construction. Parameters with an empty value, zero or false are left out,
/// as Go's clients leave them out.
class QueryBuilder {
 public:
  QueryBuilder& Add(std::string_view name, std::string_view value);
  QueryBuilder& Add(std::string_view name, std::int64_t value);
  QueryBuilder& AddFlag(std::string_view name, bool value);
  std::string Take() { return std::move(query_); }

 private:
  std::string query_;
};

std::string QueryOf(const WriteOptions& options);
std::string QueryOf(const ListQuery& query);
std::string WatchQueryOf(const ListQuery& query);

/// The body of a DELETE: a DeleteOptions object.
std::string BodyOf(const DeleteOptions& options);

/// The Content-Type of a patch.
std::string_view ContentTypeOf(PatchType type);

/// The Accept header of a list or watch.
std::string AcceptOf(const ListQuery& query);

HttpRequest MakeRequest(std::string_view method, std::string path, std::string query = {});
/// With a body.
HttpRequest MakeRequest(std::string_view method, std::string path, std::string query,
                        std::string body, std::string_view content_type = kJsonType);

/// Items of a list reply, each given the apiVersion and kind that lists leave out of them.
Result<ObjectList> ListOfReply(const HttpReply& reply);

}  // namespace noizy
