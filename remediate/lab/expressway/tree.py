"""How the shell prints: trees of `*s`, leaves of `*c`, and the line that ends a reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remediate.lab.world import Switches

Tree = Mapping[str, "str | Tree"]


def status(element: str, tree: Tree, mark: str = "s") -> list[str]:
    """One element as the shell prints it, from `*s NAME: /` to `*s/end`; children by indentation."""
    return [f"*{mark} {element}: /", *_children(tree, 1), f"*{mark}/end"]


def configuration(leaves: Iterable[tuple[str, str]]) -> list[str]:
    """One `*c xConfiguration PATH: "VALUE"` line per leaf."""
    return [f'*c xConfiguration {path}: "{value}"' for path, value in leaves]


def ended(lines: Iterable[str], switches: Switches, last: str = "OK") -> str:
    """A whole reply, each line ended by CR LF; what may stand before the last line is a switch."""
    between = {"": [], "blank": [""], "** end": ["** end"]}[switches.reply_end]
    return "".join(f"{line}\r\n" for line in [*lines, *between, last])


def _children(tree: Tree, depth: int) -> Iterable[str]:
    for name, value in tree.items():
        indent = "  " * depth
        if isinstance(value, str):
            yield f'{indent}{name}: "{value}"'
        else:
            yield f"{indent}{name}: /"
            yield from _children(value, depth + 1)
