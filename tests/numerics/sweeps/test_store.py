"""The store: whole rows or none, damage named, one result a task."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from memcurse.numerics.sweeps.store import Row, Store, SweepStoreError


def row(number: int, record: str = '{"x":1}') -> Row:
    return Row(number.to_bytes(32, "big"), f'{{"n":{number}}}', record)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "runs.sqlite"
    with Store(found) as store:
        store.keep(row(k) for k in range(1200))
    return found


def test_rows_come_back_in_the_order_of_the_keys(path: Path) -> None:
    keys = [row(k).key for k in (1100, 3, 2, 700)]
    with Store(path) as store:
        assert len(store) == 1200
        assert [x.key for x in store.rows(keys)] == keys
        assert store.known([row(k).key for k in range(1190, 1210)]) == {row(k).key for k in range(1190, 1200)}
        with pytest.raises(SweepStoreError, match="`store` must hold every task"):
            list(store.rows([row(5000).key]))
    assert sorted(x.name for x in path.parent.iterdir()) == ["runs.sqlite"]


def test_a_second_result_for_a_task_is_refused_and_nothing_of_its_batch_is_kept(path: Path) -> None:
    with Store(path) as store:
        store.keep([row(5)])
        with pytest.raises(SweepStoreError, match="`store` must hold one result a task; got two"):
            store.keep([row(3000), row(5, '{"x":2}')])
        assert store.known([row(3000).key]) == set()


def test_two_processes_may_write(path: Path) -> None:
    with Store(path) as one, Store(path) as other:
        one.keep([row(2000), row(2001)])
        other.keep([row(2001), row(2002)])
        assert len(one) == len(other) == 1203


@pytest.mark.parametrize("spoil", ["text", "other", "cut", "head", "empty"])
def test_what_is_no_store_is_refused_by_name(path: Path, spoil: str) -> None:
    if spoil == "text":
        path.write_text("delay,time\n" * 1000)
    elif spoil == "other":
        path.unlink()
        with sqlite3.connect(path) as file:
            file.execute("CREATE TABLE mine (x)")
        file.close()
    elif spoil == "cut":
        path.write_bytes(path.read_bytes()[:20000])
    elif spoil == "head":
        path.write_bytes(b"\xff" * 4096 + path.read_bytes()[4096:])
    else:
        path.write_bytes(b"")
        with Store(path) as store:
            assert len(store) == 0
        return
    with pytest.raises(SweepStoreError, match=r"`store` must be .*runs\.sqlite"):
        Store(path)


def test_a_damaged_row_is_named(path: Path) -> None:
    content = path.read_bytes()
    place = content.index(b'{"x":1}')
    path.write_bytes(content[:place] + b'{"x":7}' + content[place + 7 :])
    with Store(path) as store, pytest.raises(SweepStoreError, match=r"row [0-9a-f]{64} is damaged"):
        list(store.rows(row(k).key for k in range(1200)))


def test_places_that_cannot_do(tmp_path: Path) -> None:
    with pytest.raises(SweepStoreError, match="`store` must be a file"):
        Store(tmp_path)
    with pytest.raises(SweepStoreError, match="`store` must be in a folder that exists"):
        Store(tmp_path / "none" / "runs.sqlite")


def test_a_full_disk_is_an_error_and_what_was_kept_stands(path: Path) -> None:
    with Store(path) as store:
        # SQLite's own limit has the effect of a full disk.
        store._file.execute("PRAGMA max_page_count = 1")
        with pytest.raises(OSError, match=r"`store` .*runs\.sqlite could not be read or written: .*full"):
            store.keep(row(k, '{"x":"' + "y" * 2000 + '"}') for k in range(9000, 9100))
        assert len(store) == 1200
    with Store(path) as store:
        assert len(store) == 1200


def test_without_a_path_everything_is_in_memory() -> None:
    with Store(None) as store:
        store.keep([row(1)])
        assert len(store) == 1
