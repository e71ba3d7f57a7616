"""Files: downloads, with bytes made from the file's row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver.bundle.nouns import noun
from mockserver.calls import Answer, Call, Handler, Site, World
from mockserver.entities.declared import pick
from mockserver.entities.file_bytes import file_bytes
from mockserver.entities.kinds import FILE
from mockserver.problems import Refusal
from mockserver.store.model import Row

if TYPE_CHECKING:
    from mockserver.bundle.loader import Bundle
    from mockserver.bundle.operations import Media, Operation

_ANY = "application/octet-stream"
_USUAL = "application/pdf"  # of a file whose row does not say


def maker(operation: Operation, site: Site) -> Handler | None:
    """The handler of any operation that reads something binary."""
    declared = _binary(operation, site.bundle)
    if not declared:
        return None
    owner, parameter = _owner(operation)
    entity = owner if owner in site.model else ""
    status = operation.success.code if operation.success else 200

    async def download(call: Call, world: World) -> Answer:
        row: Row = {}
        if entity:
            key = call.path.get(parameter)
            found = world.store(call.actor.tenant).get(site.model.aliases.get(entity, entity), key)
            if found is None:
                raise Refusal(404, f"There is no {owner} {key}.", code="MS123", reason="NOT_FOUND")
            row = found
        made_as, sent_as = _media(row, declared)
        data = content(row, made_as, call.path)
        tag = hashlib.sha256(data).hexdigest()[:32]
        headers = {
            "Content-Disposition": disposition(_name(row, call.path, made_as)),
            "Accept-Ranges": "bytes",
            "ETag": f'"{tag}"',
        }
        return Answer(status, data, headers, sent_as)

    return download


def content(row: Row, media: str = "", path: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of a file; as many as its row's `size` says, where a valid document can be that small."""
    media = media or str(row.get("mediaType") or _USUAL)
    size = row.get("size")
    record = f"{row.get('recordType') or 'record'} {row.get('recordId')}" if row.get("recordId") else ""
    known = [str(row.get("name") or ""), record, *(f"{name} {value}" for name, value in (path or {}).items())]
    lines = [line for line in known if line] or ["Sample"]
    return file_bytes(media, lines, size if isinstance(size, int) else None)


def disposition(name: str) -> str:
    """Content-Disposition for a download (RFC 6266): plain for ASCII names, in UTF-8 beside it for others."""
    name = "".join(" " if ord(char) < 32 or ord(char) == 127 else char for char in name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_") if not name.isascii() else name
    quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
    extended = "" if name.isascii() else f"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
    return f'attachment; filename="{quoted}"{extended}'


def _binary(operation: Operation, bundle: Bundle) -> tuple[str, ...]:
    """The media types of a binary success reply; empty for every other operation."""
    if operation.method != "GET" or operation.success is None:
        return ()
    content = operation.success.content
    if not content or operation.success.json:
        return ()
    return tuple(media.type for media in content if _is_binary(media, bundle))


def _is_binary(media: Media, bundle: Bundle) -> bool:
    schema: Any = bundle.resolve(media.schema)[0] if isinstance(media.schema, Mapping) else {}
    said = schema.get("format") == "binary" or "contentEncoding" in schema or "contentMediaType" in schema
    return said or media.type.startswith((_ANY, "image/", "application/pdf", "application/zip"))


def _owner(operation: Operation) -> tuple[str, str]:
    """Whose bytes they are, and the path parameter that says which: `/files/{id}/download` -> (file, id)."""
    segments = [segment for segment in operation.path.split("/") if segment]
    for at in range(len(segments) - 1, 0, -1):
        if segments[at].startswith("{") and segments[at].endswith("}") and not segments[at - 1].startswith("{"):
            owner = noun(segments[at - 1])
            return owner if owner != "document" else FILE, segments[at][1:-1]
    return "", ""


def _media(row: Row, declared: tuple[str, ...]) -> tuple[str, str]:
    """Which kind of document is made, and which media type is sent: the row's own, where the bundle allows it."""
    own = str(row.get("mediaType") or "")
    own = own if "/" in own else ""
    for media in declared:
        if own and (media in (own, "*/*") or (media.endswith("/*") and own.startswith(media[:-1]))):
            return own, own
    first = declared[0]
    if first == _ANY or "*" in first:
        made = own or ("image/png" if first == "image/*" else _USUAL)
        return made, _ANY if first == _ANY else made
    return first, first


def _name(row: Row, path: Mapping[str, Any], media: str) -> str:
    named = pick(row, "name", "fileName")
    if named:
        return str(named)
    import mimetypes

    extension = mimetypes.guess_extension(media) or ".bin"
    return "-".join(["download", *(str(value) for value in path.values())]) + extension
