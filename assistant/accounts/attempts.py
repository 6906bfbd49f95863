"""How often a peer may try: counts in memory alone, since an address is personal."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote


class Attempts:
    """Allows `limit` attempts per peer within `window_s`; remembers at most `peers` of them.

    When more peers come, the one whose window began first is forgotten. Time is told.
    """

    def __init__(self, *, limit: int, window_s: float, peers: int = 10_000) -> None:
        self._limit = limit
        self._window_s = window_s
        self._peers = peers
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, peer: str, now_s: float) -> bool:
        """Counts an attempt; False when the peer has none left until its window ends."""
        began_s, used = self._seen.get(peer, (now_s, 0))
        if now_s - began_s >= self._window_s:
            began_s, used = now_s, 0
            self._seen.pop(peer)
        if used >= self._limit:
            return False
        self._seen[peer] = (began_s, used + 1)
        while len(self._seen) > self._peers:
            self._seen.popitem(last=False)
        return True

    def give_back(self, peer: str) -> None:
        """The attempt was a right one and does not count."""
        if peer in self._seen:
            began_s, used = self._seen[peer]
            self._seen[peer] = (began_s, max(0, used - 1))


def host_of(peer: str) -> str:
    """Whom to count an attempt for: the address in gRPC's name of a peer, without its port.

    "ipv4:10.0.0.7:5123" becomes "10.0.0.7"; of an IPv6 address the first 64 bits count, since one
    host may use all the others. Everything else ("unix:...") is one peer.
    """
    scheme, _, rest = unquote(peer).partition(":")
    try:
        address = ip_address(rest.rpartition(":")[0].strip("[]"))
    except ValueError:
        return scheme
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address)
