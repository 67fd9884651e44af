"""Write a path into a document, and text found in it, the way a message shows them."""

from __future__ import annotations

from typing import Any

Path = tuple[str | int, ...]
Place = tuple[int, int]

LONGEST = 60


def path_text(path: Path, data: Any = None) -> str:
    """Join a path with dots; show an item of a list by its `name` if it has one, else by its index."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{_item(step, data)}]"
        else:
            text += ("." if text else "") + _key(step)
        data = _inside(data, step)
    return text


def quoted(text: str) -> str:
    """Quote text on one line, shortened, with nothing a terminal would act on."""
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return f"'{plain(short)}'"


def plain(text: str) -> str:
    """Escape what cannot be printed."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _key(key: str) -> str:
    return plain(key) if key and not set(key) & set(". \t\n") else quoted(key)


def _item(index: int, items: Any) -> str:
    names = [_name(item) for item in items] if isinstance(items, list) else []
    name = names[index] if index < len(names) else None
    return _key(name) if name and names.count(name) == 1 else str(index)


def _name(item: Any) -> str | None:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and len(name) <= LONGEST else None


def _inside(data: Any, step: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(step)
    return data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None
