// Reading and writing a znode's JSON: the few things zk/values_*.cc share.
#pragma once

#include <boost/json.hpp>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "zk/values.h"

namespace barnabas::zk {

// A document whose fields are asked for one by one. The first thing that is wrong is remembered;
// what comes after it gives empty values, so a decoder reads straight through and asks once at its
// end.
class Document {
 public:
  Document(std::string_view what, std::string_view bytes);  // `what` begins the error text

  bool has(std::string_view key) const;  // present and not null
  template <std::integral Int>
  Int number(std::string_view key) {
    const std::int64_t value = wide_number(key);
    if (value < std::numeric_limits<Int>::min() || value > std::numeric_limits<Int>::max()) {
      fail(std::string(key) + " is out of range");
      return {};
    }
    return static_cast<Int>(value);
  }
  template <class Named>
    requires requires { typename Named::rep; }
  Named named(std::string_view key) {
    return Named(number<typename Named::rep>(key));
  }
  std::string text(std::string_view key);  // must be a string
  const boost::json::array& array(std::string_view key);
  const boost::json::object& object(std::string_view key);
  std::vector<BrokerId> broker_ids(const boost::json::value& list, std::string_view key);
  const boost::json::object& root() const { return root_; }
  Document inner(const boost::json::value& value,
                 std::string_view key);  // an object inside this one
  void adopt(const Document& inner);     // its failure becomes ours

  void fail(const std::string& why);
  bool failed() const { return !error_.empty(); }

  template <class T>
  Decoded<T> result(T value) const {
    if (failed()) return std::unexpected(error_);
    return value;
  }

 private:
  Document() = default;
  std::int64_t wide_number(std::string_view key);  // a number, or a string that is one
  const boost::json::value& field(std::string_view key);

  std::string what_;
  std::string error_;
  boost::json::object root_;
};

boost::json::array to_json(const std::vector<BrokerId>& ids);
// The object with its keys in the order of a Scala mutable map.
boost::json::object in_scala_order(const boost::json::object& object);

}  // namespace barnabas::zk
