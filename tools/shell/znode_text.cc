#include "tools/shell/znode_text.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <utility>

namespace barnabas::tools {
namespace {

// "Sat Nov 21 06:05:20 UTC 2026"
std::string show_time(std::int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), "%a %b %d %H:%M:%S %Z %Y", &local);
  return {text.data(), size};
}

std::string_view name_of(zk::EventType type) {
  switch (type) {
    case zk::EventType::kCreated: return "NodeCreated";
    case zk::EventType::kDeleted: return "NodeDeleted";
    case zk::EventType::kDataChanged: return "NodeDataChanged";
    case zk::EventType::kChildrenChanged: return "NodeChildrenChanged";
  }
  return "None";
}

std::string show_any_event(std::string_view state, std::string_view type, std::string_view path) {
  return fmt::format("\nWATCHER::\n\nWatchedEvent state:{} type:{} path:{}\n", state, type, path);
}

std::string show_permissions(int permissions) {
  constexpr std::array<std::pair<int, char>, 5> kLetters{{{zk::Acl::kCreate, 'c'},
                                                          {zk::Acl::kDelete, 'd'},
                                                          {zk::Acl::kRead, 'r'},
                                                          {zk::Acl::kWrite, 'w'},
                                                          {zk::Acl::kAdmin, 'a'}}};
  std::string letters;
  for (const auto& [bit, letter] : kLetters) {
    if ((permissions & bit) != 0) letters += letter;
  }
  return letters;
}

}  // namespace

std::string show_stat(const zk::Stat& stat) {
  return fmt::format(
      "cZxid = 0x{:x}\nctime = {}\nmZxid = 0x{:x}\nmtime = {}\npZxid = 0x{:x}\ncversion = {}\n"
      "dataVersion = {}\naclVersion = {}\nephemeralOwner = 0x{:x}\ndataLength = {}\n"
      "numChildren = {}\n",
      stat.czxid, show_time(stat.ctime_ms), stat.mzxid, show_time(stat.mtime_ms), stat.pzxid,
      stat.cversion, stat.version, stat.aversion, stat.ephemeral_owner, stat.data_length,
      stat.num_children);
}

std::string show_acl(const std::vector<zk::Acl>& acl) {
  std::string text;
  for (const auto& entry : acl) {
    text +=
        fmt::format("'{},'{}\n: {}\n", entry.scheme, entry.id, show_permissions(entry.permissions));
  }
  return text;
}

std::string show_event(const zk::WatchEvent& event) {
  return show_any_event("SyncConnected", name_of(event.type), event.path);
}

std::string show_state_event(std::string_view state) {
  return show_any_event(state, "None", "null");
}

std::string show_error(zk::Error error, const std::string& path) {
  switch (error) {
    case zk::Error::kNoNode: return "Node does not exist: " + path;
    case zk::Error::kNodeExists: return "Node already exists: " + path;
    case zk::Error::kNotEmpty: return "Node not empty: " + path;
    case zk::Error::kBadVersion: return "version No is not valid : " + path;
    case zk::Error::kNoAuth: return "Insufficient permission : " + path;
    case zk::Error::kNoChildrenForEphemerals: return "Ephemerals cannot have children: " + path;
    case zk::Error::kInvalidAcl: return "ACL is not valid : " + path;
    case zk::Error::kSessionExpired: return "Session expired : " + path;
    case zk::Error::kRuntimeInconsistency:
    case zk::Error::kConnectionLoss:
    case zk::Error::kMarshallingError:
    case zk::Error::kUnimplemented:
    case zk::Error::kOperationTimeout:
    case zk::Error::kBadArguments:
    case zk::Error::kAuthFailed:
    case zk::Error::kClosing: break;
  }
  return fmt::format("KeeperErrorCode = {} for {}", zk::name(error), path);
}

}  // namespace barnabas::tools
