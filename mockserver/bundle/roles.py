"""What an operation does, and to which entity: judged by path, method, reply and request, over all paths at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile

from mockserver.bundle.nouns import is_plural, noun, snake, words
from mockserver.bundle.operations import Path, Role
from mockserver.bundle.reading import Reader, Spot
from mockserver.bundle.shapes import find_rows, paging_of

Place = tuple[str, ...]  # a path up to one of its words: ("client", "{}", "contact")

_PREFIX = re.compile(r"(api|apis|rest|gql|graphql|public|latest|beta|alpha|v\d[\w.]*|\d+(\.\d+)*)\Z", re.IGNORECASE)
_PARAMETER = re.compile(r"\{([^{}]+)\}(?:\.\w+|\.\{\w+\})?\Z")  # `{id}` and `{id}.json`
_SUFFIXED = re.compile(r"(\{[^{}]+\}|[\w-]+):(\w+)\Z")  # `{id}:cancel`
_ODATA = re.compile(r"([\w-]+)\((\{[^{}]+\})\)\Z")  # `clients({id})`

_SEARCHES = frozenset({"search", "searches", "filter", "query", "find", "lookup", "advanced_search"})
_LISTINGS = frozenset({"list", "all", "paginated"})
_SINGLES = frozenset("me self current whoami mine health status count summary stats".split())
_VERBS = frozenset(
    "accept activate add apply approve archive assign authenticate authorize bulk cancel check clone close commit "
    "complete confirm connect copy create deactivate decline delete disable disconnect download duplicate enable "
    "execute export extend finish generate get grant hangup import init invite join leave link list lock login "
    "logout merge move pause ping publish purge query read rebuild recover refer refresh register reject release "
    "remove rename replace reset restore resume retry revoke rotate run send set share sign start stop submit "
    "subscribe suspend sync terminate test transfer trigger unarchive unassign undo unlink unlock unpublish "
    "unshare unsubscribe update upload upsert validate verify void".split()
)
_CONDITIONS = frozenset({"where", "filter", "filters", "query", "criteria", "conditions", "filter_by"})
_ORDERS = frozenset({"order_by", "sort", "sort_by", "order", "orderby"})
_BATCHES = frozenset({"record", "item", "row", "data", "entity", "operation", "batch", "object"})


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a path: a word, or a parameter's name."""

    text: str
    parameter: bool = False


@dataclass(slots=True)
class Draft:
    """What is known of an operation before it is judged."""

    method: str
    path: str
    statuses: frozenset[str]
    reply: Spot | None
    body: Spot | None
    segments: tuple[Segment, ...] = ()
    rows: Path | None = None
    word: str = ""  # the noun of the last word of the path


@dataclass(frozen=True, slots=True)
class Verdict:
    """Role and place of the entity (None: of none); `parents`: parameters before it with their places.

    `key`: the parameter after it that names a row. `beside`: for each of these, the parameters right before it.
    """

    role: Role
    place: Place | None
    because: str
    parents: tuple[tuple[str, Place], ...] = ()
    key: str = ""
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Evidence:
    """What rows at a place look like."""

    identities: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def alike(self, other: _Evidence) -> bool:
        """Whether both may be the same kind of row: one component, or mostly the same properties."""
        if not self.names or not other.names or self.identities & other.identities:
            return True
        return len(self.names & other.names) >= 0.6 * min(len(self.names), len(other.names))


def segments_of(path: str) -> tuple[Segment, ...]:
    """The parts of a path template; a fragment or query (some vendors tell operations apart so) is left out."""
    segments = []
    for part in re.split(r"[#?]", path)[0].strip("/").split("/"):
        pair = _SUFFIXED.match(part) or _ODATA.match(part)
        for text in pair.groups() if pair else (part,):
            found = _PARAMETER.match(text)
            segments.append(Segment(found[1], parameter=True) if found else Segment(text))
    return tuple(
        segment for segment in segments if segment.text and (segment.parameter or not _PREFIX.match(segment.text))
    )


def place_of(segments: Sequence[Segment]) -> Place:
    """The place that a path leads to, the same for `clients` and `client`."""
    return tuple("{}" if segment.parameter else noun(segment.text) for segment in segments)


def _runs(segments: Sequence[Segment]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """For each word that parameters follow: where it stands, and these."""
    for index, segment in enumerate(segments):
        following = takewhile(lambda after: after.parameter, segments[index + 1 :])
        run = () if segment.parameter else tuple(after.text for after in following)
        if run:
            yield index, run


class Judge:
    """Judges each draft in the light of all of them."""

    def __init__(self, reader: Reader, drafts: Sequence[Draft]) -> None:
        self._reader = reader
        self._drafts = drafts
        shared = _shared_prefix([segments_of(draft.path) for draft in drafts])
        for draft in drafts:
            draft.segments = segments_of(draft.path)[shared:]
            texts = [segment.text for segment in draft.segments if not segment.parameter]
            draft.word = noun(texts[-1]) if texts else ""
            if draft.reply is not None:
                draft.rows = find_rows(reader, draft.reply, frozenset({draft.word}))
        self._followed = {
            place_of(draft.segments[:index])
            for draft in drafts
            for index, segment in enumerate(draft.segments)
            if index and segment.parameter
        }
        self._listed = {place_of(d.segments) for d in drafts if d.method == "GET" and d.rows is not None and d.segments}

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """One per draft, in their order."""
        return [self._judge(draft) for draft in self._drafts]

    def names(self) -> dict[Place, str]:
        """An entity's name for each place: the bare noun, with the word before it where the noun is ambiguous."""
        evidence: dict[Place, _Evidence] = defaultdict(_Evidence)
        for draft, verdict in zip(self._drafts, self.verdicts, strict=True):
            for place in (verdict.place, *(parent for _, parent in verdict.parents)):
                if place is not None:
                    self._note(evidence[place], draft if place == verdict.place else None, verdict.role)
        groups: dict[str, list[list[Place]]] = defaultdict(list)
        for place in sorted(evidence, key=lambda place: (place.count("{}"), len(place), place)):
            clusters = groups[_word(place, evidence)]
            for cluster in clusters:
                if any(evidence[place].alike(evidence[other]) for other in cluster):
                    cluster.append(place)
                    break
            else:
                clusters.append([place])
        return self._named(groups)

    def _named(self, groups: Mapping[str, list[list[Place]]]) -> dict[Place, str]:
        names: dict[Place, str] = {}
        taken: set[str] = {
            word for word, clusters in groups.items() if any(self._plain(p) for c in clusters[:1] for p in c)
        }
        for word, clusters in groups.items():
            for index, cluster in enumerate(clusters):
                name, outer = word, [part for part in cluster[0][:-1] if part != "{}"]
                if index or word not in taken:
                    name = f"{outer.pop()}_{word}" if outer else f"{word}_{index + 1}"
                    while name in taken and outer:
                        name = f"{outer.pop()}_{name}"
                    taken.add(name)
                names |= dict.fromkeys(cluster, name)
        return names

    def _plain(self, place: Place) -> bool:
        """Whether the last word stands on its own: `records/types` are types of records, not any types."""
        return len(place) < 2 or place[-2] == "{}" or not self._collection(place[:-1])

    def _note(self, evidence: _Evidence, draft: Draft | None, role: Role) -> None:
        if draft is None or draft.reply is None or role in (Role.ACTION, Role.OTHER, Role.UPSERT, Role.DELETE):
            return
        spot: Spot | None = draft.reply
        if draft.rows is not None and role in (Role.LIST, Role.SEARCH):
            array = self._reader.walk(draft.reply, draft.rows)
            spot = self._reader.items(array) if array is not None else None
        if spot is not None:
            evidence.identities.add(self._reader.identity(spot))
            evidence.names |= {snake(name) for name in self._reader.members(spot)}

    def _collection(self, place: Place, text: str = "") -> bool:
        return place in self._followed or place in self._listed or (is_plural(text) and not _is_verb(text))

    def _judge(self, draft: Draft) -> Verdict:
        if not any(not segment.parameter for segment in draft.segments):
            return Verdict(Role.OTHER, None, "the path names nothing")
        if draft.method not in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            return Verdict(Role.OTHER, None, f"{draft.method} neither shows nor changes rows")
        if draft.segments[-1].parameter:
            role, because = self._of_item(draft)
            return self._verdict(draft, len(draft.segments), role, because)
        return self._of_word(draft)

    def _verdict(self, draft: Draft, end: int, role: Role, because: str) -> Verdict:
        """A verdict on the entity named by the last word before `end`."""
        at = max((i for i, segment in enumerate(draft.segments[:end]) if not segment.parameter), default=None)
        if at is None:
            return Verdict(role if role is Role.OTHER else Role.ACTION, None, f"{because}, of no entity")
        parents, key, beside = [], "", {}
        for index, run in _runs(draft.segments):
            beside[run[-1]] = run[:-1]
            if index < at:
                parents.append((run[-1], place_of(draft.segments[: index + 1])))
            elif index == at:
                key = run[-1]
        return Verdict(role, place_of(draft.segments[: at + 1]), because, tuple(parents), key, beside)

    def _of_item(self, draft: Draft) -> tuple[Role, str]:
        if draft.method in ("GET", "HEAD"):
            named = draft.rows is not None and (not draft.rows or noun(draft.rows[-1]) == draft.word)
            if named and draft.reply is not None and "id" not in self._reader.members(draft.reply):
                return Role.LIST, f"{draft.method} with a parameter at the end, answered by rows"
            return Role.READ, f"{draft.method} of one, by the parameter at the end of the path"
        if draft.method == "POST":
            if draft.body is None or "201" in draft.statuses:
                return Role.ACTION, "POST on one that exists"
            return Role.UPDATE, "POST with a body on one that exists"
        if draft.method == "PUT":
            if draft.body is not None and self._reader.kind(draft.body) == "array":
                return Role.ACTION, "PUT of a list of changes"
            if draft.body is not None and self._partial(draft, draft.body):
                return (
                    Role.UPDATE,
                    "PUT whose body requires nothing, though creation does: what is left out stays",
                )
            return Role.REPLACE, "PUT on one"
        return (Role.UPDATE, "PATCH on one") if draft.method == "PATCH" else (Role.DELETE, "DELETE on one")

    def _partial(self, draft: Draft, body: Spot) -> bool:
        if self._reader.required(body) or not self._reader.members(body):
            return False
        place = place_of(draft.segments[:-1])
        creations = [
            d for d in self._drafts if d.method == "POST" and d.body is not None and place_of(d.segments) == place
        ]
        return not creations or any(self._reader.required(d.body) for d in creations if d.body is not None)

    def _of_word(self, draft: Draft) -> Verdict:
        end, segments = len(draft.segments), draft.segments
        text = segments[-1].text
        plain = snake(text)
        place = place_of(segments)
        after_word = end > 1 and not segments[-2].parameter
        if plain in _SEARCHES and after_word and draft.method in ("GET", "POST"):
            return self._verdict(draft, end - 1, Role.SEARCH, f"the path ends in `{text}`")
        if plain in _LISTINGS and after_word and draft.method in ("GET", "POST"):
            return self._verdict(draft, end - 1, Role.LIST, f"the path ends in `{text}`")
        if plain in _SINGLES and place not in self._followed:
            role = Role.OTHER if draft.method in ("GET", "HEAD") else Role.ACTION
            return self._verdict(draft, end - 1, role, f"`{text}` is a single thing, not a collection")
        if "{" in text:
            return self._verdict(draft, end - 1, Role.OTHER, f"`{text}` is a view of one")
        judge = {"GET": self._get, "HEAD": self._get, "POST": self._post, "DELETE": self._delete}.get(
            draft.method, self._put
        )
        return judge(draft, place, text)

    def _get(self, draft: Draft, place: Place, text: str) -> Verdict:
        end = len(draft.segments)
        loose = is_plural(text) or place in self._followed
        if not loose and len(place) > 1 and place[-2] != "{}" and place[:-1] in self._followed:
            if draft.rows is not None and self._same_rows(draft, place[:-1]):
                return self._verdict(
                    draft, end - 1, Role.LIST, f"GET of rows of `{draft.segments[-2].text}`, those `{text}`"
                )
            return self._verdict(draft, end - 1, Role.OTHER, f"`{text}` is a view of `{draft.segments[-2].text}`")
        if draft.rows is not None:
            return self._verdict(draft, end, Role.LIST, f"GET answered by {_rows(draft)}")
        untold = draft.reply is None or not self._reader.kinds(draft.reply)
        if is_plural(text) and untold and place[-1:] != ("content",) and len(draft.segments) == 1:
            return self._verdict(draft, end, Role.LIST, "GET on a plural; the reply does not tell")
        return self._verdict(draft, end - 1, Role.OTHER, f"GET of `{text}`, answered by no rows")

    def _post(self, draft: Draft, place: Place, text: str) -> Verdict:
        end = len(draft.segments)
        collection = self._collection(place, text)
        if collection and self._is_batch(draft):
            return self._verdict(draft, end, Role.UPSERT, "POST of a batch on a collection")
        pages = self._page_body(draft)
        if draft.rows is not None and "201" not in draft.statuses and pages and not _is_verb(text):
            role = Role.SEARCH if pages == "conditions" else Role.LIST
            return self._verdict(draft, end, role, f"POST of {pages}, answered by {_rows(draft)}")
        known = place in self._followed or place in self._listed
        if known or (collection and not _is_verb(text)):
            return self._verdict(draft, end, Role.CREATE, "POST on a collection")
        if not _is_verb(text) and (place[-1],) in self._followed | {p[-1:] for p in self._followed} and end == 1:
            return self._verdict(draft, end, Role.CREATE, "POST on the singular of a collection")
        owner = self._verdict(draft, end - 1, Role.ACTION, f"POST of `{text}`")
        if owner.place is not None and (
            draft.segments[-2].parameter or self._collection(owner.place, draft.segments[-2].text)
        ):
            return owner
        if "201" in draft.statuses and not _is_verb(text):
            return self._verdict(draft, end, Role.CREATE, "POST answered by 201")
        return Verdict(Role.OTHER, None, f"POST of `{text}`, which is no collection")

    def _put(self, draft: Draft, place: Place, text: str) -> Verdict:
        if self._collection(place, text) and self._is_batch(draft):
            return self._verdict(draft, len(draft.segments), Role.UPSERT, f"{draft.method} of a batch on a collection")
        return self._verdict(draft, len(draft.segments) - 1, Role.ACTION, f"{draft.method} of `{text}`, a part of it")

    def _delete(self, draft: Draft, place: Place, text: str) -> Verdict:
        if self._collection(place, text) and self._is_batch(draft):
            return self._verdict(draft, len(draft.segments), Role.DELETE, "DELETE of a batch on a collection")
        return self._verdict(draft, len(draft.segments) - 1, Role.ACTION, f"DELETE of `{text}`, a part of it")

    def _is_batch(self, draft: Draft) -> bool:
        """A body that is, or mainly holds, an array of rows, answered by rows too (or by nothing that is told)."""
        if draft.body is None or (draft.rows is None and draft.reply is not None):
            return False
        if self._reader.kind(draft.body) == "array":
            return True
        members = self._reader.members(draft.body)
        arrays = [name for name, spot in members.items() if self._reader.kind(spot) == "array"]
        return len(members) <= 3 and any(noun(name) in _BATCHES | {draft.word} for name in arrays)

    def _page_body(self, draft: Draft) -> str:
        """What a body asks for when it asks for rows: "conditions", "a page", or "nothing"; "" when it does not."""
        if draft.body is None:
            return "nothing" if is_plural(draft.path) else ""
        names = {snake(name) for name in self._reader.members(draft.body)}
        if names & _CONDITIONS and (names & _ORDERS or len(names) <= 8):
            return "conditions"
        return "a page" if paging_of(self._reader, (), draft.body) is not None or names & _ORDERS else ""

    def _same_rows(self, draft: Draft, place: Place) -> bool:
        mine, theirs = _Evidence(), _Evidence()
        self._note(mine, draft, Role.LIST)
        for other in self._drafts:
            if other.method == "GET" and place_of(other.segments) in (place, (*place, "{}")):
                self._note(theirs, other, Role.LIST if other.rows is not None else Role.READ)
        return bool(mine.identities & theirs.identities) or (bool(mine.names) and mine.names <= theirs.names)


def _word(place: Place, evidence: Mapping[Place, _Evidence]) -> str:
    """The noun of a place; that of `group_memberships` for `groups/{id}/memberships`, where both show the same rows."""
    joined = {f"{other[-3]}_{other[-1]}" for other in evidence if len(other) > 2 and other[-2] == "{}"}
    for other, theirs in evidence.items() if len(place) > 2 and place[-2] == "{}" else ():
        whole = other[-1]
        if whole in joined and whole.endswith(f"_{place[-1]}") and theirs.identities & evidence[place].identities:
            return whole
    return place[-1]


def _rows(draft: Draft) -> str:
    return f"rows under `{'.'.join(draft.rows)}`" if draft.rows else "rows"


def _is_verb(text: str) -> bool:
    return words(text)[:1] != [] and words(text)[0] in _VERBS


def _shared_prefix(paths: Iterable[tuple[Segment, ...]]) -> int:
    """How many leading words all paths share: a product's or tenant's name, no entity."""
    paths = [path for path in paths if path]
    count = 0
    while len(paths) > 1 and all(len(path) > count + 1 and not path[count + 1].parameter for path in paths):
        if len({path[count] for path in paths}) != 1 or len({noun(path[count + 1].text) for path in paths}) < 3:
            break
        count += 1
    return count
