"""Would the traffic server of an Expressway-C accept this server's certificate? No network."""

from __future__ import annotations

import sys
import threading
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from remediate.cli import predictions
from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.wiring import Wiring
from remediate.errors import CertificateFileError, InputError
from remediate.files.pem import MOST_BYTES
from remediate.files.reading import read_bounded
from remediate.model.certificate import Chain, TrustStore
from remediate.model.verdict import ClientProfile, OpenSslVersion, Question, ServerOffer
from remediate.report import as_json
from remediate.report.as_text.predict import predict
from remediate.tls import decide

CODES = {"accept": Exit.OK, "reject": Exit.CHANGES_OR_FAILED, "undetermined": Exit.UNREACHABLE}


def run(args: Namespace, wiring: Wiring) -> int:
    """Ask and answer."""
    now = args.at or wiring.clock(threading.Event()).now()
    if args.batch:
        return predictions.batch(sys.stdin.buffer, wiring.output, _defaults(args, now))
    missing = [name for name in ("chain", "trust", "host") if getattr(args, name) is None]
    if missing:
        raise InputError(f"give {', '.join('--' + name for name in missing)}", path="command line")
    question = _question(args, now)
    verdict = decide(question)
    answer(
        args,
        wiring.output,
        lambda: as_json.predict(predictions.answer(verdict, question)),
        lambda: wiring.output.text(predict(verdict, predictions.path(verdict, question))),
    )
    return CODES[verdict.verdict]


def _defaults(args: Namespace, now: datetime) -> predictions.Defaults:
    """What holds for a line that does not say otherwise."""
    alone = [f"--{name}" for name in ("chain", "trust", "host", "ip") if getattr(args, name)]
    if alone:
        what = f"{', '.join(alone)} cannot stand beside --batch"
        raise InputError(what, path="command line", hint="give it in each line")
    return predictions.Defaults(_profile(args, args.openssl or "3"), _offer(args), now)


def _question(args: Namespace, now: datetime) -> Question:
    return Question(
        chain=_chain(args.chain),
        offer=_offer(args),
        trust=TrustStore(pem=read_bounded(args.trust, MOST_BYTES, CertificateFileError)),
        profile=_profile(args, args.openssl or "1.1.1"),
        host=args.host,
        ip=args.ip or predictions.address(args.host),
        at=now.astimezone(UTC),
    )


def _offer(args: Namespace) -> ServerOffer:
    return ServerOffer(tls=(args.tls,)) if args.tls else ServerOffer()


def _profile(args: Namespace, openssl: OpenSslVersion) -> ClientProfile:
    return ClientProfile(cipher_suite=args.ciphers, tls13=args.tls != "1.2", policy=args.policy, openssl=openssl)


def _chain(path: Path) -> Chain:
    served = TrustStore(pem=read_bounded(path, MOST_BYTES, CertificateFileError))
    if served.damaged or not served.entries:
        what = "holds no certificate, or a damaged one"
        raise CertificateFileError(what, path=str(path), hint="give PEM, leaf first")
    return served.entries
