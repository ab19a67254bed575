"""First frames: small SVG pictures for readers without a script, and for paper.

They stand in an `<img>`, which sees no style of the page; so they bring their own paper.
"""

from __future__ import annotations

from html import escape

from kevent.figures.storyboard import Storyboard

__all__ = [
    "BLUE", "CARD", "DONE", "EDGE", "INK", "LOST", "MUTED", "SLOT", "WAIT", "Still", "key_steps", "poster_sentence",
]  # fmt: skip

PAPER, INK, MUTED, EDGE, CARD, SLOT, BLUE = "#fbfaf7", "#1f2328", "#636a76", "#8b8778", "#ffffff", "#f3f1ea", "#0b6aa8"
WAIT, DONE, LOST = "#955600", "#1a7449", "#bf1f2c"


class Still:
    """A drawing made of boxes, lines and text. Every text is escaped."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._parts: list[str] = []

    def rect(
        self, x: float, y: float, width: float, height: float, *, fill: str = CARD, edge: str = EDGE, radius: float = 6
    ) -> None:
        """A box with its upper left corner at (x, y). All lengths are pixels of the drawing."""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
            f'fill="{fill}" stroke="{edge}"/>'
        )

    def circle(self, x: float, y: float, radius: float, *, edge: str = EDGE) -> None:
        """A circle around (x, y)."""
        self._parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{CARD}" stroke="{edge}"/>')

    def line(
        self, path: str, *, edge: str = EDGE, width: float = 1, fill: str = "none", dashed: bool = False, dash: str = ""
    ) -> None:
        """A line along an SVG path, for instance `M0 9H80`; `dash` says how long dashes and gaps are, as SVG does."""
        lengths = dash or ("4 3" if dashed else "")
        pattern = f' stroke-dasharray="{lengths}"' if lengths else ""
        self._parts.append(f'<path d="{path}" fill="{fill}" stroke="{edge}" stroke-width="{width:g}"{pattern}/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 13,
        fill: str = INK,
        bold: bool = False,
        anchor: str = "start",
    ) -> None:
        """A text whose baseline starts at (x, y), or is centred there with `anchor="middle"`. Markup in it is shown."""
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{escape(text)}</text>"
        )

    def svg(self) -> str:
        """The drawing as one SVG element, on its own paper."""
        size = f'width="{self._width}" height="{self._height}" viewBox="0 0 {self._width} {self._height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif">'
            f'<rect width="100%" height="100%" fill="{PAPER}"/>{"".join(self._parts)}</svg>'
        )


def poster_sentence(storyboard: Storyboard) -> str:
    """Which step the picture shows, and what happens in it."""
    step = storyboard.poster
    return f"Step {step + 1} of {len(storyboard.scenes)}. {storyboard.scenes[step].sentence}"


def key_steps(title: str, storyboard: Storyboard) -> str:
    """What stands below a picture, as HTML: its sentence, and the steps by which the story can be followed."""
    steps = [(number, scene) for number, scene in enumerate(storyboard.scenes, 1) if scene.key]
    lines = "\n".join(f'<li value="{number}">{escape(scene.sentence)}</li>' for number, scene in steps)
    return (
        f"<p>{escape(poster_sentence(storyboard))}</p>\n"
        f'<div tabindex="0" role="region" aria-label="Key steps: {escape(title)}">\n<ol>\n{lines}\n</ol>\n</div>\n'
    )
