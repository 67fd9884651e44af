"""What can go wrong, for a person to act on.  Everything else is a bug of ours.

TapwrightError            the user must act; exit code 1
├── SpecError             a spec, connector or config file is wrong; names file, line and column
├── TargetError           no such spec, connector, stream or file
├── SinkError             the place the records go to refuses them
├── StateError            the saved state cannot be used
└── RunError              a run met something it may not pass over in silence
    ├── TransportError    no complete answer arrived; trying again may help
    ├── ProviderError     the provider answered that it will not
    │   └── AuthError     … because of the credentials
    ├── BodyError         the answer's body is not what the spec describes
    ├── RecordError       a value does not fit its field
    ├── PagingError       the pages go round in circles, or past their bound
    └── HostError         a link leads to a host that the spec does not name
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Self


class TapwrightError(Exception):
    """One sentence on what happened (`message`) and one on what to do (`hint`)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context: dict[str, str] = {}
        self.tries = 1
        """How often it was tried before this was raised."""

    def __str__(self) -> str:
        where = ", ".join(f"{name} {value}" for name, value in self.context.items())
        said = self.message.removeprefix(f"{self.context.get('request')}: ")  # where an answer failed to arrive
        text = f"{where}: {said}" if where else said
        return f"{text}\n{self.hint}" if self.hint else text

    def masked(self, hide: Callable[[str], str]) -> Self:
        """Take the secrets out of every text of this error, and give it back."""
        self.message, self.hint = hide(self.message), hide(self.hint)
        self.context = {name: hide(value) for name, value in self.context.items()}
        self.args = (self.message,)
        return self


class SpecError(TapwrightError):
    """A spec, connector or config is wrong; `problems` holds one line for each fault."""

    def __init__(self, problems: Iterable[object], hint: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems), hint)


class TargetError(TapwrightError):
    """There is no such spec, connector, stream or file."""


class SinkError(TapwrightError):
    """The place the records go to refuses them."""


class StateError(TapwrightError):
    """The saved state cannot be used."""


class RunError(TapwrightError):
    """A run met something it may not pass over in silence."""


class TransportError(RunError):
    """No complete answer arrived; trying again may help."""


class ProviderError(RunError):
    """The provider answered that it will not."""

    because: str = "provider"
    """Whose fault it is: the `credentials`', the `provider`'s, or the `request`'s."""
    status: int | None = None
    """The status of its answer, where it is known."""
    passing: bool = False
    """Whether another attempt may succeed."""


class AuthError(ProviderError):
    """The provider refuses the credentials."""


class BodyError(RunError):
    """The answer's body is not what the spec describes."""


class RecordError(RunError):
    """A value does not fit its field."""


class PagingError(RunError):
    """The pages go round in circles, or past their bound."""


class HostError(RunError):
    """A link leads to a host that the spec does not name."""


@contextmanager
def kept_on_disk(what: str, error: type[TapwrightError]) -> Iterator[None]:
    """Tell of a folder for temporary files that takes no more."""
    try:
        yield
    except OSError as refused:
        way_out = "Free space in the folder for temporary files, or name another in TMPDIR."
        raise error(f"{what} could not be kept on disk: {refused.strerror or refused}", way_out) from None


@contextmanager
def written(path: object) -> Iterator[None]:
    """Tell of a file that cannot be written."""
    try:
        yield
    except OSError as refused:
        raise TargetError(
            f"'{path}' cannot be written: {refused.strerror or refused}",
            "Name another place, or see who may write there.",
        ) from None


@contextmanager
def during(**context: str) -> Iterator[None]:
    """Say where an error happened to any that passes through; the inner place wins."""
    try:
        yield
    except TapwrightError as error:
        error.context = {**context, **error.context}
        raise
