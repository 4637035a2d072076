"""Gets the clients that the tests drive: Debian packages, Maven and npm artifacts. What cannot be had is a failed test with its reason."""
import contextlib
import fcntl
import hashlib
import importlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BARNABAS_BUILD", HERE.parents[1] / "build"))
STORE = BUILD / "interop"


class Unavailable(SystemExit):
    """Ends the test as failed, with the reason as its last line."""

    def __init__(self, what, why):
        super().__init__(f"{what} cannot be had: {why}")


@contextlib.contextmanager
def _one_at_a_time():
    STORE.mkdir(parents=True, exist_ok=True)
    with open(STORE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(what, command, seconds=280, **options):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=seconds, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(what, error) from error
    if done.returncode:
        raise Unavailable(what, f"{' '.join(map(str, command))}:\n{done.stdout.decode(errors='replace')[-1500:]}")


def _install(package):
    with _one_at_a_time():
        _run(package, ([] if os.geteuid() == 0 else ["sudo", "-n"]) + ["apt-get", "install", "-y", "-qq", package],
             env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


def program(name, package):
    """The path of a program of a Debian package."""
    if not shutil.which(name):
        _install(package)
    return shutil.which(name) or sys.exit(f"{name} is not in the package {package}")


def module(name, package):
    """A Python module of a Debian package."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        _install(package)
        importlib.invalidate_caches()
        return importlib.import_module(name)


def _kept(directory, source):
    """Whether `directory` was made from this very `source` file."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    stamp = directory / "made-from"
    return digest, stamp, stamp.exists() and stamp.read_text() == digest


def maven(name):
    """The class path of tests/interop/NAME/pom.xml."""
    program("mvn", "maven")
    pom, directory = HERE / name / "pom.xml", STORE / "maven" / name
    with _one_at_a_time():
        digest, stamp, fresh = _kept(directory, pom)
        path = directory / "classpath"
        if not fresh or not all(os.path.exists(jar) for jar in path.read_text().split(":")):
            directory.mkdir(parents=True, exist_ok=True)
            _run(name, ["mvn", "-q", "-B", "-f", pom, "dependency:build-classpath", "-DincludeScope=runtime",
                        f"-Dmdep.outputFile={path}"])
            stamp.write_text(digest)
        return path.read_text().strip()


def npm(name):
    """A directory with the node_modules of tests/interop/NAME/package.json."""
    program("npm", "npm")
    manifest, directory = HERE / name / "package.json", STORE / "npm" / name
    with _one_at_a_time():
        digest, stamp, fresh = _kept(directory, manifest)
        if not fresh:
            directory.mkdir(parents=True, exist_ok=True)
            shutil.copy(manifest, directory)
            _run(name, ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=directory)
            stamp.write_text(digest)
    return directory


def java(classpath, source, *arguments, memory="256m", seconds=240):
    """Runs a one-file Java program of this folder; its output."""
    program("javac", "default-jdk-headless")
    done = subprocess.run(["java", f"-Xmx{memory}", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classpath,
                           HERE / source, *map(str, arguments)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        sys.exit(f"{source} ended with {done.returncode}:\n{output[-3000:]}")
    return output
