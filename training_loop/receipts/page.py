"""A receipt as a page of its own: no script, nothing loaded from anywhere."""

from __future__ import annotations

from html import escape
from string import Template

from training_loop.receipts.receipt import Receipt
from training_loop.receipts.words import order_of_steps, pending_sentence, sentences, when

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Receipt of a deletion</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8886; }
td.number { font-variant-numeric: tabular-nums; }
code { overflow-wrap: anywhere; }
.checked, .pending { border-left: .3rem solid #2a7d46; padding: .2rem 1rem; }
.pending { border-color: #b7791f; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }
</style>
</head>
<body>
<h1>$title</h1>
<p class="checked">This receipt was checked when this page was made: the key <code>$key</code>
signed it, no part of it was changed since, and it is number $index of the $size entries in the
transparency log that was signed on $signed.</p>
<p>$summary</p>
$pending
<h2>Place by place</h2>
<table>
<thead><tr><th>Place</th><th>Records removed</th><th>Keys destroyed</th><th>Done</th></tr></thead>
<tbody>
$rows
</tbody>
</table>
<h2>How this can be trusted</h2>
<p>$order These were searched: $places. Only then was this receipt signed.</p>
<p>The receipt's hash stands in a log that only grows. Whoever keeps a signed head of that log can
prove later if an entry was changed or taken out. You can check the file yourself, without asking
us, with the public key:</p>
<pre>training-loop receipt verify receipt.json --public-key signing.pub</pre>
<p>Neither the receipt nor the log says who you are or what you said.</p>
<details><summary>The receipt itself</summary><pre>$content</pre></details>
<p><small>Receipt <code>$receipt</code> of the deletion <code>$erasure</code></small></p>
</body>
</html>
""")


def receipt_page(receipt: Receipt) -> str:
    """A page on a receipt that was verified before."""
    evidence, head = receipt.evidence, receipt.inclusion.head
    said = sentences(evidence)
    rows = [
        f'<tr><td>{escape(store.store)}</td><td class="number">{store.records_removed}</td>'
        f'<td class="number">{len(store.keys_destroyed)}</td>'
        f"<td>{when(store.completed_at_s)}</td></tr>"
        for store in evidence.stores
    ]
    facts = said[1 : len(said) - len(evidence.pending) - 1]
    return _PAGE.substitute(
        title=escape(said[0]),
        key=escape(receipt.key),
        index=receipt.inclusion.index + 1,
        size=head.size,
        signed=when(head.time_ms / 1000),
        summary=escape(" ".join(facts)),
        pending=_pending(receipt),
        rows="\n".join(rows),
        order=escape(order_of_steps(evidence)),
        places=escape(", ".join(evidence.scan.places)),
        content=escape(receipt.content.decode("ascii")),
        receipt=escape(receipt.receipt),
        erasure=escape(evidence.erasure),
    )


def _pending(receipt: Receipt) -> str:
    waiting = receipt.evidence.pending
    if not waiting:
        return "<p>Nothing is pending: the deletion is complete.</p>"
    items = "".join(f"<li>{escape(pending_sentence(one))}</li>" for one in waiting)
    return (
        '<div class="pending"><p>Not done yet, and you get another receipt when it is:</p>'
        f"<ul>{items}</ul></div>"
    )
