"""Prose of statements as HTML: ``$...$`` is LaTeX, and formulas that are typed plainly are set as one would write them.

``omega > 0, T >= (alpha + 1)/2`` and ``e^(-wt) in L_2`` are how hypotheses and findings are named in the sources, where
they can be read and searched; on a page they get Greek letters, indices, exponents and relations of their own. No
character that carries meaning is lost: whatever is not recognised stays as it was typed.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final

from markupsafe import Markup

from .formulas import formula
from .sheet import Sheet

_GREEK: Final = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_SIGNS: Final = {
    "<=>": "⇔", "=>": "⇒", "->": "→", ">=": "≥", "<=": "≤", "!=": "≠", "+/-": "±", "||": "‖", "...": "…",
}  # fmt: skip
_WORDS: Final = {"oo": "∞", "sqrt": "√", "grad": "∇"}
#: With an index they are signs, without one they are words.
_LARGE: Final = {"int": "∫", "sum": "∑", "prod": "∏"}
#: Norms and spaces are typed L1 and L2.
_SPACE: Final = re.compile(r"(?<![A-Za-z])L([12])(?![0-9A-Za-z])")
_ACCENTS: Final = {"bar": "\u0304", "hat": "\u0302"}
_TOKEN: Final = re.compile(
    r"(?P<word>[A-Za-z]+)|(?P<shift>[_^](?=[-A-Za-z0-9({*]))"
    rf"|(?P<sign>{'|'.join(map(re.escape, _SIGNS))})|(?P<other>.)",
    re.DOTALL,
)
#: What an index or exponent consists of where no bracket says so.
_SHIFTED: Final = re.compile(r"-?(?:[0-9]+(?:[./][0-9]+)*|[A-Za-z]+|\*)")


def prose(text: str, sheet: Sheet) -> Markup:
    """Text as HTML; ``$...$`` in it is LaTeX."""
    parts = re.split(r"\$([^$]+)\$", text)
    return Markup("").join(formula(part, sheet) if i % 2 else typed(part) for i, part in enumerate(parts))


def typed(text: str) -> Markup:
    """Plainly typed formulas in prose as HTML with Greek letters, indices and exponents."""
    return Markup(_typed(_SPACE.sub(r"L^\1", text), inside=False))


def _typed(text: str, inside: bool) -> str:
    """The same as text; `inside` an index or an exponent, where short words are products of letters."""
    parts: list[str] = []
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        if word := match["word"]:
            accent = re.match(r"_(bar|hat)(?![a-z])", text[at:])
            at += accent.end() if accent else 0
            letter = _letter(word, text, match.start(), at, inside)
            parts.append(letter if accent is None else letter.replace("</", f"{_ACCENTS[accent[1]]}</", 1))
        elif shift := match["shift"]:
            tag = "sub" if shift == "_" else "sup"
            shifted, at = _shifted(text, at)
            parts.append(f"<{tag}>{_typed(shifted, inside=True)}</{tag}>" if at > match.end() else shift)
        elif sign := match["sign"]:
            parts.append(_SIGNS[sign])
        else:
            parts.append("−" if inside and match[0] == "-" else escape(match[0]))
    return "".join(parts)


def _letter(word: str, text: str, start: int, end: int, inside: bool) -> str:
    """A word: a Greek letter, a variable, or just a word."""
    if word in _GREEK:
        return f"<i>{_GREEK[word]}</i>"
    if word in _WORDS and not (word == "grad" and text[end : end + 1].isalpha()):
        return _WORDS[word]
    if word in _LARGE and text[end : end + 1] == "_":
        return _LARGE[word]
    if inside and len(word) <= 2:
        return f"<i>{word}</i>"
    return f"<i>{word}</i>" if len(word) == 1 and _is_variable(word, text, start, end) else word


def _is_variable(letter: str, text: str, start: int, end: int) -> bool:
    """Whether a single letter stands for a number, and is no article, no apostrophe's s and no part of a label."""
    before, after = text[start - 1 : start], text[end:].lstrip(" ")[:1]
    if before in ("'", ".", '"', "`") or before.isdigit() or text[end : end + 1].isdigit():
        return False
    return letter not in "aAI" or (after != "" and after in "=<>_^,)/+*;|'") or before in tuple("(|/")


def _shifted(text: str, at: int) -> tuple[str, int]:
    """What is lowered or raised from `at` on, without its brackets, and where it ends."""
    sign = "-" if text[at] == "-" and text[at + 1 : at + 2] in ("(", "{") else ""
    start = at + len(sign)
    closing = {"(": ")", "{": "}"}.get(text[start : start + 1])
    if closing is None:
        match = _SHIFTED.match(text, at)
        return (match[0], match.end()) if match else ("", at)
    depth = 0
    for end in range(start, len(text)):
        depth += (text[end] == text[start]) - (text[end] == closing)
        if depth == 0:
            content = text[start + 1 : end]
            return (f"{sign}({content})" if sign else content), end + 1
    return "", at
