"""The table that the benchmark prints."""

from typing import NamedTuple


class Line(NamedTuple):
    what: str
    measured: str
    beside: str = ""     # baseline of the comparison
    ratio: float = None  # to that
    goal: str = ""
    met: bool = None     # whether the goal is; None without one

    def cells(self):
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {None: "", True: "met", False: "**missed**"}[self.met]
        return [self.what, self.measured, self.beside, ratio, self.goal,
                verdict]


HEAD = ["", "measured", "beside it", "ratio", "goal", ""]


def table(lines):
    """The table in aligned Markdown."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width)
                          for cell, width in zip(row, widths)) + " |"
        for row in rows)


def at_most(ratio, limit):
    """The last three cells of a line whose ratio has a limit."""
    return {"ratio": ratio, "goal": f"at most {limit}",
            "met": round(ratio, 2) <= limit}


def ms(seconds):
    return f"{seconds * 1000:.2f} ms"


def mb(kib):
    return f"{kib / 1024:.1f} MB"


def percent(share):
    return f"{share * 100:.1f} %"
