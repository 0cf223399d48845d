"""The loss as the paper writes it, eq. (18): with the moments ``L_k``, whatever closed forms a kernel has for them."""

from __future__ import annotations

import sympy as sp

from memcurse.theory.targets.sequences import TargetSequence
from memcurse.theory.targets.target import Target


def loss_latex(target: Target | TargetSequence, field: str = "real") -> str:
    """LaTeX of J, of the moments in it, and of the target; in continuous or in discrete time."""
    real = field == "real"
    if isinstance(target, Target):
        other_a, other_w = ("a_j", "w_j") if real else (r"\overline{a_j}", r"\overline{w_j}")
        pair = rf"\frac{{a_i {other_a}}}{{w_i + {other_w}}}"
        # The kernel is real.
        cross = "a_i L_0(w_i)"
        moment = r"L_k(w) = \int_0^\infty t^k e^{-w t} \rho(t)\,dt"
        name, shown = "w", rf"\rho(t) = {sp.latex(target.expression)}"
    else:
        other_a, other_p = ("a_j", "p_j") if real else (r"\overline{a_j}", r"\overline{p_j}")
        pair = rf"\frac{{a_i {other_a}}}{{1 - p_i {other_p}}}"
        cross = "a_i M_0(p_i)" if real else r"\overline{a_i} M_0(\overline{p_i})"
        moment = r"M_0(p) = \sum_{n \ge 0} p^n \rho_n"
        name, shown = "p", target.formula
    re_part = "" if real else r"\operatorname{Re} "
    loss = rf"\sum_{{i,j}} {pair} - 2 {re_part}\sum_i {cross} + \|\rho\|^2"
    return rf"J(a, {name}) = {loss},\quad {moment},\quad {shown}"
