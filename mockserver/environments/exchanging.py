"""Exchanging: the bundle's own operation that gives a token for a key, found by its shape and used."""

from __future__ import annotations

import base64
import binascii
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from mockserver.bundle.loader import Bundle
from mockserver.bundle.nouns import snake
from mockserver.bundle.operations import Media, Operation
from mockserver.bundle.shapes import spot_of, success_media
from mockserver.exchanges import Reply, Request

_TOKENS = ("access_token", "token", "id_token", "jwt", "bearer_token", "auth_token")
_ENVELOPES = ("data", "result", "response", "payload")
_FORM = "application/x-www-form-urlencoded"
_MARGIN = 30.0  # seconds before its end at which a token is renewed, or a tenth of a short life


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the moment (`time.monotonic`) from which it is to be renewed; None: it does not say."""

    text: str
    until: float | None

    @property
    def stale(self) -> bool:
        """Whether it is time for another one."""
        return self.until is not None and time.monotonic() >= self.until


@dataclass(frozen=True, slots=True)
class KeyExchange:
    """The token operation of a bundle, and the property of its body that takes the key."""

    operation: Operation
    property: str
    media: str

    def request(self, key: str) -> Request:
        """The request that exchanges a key."""
        fields = {self.property: key}
        body = urlencode(fields) if self.media.startswith(_FORM) else json.dumps(fields)
        headers = (("Content-Type", self.media), ("Accept", "application/json"))
        return Request(self.operation.method, self.operation.path, headers, body.encode())

    def token(self, reply: Reply) -> Token | None:
        """The token of a reply; None where there is none in it."""
        try:
            body = reply.json()
        except (ValueError, RecursionError):
            return None
        places = [body, *(body.get(name) for name in _ENVELOPES)] if isinstance(body, dict) else []
        for place in places:
            if isinstance(place, dict):
                named = {snake(str(name)): value for name, value in place.items()}
                text = next((named[n] for n in _TOKENS if isinstance(named.get(n), str) and named[n]), None)
                if text is not None:
                    return Token(text, _until(text, named.get("expires_in")))
        return None


def find_exchange(bundle: Bundle) -> KeyExchange | None:
    """The token operation: an open POST whose body takes one key and whose success declares a token."""
    found = [each for each in (_exchange(o, bundle) for o in bundle.operations) if each is not None]
    found.sort(key=lambda each: not any(word in each.operation.path.lower() for word in ("token", "auth")))
    return found[0] if found else None


def _exchange(operation: Operation, bundle: Bundle) -> KeyExchange | None:
    open_to_all = not operation.security or {} in operation.security
    if operation.method != "POST" or "{" in operation.path or not open_to_all or operation.request is None:
        return None
    media = next((m for m in operation.request.content if m.is_json or m.type.startswith(_FORM)), None)
    replied = spot_of(success_media(operation.replies))
    if media is None or replied is None:
        return None
    members = bundle.reader.members(replied)
    inner = [bundle.reader.members(spot) for name, spot in members.items() if snake(name) in _ENVELOPES]
    if not any(snake(name) in _TOKENS for part in (members, *inner) for name in part):
        return None
    named = _key_property(media, bundle)
    return KeyExchange(operation, named, media.type) if named else None


def _key_property(media: Media, bundle: Bundle) -> str:
    spot = spot_of(media)
    if spot is None:
        return ""
    reader = bundle.reader
    texts = [name for name, each in reader.members(spot).items() if "string" in reader.kinds(each)]
    if len(texts) > 1:
        texts = [name for name in texts if snake(name).rpartition("_")[2] == "key"]
    required = reader.required(spot)
    return texts[0] if len(texts) == 1 and required <= {texts[0]} else ""


def _until(token: str, seconds: Any) -> float | None:
    """When to renew: by the JWT's own times, on the server's clock (`exp - iat`), else by `expires_in`."""
    claims = _claims(token)
    ends, began = claims.get("exp"), claims.get("iat", time.time())
    life = _number(ends) - _number(began) if claims else math.nan
    life = _number(seconds) if math.isnan(life) else life
    return None if math.isnan(life) else time.monotonic() + max(0.0, life - min(_MARGIN, life / 10))


def _claims(token: str) -> Mapping[str, Any]:
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}


def _number(value: Any) -> float:
    """A number; NaN for anything else, which goes through every calculation."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
