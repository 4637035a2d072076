#!/usr/bin/env python3
"""Each rule of check.py catches what it is for, and leaves good code alone."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from check import check  # noqa: E402


def findings(name, text):
    return [what for _, what in check(name, text)]


class Rules(unittest.TestCase):
    def test_an_include_that_runs_up_is_found(self):
        self.assertTrue(findings("log/a.cc", '#include "broker/x.h"\n'))
        self.assertTrue(findings("tools/a.cc", '#include "broker/x.h"\n'))
        self.assertFalse(findings("broker/a.cc", '#include "log/x.h"\n'))

    def test_a_long_function_is_found(self):
        body = "  f();\n" * 80
        self.assertTrue(findings("log/a.cc", "void f() {\n" + body + "}\n"))
        self.assertFalse(findings("log/a.cc", "namespace a {\n" + "int x;\n" * 80 + "}\n"))

    def test_banned_calls_are_found_outside_their_room(self):
        text = "auto t = std::chrono::system_clock::now();\n"
        self.assertTrue(findings("log/a.cc", text))
        self.assertFalse(findings("env/posix/a.cc", text))
        self.assertFalse(findings("log/a.cc", "// system_clock::now is banned\n"))

    def test_coroutine_traps_are_found(self):
        self.assertTrue(findings("log/a.cc", "auto x = f(A{co_await g()});\n"))
        self.assertTrue(findings("log/a.cc", "auto x = c ? co_await g() : 1;\n"))
        self.assertTrue(findings("log/a.h", "env::Task<void> f(const std::string& s);\n"))
        self.assertFalse(findings("log/a.h", "env::Task<void> f(std::string s);\n"))

    def test_asio_stays_in_its_rooms(self):
        self.assertTrue(findings("log/a.cc", "#include <boost/asio/io_context.hpp>\n"))
        self.assertFalse(findings("env/posix/a.cc", "#include <boost/asio/io_context.hpp>\n"))


if __name__ == "__main__":
    unittest.main()
