"""Formulas: drawn with their source beside, letters shared, and the source where they cannot be drawn."""

from __future__ import annotations

import re

import pytest

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.report.drawing.formulas import formula
from memcurse.proofs_checks.report.drawing.sheet import Sheet


@pytest.mark.parametrize(
    "latex",
    [
        r"\operatorname{rank} \nabla^2 J_m \le m + l",
        r"J(a,w)=\int_0^\infty\bigl(\sum_i a_i e^{-w_i t}-\rho(t)\bigr)^2\,dt",
        r"\frac{\partial J}{\partial a_k} = 2\Bigl[\sum_j \frac{a_j}{w_k+w_j} - L_0(w_k)\Bigr]",
        r"\Bigl( a \Bigr. \Bigr)",
        r"\lVert \nabla J_\omega\rVert \to 0 \text{ as } \omega\to0",
        r"\left\{ \theta : \hat\rho_\theta = \bar\rho\right\}",
        r"\tfrac12 \ge \frac 1 3 \leq 1",
        r"\tfrac\lambda2 + \frac1s + \frac1{x}",
        r"a \\ b \qquad c",
        r"\sqrt 2 \sqrt\pi \in \mathbb R,\; \Bigl\{ \textstyle\sum_i a_i,\; b \Bigr\} = \frac1{\sqrt 2}",
        r"a \implies b \iff c",
    ],
)
def test_formulas_are_drawn_with_their_source_beside(latex):
    text = str(formula(latex, Sheet()))
    assert text.startswith('<span class="formula" role="img" aria-label="')
    assert '<use href="#g0"' in text
    assert text.count("<svg") == text.count("</svg>")


@pytest.mark.parametrize("latex", [r"\begin{cases} a \end{cases}", r"\nothing{", "<script>", "", "}{"])
def test_formulas_that_do_not_parse_are_shown_as_source(latex):
    text = str(formula(latex, Sheet()))
    assert "<script>" not in text
    assert text.count("<svg") == text.count("</svg>")


def test_letters_are_outlined_once():
    sheet = Sheet()
    formula("a + a", sheet)
    once = len(sheet.outlines)
    text = str(formula("a + a + a", sheet))
    assert once == len(sheet.outlines) == 2
    assert len(re.findall("<use ", text)) == 5
    assert len(set(re.findall(r'href="#(g\d+)"', text))) == 2
    assert str(sheet.markup()).count("<path id=") == 2


def test_parts_of_a_fraction_are_smaller_and_stand_apart():
    text = str(formula(r"\frac{a}{b}", Sheet()))
    # Two letters and the bar between them.
    assert len(re.findall("<use ", text)) == 3
    heights = [
        float(y) for y in re.findall(r'y="(-?[\d.]+)"|translate\([-\d.]+ (-?[\d.]+)\)', text) for y in y if y
    ]
    assert max(heights) - min(heights) > 50


def test_every_claim_of_the_package_is_drawn():
    undrawn = [card.id for card in cards().values() if "<code" in formula(card.claim, Sheet())]
    assert undrawn == []
