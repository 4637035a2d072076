#include "env/run_on.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace barnabas::env {

Task<void> run_on(Executor executor, Task<void> task) {
  co_await boost::asio::co_spawn(std::move(executor), std::move(task), boost::asio::use_awaitable);
}

}  // namespace barnabas::env
