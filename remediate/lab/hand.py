"""What a hand may do to a running lab, one verb each; every verb answers with a plain tree."""

from __future__ import annotations

import importlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from remediate.lab import inventory
from remediate.lab.build import VERSIONS
from remediate.lab.errors import LabError
from remediate.lab.expressway.settings import BY_PATH, exists
from remediate.lab.expressway.trust import digests
from remediate.lab.failpoints import FAILPOINTS
from remediate.lab.fleet import Fleet
from remediate.lab.reissue import ISSUER, Renewal, digest, reissue
from remediate.lab.snapshots import Snapshots
from remediate.lab.switches import turn
from remediate.lab.uc.services import registered, renamed, restart
from remediate.lab.world import Identity

Answer = dict[str, Any]
Arguments = dict[str, Any]
Verb = Callable[[Arguments], Awaitable[Answer]]
DONE: Answer = {"done": True}


class Hand:
    """Carries out verbs on one fleet; LabError says what is wrong with an order."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._snapshots = Snapshots(fleet)
        self.verbs: dict[str, Verb] = {
            "restart": self._restart,
            "restart-service": self._restart_service,
            "refresh": self._refresh,
            "trusted-ca": self._trusted,
            "append-ca": self._append,
            "remove-ca": self._remove,
            "edit": self._edit,
            "alarm": self._alarm,
            "carry": self._carry,
            "upgrade": self._upgrade,
            "reissue": self._reissue,
            "trust": self._trust,
            "kill": self._kill,
            "revive": self._revive,
            "fail": self._fail,
            "snapshot": self._snapshot,
            "restore": self._restore,
            "clock": self._clock,
            "login": self._login,
            "state": self._state,
        }

    async def do(self, verb: str, arguments: Arguments) -> Answer:
        """Carry out one verb; all but `state` are recorded."""
        if verb not in self.verbs:
            raise LabError(f"no verb {verb}: choose one of {', '.join(self.verbs)}")
        try:
            answer = await self.verbs[verb](arguments)
        except KeyError as error:
            raise LabError(f"{verb} needs {error.args[0]}") from error
        if verb != "state":
            self._fleet.world.record(
                host=str(arguments.get("peer") or arguments.get("host") or ""),
                connection="control",
                verb=f"hand-{verb}",
                text=json.dumps(arguments, sort_keys=True),
                result="done",
            )
        return answer

    async def _restart(self, order: Arguments) -> Answer:
        life, peer = self._fleet.peer(order["peer"])
        if not peer.alive:
            raise LabError(f"{peer.name} is down: revive it first")
        await life.restart(peer)
        return DONE

    async def _alarm(self, order: Arguments) -> Answer:
        _, peer = self._fleet.peer(order["peer"])
        peer.alarms.append((str(order["code"]), "Raised by hand"))
        return DONE

    async def _carry(self, order: Arguments) -> Answer:
        _, peer = self._fleet.peer(order["peer"])
        try:
            peer.calls, peer.sessions = int(order["calls"]), int(order["sessions"])
        except ValueError as error:
            raise LabError("carry wants numbers: PEER CALLS SESSIONS") from error
        return DONE

    async def _restart_service(self, order: Arguments) -> Answer:
        node, service = self._fleet.node(order["node"]), str(order["service"])
        if service not in node.started:
            raise LabError(f"{node.key} has no service {service}: choose one of {', '.join(node.started)}")
        restart(self._fleet.world, self._fleet.world.uc_of(node), node, service)
        return DONE

    async def _upgrade(self, order: Arguments) -> Answer:
        life, peer = self._fleet.peer(order["peer"])
        version = str(order["version"])
        if version not in VERSIONS:
            raise LabError(f"no release {version}: give one of {', '.join(VERSIONS)}")
        await life.upgrade(peer, version)
        return DONE

    async def _reissue(self, order: Arguments) -> Answer:
        names = [name for name in str(order.get("names") or "").split(",") if name]
        issuer = str(order.get("issuer") or ISSUER)
        renewal = Renewal(self._fleet.node(order["node"]), str(order["service"]), names, issuer)
        made = reissue(self._fleet.world, renewal)
        inventory.renew(self._fleet.world, self._fleet.directory / "inventory")
        return {"sha256": digest(made)}

    async def _trust(self, order: Arguments) -> Answer:
        uc = next((one for one in self._fleet.world.ucs if one.name == order["uc"]), None)
        workshop, store = self._fleet.world.workshop, str(order["store"])
        if uc is None or store not in uc.trusts:
            raise LabError(f"no trust store {store} on {order['uc']}: see `remediate lab hand --help`")
        if workshop is None or order["ca"] not in workshop.authorities:
            raise LabError(f"no CA {order['ca']}: choose one of {', '.join(workshop.authorities if workshop else ())}")
        uc.trusts[store].append(workshop.authorities[order["ca"]].der)
        return DONE

    async def _refresh(self, order: Arguments) -> Answer:
        cluster = self._fleet.cluster(order["cluster"])
        await self._fleet.lives[cluster.name].refresh()
        return DONE

    async def _trusted(self, order: Arguments) -> Answer:
        _, peer = self._fleet.peer(order["peer"])
        return {"pem": peer.listed.decode("latin-1")}

    async def _append(self, order: Arguments) -> Answer:
        life, peer = self._fleet.peer(order["peer"])
        life.upload(peer, str(order["pem"]).encode())
        return DONE

    async def _remove(self, order: Arguments) -> Answer:
        life, peer = self._fleet.peer(order["peer"])
        life.remove(peer, str(order["sha256"]).replace(":", ""))
        return DONE

    async def _edit(self, order: Arguments) -> Answer:
        if "path" in order:
            self._setting(order)
        elif "uc_service" in order:
            self._uc_service(order)
        elif "switch" in order:
            self._switch(order)
        elif "node" in order:
            node = self._fleet.node(order["node"])
            renamed(self._fleet.world, self._fleet.world.uc_of(node), node, str(order["name"]))
        else:
            self._rule(order)
        return DONE

    def _setting(self, order: Arguments) -> None:
        life, peer = self._fleet.peer(order["peer"])
        known = {
            path.lower(): path
            for path, setting in BY_PATH.items()
            if exists(setting, life.cluster.release_of(peer), life.cluster.switches)
        }
        path = known.get(order["path"].lower())
        if path is None:
            raise LabError(f"{peer.name} has no setting {order['path']}: see xConfiguration on it")
        life.set_value(peer, path, order["value"])

    def _switch(self, order: Arguments) -> None:
        uc = next((one for one in self._fleet.world.ucs if one.name == order["cluster"]), None)
        if uc is not None:
            turn(uc.switches, {order["switch"]: str(order["value"])})
            return
        cluster = self._fleet.cluster(order["cluster"])
        turn(cluster.switches, {order["switch"]: str(order["value"])})
        if order["switch"] == "log_openssl":
            self._fleet.world.openssl_texts = cluster.switches.log_openssl
        for peer in cluster.peers:
            self._fleet.lives[cluster.name].changed(peer)

    def _uc_service(self, order: Arguments) -> None:
        uc = next((one for one in self._fleet.world.ucs if one.name == order["cluster"]), None)
        names = [name for name, _, _ in uc.uc_services] if uc is not None else []
        if uc is None or order["uc_service"] not in names:
            raise LabError(f"no UC Service {order['uc_service']}: choose one of {', '.join(names)}")
        uc.uc_services = [
            (name, kind, str(order["host"]) if name == order["uc_service"] else host)
            for name, kind, host in uc.uc_services
        ]

    def _rule(self, order: Arguments) -> None:
        cluster = self._fleet.cluster(order["cluster"])
        cluster.editable_rules.append(order["rule"])
        cluster.allow_list.add(order["rule"])
        for peer in cluster.peers:
            self._fleet.lives[cluster.name].changed(peer)

    async def _kill(self, order: Arguments) -> Answer:
        await self._fleet.kill(order["host"])
        return DONE

    async def _revive(self, order: Arguments) -> Answer:
        await self._fleet.revive(order["host"])
        return DONE

    async def _fail(self, order: Arguments) -> Answer:
        point = order["point"]
        if order.get("clear"):
            self._fleet.world.failpoints.pop(point, None)
            return DONE
        if point not in FAILPOINTS:
            raise LabError(f"no failpoint {point}: choose one of {', '.join(FAILPOINTS)}")
        kept = {key: order[key] for key in ("nth", "host", "every", "seconds") if order.get(key) is not None}
        self._fleet.world.failpoints[point] = kept
        return DONE

    async def _snapshot(self, order: Arguments) -> Answer:
        self._snapshots.take(order["name"])
        return DONE

    async def _restore(self, order: Arguments) -> Answer:
        served = self._served()
        await self._snapshots.restore(order["name"])
        if self._served() != served:
            inventory.renew(self._fleet.world, self._fleet.directory / "inventory")
        return DONE

    def _served(self) -> list[dict[str, Identity]]:
        return [dict(node.certificates) for uc in self._fleet.world.ucs for node in uc.nodes]

    async def _clock(self, order: Arguments) -> Answer:
        self._fleet.world.clock_offset_s += float(order["seconds"])
        for life in self._fleet.lives.values():
            life.settle()
        return {"offset_s": self._fleet.world.clock_offset_s}

    async def _login(self, order: Arguments) -> Answer:
        login = importlib.import_module("remediate.lab.login").login
        user, via_e = order.get("user", "emusk"), bool(order.get("via_e"))
        return {"steps": await login(self._fleet.world, self._fleet.directory, user, via_e=via_e)}

    async def _state(self, order: Arguments) -> Answer:
        del order
        world = self._fleet.world
        return {
            "scenario": world.scenario,
            "network": world.network,
            "now": world.now(),
            "peers": {
                peer.name: {
                    "alive": peer.alive,
                    "version": cluster.release_of(peer),
                    "listed": digests(peer.listed),
                    "loaded": digests(peer.loaded),
                    "page": peer.listed.decode("latin-1"),
                    "settings": peer.settings,
                    "alarms": peer.alarms,
                    "restart_needed": peer.restart_needed,
                    "started_at": peer.started_at,
                    "logging": peer.logging,
                }
                for cluster in world.expressways
                for peer in cluster.peers
            },
            "clusters": {
                cluster.name: {
                    "primary": cluster.leader.name,
                    "allow_list": sorted(cluster.allow_list),
                    "zones": cluster.zones,
                    "refreshing": cluster.refreshing,
                }
                for cluster in world.expressways
            },
            "nodes": {
                node.key: {
                    "db_name": node.db_name,
                    "alive": node.alive,
                    "address": node.address,
                    "tftp_names": node.tftp_names,
                    "phones": registered(world, node),
                    "registrations": node.registrations,
                }
                for uc in world.ucs
                for node in uc.nodes
            },
        }
