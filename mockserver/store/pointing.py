"""What names say: which entity a key column points at, and what names a row."""

from __future__ import annotations

import re

from mockserver.bundle.nouns import noun
from mockserver.store.model import Entity, Model, normal

# Who the person words mean: the first of these that is an entity.
PEOPLE = ("staff", "staff_member", "employee", "user", "member", "person", "agent", "account")
# Words for what a person does to a row. No bundle says that a `reviewerId` is the id of a staff member.
_PERSON_WORDS = frozenset(
    "approver approved_by approved author assignee assigned_to assigned_by biller created_by creator manager "
    "modified_by owner owned_by partner preparer prepared_by requester requested_by reviewer reviewed_by sender "
    "sent_by staff supervisor updated_by uploader uploaded_by".split()
)
KEY = re.compile(r"(_id|Id|ID)\Z")
PERSON_NAMES = ("name", "full_name", "display_name")


def points_at(model: Model, column: str) -> str | None:
    """The entity whose key a column holds, by its name: `clientId`, `partner_staff_id`, `reviewerId`; None: none."""
    found = target_of(model, column)
    return found[0] if found is not None else None


def pointing(model: Model, column: str) -> tuple[str, ...]:
    """The words by which the way of a key column goes, spelled normally: partnerStaffId -> partner_staff, partner."""
    found = target_of(model, column)
    return tuple(normal(stem) for stem in found[1]) if found is not None else ()


def name_source(entity: Entity) -> str | None:
    """What names a row of an entity: its `name`, or "firstName lastName"; None when nothing does."""
    for plain in PERSON_NAMES:
        if entity.spellings.get(plain) in entity.fields:
            return entity.spellings[plain]
    first, last = entity.spellings.get("first_name"), entity.spellings.get("last_name")
    return f"{first} {last}" if first in entity.fields and last in entity.fields else None


def target_of(model: Model, column: str) -> tuple[str, tuple[str, ...]] | None:
    """The entity a column points at, and the names (as in the column) by which the way there goes."""
    stem = KEY.sub("", column)
    plain = normal(stem)
    if stem == column or not plain:
        return None
    if noun(plain) in model:
        return own_name(model, noun(plain)), (stem,)
    people, parts = model.people, plain.split("_")
    if people and len(parts) > 1 and parts[-1] == people:
        return people, (stem, stem[: -len(people)].rstrip("_"))
    if people and (plain in _PERSON_WORDS or parts[-1] in _PERSON_WORDS):
        return people, (stem,)
    for index in range(1, len(parts)):
        word = noun("_".join(parts[index:]))
        if word in model:
            return own_name(model, word), (stem,)
    return None


def own_name(model: Model, word: str) -> str:
    """The name of an entity that may be known by an alias."""
    return model.aliases.get(word, word)
