"""`pagelapse account set`, over a table in memory."""

from __future__ import annotations

import pytest
from tests.world import World

from pagelapse import cli
from pagelapse.commands import keys


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The table that the command works on."""
    made = World()
    monkeypatch.setattr(keys, "_accounts", lambda: made.accounts)
    return made


def _set(world: World, *arguments: str) -> int:
    return cli.main(["account", "set", world.new.account.account_id, *arguments])


def test_what_is_not_named_stays(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Workers and signature are set one by one, and the command says how both stand."""
    assert _set(world, "--workers", "3") == 0
    assert _set(world, "--signature", "required") == 0
    assert capsys.readouterr().out.split()[-4:] == ["workers", "3", "signature", "required"]
    assert _set(world, "--workers", "unlimited") == 0
    account = world.table.accounts[world.new.account.account_id]
    assert (account.workers, account.signature_required) == (None, True)


def test_an_account_is_made_with_workers(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A new account has as many workers as the operator says, and any number when nothing is said."""
    for arguments, workers in ((["--workers", "2"], 2), ([], None)):
        assert cli.main(["account", "create", "new", *arguments]) == 0
        account_id = capsys.readouterr().out.split()[1]
        assert world.table.accounts[account_id].workers == workers


def test_nonsense_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What is neither a number nor `unlimited` changes nothing."""
    with pytest.raises(SystemExit):
        _set(world, "--workers", "-2")
    with pytest.raises(SystemExit):
        _set(world, "--workers", "many")
    assert world.table.accounts[world.new.account.account_id].workers is None
