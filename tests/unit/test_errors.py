"""The tree of exceptions, and its drawing in the module's docstring."""

import inspect
import re

from chalicelib import errors


def test_the_docstring_draws_the_tree_of_errors_as_it_is() -> None:
    drawn: dict[str, int] = {}
    for line in (errors.__doc__ or "").splitlines():
        # "│   └── TiedError …" -> TiedError, two levels below the root
        if match := re.match(r"([│├└─ ]*)(\w+Error)\b", line):
            drawn[match[2]] = len(match[1]) // 4
    classes = {
        name: cls
        for name, cls in inspect.getmembers(errors, inspect.isclass)
        if cls.__module__ == errors.__name__
    }
    # The root itself has four: CafeEtlError, Exception, BaseException, object.
    assert drawn == {name: len(cls.__mro__) - 4 for name, cls in classes.items()}
