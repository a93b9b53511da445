"""`{{ … }}` in scalar values: names, items, literals and a few filters; nothing that computes.

The sandbox of Jinja2 stops attribute attacks and not memory, so the parsed template is checked against a short
list of node kinds first. Secrets are never in its context.
"""

from __future__ import annotations

from collections.abc import Mapping as Variables
from functools import cache

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from remediate.errors import TemplateError as OurTemplateError
from remediate.files.yaml import Mapping, Node, Sequence, Text

LONGEST = 4096
FILTERS = frozenset({"default", "lower", "upper", "int"})
_KINDS = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getitem,
    nodes.Getattr,
    nodes.Filter,
)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


def rendered(node: Node, variables: Variables[str, str]) -> Node:
    """The tree with every template evaluated. Raises `TemplateError` with the place of the scalar."""
    match node:
        case Text():
            return Text(_render(node, variables), node.mark, node.quoted) if "{" in node.value else node
        case Sequence():
            return Sequence(tuple(rendered(item, variables) for item in node.items), node.mark)
        case Mapping():
            return Mapping(tuple((key, rendered(value, variables)) for key, value in node.items), node.mark)


def names_in(text: Text) -> frozenset[str]:
    """Variables that a scalar refers to. Raises `TemplateError` with its place."""
    if not _is_template(text):
        return frozenset()
    try:
        return frozenset(meta.find_undeclared_variables(_environment().parse(text.value)))
    except TemplateError as error:
        raise text.mark.error(OurTemplateError, f"template: {error.message}") from error


def _is_template(text: Text) -> bool:
    return any(mark in text.value for mark in ("{{", "{%", "{#"))


def _render(text: Text, variables: Variables[str, str]) -> str:
    if not _is_template(text):
        return text.value
    if len(text.value) > LONGEST:
        raise text.mark.error(OurTemplateError, f"a template longer than {LONGEST} characters")
    try:
        tree = _environment().parse(text.value)
        _check(tree, text)
        result = _environment().from_string(text.value).render(dict(variables))
    except UndefinedError as error:
        raise text.mark.error(
            OurTemplateError, str(error.message), "define it in vars: or give -e name=value"
        ) from error
    except TemplateSyntaxError as error:
        raise text.mark.error(OurTemplateError, f"template: {error.message}") from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise text.mark.error(OurTemplateError, f"template: {error}") from error
    if len(result) > LONGEST:
        raise text.mark.error(OurTemplateError, f"a template whose result is longer than {LONGEST} characters")
    return result


def _check(node: nodes.Node, text: Text) -> None:
    if not isinstance(node, _KINDS):
        raise text.mark.error(OurTemplateError, f"template: {type(node).__name__.lower()} is not allowed here")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise text.mark.error(
            OurTemplateError, f"template: filter {node.name!r} is not one of {', '.join(sorted(FILTERS))}"
        )
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise text.mark.error(OurTemplateError, f"template: {node.attr!r} is not allowed here")
    for child in node.iter_child_nodes():
        _check(child, text)
