"""Every key of the store.

All keys of an account share a hash slot through the tag `{sNN}`: 64 logical shards, fixed, by the
account's hash. So one script changes them together, on one server or on a cluster alike.
Containers that consent opens carry the consent's epoch in their name: raising the epoch makes the
old ones unreachable at once.
"""

from __future__ import annotations

import hashlib

SHARDS = 64


def shard_tag(number: int) -> str:
    return f"{{s{number:02d}}}"


def shard_of(account: str) -> str:
    """The hash tag of an account's shard, for example `{s07}`."""
    return shard_tag(hashlib.sha256(account.encode()).digest()[0] % SHARDS)


def all_shards() -> tuple[str, ...]:
    return tuple(shard_tag(number) for number in range(SHARDS))


STAFF_SHARD = "{s64}"
"""What belongs to people who work here: one slot of its own beside the accounts' shards, so that
each change of it is one script on a cluster as well."""


def audited_shards() -> tuple[str, ...]:
    """Shards with a chain of audit entries: those of accounts, and the staff's."""
    return (*all_shards(), STAFF_SHARD)


def account(name: str) -> str:
    """Hash: settings, epochs, wrapped keys, token digest, time zone."""
    return f"{shard_of(name)}:a:{name}"


def consent_log(name: str) -> str:
    """List: each consent given or withdrawn, with text version, channel and time."""
    return f"{shard_of(name)}:c:{name}"


def learning_items(name: str, epoch: int) -> str:
    """Hash: item id to `<blob>|<enqueued, ms>|` and the sealed utterance."""
    return f"{shard_of(name)}:i:{name}:{epoch}"


def learning_index(name: str, epoch: int) -> str:
    """Sorted set: item ids by capture time in ms."""
    return f"{shard_of(name)}:ix:{name}:{epoch}"


def ready(name: str, epoch: int) -> str:
    """Sorted set: item ids that wait for review, by time; the epoch is `human_review`'s own."""
    return f"{shard_of(name)}:r:{name}:{epoch}"


def leases(name: str, epoch: int) -> str:
    """Hash: item id to lease token and expiry; the epoch is `human_review`'s own."""
    return f"{shard_of(name)}:t:{name}:{epoch}"


def reviewed(name: str, epoch: int) -> str:
    """Hash: item id to sealed review."""
    return f"{shard_of(name)}:v:{name}:{epoch}"


def history_items(name: str, epoch: int) -> str:
    """Hash: utterance id to `<blob>|<kept, ms>|` and the sealed record."""
    return f"{shard_of(name)}:h:{name}:{epoch}"


def history_index(name: str, epoch: int) -> str:
    """Sorted set: utterance ids by capture time in ms."""
    return f"{shard_of(name)}:hx:{name}:{epoch}"


def read_grants(name: str) -> str:
    """Sorted set: reads in flight by expiry in ms; an opt-out waits for them."""
    return f"{shard_of(name)}:rg:{name}"


def blob_intents(shard: str) -> str:
    """Sorted set: blobs announced and not referenced yet, by deadline in ms; 0 for "remove now".

    Blob names are random and say nothing about their account.
    """
    return f"{shard}:b"


def listens(name: str) -> str:
    """List: who listened to this account, and when."""
    return f"{shard_of(name)}:w:{name}"


def model_uses(name: str) -> str:
    """Set: models that were trained on items of this account."""
    return f"{shard_of(name)}:m:{name}"


def data_set_uses(name: str) -> str:
    """Set: data sets, and exports of them, that name items of this account. Stays after an
    opt-out, so that a later erasure still finds who was given what."""
    return f"{shard_of(name)}:du:{name}"


def exported_items(export: str) -> str:
    """Hash: digest of each item of an export to "" (delivered), the ms since which its recipient
    has to delete it, or "done:<ms>". Nobody can turn the digests into items."""
    return f"{shard_of(export)}:xi:{export}"


def devices(name: str) -> str:
    """Hash: device id to sealed record and credential digest."""
    return f"{shard_of(name)}:d:{name}"


def agenda(name: str) -> str:
    """Hash: entry id to sealed timer, alarm or reminder."""
    return f"{shard_of(name)}:g:{name}"


def agenda_due(name: str, device: str) -> str:
    """Sorted set: agenda entry ids of one device by due time."""
    return f"{shard_of(name)}:gd:{name}:{device}"


def agenda_rung(name: str) -> str:
    """Hash that expires: device to the sealed entry that rang last."""
    return f"{shard_of(name)}:gr:{name}"


def lists(name: str) -> str:
    """Hash: list name to sealed items."""
    return f"{shard_of(name)}:l:{name}"


def request(name: str, request_id: str) -> str:
    """String that expires: the result of a request id, so that a retry repeats the answer."""
    return f"{shard_of(name)}:x:{name}:{request_id}"


def arrival(name: str, utterance: str) -> str:
    """String that expires: what became of an utterance, or that it was deleted; no id in its name.

    Scripts build the same name.
    """
    digest = hashlib.sha1(utterance.encode(), usedforsecurity=False).hexdigest()
    return request(name, f"u:{digest}")


def queue_accounts(shard: str) -> str:
    """Sorted set: accounts of a shard with items that wait for review, by their oldest item."""
    return f"{shard}:q"


def leasing_accounts(shard: str) -> str:
    """Sorted set: accounts of a shard with leased items, by the earliest expiry in ms."""
    return f"{shard}:ql"


def consenting_accounts(shard: str) -> str:
    """Set: accounts of a shard that keep a history or let models learn."""
    return f"{shard}:n"


def log_rewrite_due(shard: str) -> str:
    """Counter: rises with each deletion; gone once the append-only file was rewritten since."""
    return f"{shard}:lr"


def shard_of_erasure(erasure: str) -> str:
    """An erasure's id carries its shard, so that it is found when the account is gone."""
    return f"{{s{erasure[4:6]}}}"


def begun_deletions(shard: str) -> str:
    """Set: accounts whose deletion Earmark 0.1 had begun; each becomes an erasure."""
    return f"{shard}:e"


def erasure(name: str) -> str:
    """Hash: step, evidence and receipt of an erasure, and what it erases, sealed."""
    return f"{shard_of_erasure(name)}:er:{name}"


def erasure_blobs(name: str) -> str:
    """Set: blobs and containers that an erasure still has to remove."""
    return f"{shard_of_erasure(name)}:eb:{name}"


def open_erasures(shard: str) -> str:
    """Set: erasures of a shard that have begun and not ended."""
    return f"{shard}:eo"


def erasures_with_pending(shard: str) -> str:
    """Set: erasures that have ended with something pending, for a second receipt."""
    return f"{shard}:ep"


def erased_accounts(shard: str) -> str:
    """Sorted set: digests of erased accounts by the time of their erasure in ms."""
    return f"{shard}:ts"


def quarantine(name: str) -> str:
    """Hash: what the auditor put aside of an account, `z:<account>:<ms>:<old key>`, to that ms."""
    return f"{shard_of(name)}:z:{name}"


def pairing_codes(shard: str) -> str:
    """Hash: digest of a one-time code to its account and expiry."""
    return f"{shard}:p"


def pairing_failures(shard: str) -> str:
    """String that expires: how many wrong codes came for a shard lately."""
    return f"{shard}:pw"


def audit_entries(shard: str) -> str:
    """List: what was done in a shard, each entry linked to the one before; pseudonyms only."""
    return f"{shard}:au"


def audit_head(shard: str) -> str:
    """String: number and link of the shard's last audit entry."""
    return f"{shard}:ah"


def audit_request(shard: str, digest: str) -> str:
    """String that expires: a request that was recorded already."""
    return f"{shard}:aur:{digest}"


def fence(key: str) -> str:
    """String in the slot of a key: written on a cluster before each answer, for a replica to
    confirm."""
    tag = key[1 : key.find("}")] if key.startswith("{") and key.find("}") > 1 else key
    return f"{{{tag}}}:f"


def oldest_key_version(shard: str) -> str:
    """String: keys wrapped by an older version of the master key are not stored any more."""
    return f"{shard}:kv"


def staff_member(member: str) -> str:
    """Hash: state, role, sealed name, pseudonym, and what the member signs in with: digests, an
    Argon2 hash, a sealed secret."""
    return f"{STAFF_SHARD}:sm:{member}"


def staff_names() -> str:
    """Hash: keyed digest of a name to the id of the member of staff."""
    return f"{STAFF_SHARD}:sn"


def staff_identities() -> str:
    """Hash: keyed digest of an OpenID Connect issuer and subject to the id of a member."""
    return f"{STAFF_SHARD}:si"


def staff_recovery(member: str) -> str:
    """Set: digests of recovery codes that were not used."""
    return f"{STAFF_SHARD}:sr:{member}"


def staff_passkeys(member: str) -> str:
    """Hash: credential id to `<sign count>|<made, ms>|<public key>`."""
    return f"{STAFF_SHARD}:sk:{member}"


def staff_session(session: str) -> str:
    """Hash that expires: digest of the token, member, the role at issue, times in ms."""
    return f"{STAFF_SHARD}:ss:{session}"


def staff_sessions(member: str) -> str:
    """Sorted set: sessions of a member by when they were opened, in ms."""
    return f"{STAFF_SHARD}:sl:{member}"


def staff_ticket(ticket: str) -> str:
    """Hash that expires: who is half signed in, or half enrolled, and with what."""
    return f"{STAFF_SHARD}:st:{ticket}"


def staff_failures(name_digest: str) -> str:
    """Hash that expires: attempts since the last success under a name, known or not, and until
    when no further one is looked at."""
    return f"{STAFF_SHARD}:sf:{name_digest}"


def staff_attempts() -> str:
    """String that expires: attempts of everybody in this minute."""
    return f"{STAFF_SHARD}:sf"


def staff_oidc_flow(flow: str) -> str:
    """String that expires: state, nonce and code verifier of a sign-in elsewhere, sealed."""
    return f"{STAFF_SHARD}:so:{flow}"


def passkey_challenge(shard: str, ceremony: str) -> str:
    """String that expires: the challenge of a passkey ceremony; taken once. No account in its
    name."""
    return f"{shard}:wc:{ceremony}"


STAFF_KINDS = frozenset({"sm", "sn", "si", "sr", "sk", "ss", "sl", "st", "sf", "so"})
"""Second parts of the keys about members of staff: nothing of an account, and not backed up."""


def sign_in_record(name: str) -> str:
    """Hash: the holder's e-mail address, sealed, and the claims on addresses: the one it has, the
    one it is about to take, the one it is giving up."""
    return f"{shard_of(name)}:wm:{name}"


def holder_passkeys(name: str) -> str:
    """Hash: credential id to its record: counter, times, public key and its name, sealed."""
    return f"{shard_of(name)}:wk:{name}"


def holder_sessions(name: str) -> str:
    """Hash that expires: session to `<digest>|<with>|<opened>|<seen>|<until>`, times in ms."""
    return f"{shard_of(name)}:ws:{name}"


def unsettled_emails(shard: str) -> str:
    """Set: accounts of a shard with a change of their address that is not settled."""
    return f"{shard}:wi"


def shard_of_digest(digest: str) -> str:
    """Of an address by its keyed digest, or of a ticket by its id: whatever account they are of."""
    return shard_tag(int(digest[:4], 16) % SHARDS)


def email_entry(digest: str) -> str:
    """String: `<account> <nonce>` of whoever has the address with this keyed digest. Expires while
    it is a claim alone."""
    return f"{shard_of_digest(digest)}:we:{digest}"


def email_attempts(digest: str) -> str:
    """String that expires: e-mails that were asked for to an address, known or not."""
    return f"{shard_of_digest(digest)}:wl:{digest}"


def sign_in_attempts(what: str) -> str:
    """String that expires: attempts of everybody in this minute."""
    return f"{shard_tag(0)}:wa:{what}"


def sign_in_ticket(ticket: str) -> str:
    """Hash that expires: digests of ticket, code and link, and whom they are about, sealed."""
    return f"{shard_of_digest(ticket)}:wt:{ticket}"


SIGN_IN_LOOKUP_KINDS = frozenset({"we", "wi", "wl", "wt"})
"""Second parts of the keys by which account holders are found when they sign in: made anew from
what the accounts hold, or short-lived; nothing of a backup."""


def review_shift(member: str) -> str:
    """Hash that expires: a member's shift, what was done in it and how long each clip took."""
    return f"{STAFF_SHARD}:rs:{member}"


def review_act(member: str, digest: str) -> str:
    """String that expires: that a member has submitted, skipped or reported a task."""
    return f"{STAFF_SHARD}:ra:{member}:{digest}"


def reviewer_record(member: str) -> str:
    """Hash: how many of a member's reviews others agreed with, and the latest hidden checks."""
    return f"{STAFF_SHARD}:rr:{member}"


def reviewers() -> str:
    """Set: members of staff with a record."""
    return f"{STAFF_SHARD}:rm"


def review_told(digest: str) -> str:
    """String that expires: a settlement that was counted."""
    return f"{STAFF_SHARD}:rx:{digest}"


def review_pairs() -> str:
    """List: of the latest clips, whether two reviewers said the same. Tokens for what they said,
    under a key that only one process ever had; no clip, no time, nobody."""
    return f"{STAFF_SHARD}:rp"


def published_figures() -> str:
    """Hash: counts that this instance publishes about itself."""
    return f"{STAFF_SHARD}:fg"


def false_wake_scores(month: str) -> str:
    """Hash that expires: the score of a wake word to how often people found that nobody had said
    it. No account, no clip, no day."""
    return f"{STAFF_SHARD}:fs:{month}"


def erasure_durations(shard: str) -> str:
    """Hash: how many erasures took how long, by the exponent of their length."""
    return f"{shard}:ef"


REVIEWER_KINDS = frozenset({"ko", "ra", "rm", "rr", "rs"})
"""Second parts of the keys about how members of staff review."""


def clips(name: str, epoch: int) -> str:
    """Hash: item id to `<blob>|<offered, ms>|` and the sealed clip that people may review; the
    epoch is `human_review`'s own, as in all that follows."""
    return f"{shard_of(name)}:k:{name}:{epoch}"


def review_tasks(name: str, epoch: int) -> str:
    """Hash: item id to its task: stage, who has a seat at it, sealed opinions."""
    return f"{shard_of(name)}:kt:{name}:{epoch}"


def open_tasks(name: str, epoch: int, stage: str) -> str:
    """Hash: item ids with a ticket at a stage to the pseudonyms of those who had the clip already.

    `stage`: "r" review, "a" adjudication, "c" hidden check; "w" waits to be settled.
    """
    return f"{shard_of(name)}:k{stage}:{name}:{epoch}"


def tasks_due(name: str, epoch: int) -> str:
    """Sorted set: item ids by when a lease, an undo time or a hidden check ends, in ms."""
    return f"{shard_of(name)}:kd:{name}:{epoch}"


def cases(name: str, epoch: int) -> str:
    """Hash: item id to `<blob>|<reported, ms>|` and the case, sealed to the safety officers."""
    return f"{shard_of(name)}:kh:{name}:{epoch}"


def accounts_with_tasks(shard: str, stage: str) -> str:
    """Sorted set: accounts of a shard with open tasks of a stage, see `open_tasks`; no order."""
    return f"{shard}:kq{stage}"


def accounts_with_due_tasks(shard: str) -> str:
    """Sorted set: accounts of a shard by the earliest end in their `tasks_due`."""
    return f"{shard}:kl"


def case_accounts(shard: str) -> str:
    """Hash: reference of each case of a shard to its account and item."""
    return f"{shard}:kf"


def closed_case(shard: str, reference: str) -> str:
    """String that expires: how a case was closed, for a retry; nothing of whose it was."""
    return f"{shard}:kx:{reference}"


def review_counts(shard: str) -> str:
    """Hash: how many clips of a shard were offered, settled, deleted, escalated, heard."""
    return f"{shard}:ks"


def open_task(staff: str) -> str:
    """String that expires: the one task that a member of staff has open, by its sealed name."""
    return f"{STAFF_SHARD}:ko:{staff}"


def sampled(name: str) -> str:
    """Hash that expires: day to how many of its utterances were offered for review."""
    return f"{shard_of(name)}:sp:{name}"


SAMPLING_DAYS = "sampling:days"
"""Hash: day to how many of its utterances were offered for review, of all accounts."""

SAMPLING_REPORTS = "sampling:reports"
"""List: the latest rounds of sampling in figures, newest first."""

EXPORT_TOKENS = "datasets:export_tokens"
"""Hash: export that is not closed out to the SHA-256 of its recipient's token."""

EXPORTS = "datasets:exports"
"""Hash: export to its record: data set, recipient, purpose, format, times in ms, files' hash."""


def serving_model(kind: str) -> str:
    """Hash: the model of a kind that serves and the one before it."""
    return f"models:{kind}"


def serving_model_changed(kind: str) -> str:
    """Channel: published after `serving_model` or `staged_models` changed."""
    return f"models:{kind}:changed"


def models_in_service(kind: str) -> str:
    """Hash: server id to the model of a kind it has loaded, with the time it said so."""
    return f"models:{kind}:in_service"


def staged_models(kind: str) -> str:
    """Hash: "shadow" and "canary" to the candidate that is tried so."""
    return f"models:{kind}:staged"


def model_trial(kind: str) -> str:
    """Hash: the candidate of a kind that is tried on live traffic, and what servers counted."""
    return f"models:{kind}:trial"


def live_counts(kind: str) -> str:
    """Hash that expires: turns and bad turns by day and by the model of a kind that answered them.
    No account, no session."""
    return f"models:{kind}:live"


SERVING_NLU = serving_model("nlu")
SERVING_NLU_CHANGED = serving_model_changed("nlu")
NLU_IN_SERVICE = models_in_service("nlu")

MODELS_FORMAT = "models:format"
"""String: since which format of manifests every model is signed."""

REPLACEMENTS = "models:replacements"
"""Hash: model that learned from something withdrawn to when that was found, until when it has to
be replaced, and why."""

VAULT_CHECK = "vault:check"
"""String: what Earmark 0.1 noted about its master key; a wrong one was refused by it."""

AUDITOR = "auditor:round"
"""Hash: how far the auditor's round has come."""

AUDITOR_ROUNDS = "auditor:rounds"
"""List: what the auditor's last rounds came to, the newest first. Counts alone."""

AUDITOR_MODELS = "auditor:models"
"""Hash: model to the ms at which the auditor first saw that an item of it was withdrawn."""

VAULT_KEYRING = "vault:keyring"
"""Hash: the vault's secrets by version, each wrapped by the master key; the current version; and
how far a rotation has come."""

VAULT_HOLDERS = "vault:holders"
"""Hash: process to the versions of the keyring that it holds, with the time it said so."""

NON_PERSONAL_KINDS = frozenset(
    {
        *("b", "eb", "ef", "eo", "ep", "er", "f", "fg", "fs", "ks", "kv", "kx", "lr", "rp", "rx"),
        *("ts", "wa", "xi"),
    }
)
"""Second parts of shard keys that hold nothing of a person."""

NON_PERSONAL_KEYS = frozenset(
    {
        *(AUDITOR, AUDITOR_MODELS, SERVING_NLU, VAULT_CHECK, VAULT_HOLDERS, VAULT_KEYRING),
        *(MODELS_FORMAT, REPLACEMENTS),
        *(serving_model(kind) for kind in ("lm", "thresholds", "am")),
        *(staged_models(kind) for kind in ("nlu", "lm", "thresholds", "am")),
        *(models_in_service(kind) for kind in ("nlu", "lm", "thresholds", "am")),
        *(model_trial(kind) for kind in ("nlu", "lm", "thresholds", "am")),
        *(live_counts(kind) for kind in ("nlu", "lm", "thresholds", "am")),
        *(EXPORTS, EXPORT_TOKENS, SAMPLING_DAYS, SAMPLING_REPORTS),
    }
)


def kind_of(key: str) -> str:
    """The kind of a shard key: `h` for `{s07}:h:<account>:3`; empty for other keys."""
    parts = key.split(":")
    return parts[1] if key.startswith("{s") and len(parts) > 1 else ""
