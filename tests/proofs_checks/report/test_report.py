"""The report: valid, self-contained, escaped, reproducible, and never half written."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest

from memcurse.proofs_checks import report as report_package
from memcurse.proofs_checks.evidence.statement import Provenance
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.proofs_checks.report import files, readme_table
from memcurse.proofs_checks.report.meanings import PROVENANCES, STATUSES, VERDICTS, coverage
from memcurse.proofs_checks.running.runner import verify

BODY = """
def measured(setting):
    rows = tuple((i, i / 3, Fraction(i, 3)) for i in range(5))
    return Evidence([Exact("rows", [1] * 5, [1] * len(rows))], instances=5, digits=setting.digits,
                    table=Table(("i", "third", "exact"), rows), data={"rows": rows})

def draw(evidence, ax):
    ax.plot([row[1] for row in evidence.data["rows"]], label="thirds & more")
    ax.legend()
"""


THIS_RUN = ("eq-7", "eq-12", "eq-13", "eq-18")


@pytest.fixture
def report(write):
    write("eq-7", title='Angle <brackets> & "quotes"', hypotheses=("$w > 0$ and <b>bold</b>",))
    write("eq-12", check="refuted", uses=("eq-7", "lem-9"))
    write("lem-9")
    write(
        "eq-13",
        control="equal",
        body=BODY,
        check="measured",
        figure="draw",
        claim=r"\begin{cases} 1 \end{cases}",
    )
    folder = write("eq-18", body=BODY, check="measured", figure="draw", uses=("eq-12",), claim=r"a \quad b")
    return verify(THIS_RUN, folder=folder)


class Page(HTMLParser):
    """Tags left open, ids, addresses, headings."""

    VOID = frozenset({"meta", "br", "path", "rect", "use", "img", "hr", "link", "input"})

    def __init__(self, text):
        super().__init__()
        self.stack, self.ids, self.addresses, self.headings = [], [], [], []
        self.tags = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        if "id" in values:
            self.ids.append(values["id"])
        self.addresses += [v for k, v in attrs if k in ("href", "src", "xlink:href", "action")]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        assert self.stack, f"</{tag}> without a start"
        assert self.stack.pop() == tag


def test_json_is_valid_under_the_schema(report):
    path = Path(report_package.__file__).parent / "report.schema.json"
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(report.to_json())
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    assert document["schema_version"] == schema["properties"]["schema_version"]["const"]
    result = document["results"][3]
    assert result["evidence"][0] == {
        "name": "rows",
        "verdict": "CERTIFIED",
        "method": "exact arithmetic",
        "detail": "5 entries are equal",
        "about": "claim",
        "scope": {"kind": "instances", "number": 5},
    }
    assert (result["scope"], result["code_verdict"]) == ({"kind": "instances", "number": 5}, None)
    assert result["controls"][0]["verdict"] == "REFUTED"
    for broken in ({"verdict": "TRUE"}, {"instances": -1}, {"extra": 1}):
        changed = document | {"results": [result | broken]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, schema, jsonschema.Draft202012Validator)


def test_the_page_is_well_formed_and_needs_no_network(report):
    text = report.to_html()
    page = Page(text)
    assert page.stack == []
    assert len(page.ids) == len(set(page.ids))
    assert not re.search(r"(?i)https?:|<script .|<link|@import|javascript:", text)
    assert text.count("<script>") == 1
    files = {f"{result.id}.csv" for result in report.results}
    for address in page.addresses:
        assert address.startswith(("#", "data:text/csv;")) or address in files
        if address.startswith("#"):
            assert address[1:] in page.ids
    for reference in re.findall(r"url\(#([^)]+)\)", text):
        assert reference in page.ids


def test_the_page_is_accessible(report):
    page = Page(report.to_html())
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert ("html", {"lang": "en"}) in page.tags
    for tag, values in page.tags:
        if tag == "svg":
            assert {"aria-label", "aria-labelledby", "aria-hidden"} & set(values)
        if tag == "th":
            assert "scope" in values


def test_the_page_shows_everything_and_escapes_it(report):
    text = report.to_html()
    assert "Angle &lt;brackets&gt; &amp; &quot;quotes&quot;" in text
    assert "&lt;<i>b</i>&gt;bold&lt;/<i>b</i>&gt;" in text
    assert "<b>" not in text
    for result in report.results:
        assert f'<article id="{result.id}"' in text
        assert result.evidence[0].detail in text
        assert coverage(result) in text
    for verdict, meaning in VERDICTS.items():
        assert verdict.name in text
        assert meaning in text
    assert PROVENANCES[Provenance.DERIVED] in text
    assert '<span class="flag">survived</span>' in text
    assert "not in this run" in text
    assert '<code class="latex">\\begin{cases} 1 \\end{cases}</code>' in text


def test_every_word_that_can_be_needed_is_there(report):
    assert set(VERDICTS) == set(Verdict)
    assert list(VERDICTS) == sorted(Verdict, reverse=True)
    assert set(PROVENANCES) == set(Provenance)
    assert set(STATUSES) == {"holds", "undecided", "refuted", "broken", "error"}


def test_output_is_reproducible(write, report):
    again = verify(
        THIS_RUN,
        folder=write(
            "eq-18", body=BODY, check="measured", figure="draw", uses=("eq-12",), claim=r"a \quad b"
        ),
    )
    assert again.results[3].svg == report.results[3].svg
    assert again.results[3].csv == report.results[3].csv

    def without_times(text):
        return re.sub(r"\d+\.\d+ s|>\d+\.\d\d<", "", text)

    assert without_times(again.to_html()) == without_times(report.to_html())


def test_files(report, tmp_path):
    page = report.write(tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["eq-13.csv", "eq-13.svg", "eq-18.csv", "eq-18.svg", "report.html", "report.json"]
    assert page.read_text(encoding="utf-8") == report.to_html()
    rows = list(csv.reader(io.StringIO((tmp_path / "out" / "eq-18.csv").read_text())))
    assert rows[:3] == [["i", "third", "exact"], ["0", "0.0", "0"], ["1", repr(1 / 3), "1/3"]]
    link = re.search(r'"eq-18.csv" href="data:text/csv;charset=utf-8,([^"]+)"', page.read_text())
    assert link is not None
    assert list(csv.reader(io.StringIO(unquote(link[1])))) == rows
    assert (tmp_path / "out" / "eq-18.svg").read_text().startswith("<?xml")


def test_a_failure_while_writing_leaves_the_old_report(report, tmp_path, monkeypatch):
    report.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    def fail(self):
        raise OSError("disk full")

    monkeypatch.setattr(type(report), "to_json", fail)
    with pytest.raises(OSError, match="disk full"):
        report.write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".report-")]


def test_an_unwritable_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ValueError, match="`out` must be a folder that can be written; got "):
            files.writable_folder(place)


def test_notebook_summary(report):
    text = report._repr_html_()
    assert Page(text).stack == []
    assert "eq-18" in text
    assert "&lt;brackets&gt;" in text
    assert "(broken)" in text


def test_an_interrupted_run_without_results_still_has_a_page(write):
    def stop(result):
        raise KeyboardInterrupt

    report = verify(folder=write("eq-7"), progress=stop)
    empty = type(report)(
        results=(), digits=50, quick=False, seed=0, time_limit=1.0, elapsed_s=0.1, interrupted=True
    )
    assert Page(empty.to_html()).stack == []
    assert "Interrupted." in empty.to_html()


def test_a_long_table_is_fetched_from_beside_the_page(report):
    long = replace(report.results[-1], csv="n\n" + "1\n" * 9000)
    text = replace(report, results=(long,)).to_html()
    assert '"eq-18.csv" href="eq-18.csv"' in text
    assert "9000 rows" in text


def test_the_filter_offers_what_there_is(report):
    text = report.to_html()
    page = Page(text)
    data = [values for tag, values in page.tags if tag == "article"]
    assert [values["data-verdict"] for values in data] == [r.verdict.name for r in report.results]
    assert {values["data-scope"] for values in data} <= {"instances", "nothing"}
    chosen = re.search(r'<select name="verdict".*?</select>', text, re.DOTALL)[0]
    assert re.findall("<option>([A-Z]+)</option>", chosen) == ["CERTIFIED", "UNDECIDED", "REFUTED"]
    assert "<details open" not in re.sub(r'<details class="graph-box" open>', "", text)


def test_statements_link_back_and_to_those_that_use_them(report):
    text = report.to_html()
    article = re.search('<article id="eq-12".*?</article>', text, re.DOTALL)[0]
    assert 'Uses <a href="#eq-7">eq-7</a>, lem-9.' in article
    assert 'Used by <a href="#eq-18">eq-18</a>.' in article
    assert '<a href="#statements">Back to the list</a>' in article
    assert "Neither use another nor are used: <a" in text


def test_motion_and_darkness_follow_the_reader():
    style = (Path(report_package.__file__).parent / "report.css").read_text()
    assert "prefers-color-scheme: dark" in style
    assert "prefers-reduced-motion: reduce" in style


def test_the_table_in_the_readme(report, tmp_path, capsys):
    source, target = tmp_path / "report.json", tmp_path / "README.md"
    source.write_text(report.to_json())
    target.write_text("before\n<!-- statements:begin -->\nold\n<!-- statements:end -->\nafter\n")
    assert readme_table.main([str(source), str(target)]) == 0
    lines = target.read_text().splitlines()
    assert (lines[0], lines[1], lines[-2], lines[-1]) == (
        "before",
        readme_table.BEGIN,
        readme_table.END,
        "after",
    )
    assert "\n".join(lines[2:-2]) == readme_table.readme_table(report)
    assert lines[5].startswith(
        "| `eq-12` | Title of eq-12 | REFUTED | 1 instance |  | exact arithmetic | 1 of 1 |"
    )
    assert "UNDECIDED (broken)" in lines[6]
    once = target.read_text()
    assert readme_table.main([str(source), str(target)]) == 0
    assert target.read_text() == once
    target.write_text("no markers")
    assert readme_table.main([str(source), str(target)]) == 2
    assert target.read_text() == "no markers"
    assert readme_table.main([]) == 2


def test_the_summary_counts_every_statement_once(report):
    assert report.summary == {"CERTIFIED": 2, "REFUTED": 1, "broken": 1}
    assert sum(report.summary.values()) == len(report.results)
