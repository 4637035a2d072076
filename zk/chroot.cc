#include "zk/chroot.h"

#include <type_traits>

namespace barnabas::zk {

std::string chroot_of(std::string_view connect) {
  const auto slash = connect.find('/');
  if (slash == std::string_view::npos) return {};
  std::string_view chroot = connect.substr(slash);
  while (chroot.ends_with('/')) chroot.remove_suffix(1);
  return std::string(chroot);
}

std::string hosts_of(std::string_view connect) {
  return std::string(connect.substr(0, connect.find('/')));
}

std::string add_chroot(const std::string& chroot, const std::string& path) {
  if (chroot.empty()) return path;
  return path == "/" ? chroot : chroot + path;
}

std::string strip_chroot(const std::string& chroot, std::string path) {
  if (chroot.empty() || !path.starts_with(chroot)) return path;
  path.erase(0, chroot.size());
  return path.empty() ? "/" : path;
}

Request add_chroot(const std::string& chroot, Request request) {
  if (chroot.empty()) return request;
  const auto add = [&](auto& op) { op.path = add_chroot(chroot, op.path); };
  std::visit(
      [&](auto& r) {
        if constexpr (std::is_same_v<std::decay_t<decltype(r)>, Multi>) {
          for (MultiOp& op : r.ops) std::visit(add, op);
        } else {
          add(r);
        }
      },
      request);
  return request;
}

}  // namespace barnabas::zk
