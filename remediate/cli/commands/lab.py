"""A simulated fleet to try everything on: real SSH, HTTPS and SOAP on loopback addresses."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

from remediate.cli import parser as options
from remediate.cli.arguments.lab import HANDS, NAMED
from remediate.cli.exits import Exit
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.lab import serve
from remediate.lab.control import send
from remediate.lab.errors import LabError
from remediate.lab.login import render
from remediate.lab.scenarios import SCENARIOS

FAIL = ("nth", "host", "every", "seconds", "clear")


def run(args: Namespace, wiring: Wiring) -> int:
    """One of them; what the lab cannot do is an input error with its own sentence."""
    try:
        return _run(args, wiring)
    except LabError as error:
        raise InputError(str(error), path="lab") from error


def _run(args: Namespace, wiring: Wiring) -> int:
    match args.what:
        case "scenarios":
            for name, scenario in SCENARIOS.items():
                wiring.output.line(f"{name}: {scenario.sentence}")
        case "demo":
            from remediate.cli.demo import demo  # noqa: PLC0415 - it runs `main`, which leads here

            return demo(wiring)
        case "up":
            return serve.up(_order(args), detach=args.detach)
        case "down":
            return serve.down(args.dir)
        case "login":
            return _login(args, wiring)
        case _:
            answer = send(args.dir, *_verb_of(args), **_arguments(args))
            wiring.output.text(answer.get("pem", ""))
            if "sha256" in answer:
                wiring.output.line(f"SHA-256 {answer['sha256']}")
    return Exit.OK


def _login(args: Namespace, wiring: Wiring) -> int:
    """0 where every request answers 200, 4 where no peer answers, else 9."""
    steps = send(args.dir, "login", user=args.user, via_e=args.via_e)["steps"]
    wiring.output.text(render(steps))
    statuses = {step["status"] for step in steps}
    if not statuses - {0}:
        return Exit.UNREACHABLE
    return Exit.OK if statuses == {200} else Exit.NOT_CONVERGED


def _verb_of(args: Namespace) -> tuple[str]:
    return (args.hand if args.what == "hand" else args.what,)


def _arguments(args: Namespace) -> dict[str, Any]:
    match args.what:
        case "hand":
            return _hand_arguments(args.hand, args.given) | _issue(args)
        case "fail":
            return {key: getattr(args, key) for key in FAIL} | {"point": args.given}
        case "clock":
            return {"seconds": args.given}
        case named:
            return {NAMED[named][0]: args.given}


def _hand_arguments(verb: str, given: list[str]) -> dict[str, Any]:
    names = HANDS[verb]
    if not names:
        return _pairs(given)
    if len(given) != len(names):
        raise InputError(f"{verb} takes {' '.join(names).upper()}", path="command line")
    return {name: _pem(text) if name == "pem" else text for name, text in zip(names, given, strict=True)}


def _pem(file: str) -> str:
    try:
        return Path(file).read_text(encoding="latin-1")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=file, hint="give a PEM file") from error


def _issue(args: Namespace) -> dict[str, Any]:
    given = {name: value for name in ("names", "issuer") if (value := getattr(args, name)) is not None}
    if given and args.hand != "reissue":
        raise InputError(f"--{next(iter(given))} belongs to reissue alone", path="command line")
    return given


def _pairs(given: list[str]) -> dict[str, Any]:
    try:
        return dict(options.variable(text) for text in given)
    except ArgumentTypeError as error:
        raise InputError(str(error), path="command line") from error


def _order(args: Namespace) -> serve.Order:
    return serve.Order(
        args.scenario, args.dir, args.peers, args.clusters, args.latency, args.version, dict(args.switch)
    )
