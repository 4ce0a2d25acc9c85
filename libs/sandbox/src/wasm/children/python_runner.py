"""Runs the code of one request inside Pyodide. Loaded by python.ts; everything that it gives back is JSON text."""

import ast
import json
import math
import sys
from pyodide.code import CodeRunner

FILENAME = "code.py"
MAX_DEPTH = 100
# Beyond it, neighbouring integers are one number for whoever reads JSON into doubles (RFC 8259, section 6).
MAX_SAFE_INTEGER = 2**53 - 1


class NoJson(Exception):
    pass


def plain(value, path, depth):
    """The same value made of what JSON has."""
    if depth > MAX_DEPTH:
        raise NoJson(f"it is nested more than {MAX_DEPTH} deep, or holds itself: return a flatter value.")
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise NoJson(f"{path} is an integer beyond 2**53 - 1, which would lose digits: convert it by str().")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NoJson(f"{path} is {float(value)}, which JSON does not have: use None or a text instead.")
        return float(value)
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {key_of(key, path): plain(item, f"{path}[{key!r:.40}]", depth + 1) for key, item in value.items()}
    raise NoJson(f"{path} is of type {type(value).__name__}: convert it to a dict, list, str, number, bool or None.")


def key_of(key, path):
    if isinstance(key, str) or (isinstance(key, int) and not isinstance(key, bool)):
        return str(key)
    raise NoJson(f"a key of {path} is of type {type(key).__name__}: use texts or integers as keys.")


def place_of(error):
    """Line and column (from 1) of the innermost place in the user's own code."""
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        return {"line": error.lineno, "column": error.offset}
    place = {}
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == FILENAME:
            positions = list(code.co_positions())
            column = positions[trace.tb_lasti // 2][2] if trace.tb_lasti >= 0 else None
            place = {"line": trace.tb_lineno, "column": None if column is None else column + 1}
        trace = trace.tb_next
    return place


def message_of(error):
    if isinstance(error, ModuleNotFoundError) and error.name:
        return (
            f"ModuleNotFoundError: there is no module '{error.name}' here. "
            "Only the standard library of Python is available, without packages and without what needs the network."
        )
    if isinstance(error, MemoryError):
        return "MemoryError: the code needs more memory than it may have. Work on the data in parts."
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def failure_of(error):
    code = "sandbox_memory" if isinstance(error, MemoryError) else "code_failed"
    return {"code": code, "message": message_of(error)[:4000], **place_of(error)}


async def outcome_of(code, variables):
    try:
        runner = CodeRunner(
            code,
            filename=FILENAME,
            quiet_trailing_semicolon=False,
            flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        ).compile()
        value = await runner.run_async({"__name__": "__main__", **variables})
    except SystemExit as exit:
        if exit.code not in (None, 0):
            return {"failed": {"code": "code_failed", "message": f"The code ended itself by sys.exit({exit.code!r:.200})."}}
        value = None
    except BaseException as error:
        return {"failed": failure_of(error)}
    try:
        return {"value": plain(value, "the value", 0)}
    except NoJson as error:
        message = f"The value of the last expression cannot be written as JSON: {error}"
        return {"failed": {"code": "code_failed", "message": message}}
    except BaseException as error:
        return {"failed": failure_of(error)}


async def run(code, variables):
    outcome = await outcome_of(code, json.loads(variables))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            # The code may have closed or replaced it.
            pass
    return json.dumps(outcome)


run
