#include "apiserver/resources/negotiate.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "machinery/protobuf/protobuf.h"
#include "machinery/value/json.h"
#include "machinery/value/pretty_json.h"
#include "machinery/value/yaml.h"

namespace noizy::apiserver {
namespace {

std::string_view Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(Trim(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<ReplyEncoding> EncodingOf(std::string_view type) {
  if (type == "application/json" || type == "*/*" || type == "application/*")
    return ReplyEncoding::kJson;
  if (type == "application/yaml") return ReplyEncoding::kYaml;
  return std::nullopt;
}

// One media range of an Accept header as a format we can send; empty when we cannot.
std::optional<ReplyFormat> FormatOf(std::string_view range) {
  const std::vector<std::string_view> parts = Split(range, ';');
  const auto encoding = EncodingOf(MediaType(parts.front()));
  if (!encoding) return std::nullopt;
  ReplyFormat format;
  format.encoding = *encoding;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i] == "as=Table") {
      format.form = ReplyForm::kTable;
    } else if (parts[i] == "as=PartialObjectMetadata" ||
               parts[i] == "as=PartialObjectMetadataList") {
      format.form = ReplyForm::kPartialMetadata;
    } else if (parts[i].starts_with("as=") || (parts[i].starts_with("v=") && parts[i] != "v=v1")) {
      return std::nullopt;
    }
  }
  return format;
}

Result<RowObject> RowObjectOf(std::string_view parameter) {
  if (parameter.empty() || parameter == "Metadata") return RowObject::kMetadata;
  if (parameter == "Object") return RowObject::kObject;
  if (parameter == "None") return RowObject::kNone;
  return BadRequest("includeObject must be Metadata, Object or None, not \"" +
                    std::string(parameter) + "\"");
}

}  // namespace

std::string MediaType(std::string_view header) {
  std::string type(Trim(header.substr(0, header.find(';'))));
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return std::tolower(c); });
  return type;
}

Result<ReplyFormat> NegotiateReply(const RequestContext& context) {
  const std::string_view accept = FindHeader(context.request().headers, "Accept");
  if (accept.empty()) return ReplyFormat{};
  for (const std::string_view range : Split(accept, ',')) {
    if (std::optional<ReplyFormat> format = FormatOf(range)) {
      NOIZY_ASSIGN_OR_RETURN(format->row_object, RowObjectOf(context.Parameter("includeObject")));
      return *format;
    }
  }
  return Status(StatusReason::kNotAcceptable,
                "only the following media types are accepted: application/json, application/yaml, "
                "application/json;as=Table;v=v1;g=meta.k8s.io, "
                "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");
}

bool WantsPretty(const RequestContext& context) {
  const std::string_view asked = context.Parameter("pretty");
  if (!asked.empty()) return ParseBoolParameter(asked);
  const std::string_view agent = FindHeader(context.request().headers, "User-Agent");
  return agent.starts_with("curl") || agent.starts_with("Wget") || agent.starts_with("Mozilla/5.0");
}

void MakePretty(const RequestContext& context, HttpReply& reply) {
  if (!WantsPretty(context)) return;
  if (!FindHeader(reply.headers, "Content-Type").starts_with("application/json")) return;
  const Result<Value> body = ParseJson(reply.BodyText());
  if (!body.ok()) return;
  std::string text = ToIndentedJson(*body, kReplyIndent);
  reply.body = {SharedBytes(text.append("\n"))};
}

Result<Value> ParseBody(const RequestContext& context, std::vector<std::string>* duplicates) {
  const HttpRequest& request = context.request();
  const std::string type = MediaType(FindHeader(request.headers, "Content-Type"));
  if (type.empty() || type == "application/json" || type.ends_with("+json")) {
    return ParseJson(request.body, {.duplicates = duplicates});
  }
  if (type == "application/yaml" || type == "application/apply-patch+yaml") {
    // kubectl sends JSON under YAML's name; reading it as what it is costs a tenth.
    if (request.body.starts_with('{')) {
      Result<Value> json = ParseJson(request.body, {.duplicates = duplicates});
      if (json.ok()) return json;
      if (duplicates != nullptr) duplicates->clear();
    }
    NOIZY_ASSIGN_OR_RETURN(std::vector<YamlDocument> documents, ParseYaml(request.body));
    if (documents.size() != 1) return BadRequest("the body must hold exactly one YAML document");
    return std::move(documents.front().value);
  }
  if (type == kProtobufMediaType) return DecodeProtobuf(request.body);
  return Status(StatusReason::kUnsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types "
                "include: application/json, application/yaml, application/vnd.kubernetes.protobuf");
}

}  // namespace noizy::apiserver
