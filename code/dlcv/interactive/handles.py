"""What a reader takes hold of in a plane: a line with its arrow, and a probe point."""

from ..figures.style import INK

__all__ = ["line_handles", "probe_handle"]

REACH = '<circle r="18" fill="transparent"/>'  # large enough for a finger


def line_handles(key: str, number: int, color: str, width: float) -> str:
    """A dashed line, its arrow to the side where its score is positive, and their two handles.

    Args:
        key: what is numbered: the script finds the parts by `data-{key}`.
        number: of this line.
        color: of all parts.
        width: of the dashed line.
    """
    which, paint = f'data-{key}="{number}"', f'stroke="{color}"'
    return (
        f'<line class="dlcv-line" {which} {paint} stroke-width="{width:g}" '
        f'stroke-dasharray="7 5"/>'
        f'<line class="dlcv-arrow" {which} {paint} stroke-width="4"/>'
        f'<g class="dlcv-foot" {which}>{REACH}'
        f'<circle r="6" fill="#fff" {paint} stroke-width="3"/></g>'
        f'<g class="dlcv-tip" {which}>{REACH}'
        f'<circle r="9" fill="{color}" stroke="#fff" stroke-width="2"/></g>'
    )


def probe_handle(low: float, high: float) -> str:
    """The cross whose scores the table shows; the keyboard reaches it."""
    return (
        '<g class="dlcv-probe" tabindex="0" role="slider" aria-label="Probe point, moved with the '
        f'arrow keys" aria-valuemin="{low}" aria-valuemax="{high}" aria-valuenow="0">'
        f'{REACH}<path d="M-13,0H13M0,-13V13" stroke="{INK}" stroke-width="2"/>'
        f'<circle r="8" fill="none" stroke="{INK}" stroke-width="2.5"/></g>'
    )
