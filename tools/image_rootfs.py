#!/usr/bin/env python3
"""Lay out the image's whole file system in a directory. Runs inside the build stage of the Dockerfile, as its Python.

Why: a function's image is pulled by every machine that renders a package, and started for every render. So it holds
the interpreter, the shared libraries that it is linked to, and of the standard library only what our modules can
reach: a static walk (`modulefinder`) from every module of ours and of the two dependencies, imports inside functions
included. What is left out is left out by name in LEFT_OUT, because only tests and debuggers ask for it.

Promises: modules are compiled ahead (no source beside them, nothing to check or to write at start), every file is
readable by everyone and dated alike, and the licence of each thing in there is in there too. One layout for amd64 and
arm64: nothing below names a machine.

Usage: image_rootfs.py SITE SOURCE ROOT    (SITE: where pip put the wheels; SOURCE: the folder of our package)
"""

from __future__ import annotations

import modulefinder
import os
import py_compile
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

#: Reached by the walk, never at run time: debuggers, test tools, network clients, other processes. Without `_hashlib`
#: and `_ssl`, `hashlib` takes the interpreter's own digests, and OpenSSL's 7 MB stay out.
LEFT_OUT = (
    "_hashlib", "_pyrepl", "_ssl", "_tkinter", "asyncio", "concurrent", "ctypes", "curses", "doctest", "ensurepip",
    "ftplib", "http", "idlelib", "mailcap", "multiprocessing", "netrc", "pdb", "pydoc", "pydoc_data", "readline",
    "rlcompleter", "sitecustomize", "smtplib", "sqlite3", "ssl", "test", "tkinter", "turtle", "unittest",
    "urllib.request", "venv", "webbrowser", "xmlrpc",
)  # fmt: skip

#: Not found by the walk, needed by the interpreter: codecs are looked up by name, a traceback is printed from C.
BY_NAME = (
    "encodings.aliases", "encodings.ascii", "encodings.cp437", "encodings.idna", "encodings.latin_1",
    "encodings.utf_16", "encodings.utf_16_be", "encodings.utf_16_le", "encodings.utf_32", "encodings.utf_8",
    "encodings.utf_8_sig", "linecache", "runpy", "site", "traceback", "_sitebuiltins",
)  # fmt: skip

#: netaddr's tables of hardware vendors and of IANA's registry (9 MB), which it opens only when asked for one, and the
#: parts of it that are programs.
NETADDR_UNUSED = re.compile(r"netaddr/(eui/.*\.(txt|idx)|ip/.*\.xml|tests/.*|cli\.py|__main__\.py)")

#: The Debian packages whose files are in the image: their licences go with them.
DEBIAN = ("libpython3.13-minimal", "libpython3.13-stdlib", "python3.13-minimal", "libc6", "libexpat1", "zlib1g")

#: One date for every file, so that the same inputs give the same layer: 2025-01-01T00:00:00Z.
DATE = 1735689600

ACCOUNTS = "root:x:0:0:root:/root:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
GROUP = "root:x:0:\nnogroup:x:65534:\n"


def packages(site: Path, source: Path) -> Iterator[tuple[Path, Path]]:
    """Each file of ours and of the dependencies, and its place below the library folder."""
    for root, names in ((site, ("yaml", "netaddr")), (source, ("cilium_networking",))):
        for name in names:
            for file in sorted((root / name).rglob("*")):
                place = file.relative_to(root)
                if file.is_file() and "__pycache__" not in place.parts and not NETADDR_UNUSED.match(place.as_posix()):
                    yield file, place


def standard_library(files: list[tuple[Path, Path]], site: Path, source: Path) -> Iterator[tuple[Path, Path]]:
    """What the standard library holds of the modules that `files` can reach."""
    library = Path(os.__file__).parent
    path = [str(source), str(site), str(library), str(library / "lib-dynload")]
    finder = modulefinder.ModuleFinder(path=path, excludes=list(LEFT_OUT))
    for _, place in files:
        if place.suffix == ".py":
            finder.import_hook(".".join(place.with_suffix("").parts).removesuffix(".__init__"))
    for name in BY_NAME:
        finder.import_hook(name)
    for module in finder.modules.values():
        found: str | None = vars(module)["__file__"]  # None: built into the interpreter
        if found and (file := Path(found)).is_relative_to(library):
            yield file, file.relative_to(library)


def compiled(file: Path, place: Path, library: Path, root: Path) -> None:
    """Put one file below the library folder: a module as its byte code alone, anything else as it is."""
    target = root / library.relative_to("/") / place
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".py":
        py_compile.compile(
            str(file),
            cfile=str(target.with_suffix(".pyc")),
            dfile=str(library / place),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    else:
        shutil.copyfile(file, target)


def linked(binary: Path) -> set[str]:
    """The shared libraries that the dynamic linker loads for `binary`, itself among them."""
    listing = subprocess.run(["ldd", str(binary)], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"(/\S+) \(0x", listing))


def programs(root: Path) -> None:
    """The interpreter, and the libraries that it and its extension modules are linked to."""
    interpreter = Path(sys.executable).resolve()
    (root / "usr/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(interpreter, root / "usr/bin" / interpreter.name)
    (root / "usr/bin/python3").symlink_to(interpreter.name)
    for name in ("lib", "lib64"):  # merged /usr: the linker's own path is /lib64/… on amd64, /lib/… on arm64
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    wanted = linked(interpreter).union(*(linked(extension) for extension in root.rglob("*.so")))
    for name in sorted(wanted):
        target = root / name.removeprefix("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(name).resolve(), target)
        target.chmod(0o755)


def notices(root: Path, site: Path) -> None:
    """Licences, and the exact versions of the Debian packages that the files come from."""
    documents = root / "usr/share/doc"
    for package in DEBIAN:
        (documents / package).mkdir(parents=True)
        shutil.copyfile(Path("/usr/share/doc", package, "copyright").resolve(), documents / package / "copyright")
    for licence in sorted(site.glob("*.dist-info/**/LICENSE*")):
        folder = documents / licence.relative_to(site).parts[0].removesuffix(".dist-info").lower()
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(licence, folder / "copyright")
    versions = ["dpkg-query", "--show", "--showformat=${Package} ${Version}\\n", *DEBIAN]
    listing = subprocess.run(versions, check=True, capture_output=True, text=True).stdout
    (documents / "debian-packages.txt").write_text(listing)


def main(site: Path, source: Path, root: Path) -> None:
    root.mkdir(parents=True)
    library = Path(os.__file__).parent
    files = list(packages(site, source))
    for file, place in [*standard_library(files, site, source), *files]:
        compiled(file, place, library, root)
    (root / library.relative_to("/") / "lib-dynload").mkdir(exist_ok=True)  # its absence is a warning at each start
    programs(root)
    notices(root, site)
    for name, text in (("passwd", ACCOUNTS), ("group", GROUP)):
        (root / "etc").mkdir(exist_ok=True)
        (root / "etc" / name).write_text(text)
    (root / "tmp").mkdir()
    for entry in [root, *root.rglob("*")]:
        if entry.is_symlink():
            continue
        executable = entry.is_dir() or entry.parent.name == "bin" or ".so" in entry.name
        entry.chmod(0o1777 if entry == root / "tmp" else 0o755 if executable else 0o644)
    for entry in [root, *root.rglob("*")]:
        os.utime(entry, (DATE, DATE), follow_symlinks=False)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
