"""A text without what identifies: findings, and what is shown in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from training_loop.deidentify.contacts import addresses, emails, numbers, written_numbers
from training_loop.deidentify.finding import Finding, Kind, merged
from training_loop.deidentify.lexicon import Names, OpenLexicon, Vocabulary
from training_loop.deidentify.name_finder import NameFinder, own_names
from training_loop.deidentify.spoken_numbers import is_number, number_runs
from training_loop.deidentify.tokens import Token, root

_COLLAPSED_DIGITS: Final = 3
_WORDLESS: Final = frozenset({"%", "+", "-", "=", "/", "&"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """Tokens and what is hidden of them; `repr` shows neither."""

    tokens: tuple[Token, ...] = field(repr=False)
    findings: tuple[Finding, ...]

    @property
    def text(self) -> str:
        return " ".join(text for text, _, _ in self.pieces())

    @property
    def template(self) -> str:
        """What k accounts have to have said: lower case, without punctuation, small numbers as
        "#", placeholders as they are."""
        return " ".join(self._template_words())

    def pieces(self) -> list[tuple[str, Kind | None, tuple[Token, ...]]]:
        """What is shown, why it was hidden (None: it was not) and the tokens it stands for."""
        pieces: list[tuple[str, Kind | None, tuple[Token, ...]]] = []
        hidden = {finding.first: finding for finding in self.findings}
        index = 0
        while index < len(self.tokens):
            finding = hidden.get(index)
            if finding is None:
                token = self.tokens[index]
                pieces.append((token.text, None, (token,)))
                index += 1
            else:
                span = self.tokens[finding.first : finding.last]
                pieces.append((finding.kind.placeholder, finding.kind, span))
                index = finding.last
        return pieces

    def _template_words(self) -> list[str]:
        collapsed = {
            index: run.first
            for run in number_runs(self.tokens)
            if len(run.digits) <= _COLLAPSED_DIGITS
            for index in range(run.first, run.last)
        }
        hidden = {f.first + i: f for f in self.findings for i in range(f.last - f.first)}
        words = []
        for index, token in enumerate(self.tokens):
            if index in hidden:
                if hidden[index].first == index:
                    words.append(hidden[index].kind.placeholder)
            elif index in collapsed:
                if collapsed[index] == index:
                    words.append("#")
            elif token.word:
                words.append(token.word)
        return words


class Redactor:
    """Finds what must not be shown. Deterministic; keeps nothing of what it saw but whether words
    are in the open lexicon."""

    def __init__(self, lexicon: OpenLexicon, names: Names) -> None:
        self._names = NameFinder(names, lexicon)

    def redact(
        self, text: str, tokens: tuple[Token, ...], own: frozenset[str], vocabulary: Vocabulary
    ) -> Redacted:
        """`own` are the names known to the account; `vocabulary` says which words may be read."""
        findings = [
            *sure_findings(text, tokens, own),
            *self._names.find(tokens, own, vocabulary),
        ]
        covered = {i for f in findings for i in range(f.first, f.last)}
        findings += [
            Finding(kind=Kind.RARE, first=index, last=index + 1)
            for index, token in enumerate(tokens)
            if index not in covered and not _may_be_read(token, vocabulary)
        ]
        return Redacted(tokens=tokens, findings=merged(findings))


def sure_findings(text: str, tokens: Sequence[Token], own: frozenset[str]) -> list[Finding]:
    """Those that don't depend on whether a word is rare."""
    return [
        *emails(tokens),
        *numbers(tokens),
        *written_numbers(text, tokens),
        *addresses(tokens),
        *own_names(tokens, own),
    ]


def carried_over(
    findings: Sequence[Finding], theirs: Sequence[Token], ours: Sequence[Token]
) -> tuple[Finding, ...]:
    """Where in `ours` stands what another reading of the same audio shows to be hidden."""
    matcher = SequenceMatcher(
        None, [token.word for token in theirs], [token.word for token in ours], autojunk=False
    )
    carried = []
    for tag, first, last, our_first, our_last in matcher.get_opcodes():
        for finding in findings:
            start, end = max(first, finding.first), min(last, finding.last)
            if start >= end or our_first == our_last:
                continue
            if tag == "equal":
                start, end = our_first + start - first, our_first + end - first
            else:
                start, end = our_first, our_last
            carried.append(Finding(kind=finding.kind, first=start, last=end))
    return tuple(carried)


def _may_be_read(token: Token, vocabulary: Vocabulary) -> bool:
    word = token.word
    if not word:
        return all(not character.isalnum() for character in token.text)
    if is_number(word) or word in _WORDLESS:
        return True
    parts = [part for part in word.replace("/", "-").split("-") if part]
    return (
        vocabulary.known(word)
        or vocabulary.known(root(word))
        or (len(parts) > 1 and all(is_number(part) or vocabulary.known(part) for part in parts))
    )
