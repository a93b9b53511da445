"""The reference: pages that are made of the code whenever the documentation is built (a hook of mkdocs).

None of it is committed: it cannot be stale, and no change of an option needs a second one here.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import remediate
from remediate import api, errors
from remediate.actions import ALL as ACTIONS
from remediate.checks import ALL as CHECKS
from remediate.cli import exits
from remediate.cli.main import VERBS, parser_of
from remediate.cli.parser import leaf
from remediate.files.schemas import SCHEMAS, schema_text
from remediate.files.settings import SETTINGS

COLUMNS = "100"
"""The width of help texts."""


def findings() -> str:
    """A section per check: what `remediate explain ID` prints."""
    pages = (f"## {check.id}\n\n{inspect.getdoc(check)}\n" for check in CHECKS)
    return "# Findings\n\n`remediate explain ID` prints the same.\n\n" + "\n".join(pages)


def actions() -> str:
    """A section per kind of change, with what is said of it."""
    return "# Changes\n\nWhat a step of a plan can be.\n\n" + "\n".join(map(_action, ACTIONS))


def _action(action: type) -> str:
    kind = action.model_fields["kind"].default  # type: ignore[attr-defined]
    module = inspect.getmodule(action)
    told = ((name, inspect.getdoc(getattr(action, name))) for name in ("risk", "undo", "effect", "owes"))
    rows = "".join(f"- **{name}**: {' '.join(text.split())}\n" for name, text in told if text)
    return f"## {kind}\n\n{inspect.getdoc(module)}\n\n{inspect.getdoc(action)}\n\n{rows}"


def commands() -> str:
    """A section per verb: its help."""
    return "# Commands\n\n" + "\n".join(_verb(name, summary) for name, summary in VERBS.items())


def _verb(name: str, summary: str) -> str:
    told = "\n".join(_fence(parser.format_help()) for parser in _parsers(leaf(parser_of(name), name)))
    return f"## {name}\n\n{summary[0].upper()}{summary[1:]}.\n\n{told}\n"


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A verb and the verbs below it."""
    yield parser
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for below in dict.fromkeys(action.choices.values()):
                yield from _parsers(below)


def exit_codes() -> str:
    """The table, and which wins."""
    rows = "".join(f"| {code} | {text} |\n" for code, text in codes())
    ranked = ", ".join(map(str, exits.RANK))
    head = "# Exit codes\n\nOne meaning each.\n\n| code | means |\n|---|---|\n"
    return f"{head}{rows}\nWhere several hold, the first of these wins: {ranked}.\n"


def codes() -> Iterator[tuple[int, str]]:
    """Each code with the words that stand below it in the source, where alone they are."""
    tree = ast.parse(inspect.getsource(exits.Exit))
    body = [node for found in tree.body if isinstance(found, ast.ClassDef) for node in found.body]
    for node, below in pairwise(body):
        match node, below:
            case ast.Assign(value=ast.Constant(value=int(code))), ast.Expr(value=ast.Constant(value=str(text))):
                yield code, " ".join(text.split())


def settings() -> str:
    """What `remediate.yml` and the environment take."""
    helps = {
        option.removeprefix("--"): action.help or ""
        for verb in VERBS
        for parser in _parsers(leaf(parser_of(verb), verb))
        for action in parser._actions  # noqa: SLF001 - argparse has no public list
        for option in action.option_strings
    }
    rows = "".join(
        f"| `{name}` | `REMEDIATE_{name.replace('-', '_').upper()}` | {kind} | {_cell(helps.get(name, ''))} |\n"
        for name, kind in SETTINGS.items()
    )
    head = (
        "# Settings\n\nKeys of `remediate.yml`, their variables, and the option that each is. What leads over what,\n"
    )
    more = "and the variables that are no option, stand in [Inventory and playbooks](../inventory.md#settings).\n\n"
    return f"{head}{more}| key | variable | takes | option |\n|---|---|---|---|\n{rows}"


def schemas() -> str:
    """A section per schema: its top keys, and the file itself."""
    told = "\n".join(_schema(name) for name in SCHEMAS)
    head = (
        "# Schemas\n\nJSON Schema, draft 2020-12. `remediate lint --schemas` prints where the installed ones lie.\n\n"
    )
    return head + told


def _schema(name: str) -> str:
    properties = json.loads(schema_text(name))["properties"]
    rows = "".join(
        f"- `{key}`{': ' + value['description'] if 'description' in value else ''}\n"
        for key, value in properties.items()
    )
    return f"## {name}\n\n[{name}.schema.json](schemas/{name}.schema.json)\n\n{rows}"


def python() -> str:
    """The API, from its docstrings."""
    names = [name for name in remediate.__all__ if not name.startswith("_")]
    told = "\n".join(_name(name, getattr(remediate, name)) for name in names)
    return f"# Python\n\n{inspect.getdoc(api)}\n\n{told}\n## Errors\n\n{_fence(inspect.getdoc(errors) or '')}"


def _name(name: str, thing: object) -> str:
    head = f"## {name}\n\n"
    if not isinstance(thing, type):
        return f"{head}{_fence(f'{name}{_signature(thing)}')}\n{inspect.getdoc(thing)}\n"
    if thing is not remediate.Fleet:
        return f"{head}{inspect.getdoc(thing)}\n"
    methods = {"Fleet": thing.__init__} | {n: m for n, m in vars(thing).items() if not n.startswith("_")}
    parts = (f"{_fence(f'{n}{_signature(m)}')}\n{inspect.getdoc(m)}\n" for n, m in methods.items())
    return f"{head}{inspect.getdoc(thing)}\n\n" + "\n".join(parts)


def _signature(thing: object) -> str:
    shown = inspect.signature(thing)  # type: ignore[arg-type]
    kept = [p for p in shown.parameters.values() if p.name != "self"]
    return re.sub(r"(: |-> )'(.*?)'(?=[,)\s]|$)", r"\1\2", str(shown.replace(parameters=kept))).removesuffix(" -> None")


def _fence(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


def _cell(text: str) -> str:
    return text.replace("%%", "%").replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "reference/commands.md": commands,
    "reference/findings.md": findings,
    "reference/actions.md": actions,
    "reference/exit-codes.md": exit_codes,
    "reference/settings.md": settings,
    "reference/schemas.md": schemas,
    "reference/python.md": python,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages to those that were found in the folder."""
    os.environ["COLUMNS"] = COLUMNS
    for path, page in PAGES.items():
        files.append(File.generated(config, path, content=page()))
    for name in SCHEMAS:
        files.append(File.generated(config, f"reference/schemas/{name}.schema.json", content=schema_text(name)))
    return files
