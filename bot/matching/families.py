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
    ),
    Family(
        "clash",
        0.85,
        _ids("QUARREL OVAL_OFFICE_CLASH quarrel dispute clash altercation"),
    ),
    Family(
        "troops",
        0.85,
        _ids(
            "TROOPS GROUND_TROOPS PEACEKEEPERS MULTINATIONAL_FORCE troops soldier_troops soldier contingent armed_forces army"
        ),
    ),
)


def widened(concepts: frozenset[str]) -> dict[str, float]:
    """The further concepts that may stand for these, with their quality."""
    found: dict[str, float] = {}
    for family in FAMILIES:
        if concepts & family.members:
            for other in family.members | family.loose:
                if other not in concepts:
                    quality = family.quality if other in family.members else family.quality - 0.1
                    found[other] = max(found.get(other, 0.0), quality)
    return found
