"""An order travels through a pipe, and what a device says comes back without a password."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks import module
from playbooks.module import read_result, received, sent, write_result
from playbooks.orders import Done, Order, Outcome, Work, order_of, said

OLD, NEW = "Kt4-wxyzAB-old", "Qm7+hjkmCD-new"


def order(**more: object) -> Order:
    given_ = {
        "work": Work.CHANGE, "how": "passwd", "device": "app-1", "host": "127.0.0.1", "port": 1,
        "user": "inspect", "old": OLD, "new": NEW, "known_hosts": "/dev/null", "timeout_s": 2.0,
    }  # fmt: skip
    return Order(**{**given_, **more})  # type: ignore[arg-type]


def test_an_order_comes_back_as_it_was_and_never_shows_its_passwords() -> None:
    assert order_of(order().as_json()) == order()
    assert OLD not in repr(order()) and NEW not in repr(order())


def test_a_pipe_hands_it_over_while_both_live(tmp_path: Path) -> None:
    pipe = tmp_path / "order"
    os.mkfifo(pipe)
    assert not sent(pipe, order())  # nobody listens yet
    over = threading.Event()

    def send() -> None:
        while not over.is_set() and not sent(pipe, order()):
            over.wait(0.01)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        assert received(pipe, 10) == order()
    finally:
        over.set()
        sender.join()


def test_a_module_whose_sender_is_gone_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.1)
    os.mkfifo(tmp_path / "order")
    arguments = tmp_path / "arguments.json"
    given_ = {
        "pipe": str(tmp_path / "order"),
        "result": str(tmp_path / "result.json"),
        "lock": str(tmp_path / "lock"),
    }
    arguments.write_text(json.dumps(given_))
    assert module.main(str(arguments)) == 0
    done = read_result(tmp_path / "result.json")
    assert done is not None and done.outcome is Outcome.REFUSED


@pytest.mark.parametrize("text", ["", "{}\n", "null\n", "[1]\n", '{"work": "burn"}\n', "x"])
def test_what_is_no_order_is_none(tmp_path: Path, text: str) -> None:
    plain = tmp_path / "plain"
    plain.write_text(text)
    assert received(plain, 0.05) is None


def test_a_result_is_whole_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    assert read_result(path) is None
    write_result(path, Done(outcome=Outcome.DONE, said="ok"))
    assert read_result(path) == Done(outcome=Outcome.DONE, said="ok")
    path.write_text('{"outcome": "fine"}')
    assert read_result(path) is None


@pytest.mark.parametrize(
    "words",
    [
        f"bad password {NEW}",
        f"local-user inspect password cipher {NEW[:9]}\r\n{NEW[9:]}",
        f"echo {OLD[3:]}",
        f"{NEW[:5]}",
    ],
)
def test_words_with_a_piece_of_a_password_are_not_kept(words: str) -> None:
    assert said(order(), words) == ""


def test_other_words_are_kept_on_one_harmless_line() -> None:
    told = said(order(), b"Error: \x1b[31mtoo\x1b[0m simple\r\nsecond" + b"x" * 9_000)
    assert told.startswith("Error: too simple second")
    assert len(told) <= 300


@given(st.binary(max_size=400))
def test_whatever_a_device_says_no_password_is_kept(noise: bytes) -> None:
    for at in (0, len(noise) // 2, len(noise)):
        told = said(order(), noise[:at] + NEW.encode() + noise[at:])
        assert NEW not in told
