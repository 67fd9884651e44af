"""Numbered pages, single pages, and what holds for every paginator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
import yaml

from tapwright.errors import PagingError
from tapwright.language import build as build_words
from tapwright.language import check, one_of, read, schema_of
from tapwright.language.docstrings import attribute_docs
from tapwright.paginate import PAGINATE
from tapwright.paginate.kind import Paginate
from tapwright.request import Page, Request

FIRST = Request(url="https://api.example.com/items", params=(("sort", "id"),))


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a spec says how to paginate."""

    paginate: Annotated[Paginate, one_of(PAGINATE)]


def build(words: str) -> Any:
    """Build a paginator from YAML, as a spec does."""
    document = read(f"paginate: {{{words}}}\n", "spec.yaml")
    assert not check(document, schema_of(Spot), {})
    return build_words(Spot, document.data).paginate


def drive(words: str, provider: Callable[[Request], Page], first: Request = FIRST, resume: Any = None) -> list[Request]:
    """Let a paginator ask a provider until it is done; return what it asked for."""
    flow = build(words).pages(first, resume)
    asked: list[Request] = []
    try:
        request = next(flow)
        while len(asked) < 50:
            asked.append(request)
            request = flow.send(provider(request))
    except StopIteration:
        pass
    return asked


def page(request: Request, records: int = 0, body: Any = None, last: Any = None, **headers: str) -> Page:
    return Page(request=request, status=200, headers=headers, body=body, records=records, last_record=last)


def param(requests: list[Request], name: str) -> list[str | None]:
    return [dict(request.query).get(name) for request in requests]


def books(*sizes: int, param: str = "page", start: int = 1, **body: Any) -> Callable[[Request], Page]:
    """A provider whose numbered pages hold so many records; a list in `body` holds a value for each page."""

    def provider(request: Request) -> Page:
        index = int(dict(request.query)[param]) - start
        said = {key: value[index] if isinstance(value, list) else value for key, value in body.items()}
        said = {key: value for key, value in said.items() if value is not None}
        return page(request, sizes[index] if index < len(sizes) else 0, said)

    return provider


def test_none_asks_once() -> None:
    assert drive("none: {}", lambda request: page(request, 5)) == [FIRST]


def test_page_stops_on_an_empty_page() -> None:
    assert param(drive("page: {param: page}", books(2, 2)), "page") == ["1", "2", "3"]


def test_page_keeps_the_other_params() -> None:
    assert param(drive("page: {param: page}", books(2)), "sort") == ["id", "id"]


def test_page_stops_on_a_short_page() -> None:
    asked = drive("page: {param: page, size: {param: n, value: 2}, until: short_page}", books(2, 1))
    assert (param(asked, "page"), param(asked, "n")) == (["1", "2"], ["2", "2"])


def test_page_without_until_asks_on_after_a_short_page() -> None:
    assert len(drive("page: {param: page, size: {param: n, value: 2}}", books(2, 1))) == 3


def test_page_can_count_from_zero() -> None:
    words = "page: {param: page_offset, from: 0, size: {param: page_limit, value: 3}, until: short_page}"
    asked = drive(words, books(3, 3, 1, param="page_offset", start=0))
    assert param(asked, "page_offset") == ["0", "1", "2"]


def test_page_follows_a_flag_until_it_is_false() -> None:
    words = "page: {param: page, more: truncated}"
    assert len(drive(words, books(2, 2, 2, truncated=[True, True, False]))) == 3


def test_page_stops_on_an_empty_page_although_the_flag_is_true() -> None:
    assert len(drive("page: {param: page, more: truncated}", books(2, truncated=True))) == 2


def test_page_believes_the_flag_more_than_a_short_page() -> None:
    words = "page: {param: page, size: {value: 5}, until: short_page, more: more}"
    assert len(drive(words, books(2, 5, 1, more=[True, True, False]))) == 3


def test_page_falls_back_on_until_where_the_flag_is_missing() -> None:
    words = "page: {param: page, size: {value: 5}, until: short_page, more: more}"
    assert len(drive(words, books(5, 2, more=[True, None]))) == 2


@pytest.mark.parametrize("no", [False, "false", "False", 0, "0", ""])
def test_page_understands_every_no(no: object) -> None:
    assert len(drive("page: {param: page, more: more}", books(2, 2, more=no))) == 1


def test_page_reads_as_many_pages_as_there_are() -> None:
    assert len(drive("page: {param: page, total_pages: pages}", books(2, 0, 2, pages="3"))) == 3


def test_page_counts_total_pages_from_its_first() -> None:
    words = "page: {param: page, from: 0, total_pages: pages}"
    assert param(drive(words, books(2, 2, start=0, pages=2)), "page") == ["0", "1"]


def test_page_keeps_the_last_total_pages_it_knew() -> None:
    assert len(drive("page: {param: page, total_pages: pages}", books(2, 2, 2, pages=[3, None, None]))) == 3


def test_page_stops_at_the_total_of_records() -> None:
    assert len(drive("page: {param: page, total_records: total}", books(2, 2, 1, total=5))) == 3


def test_page_keeps_the_last_total_of_records_it_knew() -> None:
    words = "page: {param: page, total_records: total}"
    assert len(drive(words, books(2, 2, 1, total=[5, None, None]))) == 3


def test_page_believes_a_total_more_than_a_short_page() -> None:
    words = "page: {param: page, size: {param: n, value: 1000}, until: short_page, total_records: total}"
    assert len(drive(words, books(100, 100, 50, total=250))) == 3


def test_page_refuses_an_empty_page_before_the_total() -> None:
    with pytest.raises(PagingError, match="empty after 2 records, but the provider counts 5"):
        drive("page: {param: page, total_records: total}", books(2, total=5))


def test_page_refuses_a_total_that_is_no_number() -> None:
    with pytest.raises(PagingError, match="'total' is 'many', which is no whole number"):
        drive("page: {param: page, total_records: total}", books(2, total="many"))


def test_page_refuses_a_flag_in_a_body_that_is_not_json() -> None:
    with pytest.raises(PagingError, match="'more' looks into a JSON body, but the answer is no JSON"):
        drive("page: {param: page, more: more}", lambda request: page(request, 2, None))


def test_page_takes_an_empty_answer_for_the_end() -> None:
    assert len(drive("page: {param: page, more: more}", lambda request: page(request, 0, None))) == 1


def test_page_resumes_at_its_position() -> None:
    words = "page: {param: page, size: {param: n, value: 2}, until: short_page, total_records: total}"
    provider = books(2, 2, 2, 1, total=7)
    position = build(words).position(drive(words, provider)[2])
    assert param(drive(words, provider, resume=position), "page") == ["3", "4", "5"]


def test_page_puts_numbers_into_a_json_body() -> None:
    first = Request(url="https://x.example", method="POST", json={"query": {"a": 1}})
    words = "page: {body: paging.number, size: {body: paging.size, value: 9}}"
    asked = drive(words, lambda request: page(request), first)
    assert asked[0].json == {"query": {"a": 1}, "paging": {"number": 1, "size": 9}}
    assert build(words).position(asked[0]) == 1


def test_page_puts_its_number_into_a_header() -> None:
    [asked] = drive("page: {header: X-Page}", page)
    assert asked.headers == {"X-Page": "1"}
    assert build("page: {header: x-page}").position(asked) == 1


def test_a_size_from_a_template_may_be_text() -> None:
    assert param(drive('page: {param: page, size: {param: n, value: "50"}}', books()), "n") == ["50"]


@pytest.mark.parametrize("size", ["many", "0", "-1", "2.5"])
def test_a_size_that_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(PagingError, match="the page size is"):
        drive(f'page: {{param: page, size: {{param: n, value: "{size}"}}}}', books(2))


def test_offset_advances_by_what_came() -> None:
    words = "offset: {param: skip, size: {param: limit, value: 1000}}"
    assert param(drive(words, _rows(250, 100)), "skip") == ["0", "100", "200", "250"]


def test_offset_stops_on_a_short_page() -> None:
    words = "offset: {param: skip, size: {param: limit, value: 100}, until: short_page}"
    assert param(drive(words, _rows(250, 100)), "skip") == ["0", "100", "200"]


def test_offset_stops_at_the_total() -> None:
    words = "offset: {param: skip, size: {param: limit, value: 100}, total_records: total}"
    assert param(drive(words, _rows(200, 100)), "skip") == ["0", "100"]


def test_offset_can_advance_by_its_size() -> None:
    words = "offset: {param: skip, step: size, size: {param: limit, value: 100}, total_records: total}"
    hiding = _rows(250, 100, hidden=1)
    assert param(drive(words, hiding), "skip") == ["0", "100", "200"]


def test_offset_can_count_from_one() -> None:
    words = "offset: {param: skip, from: 1, total_records: total}"
    assert param(drive(words, _rows(200, 100, start=1)), "skip") == ["1", "101"]


def test_offset_follows_a_flag() -> None:
    assert param(drive("offset: {param: skip, more: more}", _rows(250, 100)), "skip") == ["0", "100", "200"]


def test_offset_resumes_and_still_knows_the_total() -> None:
    words = "offset: {param: skip, total_records: total}"
    position = build(words).position(drive(words, _rows(250, 100))[1])
    assert position == 100
    assert param(drive(words, _rows(250, 100), resume=position), "skip") == ["100", "200"]


def _rows(total: int, most: int, *, hidden: int = 0, start: int = 0) -> Callable[[Request], Page]:
    """A provider of numbered rows that sends at most so many."""

    def provider(request: Request) -> Page:
        asked = dict(request.query)
        skip = int(asked["skip"]) - start
        count = max(0, min(most, int(asked.get("limit", most)), total - skip) - hidden)
        return page(request, count, {"total": total, "more": skip + count < total})

    return provider


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("page: {}", ("", "name exactly one of param, header, body; found nothing")),
        (
            "page: {param: a, header: b}",
            ("header", "name exactly one of param, header, body; found param, header"),
        ),
        (
            "page: {param: a, until: short_page}",
            ("until", "'short_page' needs 'size', to know what a full page is"),
        ),
        (
            "page: {param: a, more: m, total_records: t}",
            ("total_records", "'more' already says when the pages end"),
        ),
        (
            "page: {param: a, more: m, total_pages: t}",
            ("more", "'total_pages' already says when the pages end"),
        ),
        ("offset: {param: a, step: size}", ("step", "'size' is not named, so the offset cannot grow by it")),
        ("next_url: {}", ("", "name exactly one of next, next_xpath")),
        ("expression: {}", ("", "the next request needs at least one of params, headers, body, url")),
        (
            "cursor: {param: c, next: a, next_header: b}",
            (
                "next_header",
                "name exactly one of next, next_header, next_from_record, next_xpath; found next, next_header",
            ),
        ),
    ],
)
def test_words_that_contradict_each_other_are_faults(words: str, fault: tuple[str, str]) -> None:
    assert list(build(words).faults()) == [fault]


def test_a_size_has_faults_of_its_own() -> None:
    size = build("page: {param: a, size: {param: a, body: b, value: 0}}").size
    assert [key for key, _ in size.faults()] == ["body", "value"]
    assert not list(build("page: {param: a, size: {value: 50}}").size.faults())


def test_the_registry_is_sorted() -> None:
    assert list(PAGINATE) == sorted(PAGINATE)


@pytest.mark.parametrize("name", PAGINATE)
def test_every_example_is_words_without_fault(name: str) -> None:
    doc = inspect.cleandoc(PAGINATE[name].__doc__ or "")
    example = yaml.safe_load(inspect.cleandoc(doc.partition("Example::\n")[2]))
    words = build(f"{name}: {example[name]!r}".replace("None", "null"))
    assert type(words) is PAGINATE[name]
    assert not list(words.faults())


@pytest.mark.parametrize("name", PAGINATE)
def test_every_key_says_what_it_is_for(name: str) -> None:
    docs = attribute_docs(PAGINATE[name])
    assert all(docs.get(key) for key in PAGINATE[name].__dataclass_fields__)
