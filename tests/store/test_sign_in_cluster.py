"""On a cluster an address and its account are in different slots, and still change together."""

from __future__ import annotations

import pytest

from tests.fixtures.authenticator import Authenticator
from tests.fixtures.sign_in import PostOffice, code_in, signing_in, with_address
from training_loop.errors import Unauthenticated
from training_loop.loop import Loop
from training_loop.sign_in.addresses import parse_address
from training_loop.store import keys


async def test_a_holder_signs_in_changes_address_and_leaves_on_a_cluster(
    cluster_loop: Loop, post_office: PostOffice
) -> None:
    loop, key = cluster_loop, Authenticator()
    sign_in = signing_in(loop, post_office.server)
    account = (await loop.accounts.create()).account
    for address in ("anna@example.org", "later@example.org"):
        await with_address(sign_in, post_office, account, address)
    begun = await sign_in.passkeys.start_registration(account)
    await sign_in.passkeys.complete_registration(
        account, begun.ticket, key.create(begun.options_json), "key"
    )
    asked = await sign_in.email.start("later@example.org")
    opened = await sign_in.email.complete(asked.ticket, code_in(await post_office.next_letter()))
    begun = await sign_in.passkeys.start()
    await sign_in.passkeys.complete(begun.ticket, key.get(begun.options_json))
    digest = parse_address("later@example.org").digest(loop.vault)
    await loop.store.delete(keys.email_entry(digest))
    assert await sign_in.emails.reclaim_all() == 1
    assert await sign_in.emails.settle_all() == 0
    await loop.rights.delete_account(account)
    with pytest.raises(Unauthenticated):
        await sign_in.sessions.verify(opened.token)
    assert await loop.store.get(keys.email_entry(digest)) is None
