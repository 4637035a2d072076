// The coroutine type of the house, and the executor it runs on.
//
// Owns        nothing: two names for Boost.Asio's types, so that most files see only this narrow
//             header.
// Does not    bring in sockets, timers or co_spawn: `spawn` lives in env/spawn.h.
// Threading   a Task stays on the executor it was spawned on, from start to end.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace barnabas::env {

using Executor = boost::asio::any_io_executor;

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace barnabas::env
