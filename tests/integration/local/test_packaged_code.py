"""The code of packages in the local cloud, by the digests of their zips."""

import base64
import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

from infra.packaging import TEMPLATE, ZIP
from infra.runtimes import THIS_PYTHON
from local.cloud.package import PackagedCode
from local.cloud.warm_worker import Code, Function

LOAD = Function("load", "arn:aws:lambda:eu-west-1:123456789012:function:load", "app.load", 30, 256, "", ())


def package(text: str) -> bytes:
    """Return a zip with one module."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", text)
    return packed.getvalue()


def digest(content: bytes) -> str:
    """Return the digest of a zip as Lambda states it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def text_of(code: Code) -> str:
    """Return the module in unpacked code."""
    return (code.folder / "app.py").read_text(encoding="utf-8")


def test_code_that_a_release_changes_meanwhile_is_known_by_its_own_digest(tmp_path: Path) -> None:
    """Else a roll back to the second package would run the third one's code."""
    first, second, third = map(package, ("first = 1\n", "second = 2\n", "third = 3\n"))
    build = tmp_path / "build"
    build.mkdir()
    (build / ZIP).write_bytes(first)
    (build / TEMPLATE).write_text(f"Runtime: python{THIS_PYTHON}\n", encoding="utf-8")
    now = {"load": third}
    code_of = PackagedCode(build, tmp_path / "unpacked", now.__getitem__)

    # The settings are of the second package, but by now the function has the third one.
    code = code_of(replace(LOAD, code=digest(second)))

    assert text_of(code) == "third = 3\n"
    assert code_of(replace(LOAD, code=digest(third))) == code
    now["load"] = second
    assert text_of(code_of(replace(LOAD, code=digest(second)))) == "second = 2\n"
    assert text_of(code_of(replace(LOAD, code=digest(first)))) == "first = 1\n"
