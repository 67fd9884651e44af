"""Errors to exit codes, and to words on the screen."""

from __future__ import annotations

import errno
import gc
import os
import sys
import threading
from typing import NoReturn

import click

from tapwright.errors import SpecError, TapwrightError
from tapwright.output import let_go_of

_FULL = frozenset([errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC])


def exit_code(command: click.Command) -> int:
    """Run a command: 0 done, 1 the user must act, 2 wrong usage, 3 a bug of ours, 130 or 143 interrupted."""
    try:
        result = command.main(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except TapwrightError as error:
        _show(error)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        return _stopped(error)
    except BrokenPipeError:
        let_go_of(sys.stdout)
        return 0
    except Exception as error:
        if _interruption(error):
            return _stopped(error)
        if isinstance(error, OSError) and error.errno in _FULL:
            let_go_of(sys.stdout)
            click.echo(f"error: nothing more can be written: {error.strerror}", err=True)
            return 1
        return _bug(error)


def run_as_program(command: click.Command) -> NoReturn:
    """Run a command as all of a program, which ends with its exit code."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # records come by the thousand and hold no cycles
    code = exit_code(command)
    _let_go_of_stderr()
    if any(thread.name == "tapwright-ahead" for thread in threading.enumerate()):
        # It waits for the network and was left behind; at the interpreter's end it could only stumble.
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _stopped(error: BaseException) -> int:
    import signal

    click.echo("interrupted", err=True)
    interruption = _interruption(error)
    return 128 + (interruption.args[0] if interruption and interruption.args else signal.SIGINT)


def _interruption(error: BaseException | None) -> KeyboardInterrupt | None:
    """Look for the signal behind it: one that comes while a library is loaded is told as a failed import."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def _let_go_of_stderr() -> None:
    """Drop what nobody reads any more."""
    try:
        sys.stderr.flush()
    except OSError:
        let_go_of(sys.stderr)


def _show(error: TapwrightError) -> None:
    if isinstance(error, SpecError) and not error.hint and not error.context:
        from tapwright.cli.problems import show_problems

        show_problems(error.problems, err=True)
    else:
        click.echo(told(error), err=True)


def told(error: TapwrightError) -> str:
    """Write an error for a person."""
    if isinstance(error, SpecError):
        return str(error)
    return f"error: {error}"


def _bug(error: Exception) -> int:
    """Show where our code failed, without the values it held, which may be secret."""
    click.echo(f"This is a bug in tapwright: {type(error).__name__}", err=True)
    for place in places(error):
        click.echo(f"  {place}", err=True)
    click.echo("Please report it with the lines above and the spec that you ran.", err=True)
    print_debug(error)
    return 3


def places(error: Exception) -> list[str]:
    """Name the innermost places in the code that an error passed."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]


def print_debug(error: Exception) -> None:
    """Print the whole traceback where TAPWRIGHT_DEBUG asks for it; it may hold secrets."""
    if os.environ.get("TAPWRIGHT_DEBUG"):
        import traceback

        traceback.print_exception(error)
