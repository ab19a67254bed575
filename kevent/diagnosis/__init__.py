"""Where is my event? What a list of events proves, what it suggests, and which command decides.

In Go: nothing. `diagnose` reads what people have (`reading`), remembers what tells something of each event (`seen`),
puts together what one source says about one object (`groups`), and applies the rules (`rules`, `judging`). What can
have become of an event stands in `causes`, for those who have no list yet. `Report.to_dict` is the documented form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kevent import versions
from kevent.diagnosis.absence import Missing, absence
from kevent.diagnosis.budget import DEFAULTS, Limits
from kevent.diagnosis.causes import CAUSES, QUESTIONS, STOPS, SYMPTOMS, Cause, Question, Symptom, applies, ranges
from kevent.diagnosis.groups import Group, Newest, gathered
from kevent.diagnosis.judging import Finding
from kevent.diagnosis.reading import Notes, Refused, Unreadable, items
from kevent.diagnosis.report import SCHEMA, Report, report_on
from kevent.diagnosis.rules import LEVELS, RULES, Level, Rule
from kevent.diagnosis.seen import see
from kevent.versions import NEWEST, Release

__all__ = [
    "CAUSES", "DEFAULTS", "LEVELS", "QUESTIONS", "RULES", "SCHEMA", "STOPS", "SYMPTOMS",
    "Cause", "Finding", "Group", "Level", "Limits", "Missing", "Notes", "Question", "Refused", "Report", "Rule",
    "Symptom", "Unreadable", "absence", "applies", "diagnose", "ranges",
]  # fmt: skip


def diagnose(
    pieces: Iterable[bytes],
    *,
    release: str | Release = NEWEST,
    limits: Limits = DEFAULTS,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """Everything that can be said of the events in a file, given as its bytes, piece by piece.

    `release` is what the component that records was built with, `limits` what it and the server were told. `progress`
    hears now and then how many characters have been read. An event that cannot be read is left out, and the report's
    notes say so. Raises Unreadable if there is none that can be read, Refused if there is but a server's refusal,
    ValueError for what is no release.
    """
    chosen = versions.release(release)
    notes = Notes()
    newest = Newest()
    kept: dict[object, object] = {}
    for item in items(pieces, notes, progress=progress):
        try:
            newest.add(see(item, kept))
        except ValueError as error:
            notes.events -= 1
            notes.broken += 1
            notes.first_broken = notes.first_broken or f"event {notes.events + notes.broken}: {error}"
    if notes.broken and not newest.events:
        raise Unreadable(notes.first_broken)
    kept.clear()
    return report_on(gathered(newest.events.values()), chosen, limits, notes, newest.recreated)
