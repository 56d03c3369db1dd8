// Stored objects as replies: as they are (their bytes, shared), as a Table, as metadata only; in
// JSON or YAML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/request.h"
#include "apiserver/storage/store.h"
#include "machinery/transport/http.h"

namespace noizy::apiserver {

/// One object in the asked form.
Result<std::vector<SharedBytes>> RenderObject(const Kind& kind, const StoredObjectPtr& object,
                                              const ReplyFormat& format, WallTime now);

struct ListPage {
  std::vector<StoredObjectPtr> items;
  std::int64_t revision = 0;
  std::string continue_token;
  std::size_t remaining = 0;  // told only when there is a token and no selector
};
Result<std::vector<SharedBytes>> RenderList(const Kind& kind, const ListPage& page,
                                            const ReplyFormat& format, WallTime now);

/// Appends an object as it is stored, its bytes shared.
void AppendStored(std::vector<SharedBytes>& pieces, const Kind& kind,
                  const StoredObjectPtr& object);
/// One object in a form that has to be made of its tree.
Result<std::string> ObjectText(const Kind& kind, const StoredObjectPtr& object,
                               const ReplyFormat& format, WallTime now);
/// A BOOKMARK line, in the form of the other events; `initial_events_end` marks the one that ends a
/// streamed list.
std::string RenderBookmark(const Kind& kind, std::int64_t revision, bool initial_events_end,
                           ReplyForm form);
/// An ERROR line with a Status object.
std::string RenderErrorEvent(const Status& status);

/// Answers with one object and the warnings of the write that made it.
void ReplyObject(const RequestContext& context, int code, const StoredObjectPtr& object,
                 WallTime now, const std::vector<std::string>& warnings = {});

std::string_view ContentTypeOf(const ReplyFormat& format);
/// "299 - \"text\"" headers (RFC 9111 §5.5), one a warning.
void AddWarnings(HttpHeaders& headers, const std::vector<std::string>& warnings);
/// The Warning of a kind's version that goes away.
void AddDeprecation(HttpHeaders& headers, const Kind& kind);

}  // namespace noizy::apiserver
