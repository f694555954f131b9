"""In-memory stand-ins for the table, the bucket and `snap`, with the same promises."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

from pagelapse.capture.jobs import (
    MAX_INLINE_BYTES,
    CaptureJob,
    CaptureReport,
    Failure,
    StoredFile,
    Target,
    ThumbnailJob,
    ThumbnailReport,
)
from pagelapse.capture.result import DOCUMENTS
from pagelapse.errors import UsageLimitExceeded, WorkersBusy
from pagelapse.records import Account, ApiKey, CaptureRecord, Claim, Limits, Lookup, Picture, usage_month


class MemoryTable:
    """The table's stores in one object. Each method is atomic, as each of theirs is one write."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.keys: dict[tuple[str, str], ApiKey] = {}
        self.usage: dict[tuple[str, str], int] = {}
        self.location_bytes: dict[tuple[str, str], int] = {}
        self.records: dict[tuple[str, str], CaptureRecord] = {}
        self.prefixes: dict[tuple[str, str], str] = {}
        self.rates: dict[str, float] = {}
        self.charges = 0
        self.leases: dict[str, dict[str, float]] = {}
        self.emails: set[str] = set()
        self.key_writes: dict[str, int] = {}
        self.windows: dict[tuple[str, str], tuple[int, float]] = {}
        self.reads = 0
        self._lock = Lock()

    def put_account(self, account: Account, keys: Sequence[ApiKey]) -> None:
        self.accounts[account.account_id] = account
        for key in keys:
            self.keys[key.account_id, key.key_hash] = key

    def find_account(self, account_id: str) -> Account | None:
        return self.accounts.get(account_id)

    def register(self, account: Account, key: ApiKey, email_hash: str) -> bool:
        with self._lock:
            if email_hash in self.emails:
                return False
            self.emails.add(email_hash)
            self.put_account(account, [key])
            return True

    def keys_and_version(self, account_id: str) -> tuple[list[ApiKey], int]:
        return self.keys_of(account_id), self.key_writes.get(account_id, 0)

    def write_key(self, key: ApiKey, version: int) -> bool:
        with self._lock:
            if self.key_writes.get(key.account_id, 0) != version:
                return False
            return self.put_key(key)

    def put_key(self, key: ApiKey) -> bool:
        if key.account_id not in self.accounts:
            return False
        self.key_writes[key.account_id] = self.key_writes.get(key.account_id, 0) + 1
        self.keys[key.account_id, key.key_hash] = key
        return True

    def keys_of(self, account_id: str) -> list[ApiKey]:
        return [key for key in self.keys.values() if key.account_id == account_id]

    def revoke_key(self, account_id: str, key_id: str, *, at: int) -> bool:
        found = [key for key in self.keys_of(account_id) if key.key_id == key_id]
        for key in found:
            self.keys[account_id, key.key_hash] = replace(key, revoked_at=key.revoked_at or at)
        return bool(found)

    def look_up(self, account_id: str, key_hash: str, month: str, digest: str | None) -> Lookup:
        self.reads += 1
        record = self.records.get((account_id, digest)) if digest else None
        key, usage = self.keys.get((account_id, key_hash)), self.usage.get((account_id, month), 0)
        received = self.location_bytes.get((account_id, month), 0)
        rate_until = self.rates.get(account_id, 0.0)
        return Lookup(self.accounts.get(account_id), key, usage, record, received, rate_until)

    def charge(self, account_id: str, seconds: float, *, now: float, latest: float) -> bool:
        with self._lock:
            self.charges += 1
            rate_until = max(now, self.rates.get(account_id, 0.0)) + seconds
            if rate_until > latest:
                return False
            self.rates[account_id] = rate_until
            return True

    def count(self, subject: str, name: str, *, now: float, seconds: int) -> tuple[int, float]:
        with self._lock:
            requests, until = self.windows.get((subject, name), (0, 0.0))
            counted = (requests + 1, until) if until > now else (1, now + seconds)
            self.windows[subject, name] = counted
            return counted

    def set_suspended(self, account_id: str, at: int | None) -> bool:
        if account_id not in self.accounts:
            return False
        self.accounts[account_id] = replace(self.accounts[account_id], suspended_at=at)
        return True

    def change_limits(self, account_id: str, limits: Limits) -> bool:
        if account_id not in self.accounts:
            return False
        self.accounts[account_id] = replace(self.accounts[account_id], **limits)
        return True

    def find(self, account_id: str, digest: str) -> CaptureRecord | None:
        self.reads += 1
        return self.records.get((account_id, digest))

    def claim(self, claim: Claim, seen: CaptureRecord | None, *, limit: int | None, workers: int | None = None) -> bool:
        with self._lock:
            place = claim.account_id, claim.digest
            now = self.records.get(place)
            if (now is None) != (seen is None):
                return False
            if now and seen and (now.claim != seen.claim or (now.state == "pending" and now.lease_until > time.time())):
                return False
            taken_over = now is not None and now.state == "pending"
            month = now.month if now and taken_over else claim.month
            busy = [until for until in self.leases.get(claim.account_id, {}).values() if until >= time.time()]
            if workers is not None and len(busy) >= workers:
                raise WorkersBusy("All workers of the account are busy; ask again in a few seconds.")
            if not taken_over:
                self._count(claim.account_id, month, limit)
            if workers is not None:
                self.leases.setdefault(claim.account_id, {})[claim.job_id] = claim.lease_until
            fresh = CaptureRecord(
                claim.account_id, claim.digest, claim.job_id, "pending", claim.lease_until, month, None,
                now.picture if now else None, now.thumbnails if now else {}, now.analyses if now else {},
            )  # fmt: skip
            self.records[place], self.prefixes[place] = fresh, claim.key_prefix
            return True

    def _count(self, account_id: str, month: str, limit: int | None) -> None:
        used = self.usage.get((account_id, month), 0)
        if limit is not None and used >= limit:
            raise UsageLimitExceeded("The account has no captures left this month.")
        self.usage[account_id, month] = used + 1

    def finish(
        self,
        account_id: str,
        digest: str,
        picture: Picture,
        thumbnails: dict[str, StoredFile],
        *,
        proxied_bytes: int = 0,
    ) -> bool:
        with self._lock:
            place = account_id, digest
            now = self.records.get(place)
            prefix = picture.file.key.partition(".")[0]
            if now is None or now.claim != picture.job_id or self.prefixes[place] != prefix:
                return False
            if proxied_bytes and now.state != "pending":
                return False
            self._receive(account_id, now.month, proxied_bytes)
            self.leases.get(account_id, {}).pop(picture.job_id, None)
            self.records[place] = replace(
                now, state="done", picture=picture, thumbnails=thumbnails, failure=None, analyses={}
            )
            return True

    def _receive(self, account_id: str, month: str, proxied_bytes: int) -> None:
        self.location_bytes[account_id, month] = self.location_bytes.get((account_id, month), 0) + proxied_bytes

    def fail(self, account_id: str, digest: str, job_id: str, failure: Failure, *, proxied_bytes: int = 0) -> bool:
        with self._lock:
            now = self.records.get((account_id, digest))
            if now is None or now.claim != job_id or now.state != "pending":
                return False
            self.leases.get(account_id, {}).pop(job_id, None)
            self.records[account_id, digest] = replace(now, state="failed", failure=failure)
            self.usage[account_id, now.month] -= 1
            self._receive(account_id, now.month, proxied_bytes)
            return True

    def add_thumbnail(self, account_id: str, digest: str, job_id: str, label: str, file: StoredFile) -> bool:
        with self._lock:
            now = self.records.get((account_id, digest))
            if now is None or now.picture is None or now.picture.job_id != job_id:
                return False
            self.records[account_id, digest] = replace(now, thumbnails={**now.thumbnails, label: file})
            return True

    def add_analysis(self, account_id: str, digest: str, job_id: str, key: str, text: str) -> bool:
        with self._lock:
            now = self.records.get((account_id, digest))
            if now is None or now.picture is None or now.picture.job_id != job_id:
                return False
            self.records[account_id, digest] = replace(now, analyses={**now.analyses, key: text})
            return True

    def used(self, account_id: str) -> int:
        """This month's count."""
        return self.usage.get((account_id, usage_month(time.time())), 0)


class MemoryPictures:
    """The bucket."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.reads: list[str] = []

    def get(self, key: str) -> bytes | None:
        self.reads.append(key)
        return self.objects.get(key)

    def put(self, key: str, body: bytes, *, media_type: str) -> None:
        assert media_type
        self.objects[key] = body

    def presigned_get(self, key: str, *, seconds: int) -> str:
        return f"https://bucket.test/{key}?seconds={seconds}"


class FakeSnap:
    """`snap` without a browser: each capture's bytes are its job id."""

    def __init__(self, pictures: MemoryPictures) -> None:
        self.pictures = pictures
        self.jobs: list[CaptureJob] = []
        self.thumbnail_jobs: list[ThumbnailJob] = []
        self.before: Callable[[CaptureJob], None] = lambda _job: None
        """Runs at the start of each capture; what it raises, `run` raises."""
        self.failure: Failure | None = None
        self.inline_limit = MAX_INLINE_BYTES
        self.picture: bytes | None = None
        """The bytes of each picture instead."""
        self.claimed_size: int | None = None

    def run(self, job: CaptureJob | ThumbnailJob, *, wait_s: float) -> bytes:
        assert wait_s > 0
        if isinstance(job, ThumbnailJob):
            self.thumbnail_jobs.append(job)
            small = self._put(f"{job.key_prefix}_{job.thumbnail.label()}.jpg", b"small", "image/jpeg")
            return ThumbnailReport(job_id=job.job_id, thumbnail=small).model_dump_json().encode()
        self.jobs.append(job)
        self.before(job)
        return self.report(job).model_dump_json().encode()

    def report(self, job: CaptureJob) -> CaptureReport:
        """What the capture's report says."""
        ids = {"job_id": job.job_id, "account_id": job.account_id, "digest": job.record_digest()}
        if self.failure:
            return CaptureReport(**ids, failure=self.failure)
        output = job.options.output
        body = {"html": b"<h1>hello</h1>", "markdown": b"# hello"}.get(output, self.picture or job.job_id.encode())
        media_type = f"image/{job.options.type}" if output == "image" else DOCUMENTS[output][0]
        file = self._put(f"{job.key_prefix}.bin", body, media_type)
        if self.claimed_size is not None:
            file = file.model_copy(update={"size": self.claimed_size})
        thumbnail = None
        if job.thumbnail:
            thumbnail = self._put(f"{job.key_prefix}_{job.thumbnail.label()}.jpg", b"small", "image/jpeg")
        return CaptureReport(
            **ids, file=file, thumbnail=thumbnail, body=body if job.inline else None,
            target=Target(url=job.options.url, status=200), taken_at_ms=int(time.time() * 1000),
        )  # fmt: skip

    def _put(self, key: str, body: bytes, media_type: str) -> StoredFile:
        self.pictures.objects[key] = body
        return StoredFile(key=key, media_type=media_type, size=len(body), width=1, height=1)
