"""The command of an executor, as operators and our own page write it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remediate.errors import InputError
from remediate.executors.template import template

PAGE = (Path(__file__).parents[3] / "docs" / "workers.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- executor -->\n```text\n(.*)\n```\n", PAGE)
RUN = "20261127T142653Z-6d6e0c2f"


def test_filled_in() -> None:
    """Words stay whole; `{job}` is a name that Kubernetes takes, the same for the same cluster of a run."""
    words = template("command: ssh {cluster} -- 'remediate worker' {job}").argv(RUN, "exp-c")
    assert words[:4] == ["ssh", "exp-c", "--", "remediate worker"]
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", words[4])
    other = template("command: {job}").argv(RUN, "exp-d")
    assert words[4:] != other
    assert words[4:] == template("command: {job}").argv(RUN, "exp-c")


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split()[1])
def test_examples_of_the_page(text: str) -> None:
    """Each ends in a worker, and nothing is left to fill in but JSON's own braces."""
    words = template(text).argv(RUN, "exp-c")
    assert "remediate" in " ".join(words)
    assert not re.search(r"\{\w+\}", " ".join(words))


def test_there_are_examples() -> None:
    """Of receptor and of both forms in Kubernetes."""
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ssh jump", "is no executor"),
        ("command:", "no command"),
        ("command: ssh 'jump", "cannot be split"),
        ("command: ssh {site}", r"\{site\} stands for nothing here"),
    ],
)
def test_refused(text: str, told: str) -> None:
    """What is wrong, and how it is written."""
    with pytest.raises(InputError, match=told):
        template(text)


@pytest.mark.parametrize("name", ["-oProxyCommand=x", "a b", "a;b", ""])
def test_name_like_an_option(name: str) -> None:
    """A cluster's name must not become an option of ssh, or two words for a shell at the other end."""
    with pytest.raises(InputError, match="cannot stand in a command"):
        template("command: ssh {cluster}").argv(RUN, name)
