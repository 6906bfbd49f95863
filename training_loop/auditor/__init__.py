"""A process of its own that checks everything retained against the consent of now.

It is independent of what it checks: it walks the keys and files themselves and trusts no index; it
reads the stored facts with plain commands and judges them by rules of its own; it imports nothing
of `consent`, `queue`, `erasure`, `vault` or `registry`, and a test holds it to that. What it shares
with them is the layout of the store (`store.keys`) and the connection. It needs no master key: it
can say that something should not be there, and can open none of it.
"""
