"""The catalogue finds statements by folder, orders them, refuses bad ones, and stays light."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from memcurse.proofs_checks.catalogue.cards import STATEMENTS, cards, catalogue, chosen
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Provenance

HEAVY = ("sympy", "numpy", "numba", "matplotlib", "scipy", "joblib", "mpmath", "flint", "jinja2", "tqdm")


def test_a_card_holds_what_the_module_says(write):
    write("eq-7")
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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- statements from outside -----------------------------------------------------------------------------------------


@pytest.fixture
def beside(write, monkeypatch):
    """`write`, with the statements of the package there."""
    monkeypatch.setattr("memcurse.proofs_checks.catalogue.cards.STATEMENTS", STATEMENTS)
    return write


def moved(folder: Path, name: str, *parts: str) -> Path:
    """A statement that was written, moved to a deeper folder."""
    place = folder.joinpath(*parts)
    place.mkdir(parents=True, exist_ok=True)
    return (folder / "objective" / f"{name}.py").rename(place / f"{name}.py")


def test_statements_are_found_at_any_depth(write):
    folder = write("eq-18")
    moved(folder, "eq_18", "a", "b", "c")
    card = cards(folder)["eq-18"]
    assert card.parts == ("a", "b", "c")
    assert load(card).id == "eq-18"
    assert [x.id for x in chosen(["b"], cards(folder))] == ["eq-18"]


def test_files_of_a_folder_may_share_helpers(write):
    folder = write("eq-18", body="from ._shared import ONE\n")
    (folder / "objective" / "_shared.py").write_text("ONE = 1\n")
    assert load(cards(folder)["eq-18"]).id == "eq-18"


def test_a_file_whose_name_is_no_identifier_is_a_statement_too(write):
    folder = write("eq-18")
    (folder / "objective" / "eq_18.py").rename(folder / "objective" / "eq-18.py")
    assert load(cards(folder)["eq-18"]).id == "eq-18"


def test_statements_of_the_package_stay_available(beside):
    folder = beside("my-claim", uses=("eq-18",))
    everything = catalogue(folder)
    assert everything.own == ("my-claim",)
    assert {"eq-18", "my-claim"} <= everything.cards.keys()
    assert list(cards(str(folder))) == ["my-claim"]


def test_an_id_of_the_package_is_taken(beside):
    everything = catalogue(beside("eq-18"))
    (file,) = everything.unreadable
    assert "`id` must be unique; got 'eq-18'" in str(file)
    assert everything.own == ()


def test_uses_that_name_nothing_are_refused_with_a_guess(beside):
    (file,) = catalogue(beside("my-claim", uses=("eq-1888",))).unreadable
    assert "`uses` must name known statements; got 'eq-1888' (did you mean eq-18" in str(file)


def test_a_broken_file_hides_no_other(write):
    write("eq-7")
    folder = write("eq-18")
    (folder / "objective" / "eq_18.py").write_text("STATEMENT = Statement(id=\n")
    everything = catalogue(folder)
    assert list(everything.cards) == ["eq-7"]
    (file,) = everything.unreadable
    assert str(file).count("\n") == 0
    assert "eq_18.py:1" in str(file)


@pytest.mark.parametrize("name", ["con", "com1", "nul.x", "a" * 300, "Eq-1", ""])
def test_ids_that_cannot_be_files_are_refused(write, name):
    folder = write("eq-18")
    path = folder / "objective" / "eq_18.py"
    path.write_text(path.read_text().replace("id='eq-18'", f"id={name!r}"))
    with pytest.raises(ValueError, match="`id` must"):
        cards(folder)


@pytest.mark.parametrize(("folder", "error"), [(3, TypeError), ("/nowhere/at/all", ValueError)])
def test_folders_that_are_none_are_refused(folder, error):
    with pytest.raises(error, match="`folder` must be"):
        catalogue(folder)


def test_an_installed_package_brings_statements(beside, tmp_path, monkeypatch):
    folder = beside("my-claim")
    package = tmp_path / "installed" / "claims_of_mine"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "deep" / "claim.py").write_text((folder / "objective" / "my_claim.py").read_text())
    monkeypatch.syspath_prepend(str(package.parent))
    points = [
        importlib.metadata.EntryPoint("mine", "claims_of_mine", "memcurse.statements"),
        importlib.metadata.EntryPoint("gone", "not_installed_at_all", "memcurse.statements"),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
    everything = catalogue()
    assert everything.cards["my-claim"].module == "claims_of_mine.deep.claim"
    assert load(everything.cards["my-claim"]).id == "my-claim"
    assert "got 'not_installed_at_all'" in str(everything.unreadable[0])


def test_patterns_and_papers_are_names_too():
    available = cards()
    assert {card.id for card in chosen(["eq-1?"], available)} >= {"eq-12", "eq-18"}
    assert len(chosen(["curse-of-memory"], available)) >= 49
    with pytest.raises(ValueError, match=r"got 'zz-\*'"):
        chosen(["zz-*"], available)
