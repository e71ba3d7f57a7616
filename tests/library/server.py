"""A lending library by hand, on http.server: nothing of the mock is in it, and its faults are switched one by one."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

BUNDLE = Path(__file__).with_name("bundle.yaml")
KEY = "lib-4f9c2f0e7a51"
BASE = "/library/v2"
METHODS = {"/books": ("GET", "POST"), "/books/{id}": ("GET", "PUT", "DELETE"), "/hours": ("GET",)}
SHELVES = ("fiction", "science", "history")
FAULTS = {
    "create-lost": "MS273",
    "create-unlisted": "MS274",
    "count-of-page": "MS235",
    "page-overlaps": "MS232",
    "filter-ignored": "MS243",
    "no-key-needed": "MS260",
    "any-key": "MS261",
    "undeclared-property": "MS200",
    "copies-as-text": "ST108",
    "made-is-200": "ST103",
    "trace-on-missing": "MS215",
    "missing-is-500": "ST101",
    "delete-lost": "MS281",
    "update-moves-date": "MS277",
    "any-shelf": "ST201",
    "refused-but-made": "MS280",
    "nothing-is-enough": "MS294",
    "id-cut": "MS295",
    "sql-on-missing": "MS215",
}
"""The faults there are, and the code that has to find each."""


class Problem(Exception):
    """A refusal: status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class Library:
    """The books, and what is wrong with the librarian. `asked` are method and path of every request that came."""

    faults: frozenset[str] = frozenset()
    books: dict[int, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    key: str = KEY
    lock: threading.Lock = field(default_factory=threading.Lock)
    _last: int = 0

    def __post_init__(self) -> None:
        for number in range(1, 24):
            fields = {"title": f"Book no. {number}", "author": f"Author {number % 4}", "copies": number % 5}
            self._add({**fields, "shelf": SHELVES[number % 3]})

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of a reply; one request at a time."""
        self.asked.append(f"{method} {urlsplit(target).path}")
        with self.lock:
            try:
                return self._answer(method, target, headers, body)
            except Problem as problem:
                more = {"WWW-Authenticate": "ApiKey"} if problem.status == 401 else {}
                return problem.status, {"problem": str(problem)}, more

    def _answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any, dict[str, str]]:
        parts = urlsplit(target)
        path = parts.path.removeprefix(BASE) if parts.path.startswith(f"{BASE}/") else ""
        one = re.fullmatch(r"/books/([^/]*)", path)
        place = "/books/{id}" if one else path
        if place not in METHODS:
            raise Problem(404, "There is no such page.")
        head = method == "HEAD" and "GET" in METHODS[place]
        if method not in METHODS[place] and not head:
            allow = {"Allow": ", ".join((*METHODS[place], "HEAD") if "GET" in METHODS[place] else METHODS[place])}
            return 405, {"problem": "That cannot be done here."}, allow
        if place == "/hours":
            return 200, {"opens": "09:00", "closes": "18:00"}, {}
        self._admit(headers.get("x-member-key"), method, place)
        query = parse_qsl(parts.query, keep_blank_values=True)
        if one is None:
            return self._list(query) if method in ("GET", "HEAD") else self._made(self._book(headers, body))
        return self._single(method, unquote(one[1]), headers, body)

    def _admit(self, key: str | None, method: str, place: str) -> None:
        if "no-key-needed" in self.faults and (method, place) == ("GET", "/books/{id}") and key is None:
            return
        if key != self.key and not (key and "any-key" in self.faults):
            raise Problem(401, "Please show your key.")

    def _list(self, query: Sequence[tuple[str, str]]) -> tuple[int, Any, dict[str, str]]:
        given = dict(query)
        if len(given) < len(query):
            raise Problem(400, "Something is said twice.")
        if set(given) - {"page", "per_page", "author"}:
            raise Problem(400, "That is no way to ask.")
        page = _whole(given.get("page", "1"), 1, 1000, "page")
        size = _whole(given.get("per_page", "10"), 1, 50, "per_page")
        author = given.get("author")
        if author is not None and len(author) > 80:
            raise Problem(400, "author is too long")
        rows = list(self.books.values())
        if author is not None and "filter-ignored" not in self.faults:
            rows = [book for book in rows if book["author"] == author]
        if "create-unlisted" in self.faults:
            rows = [book for book in rows if book["id"] <= 23]
        start = (page - 1) * size
        shift = 1 if "page-overlaps" in self.faults and page > 1 and size > 1 else 0
        shown = rows[start - shift : start - shift + size]
        total = len(shown) if "count-of-page" in self.faults else len(rows)
        return 200, {"books": [self._shown(book) for book in shown], "total": total}, {}

    def _made(self, given: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        book = self._add(given)
        if "create-lost" in self.faults:
            del self.books[book["id"]]
        return 200 if "made-is-200" in self.faults else 201, self._shown(book), {}

    def _single(self, method: str, number: str, headers: Any, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if "id-cut" in self.faults:
            number = re.match(r"\d*", number)[0] or number  # type: ignore[index]
        key = _whole(number, 1, 1_000_000, "book_id")
        given = self._book(headers, body) if method == "PUT" else {}
        if key not in self.books:
            if "missing-is-500" in self.faults:
                raise Problem(500, "Something went wrong.")
            if "trace-on-missing" in self.faults:
                trace = 'Traceback (most recent call last):\n  File "/srv/books.py", line 81, in read\nKeyError: 4'
                raise Problem(404, trace)
            if "sql-on-missing" in self.faults:
                raise Problem(404, f"no rows: SELECT * FROM library.books WHERE id = {key} LIMIT 1")
            raise Problem(404, "There is no such book.")
        if method == "PUT":
            moved = {"added_at": "2026-02-01T08:00:00Z"} if "update-moves-date" in self.faults else {}
            self.books[key] = {**self.books[key], **given, **moved}
        if method == "DELETE":
            if "delete-lost" not in self.faults:
                del self.books[key]
            return 204, None, {}
        return 200, self._shown(self.books[key]), {}

    def _book(self, headers: Any, body: bytes) -> dict[str, Any]:
        if (headers.get("content-type") or "").partition(";")[0].strip().lower() != "application/json":
            raise Problem(415, "Books are described in JSON.")
        try:
            given = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        except ValueError:
            raise Problem(400, "That is no JSON.") from None
        if given == {} and "nothing-is-enough" in self.faults:
            given = {"title": "Untitled", "author": "Unknown"}
        wrong = self._wrong(given)
        if wrong:
            if "refused-but-made" in self.faults and isinstance(given, dict) and isinstance(given.get("title"), str):
                self._add({"title": given["title"][:200] or "?", "author": "unknown"})
            raise Problem(400, wrong)
        return dict(given)

    def _wrong(self, given: Any) -> str:
        if not isinstance(given, dict) or set(given) - {"title", "author", "shelf", "copies"}:
            return "That is no book."
        for name, most in (("title", 200), ("author", 80)):
            if not isinstance(given.get(name), str) or not 1 <= len(given[name]) <= most:
                return f"{name} is missing or too long"
        shelf = given.get("shelf", "fiction")
        if shelf not in SHELVES and not ("any-shelf" in self.faults and isinstance(shelf, str)):
            return "there is no such shelf"
        copies = given.get("copies", 1)
        whole = isinstance(copies, int | float) and not isinstance(copies, bool) and copies == int(copies)
        if not whole or not 0 <= copies <= 500:
            return "copies is no number of copies"
        if "copies" in given:
            given["copies"] = int(copies)
        return ""

    def _add(self, given: dict[str, Any]) -> dict[str, Any]:
        self._last += 1
        added = f"2026-01-{1 + self._last % 28:02d}T08:00:00Z"
        self.books[self._last] = {"id": self._last, "shelf": "fiction", "copies": 1, "added_at": added, **given}
        return self.books[self._last]

    def _shown(self, book: dict[str, Any]) -> dict[str, Any]:
        shown = {**book, "shelf": book["shelf"] if book["shelf"] in SHELVES else "fiction"}
        if "undeclared-property" in self.faults:
            shown["purchase_price"] = 12
        if "copies-as-text" in self.faults:
            shown["copies"] = str(book["copies"])
        return shown


@contextmanager
def library(*faults: str, key: str = KEY) -> Iterator[Library]:
    """The library on a free port of this machine."""
    made = Library(frozenset(faults), key=key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(served: Library) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together
        disable_nagle_algorithm = True

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.serve
            raise AttributeError(name)

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, shown, headers = served.answer(self.command, self.path, self.headers, body)
            content = b"" if shown is None else json.dumps(shown).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if shown is not None and "Content-Type" not in headers:
                self.send_header("Content-Type", "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    return Handler


def _whole(text: str, least: int, most: int, name: str) -> int:
    if not re.fullmatch(r"-?\d{1,12}(\.0+)?", text, re.ASCII) or not least <= int(text.partition(".")[0]) <= most:
        raise Problem(400, f"{name} is no number from {least} to {most}")
    return int(text.partition(".")[0])


def _no_constant(word: str) -> Any:
    raise ValueError(word)
