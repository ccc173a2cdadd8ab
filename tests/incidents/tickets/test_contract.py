"""What every adapter promises, shown for each: Roundup 2.6 itself, and a peer that answers as
Request Tracker 5's REST2 does. The latter proves our side of the conversation, not RT: RT itself is
met on the bench.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from incidents.tickets.lifecycle import STEPS, TicketState, way
from incidents.tickets.port import Declined, Draft, NotReached, TicketPort, TicketTrouble
from incidents.tickets.roundup import Roundup
from incidents.tickets.rt import RequestTracker
from tests.incidents.tickets.rt_peer import World, rt_served
from tests.incidents.tickets.tracker import USERS, free_port, laid, served

KEY = "LG-0a1b2c3d-000001"
HARD = "路灯 12 号坐席 𠮷 😀 <b>&amp;'\"\\ 100 %"
REAL_ROUNDUP = "roundup 2.6"
PEER_OF_RT = "a peer in the manner of rt 5"


@dataclass(frozen=True)
class Bench:
    """One service, and the port to it as any of its users."""

    kind: str
    at: Callable[[str, str], TicketPort]

    def run(
        self, *work: Callable[[TicketPort], Awaitable[object]], user: str = "lineguard"
    ) -> None:
        async def all_of_it() -> None:
            port = self.at(user, USERS[user])
            try:
                for one in work:
                    await one(port)
            finally:
                await port.close()

        asyncio.run(all_of_it())


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("roundup") / "tracker", free_port()
    laid_there = laid(folder, port)
    with served(folder, port):
        yield laid_there.url


@pytest.fixture(params=[REAL_ROUNDUP, PEER_OF_RT])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == REAL_ROUNDUP:
        url = request.getfixturevalue("tracker")
        yield Bench(REAL_ROUNDUP, lambda user, secret: Roundup.at(url, user, secret, 10.0))
        return
    with rt_served(World()) as url:
        yield Bench(
            PEER_OF_RT,
            lambda user, secret: RequestTracker.at(url, user, secret, "热线工单", 10.0),
        )


@pytest.fixture
def draft(request: pytest.FixtureRequest) -> Draft:
    """With a key of its own for each test: the tracker lives as long as the module."""
    number = sum(request.node.name.encode())
    return Draft(key=f"LG-0a1b2c3d-{number:06d}", title=HARD, text=f"{HARD}\n第二行",
                 severity="critical", device="fw-1")  # fmt: skip


def test_a_ticket_is_found_by_its_key_and_by_no_other(bench: Bench, draft: Draft) -> None:
    async def work(port: TicketPort) -> None:
        await port.ping()
        assert await port.find(draft.key) == ()
        ref = await port.create(draft)
        assert await port.find(draft.key) == (ref,)
        assert await port.find(draft.key[:-1]) == ()
        seen = await port.read(ref)
        assert (seen.key, seen.state, seen.owner) == (draft.key, TicketState.REGISTERED, None)
        assert seen.changed_by == port.user and seen.comments == ()

    bench.run(work)


def test_every_step_of_the_life_cycle_can_be_taken_and_no_other(bench: Bench, draft: Draft) -> None:
    async def work(port: TicketPort) -> None:
        ref = await port.create(draft)
        through = (TicketState.ACCEPTED, TicketState.HANDLING, TicketState.EXTENSION)
        for state in (*through, *way(TicketState.EXTENSION, TicketState.CLOSED)):
            await port.transition(ref, state)
            assert (await port.read(ref)).state is state
        for wrong in set(TicketState) - {TicketState.CLOSED, *STEPS[TicketState.CLOSED]}:
            with pytest.raises(Declined):
                await port.transition(ref, wrong)
            assert (await port.read(ref)).state is TicketState.CLOSED
        await port.transition(ref, TicketState.CLOSED)

    bench.run(work)


def test_an_owner_is_given_and_an_unknown_one_declined(bench: Bench, draft: Draft) -> None:
    async def work(port: TicketPort) -> None:
        ref = await port.create(draft)
        await port.transition(ref, TicketState.ACCEPTED, "chenjing")
        assert (await port.read(ref)).owner == "chenjing"
        with pytest.raises(Declined):
            await port.transition(ref, TicketState.ACCEPTED, "nobody-there")
        assert (await port.read(ref)).owner == "chenjing"

    bench.run(work)


def test_comments_come_in_order_with_their_author_and_only_the_newer(
    bench: Bench, draft: Draft
) -> None:
    ref: list[str] = []

    async def ours(port: TicketPort) -> None:
        ref.append(await port.create(draft))
        await port.comment(ref[0], f"{draft.key}/1", HARD)

    async def theirs(port: TicketPort) -> None:
        await port.comment(ref[0], "", "已到场\n检查电源")

    async def seen(port: TicketPort) -> None:
        first, second = (await port.read(ref[0])).comments
        assert (first.author, first.key) == ("lineguard", f"{draft.key}/1")
        assert first.text.startswith(HARD)
        assert (second.author, second.key, second.text) == ("chenjing", "", "已到场 检查电源")
        assert (await port.read(ref[0], first.id)).comments == (second,)
        assert (await port.read(ref[0], second.id)).comments == ()

    bench.run(ours)
    bench.run(theirs, user="chenjing")
    bench.run(seen)


def test_many_comments_are_read_page_after_page(bench: Bench, draft: Draft) -> None:
    """RT hands out 100 at most; Roundup all at once."""
    many = 103 if bench.kind == PEER_OF_RT else 12

    async def work(port: TicketPort) -> None:
        ref = await port.create(draft)
        for number in range(many):
            await port.comment(ref, "", f"第 {number} 条")
        texts = [one.text for one in (await port.read(ref)).comments]
        assert texts == [f"第 {number} 条" for number in range(many)]

    bench.run(work)


def test_what_is_not_there_is_declined(bench: Bench) -> None:
    async def work(port: TicketPort) -> None:
        for asked in (
            port.read("999999"),
            port.comment("999999", "", "x"),
            port.transition("999999", TicketState.ACCEPTED),
        ):
            with pytest.raises(TicketTrouble):
                await asked

    bench.run(work)


def test_a_wrong_password_is_no_way_in_and_stands_in_no_sentence(bench: Bench) -> None:
    async def work() -> None:
        port = bench.at("lineguard", "wrong-password-x")
        with pytest.raises(NotReached) as caught:
            await port.ping()
        await port.close()
        assert "wrong-password-x" not in f"{caught.value} {caught.value.why} {port!r}"

    asyncio.run(work())


def test_nobody_there_is_not_reached(tmp_path: Path) -> None:
    async def work() -> None:
        url = f"http://127.0.0.1:{free_port()}/"
        for port in (Roundup.at(url, "u", "p"), RequestTracker.at(url, "u", "p", "q")):
            with pytest.raises(NotReached):
                await port.ping()
            await port.close()

    asyncio.run(work())


def test_roundup_files_no_key_twice_however_late_a_request_arrives(tracker: str) -> None:
    async def work() -> None:
        port = Roundup.at(tracker, "lineguard", USERS["lineguard"])
        one = Draft(key=KEY, title="x", text="x", severity="info", device="")
        ref = await port.create(one)
        with pytest.raises(Declined):
            await port.create(one)
        await port.comment(ref, f"{KEY}/1", "x")
        with pytest.raises(Declined):
            await port.comment(ref, f"{KEY}/1", "x")
        assert len((await port.read(ref)).comments) == 1
        await port.close()

    asyncio.run(work())


def test_rt_is_logged_into_once_and_again_when_its_cookie_is_void() -> None:
    world = World()

    async def work(url: str) -> None:
        port = RequestTracker.at(url, "lineguard", USERS["lineguard"], "热线工单")
        for _ in range(3):
            await port.ping()
        assert world.logins == 1
        world.expire()
        await port.ping()
        assert world.logins == 2
        await port.close()

    with rt_served(world) as url:
        asyncio.run(work(url))
