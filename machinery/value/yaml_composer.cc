#include "machinery/value/yaml_composer.h"

#include <yaml-cpp/exceptions.h>

#include "machinery/value/base64.h"
#include "machinery/value/json.h"
#include "machinery/value/utf8.h"
#include "machinery/value/yaml_scalar.h"

namespace noizy {
namespace {

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

[[noreturn]] void Fail(const YAML::Mark& mark, const std::string& why) {
  throw YAML::ParserException(mark, why);
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

std::string Quoted(std::string_view text) {
  std::string quoted;
  AppendJsonString(quoted, text);
  return quoted;
}

/// What follows the anchors and tags that `text` begins with.
std::string_view WithoutProperties(std::string_view text) {
  while (text.starts_with('&') || text.starts_with('!')) {
    text.remove_prefix(std::min(text.find_first_of(" \t\n"), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
  }
  return text;
}

/// Behind the closing quote when `text` begins with a quote; 0 when it does not; npos when the
/// quote is never closed.
std::size_t EndOfQuotes(std::string_view text) {
  const char quote = text.empty() ? ' ' : text[0];
  if (quote != '"' && quote != '\'') return 0;
  for (std::size_t at = 1; at < text.size(); ++at) {
    const bool escape = quote == '"' ? text[at] == '\\' : text.substr(at).starts_with("''");
    if (escape) {
      ++at;
    } else if (text[at] == quote) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

struct Weight {
  std::size_t nodes = 1;
  std::size_t bytes = 0;
};

Weight WeightOf(const Value& value) {
  Weight weight;
  const auto add = [&weight](const Value& part) {
    const Weight more = WeightOf(part);
    weight.nodes += more.nodes;
    weight.bytes += more.bytes;
  };
  if (const Object* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      weight.bytes += key.size();
      add(member);
    }
  } else if (const Array* array = value.if_array()) {
    for (const Value& element : *array) add(element);
  } else if (const boost::json::string* text = value.if_string()) {
    weight.bytes = text->size();
  }
  return weight;
}

Value DecodeBinary(const YAML::Mark& mark, std::string_view text) {
  std::string packed;
  std::copy_if(text.begin(), text.end(), std::back_inserter(packed),
               [](char c) { return c != '\n' && c != ' ' && c != '\t'; });
  const Result<std::string> bytes = DecodeBase64(packed);
  if (!bytes.ok()) Fail(mark, "!!binary wants base64 text");
  for (std::size_t at = 0; at < bytes->size();) {
    const CodePoint c = DecodeUtf8(*bytes, at);
    if (c.bytes == 0)
      Fail(mark, "the bytes of !!binary are no UTF-8, so no JSON string can hold them");
    at += c.bytes;
  }
  return boost::json::string(*bytes);
}

/// The scalar's text in UTF-8: yaml-cpp 0.7 turns the escapes \N and \_ into one byte, 0x85 and
/// 0xA0, where UTF-8 has two.
std::string InUtf8(const std::string& text) {
  std::string repaired;
  std::size_t plain_from = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    if (c.bytes == 0) {
      repaired.append(text, plain_from, at - plain_from);
      repaired += '\xC2';
      plain_from = at;
    }
    at += std::max<std::size_t>(c.bytes, 1);
  }
  repaired.append(text, plain_from);
  return repaired;
}

bool Fits(std::string_view type, YamlScalarKind kind) {
  switch (kind) {
    case YamlScalarKind::kNull:
      return type == "null";
    case YamlScalarKind::kBool:
      return type == "bool";
    case YamlScalarKind::kInt:
      return type == "int" || type == "float";
    case YamlScalarKind::kFloat:
      return type == "float";
    case YamlScalarKind::kMerge:
      return type == "merge";
    default:
      return false;
  }
}

/// The value of a scalar with a tag: "?" stands for none, "!" for quotes or an explicit "!".
Value ResolveTagged(const YAML::Mark& mark, std::string_view tag, const std::string& text) {
  if (tag == "!") return boost::json::string(text);
  std::string_view type;
  if (tag != "?") {
    if (!tag.starts_with(kTagPrefix))
      Fail(mark, "the tag " + std::string(tag) + " is not supported");
    type = tag.substr(kTagPrefix.size());
    if (type == "str" || type == "timestamp") return boost::json::string(text);
    if (type == "binary") return DecodeBinary(mark, text);
  }
  YamlScalar scalar = ResolvePlainScalar(text);
  if (scalar.kind == YamlScalarKind::kNotFinite) Fail(mark, "JSON has no number " + text);
  if (!type.empty() && !Fits(type, scalar.kind)) {
    Fail(mark, "\"" + text + "\" is no value for the tag !!" + std::string(type));
  }
  // "<<" means a merge only where a key stands; TakeKey asks for it before it comes here.
  if (scalar.kind == YamlScalarKind::kMerge) return boost::json::string(text);
  return std::move(scalar.value);
}

}  // namespace

YamlText::YamlText(std::string_view text) : text_(text), line_starts_{0} {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    line_starts_.push_back(at + 1);
  }
}

std::size_t YamlText::LineStart(int line) const {
  const auto index = static_cast<std::size_t>(std::max(line, 0));
  return index < line_starts_.size() ? line_starts_[index] : text_.size();
}

std::string_view YamlText::Line(const YAML::Mark& mark) const {
  const std::size_t start = LineStart(mark.line);
  return text_.substr(start, LineStart(mark.line + 1) - start);
}

std::string_view YamlText::From(const YAML::Mark& mark) const {
  const std::size_t at = LineStart(mark.line) + static_cast<std::size_t>(std::max(mark.column, 0));
  return at < text_.size() ? text_.substr(at) : std::string_view();
}

void YamlComposer::CheckLastQuote() const {
  if (last_scalar_.is_null()) return;
  if (EndOfQuotes(WithoutProperties(text_.From(last_scalar_))) == std::string_view::npos) {
    Fail(last_scalar_, "the quoted text that starts here has no closing quote");
  }
}

bool YamlComposer::HasColon(const YAML::Mark& key) const {
  std::string_view line = text_.Line(key).substr(static_cast<std::size_t>(key.column));
  line = WithoutProperties(line);
  line.remove_prefix(std::min(EndOfQuotes(line), line.size()));
  line = line.substr(0, line.find(" #"));
  const std::size_t colon = line.find(": ");
  return colon != std::string_view::npos || line.ends_with(":\n") || line.ends_with(':') ||
         line.find(":\t") != std::string_view::npos;
}

bool YamlComposer::FollowsEndMarker(const YAML::Mark& mark) const {
  for (YAML::Mark above = mark; above.line > document_start_.line;) {
    --above.line;
    const std::string_view line = text_.Line(above);
    const bool blank = line.find_first_not_of(" \t\n") == std::string_view::npos;
    if (!blank && !line.starts_with('#')) return line.starts_with("...");
  }
  return false;
}

void YamlComposer::OnDocumentStart(const YAML::Mark& mark) {
  // yaml-cpp starts another document wherever it cannot go on with one: '"a"b' is two to it, and an
  // error to everyone else.
  const std::string_view rest = text_.From(mark);
  const bool json_row = rest.starts_with('{') && text_.From(document_start_).starts_with('{') &&
                        mark.line > document_start_.line;
  const bool has_marker =
      mark.column == 0 && rest.starts_with("---") && (rest.size() == 3 || IsBlank(rest[3]));
  if (seen_document_ && !has_marker && !json_row && !FollowsEndMarker(mark)) {
    Fail(mark, "unexpected text after the end of a document (a new one begins with \"---\")");
  }
  seen_document_ = true;
  document_start_ = mark;
  root_ = nullptr;
  root_line_ = 0;
  frames_.clear();
  anchors_.clear();
}

void YamlComposer::OnDocumentEnd() {
  if (!root_.is_null()) documents_.push_back({std::move(root_), root_line_});
}

void YamlComposer::BeginNode(const YAML::Mark& mark) {
  if (root_line_ == 0) root_line_ = mark.line + 1;
  const bool in_flow = !frames_.empty() && frames_.back().is_flow;
  if (in_flow) return;
  const std::string_view line = text_.Line(mark);
  const std::size_t indentation = std::min(line.find_first_not_of(" \t"), line.size());
  if (line.substr(0, indentation).find('\t') != std::string_view::npos) {
    Fail(mark, "a tab is no indentation in YAML: use spaces");
  }
}

void YamlComposer::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  BeginNode(mark);
  const bool in_flow_sequence =
      !frames_.empty() && frames_.back().is_flow && !frames_.back().is_map;
  if (in_flow_sequence && text_.From(mark).starts_with(','))
    Fail(mark, "expected a value before \",\"");
  if (AtKey()) Fail(mark, "a mapping's key is missing or null");
  // A line without a colon is a key with a null value to yaml-cpp, which then gives the null the
  // key's place.
  const Frame* frame = frames_.empty() ? nullptr : &frames_.back();
  const bool at_its_key = frame != nullptr && frame->is_map && !frame->is_flow &&
                          mark.line == frame->key_start.line &&
                          mark.column == frame->key_start.column;
  if (at_its_key && !HasColon(mark))
    Fail(mark, "expected \":\" after the key " + Quoted(frame->key));
  Complete(mark, anchor, nullptr);
}

void YamlComposer::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  BeginNode(mark);
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) Fail(mark, "an alias stands inside the value that it names");
  aliased_nodes_ += found->second.nodes;
  aliased_bytes_ += found->second.bytes;
  if (aliased_nodes_ > options_.max_nodes || aliased_bytes_ > options_.max_bytes) {
    Fail(mark, "aliases expand to more than " + std::to_string(options_.max_nodes) + " values or " +
                   std::to_string(options_.max_bytes) + " bytes");
  }
  Complete(mark, 0, found->second.value);
}

void YamlComposer::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                            const std::string& text) {
  BeginNode(mark);
  last_scalar_ = mark;
  const bool may_merge = tag == "?" || tag == "tag:yaml.org,2002:merge";
  if (AtKey() && text == "<<" && may_merge) {
    frames_.back().has_key = true;
    frames_.back().is_merge = true;
    return;
  }
  Complete(mark, anchor, ResolveTagged(mark, tag, InUtf8(text)));
}

void YamlComposer::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                   YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
  BeginContainer(false, mark, tag, anchor, style);
}

void YamlComposer::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                              YAML::EmitterStyle::value style) {
  BeginContainer(true, mark, tag, anchor, style);
}

void YamlComposer::OnSequenceEnd() {
  EndContainer();
}
void YamlComposer::OnMapEnd() {
  EndContainer();
}

void YamlComposer::BeginContainer(bool is_map, const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
  BeginNode(mark);
  if (AtKey()) Fail(mark, "a mapping or sequence cannot be a key");
  if (frames_.size() >= options_.max_depth) {
    Fail(mark, "nested deeper than " + std::to_string(options_.max_depth) + " levels");
  }
  const std::string_view own_type = is_map ? "map" : "seq";
  const bool known_tag = tag.empty() || tag == "?" || tag == "!" ||
                         tag == std::string(kTagPrefix) + std::string(own_type);
  if (!known_tag) Fail(mark, "the tag " + tag + " is not supported here");
  Frame frame{.is_map = is_map,
              .is_flow = style == YAML::EmitterStyle::Flow,
              .start = mark,
              .anchor = anchor,
              .container = is_map ? Value(Object()) : Value(Array())};
  // A block collection cannot stand inside a flow one, whatever style yaml-cpp names for "[a: b]".
  if (!frames_.empty() && frames_.back().is_flow) frame.is_flow = true;
  frames_.push_back(std::move(frame));
}

void YamlComposer::EndContainer() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  // Members written out win over merged ones, and an earlier merge over a later one.
  for (Object& merged : frame.merged) {
    for (auto& [key, value] : merged) frame.container.get_object().emplace(key, std::move(value));
  }
  Complete(frame.start, frame.anchor, std::move(frame.container));
}

void YamlComposer::Complete(const YAML::Mark& mark, YAML::anchor_t anchor, Value value) {
  if (anchor != 0) Anchor(mark, anchor, value);
  Attach(mark, std::move(value));
}

void YamlComposer::Attach(const YAML::Mark& mark, Value value) {
  if (frames_.empty()) {
    root_ = std::move(value);
    return;
  }
  Frame& frame = frames_.back();
  if (!frame.is_map) {
    frame.container.get_array().push_back(std::move(value));
  } else if (!frame.has_key) {
    TakeKey(mark, value);
  } else {
    frame.has_key = false;
    if (frame.is_merge) {
      TakeMerge(mark, std::move(value));
    } else {
      frame.container.get_object()[frame.key] = std::move(value);
    }
  }
}

void YamlComposer::TakeKey(const YAML::Mark& mark, const Value& value) {
  if (value.is_structured()) Fail(mark, "a mapping or sequence cannot be a key");
  if (value.is_null()) Fail(mark, "a mapping's key is missing or null");
  Frame& frame = frames_.back();
  frame.key = value.is_string() ? std::string(View(value.get_string())) : ToJson(value);
  frame.key_start = mark;
  frame.has_key = true;
  frame.is_merge = false;
  if (frame.container.get_object().contains(frame.key)) {
    Fail(mark, "duplicate key " + Quoted(frame.key));
  }
  // The place is taken now, so that members keep the order of their keys and a second key is seen.
  frame.container.get_object()[frame.key] = nullptr;
}

void YamlComposer::TakeMerge(const YAML::Mark& mark, Value value) {
  Frame& frame = frames_.back();
  frame.is_merge = false;
  Array one;
  Array* sources = value.if_array();
  if (sources == nullptr) {
    one.push_back(std::move(value));
    sources = &one;
  }
  for (Value& source : *sources) {
    if (!source.is_object())
      Fail(mark, "the value of << is neither a mapping nor a list of mappings");
    frame.merged.push_back(std::move(source.get_object()));
  }
}

void YamlComposer::Anchor(const YAML::Mark& mark, YAML::anchor_t anchor, const Value& value) {
  const Weight weight = WeightOf(value);
  anchored_nodes_ += weight.nodes;
  anchored_bytes_ += weight.bytes;
  if (anchored_nodes_ > options_.max_nodes || anchored_bytes_ > options_.max_bytes) {
    Fail(mark, "anchors name more than " + std::to_string(options_.max_nodes) + " values or " +
                   std::to_string(options_.max_bytes) + " bytes");
  }
  anchors_[anchor] = {value, weight.nodes, weight.bytes};
}

}  // namespace noizy
