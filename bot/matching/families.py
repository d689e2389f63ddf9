"""Families of notions that stand for each other once a watch names something specific beside them.

Whoever watches «sommet Bürgenstock» wants the conference, the talks and the communiqué of Bürgenstock too; whoever watches «sommet» alone wants
summits. So a family widens a slot only in a phrase that also names somebody, some place or some specific notion. Members are ids of
the lexicon, subject concepts and general notions alike; ids that a lexicon does not have are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Members stand for each other with ``quality``; ``loose`` members are met by the others' words but do not widen themselves."""

    name: str
    quality: float
    members: frozenset[str]
    loose: frozenset[str] = frozenset()
    wider: frozenset[str] = frozenset()
    """Notions of which the members are a kind: a truce is an agreement. They count little."""
    always: bool = False
    """True when the members are near enough to stand for each other in any phrase."""


WIDER = 0.6


def _ids(text: str) -> frozenset[str]:
    return frozenset(text.split())


FAMILIES: tuple[Family, ...] = (
    Family(
        "encounter",
        0.85,
        _ids(
            "MEETING SUMMIT LEADERS_MEETING BILATERAL_MEETING TRILATERAL_MEETING QUADRILATERAL_MEETING PEACE_SUMMIT NEGOTIATIONS PEACE_TALKS DIRECT_TALKS "
            "INDIRECT_TALKS TECHNICAL_TALKS CONSULTATIONS DIALOGUE CONTACTS ROUND_OF_TALKS CONFERENCE VIDEO_CONFERENCE "
            "meeting summit conference talks_negotiation dialogue session discuss negotiation talks conversation consultation"
        ),
        _ids(
            "DELEGATION VISIT WORKING_GROUP COMMUNIQUE JOINT_STATEMENT PRESS_CONFERENCE SUMMIT_PARTICIPATION FUNERAL_MEETING delegation visit communique table "
            "participant host exchange contact signature sign talk speak guest"
        ),
    ),
    Family(
        "agreement",
        0.9,
        _ids(
            "AGREEMENT TREATY PEACE_AGREEMENT FRAMEWORK_AGREEMENT MEMORANDUM agreement contract treaty memorandum pact deal compromise"
        ),
        _ids("SIGNATURE sign signature initiative INITIATIVE partnership ratify ratification document text_document"),
    ),
    Family(
        "truce",
        0.95,
        _ids(
            "CEASEFIRE TRUCE FULL_CEASEFIRE UNCONDITIONAL_CEASEFIRE PARTIAL_CEASEFIRE ARMISTICE END_OF_HOSTILITIES ceasefire truce armistice"
        ),
        _ids("CEASEFIRE_AGREEMENT hostilities pause SILENCE"),
        _ids("AGREEMENT agreement INITIATIVE initiative"),
    ),
    Family(
        "accession",
        0.9,
        _ids("MEMBERSHIP accession membership INVITATION_NATO NATO_MEMBERSHIP EU_MEMBERSHIP"),
        _ids("INVITATION invitation join candidate candidacy"),
    ),
    Family(
        "clash",
        0.85,
        _ids("QUARREL OVAL_OFFICE_CLASH quarrel dispute clash altercation"),
    ),
    Family(
        "foreign force",
        0.9,
        _ids(
            "REASSURANCE_FORCE MULTINATIONAL_FORCE_UKRAINE PEACEKEEPERS TROOP_DEPLOYMENT FOREIGN_TROOPS EUROPEAN_TROOPS "
            "multinational_force peacekeeper"
        ),
        always=True,
    ),
)


def widened(concepts: frozenset[str], others: bool) -> dict[str, float]:
    """The further concepts that may stand for these, with their quality. ``others``: the phrase names something specific beside them."""
    found: dict[str, float] = {}
    for family in FAMILIES:
        if not concepts & family.members or not (others or family.always):
            continue
        for other in (family.members | family.loose) - concepts:
            found[other] = max(
                found.get(other, 0.0), family.quality if other in family.members else family.quality - 0.1
            )
        for other in family.wider - concepts:
            found[other] = max(found.get(other, 0.0), WIDER)
    return found
