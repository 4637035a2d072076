// Paths under a chroot: what a session adds to every path it sends and takes off every path it
// receives.
#pragma once

#include <string>
#include <string_view>

#include "zk/session.h"

namespace barnabas::zk {

// "h1:p,h2:p/a/b" -> "/a/b"; empty without a chroot (a lone "/" is none).
std::string chroot_of(std::string_view connect);
std::string hosts_of(std::string_view connect);  // without the chroot

std::string add_chroot(const std::string& chroot, const std::string& path);
std::string strip_chroot(const std::string& chroot, std::string path);
Request add_chroot(const std::string& chroot, Request request);

}  // namespace barnabas::zk
