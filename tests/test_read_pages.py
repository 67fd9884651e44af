"""Pages of one slice, as paginators are told of them."""

from __future__ import annotations

import json
from pathlib import Path

from tapwright import Source
from tapwright.body import Body
from tapwright.provider import Means
from tapwright.request import Request, Response

SPEC = """
tapwright: 1
name: tags
title: Tags
api:
  url: https://api.example.com
  paginate: {page: {param: page, more: more}}
  records: {json: {at: items, explode: tags}}
streams:
  tags:
    fields: {name: {}}
"""


def test_a_page_whose_items_have_nothing_inside_is_no_last_page(tmp_path: Path) -> None:
    (tmp_path / "tags.yaml").write_text(SPEC)
    pages = [[{"tags": [{"name": "a"}]}], [{"tags": []}], [{"tags": [{"name": "b"}]}]]

    def answer(request: Request) -> Response:
        number = int(dict(request.params)["page"])
        body = json.dumps({"items": pages[number - 1], "more": number < 3}).encode()
        return Response(request=request, status=200, headers={"content-type": "application/json"}, body=Body.of(body))

    source = Source(tmp_path / "tags.yaml", means=Means(transport=answer))
    assert [record["name"] for record in source.read("tags")] == ["a", "b"]
