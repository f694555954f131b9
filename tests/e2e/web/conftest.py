from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.layout import Layout
from pagelapse.local.stack import Stack

WITHIN_MS = 60_000


@dataclass
class Person:
    """Somebody with an account, in front of a browser."""

    stack: Stack
    account: NewAccount
    page: Page
    complaints: list[str] = field(default_factory=list)
    """What the browser's console said of errors, and of what a policy forbids."""

    def hear(self, said: ConsoleMessage) -> None:
        """Keep it, if it is a complaint."""
        if said.type == "error":
            self.complaints.append(said.text)

    def go(self, path: str) -> int:
        """Open a page; its status."""
        answer = self.page.goto(self.stack.url + path)
        assert answer is not None
        return answer.status

    def sign_in(self) -> None:
        """By the private key."""
        self.go("/app/sign-in")
        self.page.get_by_label("Key").fill(self.account.private_key)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.stack.url}/app")


NewPerson = Callable[..., Person]


@pytest.fixture(scope="module")
def accounts(stack: Stack) -> Iterator[Accounts]:
    """The deployed accounts, as the operator's command line reaches them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture(scope="module")
def chromium(chromium_path: Path) -> Iterator[Browser]:
    """The browser that people look at the pages with."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--in-process-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def new_person(stack: Stack, accounts: Accounts, chromium: Browser) -> Iterator[NewPerson]:
    """Makes people with accounts and browsers of their own, and ends the browsers."""
    numbers, contexts = itertools.count(), list[BrowserContext]()

    def make(**options: Any) -> Person:
        contexts.append(chromium.new_context(**options))
        person = Person(stack, accounts.create_account(f"pages {next(numbers)}"), contexts[-1].new_page())
        person.page.set_default_timeout(WITHIN_MS)
        person.page.on("console", person.hear)
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        return person

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of the accessibility rules."""
    script = Layout().axe
    if not script.is_file():
        pytest.fail("no axe-core: `make test` gets it")
    return script.read_text(encoding="utf-8")
