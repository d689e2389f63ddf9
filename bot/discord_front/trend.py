"""The picture of ``/trend``: articles a day, by language, a panel a topic.

matplotlib's object API only (never pyplot, which keeps global state); imported on first use, since it takes a second. Called in a thread.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LANGUAGES_SHOWN = 6
TOPIC_CHARS = 60
TICKS = 7

_PALETTE = ("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#CC79A7", "#D55E00", "#999999")
"""Okabe and Ito: told apart by colour-blind readers; hatches tell them apart without any colour."""
_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "++", "--")
_BACKGROUND, _INK, _GRID = "#1E1F26", "#E6E6EA", "#4A4C57"
"""Opaque, so that it reads the same on Discord's dark and light themes; contrast of ink to background 13:1."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One topic: its caption and its counts by language and day."""

    caption: str
    counts: Mapping[str, Mapping[date, int]]


@dataclass(frozen=True, slots=True)
class Labels:
    """The picture's words in the reader's language."""

    title: str
    languages: Mapping[str, str]
    other: str
    days: Sequence[str]
    """A label for each day from the first to the last."""


def draw(panels: Sequence[Panel], since: date, until: date, labels: Labels) -> bytes:
    """A PNG. ``since`` and ``until`` are both shown."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    order = languages_of(panels)
    height = 1.4 + 2.1 * len(panels)
    figure = Figure(figsize=(8, height), dpi=110, facecolor=_BACKGROUND)
    FigureCanvasAgg(figure)
    # Margins in inches; matplotlib's own layout engines draw everything twice to find them.
    figure.subplots_adjust(left=0.06, right=0.985, top=1 - 0.65 / height, bottom=0.95 / height, hspace=0.22)
    figure.suptitle(labels.title, color=_INK, fontsize=13, parse_math=False)
    axes_list = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    top = max(1, max((max(totals(panel, days)) for panel in panels), default=1))
    for axes, panel in zip(axes_list, panels, strict=True):
        base = [0] * len(days)
        for number, lang in enumerate(order):
            heights = [count_on(panel, lang, order, day) for day in days]
            tops = [low + height for low, height in zip(base, heights, strict=True)]
            # One shape a language: a bar a day with its own hatch took 9 s for four topics over 90 days.
            axes.stairs(
                tops,
                [day - 0.5 for day in range(len(days) + 1)],
                baseline=base,
                fill=True,
                facecolor=_PALETTE[number % len(_PALETTE)],
                hatch=_HATCHES[number % len(_HATCHES)],
                edgecolor=_BACKGROUND,
                linewidth=0.4,
                label=labels.languages.get(lang, labels.other),
            )
            base = tops
        axes.set_title(panel.caption, color=_INK, fontsize=10, loc="left", parse_math=False)
        axes.set_facecolor(_BACKGROUND)
        # One scale for all panels: a small topic must not look like a large one.
        axes.set_ylim(0, top * 1.08)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
        axes.grid(axis="y", color=_GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(colors=_INK, labelsize=9, length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    step = max(1, -(-len(days) // TICKS))
    axes_list[-1].set_xticks(range(0, len(days), step), [labels.days[number] for number in range(0, len(days), step)])
    handles, names = axes_list[0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="lower center", ncols=min(len(names), 4), frameon=False, labelcolor=_INK, fontsize=9
    )
    target = io.BytesIO()
    figure.savefig(target, format="png", facecolor=_BACKGROUND)
    return target.getvalue()


def languages_of(panels: Sequence[Panel]) -> list[str]:
    """The languages with most articles, the same order in all panels; the rest is «other», named by an empty code."""
    sums: dict[str, int] = {}
    for panel in panels:
        for lang, counts in panel.counts.items():
            sums[lang] = sums.get(lang, 0) + sum(counts.values())
    ranked = sorted((lang for lang, total in sums.items() if total), key=lambda lang: (-sums[lang], lang))
    return ranked if len(ranked) <= LANGUAGES_SHOWN else [*ranked[: LANGUAGES_SHOWN - 1], ""]


def count_on(panel: Panel, lang: str, order: Sequence[str], day: date) -> int:
    """Articles of one language on one day; for «other» those of all languages that have no colour of their own."""
    if lang:
        return panel.counts.get(lang, {}).get(day, 0)
    return sum(counts.get(day, 0) for code, counts in panel.counts.items() if code not in order)


def totals(panel: Panel, days: Sequence[date]) -> list[int]:
    """Articles a day in all languages."""
    return [sum(counts.get(day, 0) for counts in panel.counts.values()) for day in days]
