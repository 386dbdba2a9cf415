"""Checks whether Lambda can load the compiled files of a package: processor, libraries and version of glibc."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from infra.errors import InfraError
from infra.runtimes import Glibc, Runtime

MACHINES: Final = {"x86_64": "EM_X86_64", "aarch64": "EM_AARCH64"}
SYSTEM: Final = {
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libutil.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libz.so.1",
}
"""The libraries of glibc and of the compiler, and zlib. Wheels do not bring them; Lambda's Python needs them, too."""


def check(folder: Path, runtime: Runtime) -> int:
    """Return the number of compiled files in a folder; raise `InfraError` if the runtime cannot load one of them."""
    files = list(_compiled(folder))
    available = SYSTEM | {file.name for file in files}
    faults = [
        f"{file.relative_to(folder)} {fault}" for file in files for fault in _faults(file, available, runtime)
    ]
    if faults:
        raise InfraError(
            "\n".join(
                [
                    f"Python {runtime.python} of Lambda on {runtime.architecture} cannot load these files:",
                    *faults,
                ]
            )
        )
    return len(files)


def _compiled(folder: Path) -> Iterator[Path]:
    # "libpq-5d1b8c.so.5.17" has the suffixes .so, .5 and .17
    for path in sorted(folder.rglob("*")):
        if ".so" in path.suffixes and path.is_file():
            yield path


def _faults(file: Path, available: set[str], runtime: Runtime) -> Iterator[str]:
    """Yield each fault of a file, as the end of a sentence that begins with its name."""
    with file.open("rb") as stream:
        try:
            elf = ELFFile(stream)
        except ELFError:
            yield "is not a compiled file"
            return
        if elf["e_machine"] != MACHINES[runtime.machine]:
            yield f"is built for {elf.get_machine_arch()}"
        for library in sorted(_libraries(elf) - available):
            yield f"needs {library}, which is not in the package"
        glibc = _glibc(elf)
        if glibc > runtime.glibc:
            yield f"needs glibc {_dotted(glibc)}, but the runtime has {_dotted(runtime.glibc)}"


def _libraries(elf: ELFFile) -> set[str]:
    sections = (section for section in elf.iter_sections() if isinstance(section, DynamicSection))
    return {str(tag.needed) for section in sections for tag in section.iter_tags("DT_NEEDED")}  # type: ignore[attr-defined]


def _glibc(elf: ELFFile) -> Glibc:
    """Return the newest version of glibc that a file needs a symbol of; (0, 0) if it needs none."""
    sections = (section for section in elf.iter_sections() if isinstance(section, GNUVerNeedSection))
    names = [
        version.name for section in sections for _, needed in section.iter_versions() for version in needed
    ]
    # "GLIBC_2.17" and "GLIBC_2.2.5" -> (2, 17); names such as "GLIBC_PRIVATE" or "GCC_3.0" do not count.
    versions = [name.removeprefix("GLIBC_").split(".") for name in names if name.startswith("GLIBC_2.")]
    return max(((int(major), int(minor)) for major, minor, *_ in versions), default=(0, 0))


def _dotted(version: Glibc) -> str:
    return ".".join(map(str, version))
