"""Checks, printed in the Test Anything Protocol."""

import sys
import traceback

CHECKS = []

PLATFORM = sys.argv[1] if len(sys.argv) > 1 else ""


def check(function):
    """Registers a check: a function that asserts."""
    CHECKS.append((function, None))
    return function


def deviation(reason):
    """Registers a check that is known to fail, with the reason."""

    def register(function):
        CHECKS.append((function, reason))
        return function

    return register


def raises(kind, call, *words):
    """Asserts that `call` raises `kind`, and that its message has each of `words`."""
    try:
        result = call()
    except kind as error:
        for word in words:
            assert word in str(error), f"{word!r} is not in {error}"
        return error
    raise AssertionError(f"no {kind.__name__}, but {result!r}")


def run():
    failed = False
    for number, (function, reason) in enumerate(CHECKS, 1):
        name = function.__name__.replace("_", " ")
        directive = f" # TODO {reason}" if reason else ""
        try:
            function()
            print(f"ok {number} - {name}{directive}", flush=True)
        except Exception as error:
            print(f"not ok {number} - {name}{directive}", flush=True)
            if not reason:
                failed = True
                traceback.print_exception(error)
    print(f"1..{len(CHECKS)}")
    sys.exit(1 if failed else 0)
