"""What a process costs, from /proc, and the programs that load it."""
import json
import os
import pathlib
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of the whole process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def run_json(*command):
    """The line of JSON that a load program prints."""
    out = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if out.returncode:
        raise RuntimeError(out.stderr)
    return json.loads(out.stdout)


def charged(pid, *command):
    """run_json, with the CPU seconds that process `pid` spent meanwhile as `cpu`."""
    before = cpu_seconds(pid)
    result = run_json(*command)
    result["cpu"] = cpu_seconds(pid) - before
    return result
