"""Bars beside numbers: on a terminal, and as an SVG that needs nothing else."""

from html import escape

COLOURS = ("#2a78d6", "#7fb2ec", "#8a8a86", "#c4c3bd")  # by place in a panel, the same in each
LEFT, RIGHT, BAR, GAP, HEAD = 190, 90, 22, 10, 44
WIDTH = 720


def bars(rows, width=40):
    """A line for each (name, value, text); the longest bar is `width` characters."""
    most = max((value for _, value, _ in rows), default=0) or 1
    widest = max((len(name) for name, _, _ in rows), default=0)
    return "\n".join(f"{name.ljust(widest)}  {'█' * max(1, round(width * value / most))} {text}"
                     for name, value, text in rows)


def _panel(title, rows, top):
    most = max((value for _, value, _ in rows), default=0) or 1
    lines = [f'<text x="16" y="{top + 24}" class="title">{escape(title)}</text>']
    for i, (name, value, text) in enumerate(rows):
        y = top + HEAD + i * (BAR + GAP)
        length = max(1, round((WIDTH - LEFT - RIGHT) * value / most))
        middle = y + BAR / 2 + 5
        lines += [f'<text x="{LEFT - 10}" y="{middle}" text-anchor="end">{escape(name)}</text>',
                  f'<rect x="{LEFT}" y="{y}" width="{length}" height="{BAR}" rx="2" '
                  f'fill="{COLOURS[i % len(COLOURS)]}"/>',
                  f'<text x="{LEFT + length + 8}" y="{middle}">{escape(text)}</text>']
    return lines, top + HEAD + len(rows) * (BAR + GAP)


def svg(panels):
    """Panels below each other, each a (title, rows as for bars) with its own scale from zero."""
    lines, height = [], 0
    for title, rows in panels:
        more, height = _panel(title, rows, height)
        lines += more
    height += 12
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
        "<style>text { fill: #2b2b2a } .title { font-size: 15px; font-weight: 600 }</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>', *lines, "</svg>", ""])
