"""Sphinx: ``sphinx-build -W docs build/docs``. Needs the extra ``docs`` and no network."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from docutils import nodes
from pages import generate

import memcurse
from memcurse.proofs_checks.report.drawing.formulas import formula
from memcurse.proofs_checks.report.drawing.sheet import Sheet

project = "memcurse"
author = "the memcurse developers"
copyright = author
version = release = memcurse.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
html_theme = "furo"
html_title = "memcurse"
html_static_path = ["_static"]
html_css_files = ["memcurse.css"]
html_js_files = ["accessible.js"]
# The sources are not what a reader wants beside the title; and no landmark would hold the button.
html_theme_options = {"top_of_page_buttons": []}
html_show_sphinx = False
# Commands of a shell are no Python; blocks in Python say so.
highlight_language = "none"
# Examples end with a line that the doctests need and a reader does not.
highlight_options = {name: {"stripnl": True} for name in ("python", "pycon")}
# Ours, below: nothing is fetched when a page is read.
html_math_renderer = "memcurse"
default_role = "code"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
exclude_patterns = ["_build", "README.md"]
nitpicky = False

generate(HERE / "_generated", Path(os.environ.get("MEMCURSE_REPORT", HERE.parent / "report")))


def setup(app):  # type: ignore[no-untyped-def]
    """Formulas of docstrings become outlines, as in the report: no script, no address."""
    count = itertools.count()

    def drawn(self, node):  # type: ignore[no-untyped-def]
        sheet = Sheet()
        body = str(formula(" ".join(node.astext().split()), sheet))
        tag = "div" if node.tagname == "math_block" else "span"
        # Every formula of the reference carries its own letters, told apart by a number.
        mark = f"m{next(count)}g"
        body = f"{sheet.markup()}{body}".replace('id="g', f'id="{mark}').replace('href="#g', f'href="#{mark}')
        self.body.append(f"<{tag} class='claim-{tag}'>{body}</{tag}>")
        raise nodes.SkipNode

    app.add_html_math_renderer("memcurse", inline_renderers=(drawn, None), block_renderers=(drawn, None))
