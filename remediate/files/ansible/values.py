"""One host's variables, evaluated as far as they are needed: plain text, templates of names, vaulted values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from remediate.errors import InventoryError
from remediate.files.ansible.tree import Tree, vaults
from remediate.files.ansible.variables import Variables, Vaulted, parse
from remediate.files.template import names_in, rendered
from remediate.files.yaml import Node, Text

DEEPEST = 20


class Opener(Protocol):
    """What opens vaulted values; `files.vault.Vault` is one."""

    @property
    def has_passwords(self) -> bool:
        """Whether it was told of any vault password."""
        ...

    def decrypt(self, value: Vaulted) -> str:
        """The text. Raises SecretError."""
        ...


class Values:
    """What variables come to. `extra` (from `-e`) wins over what is written.

    A file that is encrypted as a whole is opened only when a name is found nowhere else, and then only if a vault
    password was given or the name is `needed`.
    """

    def __init__(self, written: Variables, extra: Mapping[str, str], opener: Opener) -> None:
        self._written, self._extra, self._opener = written, extra, opener

    @classmethod
    def of_host(cls, tree: Tree, host: str, extra: Mapping[str, str], opener: Opener) -> Values:
        """Those of a host, with the names that Ansible itself sets."""
        magic = {"inventory_hostname": host, "inventory_hostname_short": host.split(".", maxsplit=1)[0]}
        return cls(tree.variables(host), {**extra, **magic}, opener)

    def text(self, *names: str) -> str | None:
        """The first of these names that is set; None where none is. Raises InputError with its place."""
        found = (self._text(name, 0, needed=False) for name in names)
        return next((value for value in found if value is not None), None)

    def needed(self, name: str) -> str | None:
        """The same for a name that somebody needs now. Raises SecretError where no vault password was given."""
        return self._text(name, 0, needed=True)

    def node(self, name: str, *, needed: bool = False) -> Node | None:
        """What is written under a name, or None; templates in it stand as they are."""
        if name in self._written:
            return self._written[name]
        opened = vaults(self._written) if needed or self._opener.has_passwords else ()
        inside = (parse(self._opener.decrypt(vault), vault.mark.path) for vault in opened)
        return next((variables[name] for variables in inside if name in variables), None)

    def first(self, *names: str) -> str:
        """The first of these names that is set; empty: none. A file that is encrypted as a whole is not opened:
        where there is one and no name stands elsewhere, the first name is taken to be in it."""
        found = next((name for name in names if name in self._written), "")
        return found or (names[0] if any(vaults(self._written)) else "")

    def definition(self, name: str) -> tuple[str, ...]:
        """Where the value of a name comes from, names in templates followed: equal for equal sources."""
        return tuple(dict.fromkeys(self._sources(name, 0)))

    def _sources(self, name: str, depth: int) -> Iterator[str]:
        node = self._written.get(name)
        if node is None:
            yield from (f"{name}={self._extra[name]}",) if name in self._extra else ()
            yield from (f"{vault.mark.path}#{name}" for vault in vaults(self._written))
            return
        yield f"{node.mark.path}:{node.mark.line}:{node.mark.column}#{name}"
        if isinstance(node, Text) and depth < DEEPEST:
            for inner in sorted(names_in(node)):
                yield from self._sources(inner, depth + 1)

    def _text(self, name: str, depth: int, *, needed: bool) -> str | None:
        if name in self._extra:
            return self._extra[name]
        value = self.node(name, needed=needed)
        if value is None:
            return None
        if isinstance(value, Vaulted):
            return self._opener.decrypt(value)
        if not isinstance(value, Text):
            raise value.mark.error(InventoryError, f"{name} is a list or a mapping, where text is needed")
        return self._evaluated(name, value, depth)

    def _evaluated(self, name: str, value: Text, depth: int) -> str:
        if depth > DEEPEST:
            raise value.mark.error(InventoryError, f"{name} is defined by itself")
        known = {n: self._text(n, depth + 1, needed=True) for n in names_in(value)}
        node = rendered(value, {n: v for n, v in known.items() if v is not None})
        return node.value if isinstance(node, Text) else ""
