"""What to do with an answer: the spec's rules first, then the usual ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from tapwright.answer import Answer
from tapwright.condition import Rule
from tapwright.errors import AuthError, ProviderError
from tapwright.retry import retry_after

_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_RETRIED = frozenset([408, 425, 429])
_USUAL: dict[int, str] = dict.fromkeys(_RETRIED, "retry") | {401: "renew_auth"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to do with an answer."""

    do: str
    """accept, end, fail, renew_auth, retry or skip."""
    answer: Answer
    rule: Rule | None = None

    @property
    def error(self) -> ProviderError:
        """The error that the answer is, if it is one."""
        return _error(self.answer, self.rule)


def judge(answer: Answer, rules: Iterable[Rule]) -> Verdict:
    """Decide about an answer."""
    for rule in rules:
        if answer.meets(rule.when):
            return Verdict(do=rule.do, answer=answer, rule=rule)
    status = answer.response.status
    usual = "accept" if 200 <= status < 300 else "retry" if status >= 500 else _USUAL.get(status, "fail")
    usual = "retry" if _later(answer) else usual
    return Verdict(do=usual, answer=answer)


def _later(answer: Answer) -> bool:
    """Whether a 403 says that too much was asked for, not too little shown."""
    return answer.response.status == 403 and retry_after(answer.response.headers, _ANY_TIME) is not None


def _error(answer: Answer, rule: Rule | None) -> ProviderError:
    status = answer.response.status
    said = answer.message(rule.message if rule else None)
    text = f"the provider answers {status}" + (f": {said}" if said else "")
    denied = status in (401, 403) and not _later(answer)
    refused = (denied and rule is None) or (rule is not None and rule.because == "credentials")
    if refused:
        hint = rule.hint if rule and rule.hint else "Check the credentials in the config, and their rights."
        error: ProviderError = AuthError(text, hint)
    else:
        error = ProviderError(text, rule.hint if rule else "")
    error.status, error.because = status, rule.because if rule else error.because
    return error
