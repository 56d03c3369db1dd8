// Content negotiation: what form of reply the client accepts, and what form its body has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apiserver/resources/request.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

enum class ReplyForm : std::uint8_t { kObject, kTable, kPartialMetadata };
enum class ReplyEncoding : std::uint8_t { kJson, kYaml };
/// ?includeObject= of Table requests: what each row carries.
enum class RowObject : std::uint8_t { kMetadata, kObject, kNone };

struct ReplyFormat {
  ReplyForm form = ReplyForm::kObject;
  ReplyEncoding encoding = ReplyEncoding::kJson;
  RowObject row_object = RowObject::kMetadata;

  bool operator==(const ReplyFormat&) const = default;
};

/// The first acceptable form of the Accept header, in the client's order of preference.
/// NotAcceptable lists what is offered.
Result<ReplyFormat> NegotiateReply(const RequestContext& context);

/// ?pretty=, else whether people read the reply with their own eyes: browsers, curl, Wget.
bool WantsPretty(const RequestContext& context);
/// Indents a JSON reply for those who want that.
void MakePretty(const RequestContext& context, HttpReply& reply);

/// The body as a tree (JSON, YAML or protobuf, by Content-Type; JSON when there is none).
/// `duplicates` collects members that came twice, when given. UnsupportedMediaType for other types,
/// BadRequest for a body that cannot be read.
Result<Value> ParseBody(const RequestContext& context, std::vector<std::string>* duplicates);

/// The type part of a media type, lower-case, without parameters.
std::string MediaType(std::string_view header);

}  // namespace noizy::apiserver
