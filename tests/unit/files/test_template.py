"""Templates name things; they compute nothing."""

from __future__ import annotations

import pytest

from remediate.errors import InputError, TemplateError
from remediate.files.template import rendered
from remediate.files.yaml import Text, parse_yaml


def render(text: str, **variables: str) -> str:
    """The one value of a tree, rendered."""
    tree = rendered(parse_yaml(f"a: '{text}'".encode(), "f.yml", InputError), variables)
    value = tree.items[0][1]  # type: ignore[union-attr, index]
    assert isinstance(value, Text)
    return value.value


def test_names_and_filters() -> None:
    """Names, a default and a few filters."""
    assert render("x {{ one }} y", one="1") == "x 1 y"
    assert render('{{ gone | default("z") }}') == "z"
    assert render("{{ one | upper }}", one="a") == "A"
    assert render("no template } {", one="a") == "no template } {"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ gone }}", "'gone' is undefined: define it in vars: or give -e name=value"),
        ("{{ one.__class__ }}", "is not allowed here"),
        ("{{ one() }}", "call is not allowed"),
        ("{{ one * 10 }}", "mul is not allowed"),
        ("{% for x in one %}{% endfor %}", "for is not allowed"),
        ("{{ one | pprint }}", "filter"),
        ("{{ one", "template:"),
        ("{{ " + "x" * 5000 + " }}", "a template longer than"),
    ],
)
def test_refused(text: str, words: str) -> None:
    """What computes is refused at its place."""
    with pytest.raises(TemplateError) as caught:
        render(text, one="1")
    assert str(caught.value).startswith("f.yml:1:4: ")
    assert words in str(caught.value)


def test_result_is_bounded() -> None:
    """A value that grows beyond bounds is refused."""
    with pytest.raises(TemplateError, match="longer than"):
        render("{{ one }}{{ one }}", one="x" * 3000)
