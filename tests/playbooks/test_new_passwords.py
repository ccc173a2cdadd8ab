"""New passwords: strong, typeable, and harmless in every place they go through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.logins import FITTING, How, PasswordLogin
from playbooks.new_passwords import DIGITS, LOWER, POLICIES, UPPER, new_password

CONFUSING = set("0OolI1")
HARMFUL = set(" \t\n'\"`$\\!?&|;<>(){}[]*~#%@:/,^")


def login(name: str = "cli", user: str = "inspect") -> PasswordLogin:
    return PasswordLogin(
        device="rt-1", name=name, protocol=name, user=user, secret="s", how=How.PERSON
    )


def test_every_login_has_a_policy() -> None:
    assert POLICIES.keys() == FITTING.keys()


@pytest.mark.parametrize("name", sorted(FITTING))
def test_it_has_every_class_and_nothing_that_is_misread_or_does_harm(name: str) -> None:
    for _ in range(200):
        made = set(text := new_password(login(name)))
        assert len(text) == POLICIES[name].length
        assert text[0].isalpha()
        assert all(made & set(one) for one in (LOWER, UPPER, DIGITS, POLICIES[name].marks))
        assert not made & (CONFUSING | HARMFUL)


@given(st.text("abcd", min_size=1, max_size=12))
def test_the_name_of_the_user_is_not_in_it_in_either_direction(user: str) -> None:
    made = new_password(login(user=user)).lower()
    assert user not in made and user[::-1] not in made


def test_no_two_are_alike() -> None:
    assert len({new_password(login()) for _ in range(500)}) == 500


def test_consoles_get_no_more_than_old_ones_take() -> None:
    assert POLICIES["cli"].length == 16
