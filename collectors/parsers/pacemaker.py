"""Pacemaker's own account of its cluster: `crm_mon --output-as=xml`.

Source: Pacemaker 2.x `xml/api/crm_mon-*.rng` (`pacemaker-result`) and 1.1's `crm_mon` root.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from collectors.parsers.linux import Unreadable
from collectors.parsers.plain import plain
from collectors.readings import ClusterMember, ClusterResource
from phrases import say

ROOTS: Final = frozenset({"pacemaker-result", "crm_mon"})
NOT_CONNECTED: Final = 102
"""CRM_EX_DISCONNECT of Pacemaker's results.h: the cluster does not run on this node."""
NO_PRIVILEGE: Final = 4
"""CRM_EX_INSUFFICIENT_PRIV: the user is not in the group haclient."""
NAME_LIMIT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Without members: the cluster manager does not run on the node that was asked."""

    quorum: bool
    members: tuple[ClusterMember, ...]
    resources: tuple[ClusterResource, ...]


def parse_cluster(answer: bytes) -> Cluster:
    """The whole document or `Unreadable`."""
    root = _document(answer)
    if _status(root) == NOT_CONNECTED:
        return Cluster(quorum=False, members=(), resources=())
    controller = root.find("./summary/current_dc")
    members = tuple(_member(node) for node in root.iterfind("./nodes/node"))
    if _status(root) != 0 or controller is None or not members:
        raise Unreadable(say("the account of the cluster is incomplete"))
    return Cluster(
        quorum=_is_true(controller, "with_quorum"),
        members=members,
        resources=tuple(_resources(root)),
    )


def _document(answer: bytes) -> ElementTree.Element:
    # Decoded here, so that no other encoding hides a declaration; without a declaration there are
    # no entities, so nothing can grow or be fetched.
    try:
        text = answer.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(say("the answer is not text")) from None
    if "<!" in text:
        raise Unreadable(say("the account of the cluster holds declarations, which it never does"))
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  (declarations are refused above)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise Unreadable(say("the account of the cluster is cut short")) from None
    if root.tag not in ROOTS:
        raise Unreadable(say("the account of the cluster is not Pacemaker's"))
    return root


def _status(root: ElementTree.Element) -> int:
    """The result code inside the document; 1.1 has none."""
    status = root.find("./status")
    if status is None:
        return 0 if root.tag == "crm_mon" else -1
    code = status.get("code", "")
    return int(code) if code.isascii() and code.isdecimal() and len(code) < 5 else -1


def _member(node: ElementTree.Element) -> ClusterMember:
    return ClusterMember(name=_name(node, "name"), state=_member_state(node))


def _member_state(node: ElementTree.Element) -> str:
    """The first that holds, worst first; a node that says nothing of itself is offline."""
    for state in ("unclean", "pending"):
        if _is_true(node, state):
            return state
    if not _is_true(node, "online"):
        return "offline"
    for state in ("standby", "standby_onfail", "maintenance"):
        if _is_true(node, state):
            return state.removesuffix("_onfail")
    return "online"


def _resources(root: ElementTree.Element) -> Iterator[ClusterResource]:
    cloned = {id(one) for clone in root.iterfind(".//clone") for one in clone.iter("resource")}
    for resource in root.iterfind("./resources//resource"):
        node = resource.find("./node")
        yield ClusterResource(
            name=_name(resource, "id"),
            state=_resource_state(resource, cloned=id(resource) in cloned),
            node=None if node is None else _name(node, "name"),
            failed=_is_true(resource, "failed") or _is_true(resource, "blocked"),
        )


def _resource_state(resource: ElementTree.Element, *, cloned: bool) -> str:
    """The role; `Disabled` where stopped is what was ordered or an instance that is not needed."""
    role = plain(resource.get("role", ""), NAME_LIMIT)
    ordered = resource.get("target_role", "").lower() == "stopped"
    return "Disabled" if role == "Stopped" and (ordered or cloned) else role


def _is_true(element: ElementTree.Element, attribute: str) -> bool:
    return element.get(attribute) == "true"


def _name(element: ElementTree.Element, attribute: str) -> str:
    name = plain(element.get(attribute, ""), NAME_LIMIT)
    if not name:
        raise Unreadable(say("the account of the cluster is incomplete"))
    return name
