"""The catalogue finds statements by folder, orders them, refuses bad ones, and stays light."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from memcurse.proofs_checks.evidence.statement import Provenance
from memcurse.proofs_checks.running.catalogue import cards, chosen, load

HEAVY = ("sympy", "numpy", "numba", "matplotlib", "scipy", "joblib", "mpmath", "flint", "jinja2", "tqdm")


def test_a_card_holds_what_the_module_says(write):
    folder = write("eq-18", title="Loss", claim=r"J \ge 0", hypotheses=("w > 0", "L2"), uses=("eq-7",))
    card = cards(folder)["eq-18"]
    assert (card.title, card.section, card.claim) == ("Loss", "5", r"J \ge 0")
    assert card.hypotheses == ("w > 0", "L2")
    assert card.uses == ("eq-7",)
    assert card.provenance is Provenance.DERIVED
    assert card.controls == ("one is two",)
    statement = load(card)
    assert (statement.id, statement.hypotheses, statement.uses) == (card.id, card.hypotheses, card.uses)


def test_reading_a_card_runs_nothing(write):
    folder = write("eq-18", body="raise SystemExit('imported')\n")
    assert list(cards(folder)) == ["eq-18"]


def test_order_is_by_section_then_natural_id(write):
    for name, section in (
        ("eq-20", "5"),
        ("prop-c.1", "C.1"),
        ("eq-7", "5"),
        ("eq-100", "3"),
        ("prop-a.1", "10"),
    ):
        folder = write(name, section=section)
    assert list(cards(folder)) == ["eq-100", "eq-7", "eq-20", "prop-a.1", "prop-c.1"]


def test_files_without_a_statement_are_passed_over(write):
    folder = write("eq-18")
    (folder / "objective" / "__init__.py").write_text("")
    (folder / "objective" / "shared.py").write_text("# STATEMENT is elsewhere\n")
    assert list(cards(folder)) == ["eq-18"]


def test_two_files_with_one_id_are_refused(write):
    folder = write("eq-18")
    source = folder / "objective" / "eq_18.py"
    (folder / "objective" / "again.py").write_text(source.read_text())
    with pytest.raises(ValueError, match=r"`id` must be unique; got 'eq-18' in .*again\.py and .*eq_18\.py"):
        cards(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title='Title of eq-18'", "title='Title of ' + str(18)", "`title` must be a literal"),
        ("title='Title of eq-18'", "title=f'{1}'", "`title` must be a literal"),
        ("title='Title of eq-18'", "title=' '", "`title` must be a text that is not empty"),
        ("id='eq-18'", "id='../eq-18'", "`id` must be lower-case"),
        ("uses=()", "uses='eq-7'", "`uses` must be a tuple of texts"),
        ("Provenance.DERIVED", "Provenance.GUESSED", "`provenance` must be one of RECOVERED"),
        (
            'controls=(Control("one is two", refuted),)',
            "controls=()",
            "`controls` must be a tuple of at least",
        ),
        ("section='5', ", "", "`section` must be given by keyword"),
        ("STATEMENT = Statement(", "STATEMENT = Statement((", "a statement must be valid Python"),
    ],
)
def test_a_card_that_cannot_be_read_is_refused(write, old, new, message):
    folder = write("eq-18")
    path = folder / "objective" / "eq_18.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=message) as caught:
        cards(folder)
    assert "eq_18.py:" in str(caught.value)


def test_circular_use_is_refused(write):
    write("a-1", uses=("a-2",))
    folder = write("a-2", uses=("a-1",))
    with pytest.raises(ValueError, match=r"`uses` must not be circular; got a-1 -> a-2 -> a-1"):
        cards(folder)


def test_unknown_ids_are_refused_with_suggestions(write):
    available = cards(write("thm-d.3"))
    with pytest.raises(ValueError, match=r"got 'thm-d3' \(did you mean thm-d.3\?\)"):
        chosen(["thm-d3"], available)
    with pytest.raises(ValueError, match=r"got 'zzz' \(`memcurse list` shows them all\)"):
        chosen(["zzz"], available)
    with pytest.raises(ValueError, match="`ids` must not be empty"):
        chosen([], available)
    with pytest.raises(TypeError, match="single text"):
        chosen("thm-d.3", available)
    with pytest.raises(TypeError, match="must hold texts; got 3"):
        chosen([3], available)  # type: ignore[list-item]


def test_chosen_cards_come_once_in_the_order_of_the_catalogue(write):
    write("eq-7")
    available = cards(write("eq-18"))
    assert [card.id for card in chosen(["eq-18", "eq-7", "eq-18"], available)] == ["eq-7", "eq-18"]


def test_the_statements_of_the_package_can_be_read():
    for card in cards().values():
        assert card.module.startswith("memcurse.proofs_checks.")
        assert Path(card.path).is_file()


def test_list_and_show_import_nothing_heavy():
    code = (
        "import sys\n"
        "from memcurse.proofs_checks.commands.main import main\n"
        "code = main(['list'])\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'imported {heavy}' if heavy else code)\n"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # Half a second is the promise on an idle machine; the tests may run beside others.
    assert time.perf_counter() - started < 3
