"""Prose with plainly typed formulas: what is set, what stays, and that nothing is lost or let through."""

from __future__ import annotations

import html
import re

import pytest

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.report.drawing.prose import prose, typed
from memcurse.proofs_checks.report.drawing.sheet import Sheet


def test_prose_draws_only_what_stands_between_dollars():
    text = str(prose(r"for <all> $w > 0$ & more", Sheet()))
    assert text.startswith("for &lt;all&gt; <span")
    assert text.endswith("</span> &amp; more")
    assert str(prose("costs 5 $", Sheet())) == "costs 5 $"


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("omega > 0, T >= 1", "<i>ω</i> &gt; 0, <i>T</i> ≥ 1"),
        ("e^(-wt) and (1+t)^-(3/4)", "<i>e</i><sup>−<i>wt</i></sup> and (1+<i>t</i>)<sup>−(3/4)</sup>"),
        ("P_{k-1} in L2", "<i>P</i><sub><i>k</i>−1</sub> in <i>L</i><sup>2</sup>"),
        ("rho_bar, rho_hat", "<i>ρ\u0304</i>, <i>ρ\u0302</i>"),
        ("int_0^oo rho^2", "∫<sub>0</sub><sup>∞</sup> <i>ρ</i><sup>2</sup>"),
        ("|grad J| <= C, the gradient", "|∇ <i>J</i>| ≤ <i>C</i>, the gradient"),
        ("a network, a = 1, part P1, isn't", "a network, <i>a</i> = 1, part P1, isn&#x27;t"),
        ("[1.8e-5 +/- 2e-13] at f_(x", "[1.8e-5 ± 2e-13] at <i>f</i>_(<i>x</i>"),
        ("int of a sum, snake_case^", "int of a sum, snake<sub>case</sub>^"),
    ],
)
def test_typed_formulas(plain, shown):
    assert str(typed(plain)) == shown


def test_the_words_of_every_statement_stay_and_tags_are_closed():
    for card in cards().values():
        for text in (card.title, *card.hypotheses, *card.controls):
            shown = str(prose(text, Sheet()))
            for tag in ("i", "sub", "sup"):
                assert shown.count(f"<{tag}>") == shown.count(f"</{tag}>")
            if "$" in text:
                continue
            # Numbers and long words come through as they are.
            bare = html.unescape(re.sub("<[^>]*>", "", shown))
            words = re.findall(r"(?<![A-Za-z_])[a-z]{8,}|\d{2,}", text)
            assert all(word in bare for word in words), (text, bare)


def test_markup_does_not_get_through():
    assert "<script" not in str(typed("x_<script>alert(1)</script>^<b>"))
