"""The stores against a real DynamoDB protocol."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.capture_items import CaptureItem
from pagelapse.adapters.capture_store import CaptureTable
from pagelapse.capture.jobs import Failure, StoredFile, Target
from pagelapse.errors import InvalidKey, UsageLimitExceeded, WorkersBusy
from pagelapse.local.stack import Stack
from pagelapse.records import Claim, Picture, usage_month

pytestmark = pytest.mark.e2e

DIGEST = "d" * 64
FAILURE = Failure(code="capture_failed", message="No.", option="url")


@pytest.fixture
def accounts(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """Accounts in the deployed table."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    return Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def captures(stack: Stack, accounts: Accounts) -> CaptureTable:
    """Captures in the deployed table."""
    return CaptureTable(stack.outputs["TableName"])


@pytest.fixture
def new(accounts: Accounts) -> NewAccount:
    """A new account."""
    return accounts.create_account("table")


def _claim(new: NewAccount, job_id: str = "j1", *, lease_s: float = 60, digest: str = DIGEST) -> Claim:
    now = time.time()
    prefix = f"pictures/{job_id}"
    return Claim(new.account.account_id, digest, job_id, prefix, usage_month(now), now + lease_s)


def _picture(job_id: str = "j1") -> Picture:
    file = StoredFile(key=f"pictures/{job_id}.png", media_type="image/png", size=3, width=1, height=1)
    target = Target(url="https://example.com/", status=200, headers={"server": "x"})
    return Picture(job_id=job_id, file=file, taken_at_ms=1_700_000_000_123, target=target, shortfall="images")


def _finish(captures: CaptureTable, new: NewAccount, job_id: str = "j1") -> bool:
    thumbnail = StoredFile(key=f"pictures/{job_id}_320x.jpg", media_type="image/jpeg", size=1)
    return captures.finish(new.account.account_id, DIGEST, _picture(job_id), {"320x": thumbnail})


def _fail(captures: CaptureTable, new: NewAccount, job_id: str = "j1") -> bool:
    return captures.fail(new.account.account_id, DIGEST, job_id, FAILURE)


def test_accounts_and_keys_come_back_as_stored(accounts: Accounts) -> None:
    """An account, its limit and its keys are read back as they were written."""
    new = accounts.create_account("Zoë", screenshot_limit=5)
    caller = accounts.identify(new.publishable_key, digest=DIGEST)
    assert (caller.account, caller.kind, caller.usage, caller.record) == (new.account, "publishable", 0, None)
    assert {key.kind for key in accounts.list_keys(new.account.account_id)} == {"private", "publishable"}


def test_revocation(accounts: Accounts, new: NewAccount) -> None:
    """A revoked key is refused from the next read on, and only that key."""
    key, text = accounts.create_key(new.account.account_id, "private", "ci")
    assert accounts.identify(text).account == new.account
    accounts.revoke_key(new.account.account_id, key.key_id)
    with pytest.raises(InvalidKey):
        accounts.identify(text)
    assert accounts.identify(new.private_key).account == new.account


def test_keys_need_an_account(accounts: Accounts) -> None:
    """No key is stored for an account that does not exist."""
    with pytest.raises(LookupError):
        accounts.create_key("000000000001")
    assert accounts.list_keys("000000000001") == []


def test_a_claim_is_won_once_and_counted(accounts: Accounts, captures: CaptureTable, new: NewAccount) -> None:
    """Of twenty claims of the same options at once one wins, and one capture is counted."""
    with ThreadPoolExecutor(20) as threads:
        won = list(threads.map(lambda n: captures.claim(_claim(new, f"j{n}"), None, limit=None), range(20)))
    assert won.count(True) == 1
    caller = accounts.identify(new.private_key, digest=DIGEST)
    assert caller.usage == 1
    assert caller.record
    assert caller.record.claim == f"j{won.index(True)}"


def test_claims_of_other_options_do_not_lose_counts(
    accounts: Accounts, captures: CaptureTable, new: NewAccount
) -> None:
    """Twenty different claims at once collide on the account's usage, and are all counted."""
    claims = [_claim(new, f"j{number}", digest=secrets.token_hex(32)) for number in range(20)]
    with ThreadPoolExecutor(20) as threads:
        assert all(threads.map(lambda claim: captures.claim(claim, None, limit=20), claims))
    assert accounts.identify(new.private_key).usage == 20
    with pytest.raises(UsageLimitExceeded):
        captures.claim(_claim(new), None, limit=20)
    assert captures.find(new.account.account_id, DIGEST) is None


def test_a_picture_comes_back_as_stored(captures: CaptureTable, new: NewAccount) -> None:
    """A finished capture is read back whole, with its thumbnails."""
    captures.claim(_claim(new), None, limit=1)
    assert _finish(captures, new)
    other = StoredFile(key="pictures/other_x50.jpg", media_type="image/jpeg", size=2)
    assert captures.add_thumbnail(new.account.account_id, DIGEST, "j1", "x50", other)
    record = captures.find(new.account.account_id, DIGEST)
    assert record
    assert (record.state, record.picture, set(record.thumbnails)) == ("done", _picture(), {"320x", "x50"})
    assert not captures.add_thumbnail(new.account.account_id, DIGEST, "j0", "x60", other)


def test_only_the_claims_holder_finishes(captures: CaptureTable, new: NewAccount) -> None:
    """A report of another attempt, or about a file elsewhere, changes nothing."""
    captures.claim(_claim(new), None, limit=None)
    assert not _finish(captures, new, "j2")
    elsewhere = _picture("j2").model_copy(update={"job_id": "j1"})
    assert not captures.finish(new.account.account_id, DIGEST, elsewhere, {})
    record = captures.find(new.account.account_id, DIGEST)
    assert record
    assert record.state == "pending"


def test_a_failure_gives_back_once(accounts: Accounts, captures: CaptureTable, new: NewAccount) -> None:
    """A failure recorded twice is given back once, and its reason is read back."""
    captures.claim(_claim(new), None, limit=None)
    assert [_fail(captures, new) for _ in range(2)] == [True, False]
    caller = accounts.identify(new.private_key, digest=DIGEST)
    assert caller.record
    assert (caller.usage, caller.record.state, caller.record.failure) == (0, "failed", FAILURE)


def test_failures_at_once_give_back_once(accounts: Accounts, captures: CaptureTable, new: NewAccount) -> None:
    """The same failure from ten processes at once is given back once."""
    captures.claim(_claim(new), None, limit=None)
    with ThreadPoolExecutor(10) as threads:
        applied = list(threads.map(lambda _: _fail(captures, new), range(10)))
    assert (applied.count(True), accounts.identify(new.private_key).usage) == (1, 0)


def test_an_expired_lease_is_taken_over_uncounted(accounts: Accounts, captures: CaptureTable, new: NewAccount) -> None:
    """An attempt whose lease has ended goes to one other, without being counted again."""
    captures.claim(_claim(new, lease_s=-1), None, limit=1)
    seen = captures.find(new.account.account_id, DIGEST)
    with ThreadPoolExecutor(5) as threads:
        won = list(threads.map(lambda n: captures.claim(_claim(new, f"t{n}"), seen, limit=1), range(5)))
    assert (won.count(True), accounts.identify(new.private_key).usage) == (1, 1)


def test_a_lease_that_runs_is_not_taken_over(captures: CaptureTable, new: NewAccount) -> None:
    """An attempt under way keeps its claim."""
    captures.claim(_claim(new), None, limit=None)
    seen = captures.find(new.account.account_id, DIGEST)
    assert not captures.claim(_claim(new, "j2"), seen, limit=None)


def test_a_claim_on_what_has_changed_since_is_lost(captures: CaptureTable, new: NewAccount) -> None:
    """A claim on a record that somebody else has renewed meanwhile is lost."""
    captures.claim(_claim(new), None, limit=None)
    _finish(captures, new)
    seen = captures.find(new.account.account_id, DIGEST)
    assert seen
    assert not captures.claim(_claim(new, "j2"), replace(seen, claim="older"), limit=None)
    assert not captures.claim(_claim(new, "j2"), None, limit=None)
    assert captures.claim(_claim(new, "j2"), seen, limit=None)


def test_a_failed_refresh_keeps_the_picture(captures: CaptureTable, new: NewAccount) -> None:
    """The last picture survives a later attempt that fails."""
    captures.claim(_claim(new), None, limit=None)
    _finish(captures, new)
    captures.claim(_claim(new, "j2"), captures.find(new.account.account_id, DIGEST), limit=None)
    _fail(captures, new, "j2")
    record = captures.find(new.account.account_id, DIGEST)
    assert record
    assert (record.state, record.picture, set(record.thumbnails)) == ("failed", _picture(), {"320x"})


def _begin(captures: CaptureTable, new: NewAccount, job_id: str, *, workers: int, lease_s: float = 60) -> bool:
    """A claim of options of its own."""
    claim = _claim(new, job_id, lease_s=lease_s, digest=f"{job_id:d>64}")
    return captures.claim(claim, None, limit=None, workers=workers)


def test_as_many_captures_at_once_as_workers(accounts: Accounts, captures: CaptureTable, new: NewAccount) -> None:
    """Of twelve different captures at once as many begin as the account has workers; the others are not counted."""

    def begin(number: int) -> bool:
        try:
            return _begin(captures, new, f"j{number}", workers=3)
        except WorkersBusy:
            return False

    with ThreadPoolExecutor(12) as threads:
        begun = list(threads.map(begin, range(12)))
    assert (begun.count(True), accounts.identify(new.private_key).usage) == (3, 3)


def test_a_lost_claim_takes_no_worker(captures: CaptureTable, new: NewAccount) -> None:
    """Of equal captures at once one begins; the others lose their claim, are no limit's fault and hold no worker."""
    claims = [_claim(new, f"j{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda claim: captures.claim(claim, None, limit=8, workers=8), claims))
    assert won.count(True) == 1
    assert all(_begin(captures, new, f"k{number}", workers=8) for number in range(7))
    with pytest.raises(WorkersBusy):
        _begin(captures, new, "k8", workers=8)


def test_a_worker_is_free_again_when_its_capture_has_ended(captures: CaptureTable, new: NewAccount) -> None:
    """A picture and a failure each give their worker back, once, however often they are recorded."""
    account_id = new.account.account_id
    for job_id in ("j1", "j2"):
        assert _begin(captures, new, job_id, workers=2)
    with pytest.raises(WorkersBusy):
        _begin(captures, new, "j3", workers=2)
    for _ in range(2):
        captures.finish(account_id, f"{'j1':d>64}", _picture("j1"), {})
        captures.fail(account_id, f"{'j2':d>64}", "j2", FAILURE)
    assert all(_begin(captures, new, job_id, workers=2) for job_id in ("j4", "j5"))
    with pytest.raises(WorkersBusy):
        _begin(captures, new, "j6", workers=2)


def test_who_has_no_workers_pays_for_none(
    captures: CaptureTable, new: NewAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture of an account without workers is recorded without a read."""
    assert captures.claim(_claim(new), None, limit=None)
    reads: list[object] = []
    monkeypatch.setattr(CaptureItem, "get", lambda *place, **_: reads.append(place))
    assert _finish(captures, new)
    assert reads == []


def test_a_dead_workers_place_comes_back(captures: CaptureTable, new: NewAccount) -> None:
    """A capture that never ends holds its worker until its lease ends; taking it over takes a worker anew."""
    assert _begin(captures, new, "j1", workers=1, lease_s=-1)
    seen = captures.find(new.account.account_id, f"{'j1':d>64}")
    again = _claim(new, "j2", digest=f"{'j1':d>64}")
    assert captures.claim(again, seen, limit=None, workers=1)
    with pytest.raises(WorkersBusy):
        _begin(captures, new, "j3", workers=1)


def test_workers_and_signatures_are_the_operators_choice(accounts: Accounts, new: NewAccount) -> None:
    """An account's workers and need of signatures are changed one by one, and come back as stored."""
    account_id = new.account.account_id
    accounts.change_limits(account_id, {"workers": 2})
    accounts.change_limits(account_id, {"signature_required": True})
    found = accounts.identify(new.private_key).account
    assert (found.workers, found.signature_required) == (2, True)
    assert accounts.change_limits(account_id, {"workers": None}).signature_required
    assert accounts.identify(new.private_key).account.workers is None
