// Builds Values from yaml-cpp's events, applying the limits and rules of yaml.h. Private to
// machinery/value.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/value/yaml.h"

namespace noizy {

/// The text of a stream, by yaml-cpp's positions. Line breaks are "\n" only.
class YamlText {
 public:
  explicit YamlText(std::string_view text);

  std::string_view Line(const YAML::Mark& mark) const;
  /// What follows a position, to the end of the stream; "" past the end.
  std::string_view From(const YAML::Mark& mark) const;

 private:
  std::size_t LineStart(int line) const;

  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

/// One stream's documents. Faults are thrown as YAML::ParserException, through yaml-cpp's frames,
/// and caught by ParseYaml.
class YamlComposer final : public YAML::EventHandler {
 public:
  YamlComposer(const YamlText& text, const YamlReadOptions& options)
      : text_(text), options_(options) {}

  std::vector<YamlDocument> TakeDocuments() { return std::move(documents_); }
  /// Throws when the stream's last scalar lacks its closing quote, which yaml-cpp overlooks before
  /// a final line break.
  void CheckLastQuote() const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override;
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  /// A mapping or sequence that has begun.
  struct Frame {
    bool is_map = false;
    bool is_flow = false;
    YAML::Mark start;
    YAML::anchor_t anchor = 0;
    Value container;
    bool has_key = false;
    bool is_merge = false;  // the key is <<
    std::string key = {};
    YAML::Mark key_start = YAML::Mark::null_mark();
    std::vector<Object> merged = {};
  };
  struct Anchored {
    Value value;
    std::size_t nodes = 0;
    std::size_t bytes = 0;
  };

  /// Whether the line above, but for blanks and comments, is "...".
  bool FollowsEndMarker(const YAML::Mark& mark) const;
  /// Whether the key of a block mapping that starts there is followed by its colon.
  bool HasColon(const YAML::Mark& key) const;
  void BeginNode(const YAML::Mark& mark);
  void BeginContainer(bool is_map, const YAML::Mark& mark, const std::string& tag,
                      YAML::anchor_t anchor, YAML::EmitterStyle::value style);
  void EndContainer();
  /// A node is complete: it becomes a key, a member, an element or the document.
  void Complete(const YAML::Mark& mark, YAML::anchor_t anchor, Value value);
  void Attach(const YAML::Mark& mark, Value value);
  void TakeKey(const YAML::Mark& mark, const Value& value);
  void TakeMerge(const YAML::Mark& mark, Value value);
  void Anchor(const YAML::Mark& mark, YAML::anchor_t anchor, const Value& value);
  bool AtKey() const {
    return !frames_.empty() && frames_.back().is_map && !frames_.back().has_key;
  }

  const YamlText& text_;
  const YamlReadOptions& options_;
  std::vector<YamlDocument> documents_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  Value root_;
  int root_line_ = 1;
  YAML::Mark document_start_;
  bool seen_document_ = false;
  YAML::Mark last_scalar_ = YAML::Mark::null_mark();
  std::size_t aliased_nodes_ = 0;
  std::size_t aliased_bytes_ = 0;
  std::size_t anchored_nodes_ = 0;
  std::size_t anchored_bytes_ = 0;
};

}  // namespace noizy
