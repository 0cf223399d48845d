"""How a worker of a run begins."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from joblib.externals.loky import process_executor

from memcurse.proofs_checks.running.workers import environment_of_workers

_BEGIN = """
import gc, os
from memcurse.proofs_checks.running.workers import begin_worker
begin_worker(os.getppid())
from joblib.externals.loky import process_executor
print(gc.get_threshold()[0] > 700, gc.get_freeze_count() > 0, process_executor._MAX_MEMORY_LEAK_SIZE > 1e9)
"""


def test_a_worker_looks_for_cycles_seldom_and_is_not_replaced_for_its_caches() -> None:
    found = subprocess.run([sys.executable, "-c", _BEGIN], capture_output=True, text=True, env=os.environ)
    assert found.stdout.split() == ["True", "True", "True"], found.stderr


def test_loky_still_has_the_limit_that_is_set() -> None:
    assert process_executor._MAX_MEMORY_LEAK_SIZE == 300_000_000


def test_workers_find_a_larger_memory_of_sympy_unless_the_user_chose_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "SYMPY_CACHE_SIZE"
    monkeypatch.delenv(name, raising=False)
    with environment_of_workers():
        assert int(os.environ[name]) > 1000
    assert name not in os.environ
    monkeypatch.setenv(name, "500")
    with environment_of_workers():
        assert os.environ[name] == "500"
    assert os.environ[name] == "500"
