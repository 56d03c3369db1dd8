#include "machinery/transport/http_reply_head.h"

#include <array>
#include <ctime>

namespace noizy {
namespace {

void AppendClean(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += (byte < 0x20 && byte != '\t') || byte == 0x7f ? ' ' : c;
  }
}

bool IsTheServers(std::string_view name) {
  for (const char* own : {"content-length", "transfer-encoding", "connection", "date"}) {
    if (EqualsIgnoringCase(name, own)) return true;
  }
  return false;
}

void AppendNumber(std::string& out, int number, int digits) {
  for (int divisor = digits == 4 ? 1000 : 10; divisor > 0; divisor /= 10) {
    out += static_cast<char>('0' + number / divisor % 10);
  }
}

// IMF-fixdate (RFC 9110 §5.6.7), by hand: strftime would follow the locale.
std::string DateText(std::time_t now) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  namespace chrono = std::chrono;
  const auto time = chrono::system_clock::from_time_t(now);
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(chrono::floor<chrono::seconds>(time - day));
  std::string text(kDays[chrono::weekday(day).c_encoding()]);
  text += ", ";
  AppendNumber(text, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  text += ' ';
  text += kMonths[static_cast<unsigned>(date.month()) - 1];
  text += ' ';
  AppendNumber(text, static_cast<int>(date.year()), 4);
  text += ' ';
  AppendNumber(text, static_cast<int>(clock.hours().count()), 2);
  text += ':';
  AppendNumber(text, static_cast<int>(clock.minutes().count()), 2);
  text += ':';
  AppendNumber(text, static_cast<int>(clock.seconds().count()), 2);
  return text + " GMT";
}

// Made once a second per thread, not once a reply.
const std::string& Date() {
  thread_local std::time_t made = -1;
  thread_local std::string text;
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (now != made) {
    made = now;
    text = DateText(now);
  }
  return text;
}

}  // namespace

std::string_view ReasonPhrase(int code) {
  struct Row {
    int code;
    std::string_view phrase;
  };
  static constexpr Row kRows[] = {{100, "Continue"},
                                  {200, "OK"},
                                  {201, "Created"},
                                  {202, "Accepted"},
                                  {204, "No Content"},
                                  {301, "Moved Permanently"},
                                  {302, "Found"},
                                  {304, "Not Modified"},
                                  {307, "Temporary Redirect"},
                                  {308, "Permanent Redirect"},
                                  {400, "Bad Request"},
                                  {401, "Unauthorized"},
                                  {403, "Forbidden"},
                                  {404, "Not Found"},
                                  {405, "Method Not Allowed"},
                                  {406, "Not Acceptable"},
                                  {408, "Request Timeout"},
                                  {409, "Conflict"},
                                  {410, "Gone"},
                                  {412, "Precondition Failed"},
                                  {413, "Content Too Large"},
                                  {414, "URI Too Long"},
                                  {415, "Unsupported Media Type"},
                                  {417, "Expectation Failed"},
                                  {422, "Unprocessable Content"},
                                  {429, "Too Many Requests"},
                                  {431, "Request Header Fields Too Large"},
                                  {500, "Internal Server Error"},
                                  {501, "Not Implemented"},
                                  {503, "Service Unavailable"},
                                  {504, "Gateway Timeout"},
                                  {505, "HTTP Version Not Supported"}};
  for (const Row& row : kRows) {
    if (row.code == code) return row.phrase;
  }
  return "Unknown";
}

std::string ReplyHead(int code, const HttpHeaders& headers, const ReplyFraming& framing) {
  std::string head;
  head.reserve(256);
  head += "HTTP/1.1 ";
  head += std::to_string(code);
  head += ' ';
  head += ReasonPhrase(code);
  head += "\r\n";
  for (const auto& [name, value] : headers) {
    if (IsTheServers(name)) continue;
    AppendClean(head, name);
    head += ": ";
    AppendClean(head, value);
    head += "\r\n";
  }
  head += "Date: ";
  head += Date();
  head += "\r\n";
  if (framing.content_length) {
    head += "Content-Length: " + std::to_string(*framing.content_length) + "\r\n";
  }
  if (framing.chunked) head += "Transfer-Encoding: chunked\r\n";
  if (framing.close) head += "Connection: close\r\n";
  head += "\r\n";
  return head;
}

bool CodeHasBody(int code) {
  return code >= 200 && code != 204 && code != 304;
}

}  // namespace noizy
