#!/usr/bin/env python3
"""The hard edges of the house style: sizes, direction of includes, banned calls, coroutine traps."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_FUNCTION, MAX_FILE, MAX_LINE = 70, 600, 100

# Each folder may include itself and the ones right of it.
FLOORS = {
    "env": [],
    "protocol": ["env"],
    "zk": ["protocol", "env"],
    "log": ["protocol", "env"],
    "controller": ["zk", "protocol", "env"],
    "broker": ["controller", "log", "zk", "protocol", "env"],
    "tools": ["log", "zk", "protocol", "env"],
}
BANNED = [
    (r"\bsystem_clock::now\b|\bsteady_clock::now\b", ("env/posix/",)),
    (r"\bstd::j?thread\b", ("env/posix/", "tests/")),
    (r"(?<![\w:.>])(rand|srand)\s*\(|std::random_device", ("env/posix/", "tests/")),
    (r"(?<![\w.>])::(open|unlink|rename|fsync|fdatasync|pwritev?|preadv?2?)\s*\(", ("env/posix/", "tests/")),
    (r"\bstd::[io]?fstream\b|\bfopen\s*\(", ("env/posix/", "tests/", "tools/", "broker/main.cc")),
    (r"this_thread::sleep", ()),
    (r"\bGTEST_SKIP\b|\bDISABLED_", ()),
]
TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def blank(match):
    """Comments and literals become spaces; their lines stay."""
    return re.sub(r"[^\n]", " ", match.group(0))


def functions(code):
    """(first line, length) of every block that follows a parameter list and is not inside another one."""
    blocks, line, start, head = [], 1, 0, ""
    for token in re.finditer(r"[{}\n;]|[^{}\n;]+", code):
        text = token.group(0)
        if text == "\n":
            line += 1
        elif text == "{":
            opens = not any(blocks) and bool(
                re.search(r"\)\s*(const|noexcept|override|final|mutable|->\s*[\w:<>,\s&*]+|\s)*$", head)
                or re.search(r"\)\s*:\s*\w.*$", head))
            if opens:
                start = line
            blocks.append(opens)
            head = ""
        elif text == "}":
            if blocks and blocks.pop():
                yield start, line - start + 1
            head = ""
        elif text == ";":
            head = ""
        else:
            head += " " + text


def check_includes(name, text):
    folder = name.split("/")[0]
    if folder not in FLOORS:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"#include <boost/asio(?!/awaitable|/any_io_executor)", line):
            if not name.startswith(("env/", "zk/native/", "broker/net/")):
                yield number, "Asio beyond awaitable.hpp outside env/, zk/native/ and broker/net/"
        include = re.match(r'#include "(\w+)/', line)
        if not include or include.group(1) == folder:
            continue
        if include.group(1) == "tests" or (include.group(1) in FLOORS and include.group(1) not in FLOORS[folder]):
            yield number, f"{folder}/ must not include {include.group(1)}/"


def check_code(name, text):
    code = TEXT.sub(blank, text)
    if text.count("\n") > MAX_FILE:
        yield 1, f"{text.count(chr(10))} lines, at most {MAX_FILE}"
    for first, length in functions(code):
        if length > MAX_FUNCTION:
            yield first, f"a function of {length} lines, at most {MAX_FUNCTION}"
    for pattern, allowed in BANNED:
        if allowed and name.startswith(allowed):
            continue
        for hit in re.finditer(pattern, code):
            yield code.count("\n", 0, hit.start()) + 1, f"banned here: {hit.group(0)}"
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE and 'R"' not in line and '"' not in line:
            yield number, f"{len(line)} columns, at most {MAX_LINE}"


def check_coroutines(name, text):
    code = TEXT.sub(blank, text)
    for hit in re.finditer(r"\{[^{};]*\bco_await\b[^{};]*\}\s*[;,)]", code):
        yield code.count("\n", 0, hit.start()) + 1, "co_await inside a braced initialiser"
    for hit in re.finditer(r"\?[^;{}?]*\bco_await\b[^;{}]*:", code):
        yield code.count("\n", 0, hit.start()) + 1, "co_await inside ?:"
    signature = r"\b(?:Task|awaitable)<[^;{}()]*>\s+[\w:~]+\(([^;{}]*?)\)\s*(?:const|override|final|\s)*[;{=]"
    for hit in re.finditer(signature, code):
        parameters = re.sub(r"<[^<>]*>|\([^()]*\)", "", hit.group(1))
        for parameter in parameters.split(","):
            if re.search(r"(?<!&)&(?!&)", parameter) and not re.search(r"\b(Clock|Disk|Files|Network|Random)\s*&",
                                                                       parameter):
                yield code.count("\n", 0, hit.start()) + 1, "a coroutine takes a reference"


def check(name, text):
    yield from check_includes(name, text)
    yield from check_code(name, text)
    yield from check_coroutines(name, text)


def main():
    names = subprocess.run(["git", "ls-files", "*.h", "*.cc"], cwd=ROOT, capture_output=True, text=True, check=True)
    bad = 0
    for name in names.stdout.split():
        for line, what in check(name, (ROOT / name).read_text()):
            print(f"{name}:{line}: {what}")
            bad += 1
    print(f"style: {bad} findings" if bad else "style: clean")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
