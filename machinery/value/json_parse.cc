// ParseJson: Boost.JSON's parser under our own handler, which adds what the API asks for beyond it:
// exact doubles, no infinities, and the paths of members that came twice. JsonParts: the same, with
// a filter before the tree.
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <exception>
#include <unordered_set>

#include "machinery/value/field_path.h"
#include "machinery/value/json.h"
#include "machinery/value/json_parts.h"

namespace noizy {
namespace {

using ErrorCode = boost::json::error_code;
using Text = boost::json::string_view;

/// Follows the parser through the document and notes the path of each member that came before in
/// its object.
class DuplicateFinder {
 public:
  explicit DuplicateFinder(std::vector<std::string>& found) : found_(found) {}

  void BeginValue() {
    if (!frames_.empty() && frames_.back().is_array) ++frames_.back().count;
  }
  void BeginObject() {
    BeginValue();
    frames_.push_back({.is_array = false});
  }
  void BeginArray() {
    BeginValue();
    frames_.push_back({.is_array = true});
  }
  void End() { frames_.pop_back(); }
  void KeyPart(std::string_view part) { pending_key_ += part; }
  void Key(std::string_view rest) {
    pending_key_ += rest;
    Frame& frame = frames_.back();
    frame.key = std::move(pending_key_);
    pending_key_.clear();
    if (!frame.keys.insert(frame.key).second) found_.push_back(Path().ToString());
  }

 private:
  struct Frame {
    bool is_array = false;
    std::size_t count = 0;  // elements begun
    std::string key = {};
    std::unordered_set<std::string> keys = {};
  };

  FieldPath Path() const {
    FieldPath path;
    for (const Frame& frame : frames_) {
      path = frame.is_array ? path.Index(frame.count - 1) : path.Child(frame.key);
    }
    return path;
  }

  std::vector<std::string>& found_;
  std::vector<Frame> frames_;
  std::string pending_key_;
};

/// What basic_parser calls. Builds the tree on Boost's value stack.
class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = boost::json::object::max_size();
  static constexpr std::size_t max_array_size = boost::json::array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();

  explicit TreeBuilder(std::vector<std::string>* duplicates) {
    if (duplicates != nullptr) finder_.emplace(*duplicates);
    stack_.reset();
  }
  Value Release() { return stack_.release(); }
  /// How many members the text has, those that came before among them.
  std::size_t members() const { return members_; }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode&) {
    if (finder_) finder_->BeginObject();
    return true;
  }
  bool on_object_end(std::size_t size, ErrorCode&) {
    if (finder_) finder_->End();
    stack_.push_object(size);
    return true;
  }
  bool on_array_begin(ErrorCode&) {
    if (finder_) finder_->BeginArray();
    return true;
  }
  bool on_array_end(std::size_t size, ErrorCode&) {
    if (finder_) finder_->End();
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(Text part, std::size_t, ErrorCode&) {
    if (finder_) finder_->KeyPart({part.data(), part.size()});
    stack_.push_chars(part);
    return true;
  }
  bool on_key(Text rest, std::size_t, ErrorCode&) {
    ++members_;
    if (finder_) finder_->Key({rest.data(), rest.size()});
    stack_.push_key(rest);
    return true;
  }
  bool on_string_part(Text part, std::size_t, ErrorCode&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(Text rest, std::size_t, ErrorCode&) {
    BeginScalar();
    stack_.push_string(rest);
    return true;
  }
  bool on_number_part(Text, ErrorCode&) { return true; }
  bool on_int64(std::int64_t number, Text, ErrorCode&) {
    BeginScalar();
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, Text, ErrorCode&) {
    BeginScalar();
    stack_.push_uint64(number);
    return true;
  }
  // Boost 1.81 rounds some decimals to a neighbour of the nearest double, so the text is read
  // again, exactly. The document is parsed in one piece: `text` is the whole number.
  bool on_double(double, Text text, ErrorCode& error) {
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc::result_out_of_range) number = OutOfRange(text);
    if (!std::isfinite(number)) {
      error = boost::json::error::exponent_overflow;
      return false;
    }
    BeginScalar();
    stack_.push_double(number);
    return true;
  }
  bool on_bool(bool value, ErrorCode&) {
    BeginScalar();
    stack_.push_bool(value);
    return true;
  }
  bool on_null(ErrorCode&) {
    BeginScalar();
    stack_.push_null();
    return true;
  }
  bool on_comment_part(Text, ErrorCode&) { return true; }
  bool on_comment(Text, ErrorCode&) { return true; }

 private:
  void BeginScalar() {
    if (finder_) finder_->BeginValue();
  }
  /// from_chars says "out of range" for too small and too large alike; strtod tells them apart (0
  /// against infinity).
  static double OutOfRange(Text text) { return std::strtod(std::string(text).c_str(), nullptr); }

  // Room for the values of what is open, so that documents of a common size cost no allocation but
  // their own tree.
  static constexpr std::size_t kStackBytes = 4096;
  std::array<unsigned char, kStackBytes> stack_room_;
  boost::json::value_stack stack_{{}, stack_room_.data(), stack_room_.size()};
  std::optional<DuplicateFinder> finder_;
  std::size_t members_ = 0;
};

/// What basic_parser calls for JsonParts: hands on to a TreeBuilder what is asked for.
class PartFilter {
 public:
  static constexpr std::size_t max_object_size = TreeBuilder::max_object_size;
  static constexpr std::size_t max_array_size = TreeBuilder::max_array_size;
  static constexpr std::size_t max_key_size = TreeBuilder::max_key_size;
  static constexpr std::size_t max_string_size = TreeBuilder::max_string_size;

  explicit PartFilter(const JsonParts::Level& root) : tree_(nullptr), next_(&root) {}
  Value Release() { return tree_.Release(); }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode& error) { return !Open() || tree_.on_object_begin(error); }
  bool on_object_end(std::size_t, ErrorCode& error) {
    std::size_t kept = 0;
    return !Close(kept) || tree_.on_object_end(kept, error);
  }
  bool on_array_begin(ErrorCode& error) {
    if (next_ != nullptr) next_ = &kWhole;
    return !Open() || tree_.on_array_begin(error);
  }
  bool on_array_end(std::size_t size, ErrorCode& error) {
    std::size_t kept = 0;
    return !Close(kept) || tree_.on_array_end(size, error);
  }
  bool on_key_part(Text part, std::size_t, ErrorCode&) {
    if (dropped_ == 0) key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text rest, std::size_t, ErrorCode& error) {
    if (dropped_ > 0) return true;
    key_.append(rest.data(), rest.size());
    next_ = Below(*open_.back().level);
    if (next_ != nullptr) {
      ++open_.back().kept;
      tree_.on_key(key_, key_.size(), error);
    }
    key_.clear();
    return true;
  }
  bool on_string_part(Text part, std::size_t size, ErrorCode& error) {
    return next_ == nullptr || tree_.on_string_part(part, size, error);
  }
  bool on_string(Text rest, std::size_t size, ErrorCode& error) {
    return next_ == nullptr || tree_.on_string(rest, size, error);
  }
  bool on_number_part(Text, ErrorCode&) { return true; }
  bool on_int64(std::int64_t number, Text text, ErrorCode& error) {
    return next_ == nullptr || tree_.on_int64(number, text, error);
  }
  bool on_uint64(std::uint64_t number, Text text, ErrorCode& error) {
    return next_ == nullptr || tree_.on_uint64(number, text, error);
  }
  bool on_double(double number, Text text, ErrorCode& error) {
    return next_ == nullptr || tree_.on_double(number, text, error);
  }
  bool on_bool(bool value, ErrorCode& error) {
    return next_ == nullptr || tree_.on_bool(value, error);
  }
  bool on_null(ErrorCode& error) { return next_ == nullptr || tree_.on_null(error); }
  bool on_comment_part(Text, ErrorCode&) { return true; }
  bool on_comment(Text, ErrorCode&) { return true; }

 private:
  // An object or array that is kept.
  struct Container {
    const JsonParts::Level* level;
    std::size_t kept = 0;  // members
  };

  bool Open() {
    if (next_ == nullptr) {
      ++dropped_;
      return false;
    }
    open_.push_back({next_});
    return true;
  }
  bool Close(std::size_t& kept) {
    if (dropped_ > 0) {
      --dropped_;
      return false;
    }
    kept = open_.back().kept;
    open_.pop_back();
    return true;
  }
  const JsonParts::Level* Below(const JsonParts::Level& level) const {
    if (level.whole) return &kWhole;
    const auto member = level.members.find(key_);
    return member == level.members.end() ? nullptr : &member->second;
  }

  inline static const JsonParts::Level kWhole{.whole = true, .members = {}};
  TreeBuilder tree_;
  std::vector<Container> open_;
  // What is wanted of the value that comes next; null: nothing. Within an array, and within what is
  // dropped, it stays as it is.
  const JsonParts::Level* next_;
  std::size_t dropped_ = 0;  // objects and arrays open within what is dropped
  std::string key_;
};

std::size_t CountMembers(const Value& value) {
  std::size_t count = 0;
  if (const Object* object = value.if_object()) {
    count = object->size();
    for (const auto& entry : *object) count += CountMembers(entry.value());
  } else if (const Array* array = value.if_array()) {
    for (const Value& element : *array) count += CountMembers(element);
  }
  return count;
}

std::string Explain(const ErrorCode& error, std::size_t max_depth) {
  if (error == boost::json::error::too_deep) {
    return "nested deeper than " + std::to_string(max_depth) + " levels";
  }
  if (error == boost::json::error::incomplete) return "the text ends inside a value";
  if (error == boost::json::error::extra_data) return "there is text after the value";
  if (error == boost::json::error::exponent_overflow) return "a number is beyond double's range";
  return error.message();
}

Status ParseFailure(std::size_t offset, const std::string& why) {
  return BadRequest("invalid JSON at byte " + std::to_string(offset) + ": " + why);
}

template <class Handler>
Status Feed(boost::json::basic_parser<Handler>& parser, std::string_view text,
            std::size_t max_depth) {
  try {
    ErrorCode error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (error) return ParseFailure(used, Explain(error, max_depth));
    if (used < text.size()) {
      return ParseFailure(used, Explain(boost::json::error::extra_data, max_depth));
    }
    return Status::Ok();
  } catch (const std::exception& failure) {
    return BadRequest(std::string("invalid JSON: ") + failure.what());
  }
}

// Boost counts the levels that may still be opened: an outermost object is already the first of
// ours.
boost::json::parse_options Limits(std::size_t max_depth) {
  boost::json::parse_options limits;
  limits.max_depth = max_depth;
  return limits;
}

// `members` is how many there were in the text.
Result<Value> ParseOnce(std::string_view text, const JsonReadOptions& options,
                        std::size_t& members) {
  boost::json::basic_parser<TreeBuilder> parser(Limits(options.max_depth), options.duplicates);
  NOIZY_RETURN_IF_ERROR(Feed(parser, text, options.max_depth));
  members = parser.handler().members();
  return parser.handler().Release();
}

}  // namespace

Result<Value> ParseJson(std::string_view text, const JsonReadOptions& options) {
  std::size_t members = 0;
  JsonReadOptions plain = options;
  plain.duplicates = nullptr;
  Result<Value> value = ParseOnce(text, plain, members);
  // The tree keeps one of those that came twice. Only who has lost some is read again to name them.
  if (options.duplicates == nullptr || !value.ok() || CountMembers(*value) == members) return value;
  return ParseOnce(text, options, members);
}

JsonParts::JsonParts(std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) Add(path);
}

void JsonParts::Add(std::string_view path) {
  Level* level = &root_;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    level = &level->members[std::string(path.substr(0, dot))];
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  level->whole = true;
}

Result<Value> JsonParts::Read(std::string_view text) const {
  boost::json::basic_parser<PartFilter> parser(Limits(kMaxDocumentDepth), root_);
  NOIZY_RETURN_IF_ERROR(Feed(parser, text, kMaxDocumentDepth));
  return parser.handler().Release();
}

}  // namespace noizy
