#include "machinery/transport/http.h"

namespace noizy {
namespace {

// ASCII only: header names are tokens, and a locale must not change how they compare.
char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

SharedBytes::SharedBytes(std::string text) {
  auto kept = std::make_shared<const std::string>(std::move(text));
  view = *kept;
  owner = std::move(kept);
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerAscii(x) == LowerAscii(y); });
}

std::string_view FindHeader(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return {};
}

std::string HttpReply::BodyText() const {
  std::size_t size = 0;
  for (const SharedBytes& piece : body) size += piece.view.size();
  std::string text;
  text.reserve(size);
  for (const SharedBytes& piece : body) text += piece.view;
  return text;
}

HttpReply StatusReply(const Status& status) {
  const int code = HttpCode(status.reason());
  return StatusReply(code, ReasonName(status.reason()), status.message());
}

HttpReply StatusReply(int code, std::string_view reason, std::string_view message) {
  std::string text =
      R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":)";
  text += '"';
  for (const char c : message) {
    if (c == '"' || c == '\\') text += '\\';
    text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  text += R"(","reason":")";
  text += reason;
  text += R"(","code":)" + std::to_string(code) + "}\n";
  HttpReply reply;
  reply.code = code;
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body.emplace_back(std::move(text));
  return reply;
}

std::vector<Result<HttpReply>> HttpTransport::DoAll(const std::vector<HttpRequest>& requests,
                                                    std::chrono::milliseconds timeout) {
  std::vector<Result<HttpReply>> replies;
  replies.reserve(requests.size());
  for (const HttpRequest& request : requests) replies.push_back(Do(request, timeout));
  return replies;
}

}  // namespace noizy
