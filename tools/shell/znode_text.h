// Nodes, events and errors as ZooKeeper's own shell prints them.
//
// Kafka       ZooKeeper's cli/StatPrinter, AclParser, CliWrapperException, ZooKeeperMain.MyWatcher.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zk/session.h"

namespace barnabas::tools {

std::string show_stat(const zk::Stat& stat);  // times in the machine's time zone
std::string show_acl(const std::vector<zk::Acl>& acl);
std::string show_event(const zk::WatchEvent& event);
// "SyncConnected", "Closed": of the session itself.
std::string show_state_event(std::string_view state);
std::string show_error(zk::Error error, const std::string& path);

}  // namespace barnabas::tools
