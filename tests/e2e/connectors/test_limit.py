"""How many connectors an account may have, on the deployed table."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from pagelapse.accounts import Accounts
from pagelapse.adapters.connector_store import ConnectorTable
from pagelapse.adapters.table import AccountItem
from pagelapse.connections import Connector, new_connector_id
from pagelapse.local.stack import Stack
from pagelapse.services.connectors import MAX_CONNECTORS

pytestmark = pytest.mark.e2e


def test_the_limit_also_at_one_moment(stack: Stack, deployed_accounts: Accounts) -> None:
    """Of connectors that are made at the same moment, no more are made than an account may have."""
    table = ConnectorTable(stack.outputs["TableName"])
    account_id = deployed_accounts.create_account("crowded").account.account_id

    def make(_: int) -> bool:
        made = Connector(account_id, new_connector_id(account_id), "Office", "hash", time.time())
        return table.add(made, most=MAX_CONNECTORS)

    assert make(0)
    AccountItem.at(account_id).update(actions=[AccountItem.connectors.set(MAX_CONNECTORS - 2)])
    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(make, range(8))) == {True: 2, False: 6}
    found = table.of_account(account_id)
    assert len(found) == 3
    removed = [table.remove(account_id, found[0].connector_id) for _ in range(2)]
    assert (removed, make(0), make(0)) == ([True, False], True, False)
    nobody = Connector("nobody", "conn_nobody", "Office", "hash", time.time())
    assert not table.add(nobody, most=MAX_CONNECTORS)
