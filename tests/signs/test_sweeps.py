"""Sweeps: the same table however it came about."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import joblib
import numpy as np
import pytest

from blockshift import errors
from blockshift.signs import sweeps
from blockshift.signs.progress import Bar, Progress
from signs import sweep_measures as measures

CELLS = [(name, i) for name in ("one", "two") for i in range(4)]


def reference(cells=CELLS, seed=3):
    return sweeps.sweep(cells, measures.numbers, seed=seed)


def test_the_table_has_each_cell_in_the_order_asked_for():
    table = reference()
    assert list(table.results) == CELLS
    assert [row["cell"] for row in json.loads(table.text())] == [list(cell) for cell in CELLS]
    assert table["two", 1] == table.select("two")[1]
    assert table.select() == list(table.results.values())
    assert (table.stopped, table.failures) == ("finished", {})
    assert repr(table) == "Table(8 of 8 cells, finished)"


def test_law_a_result_depends_on_the_seed_and_the_name_of_its_cell_alone():
    whole = reference()
    for cells in (CELLS[::-1], CELLS[3:5], [("three", 0), CELLS[2]]):
        part = reference(cells)
        assert all(part[c] == whole[c] for c in cells if c in CELLS)
    assert len({json.dumps(result["values"]) for result in whole.results.values()}) == len(CELLS)
    other = reference(seed=4)
    assert not any(other[c]["values"] == whole[c]["values"] for c in CELLS)


def test_names_that_look_alike_are_different_cells():
    cells = [("a", "b"), ("ab",), ("a", "b", 0), ("a", 1), ("a", "1"), ("a,b",), ('a", "b',)]
    draws = [sweeps.generator(0, cell).random() for cell in cells]
    assert len(set(draws)) == len(cells)


def test_the_generator_of_a_cell_is_the_same_for_ever():
    # A change of these numbers would make every stored table one that cannot be remade.
    assert sweeps.generator(0, ("net", "uniform", 3)).integers(10**6) == 264666
    assert sweeps.generator(1, ("größe", 0)).integers(10**6) == 808289


def test_processes_give_the_same_bytes_as_one_after_the_other(tmp_path):
    table = sweeps.sweep(CELLS, measures.numbers, seed=3, n_jobs=2, checkpoint=tmp_path / "cells")
    assert table.text() == reference().text()
    again = sweeps.sweep(CELLS, measures.numbers, seed=3, checkpoint=tmp_path / "cells")
    assert again.text() == table.text()


def test_what_is_finished_is_not_computed_again(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    measure = measures.Touching(marks)
    sweeps.sweep(CELLS[:3], measure, seed=3, checkpoint=tmp_path / "cells")
    table = sweeps.sweep(CELLS, measure, seed=3, checkpoint=tmp_path / "cells")
    assert set(measure.computed().values()) == {1}
    assert len(measure.computed()) == len(CELLS)
    assert table.text() == reference().text()


SCRIPT = """
import sys
from pathlib import Path
from blockshift.signs import sweeps
from signs import sweep_measures as measures
folder, jobs = Path(sys.argv[1]), int(sys.argv[2])
cells = [(name, i) for name in ("one", "two") for i in range(12)]
table = sweeps.sweep(cells, measures.Touching(folder / "marks", 0.05), seed=3, n_jobs=jobs, checkpoint=folder / "cells")
(folder / "table").write_text(table.text())
print(table.stopped, flush=True)
"""


def started(folder, jobs):
    (folder / "marks").mkdir(exist_ok=True)
    arguments = [sys.executable, "-c", SCRIPT, str(folder), str(jobs)]
    # The measures live beside the tests, and the processes that a sweep starts have to find them too.
    found = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=found
    )


def wait_for(folder, cells, process):
    """Until so many cells are in the checkpoint."""
    file, until = folder / "cells", time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if file.exists() and file.read_bytes().count(b"\n") > cells:
            return
        time.sleep(0.01)
    raise AssertionError(process.communicate()[1])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_sweep_continues_and_gives_the_same_table_bit_for_bit(tmp_path, jobs):
    cells = [(name, i) for name in ("one", "two") for i in range(12)]
    for kept in (3, 9):
        process = started(tmp_path, jobs)
        wait_for(tmp_path, kept, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert not (tmp_path / "table").exists()
    process = started(tmp_path, jobs)
    out, problems = process.communicate(timeout=60)
    assert out == "finished\n", problems
    assert (tmp_path / "table").read_text() == reference(cells).text()
    computed = measures.Touching(tmp_path / "marks").computed()
    assert len(computed) == 24
    # Only what was under way when it was killed was computed twice.
    assert sum(computed.values()) - 24 <= 2 * 2 * jobs


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_a_sweep_at_once_and_keeps_what_is_finished(tmp_path, jobs):
    process = started(tmp_path, jobs)
    wait_for(tmp_path, 3, process)
    begin = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    out, problems = process.communicate(timeout=60)
    assert (out, process.returncode) == ("interrupted\n", 0), problems
    assert time.monotonic() - begin < 10
    rows = json.loads((tmp_path / "table").read_text())
    assert 3 <= len(rows) < 24
    process = started(tmp_path, jobs)
    assert process.communicate(timeout=60)[0] == "finished\n"


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cell_that_fails_once_is_tried_again_after_the_others(tmp_path, jobs):
    notes = []
    measure = measures.Failing(tmp_path, 1)
    table = sweeps.sweep(CELLS, measure, seed=3, n_jobs=jobs, progress=lambda state: notes.append(state.note))
    assert table.text() == reference().text()
    assert (table.stopped, table.failures) == ("finished", {})
    said = [note for note in notes if note]
    assert len(said) == 2
    assert "cell one, 2 failed: RuntimeError: no luck at all (__call__, line" in "".join(said)
    assert all("it is tried again" in note for note in said)
    assert Counter(measure.computed().values()) == {1: 6, 2: 2}


def test_a_cell_that_always_fails_is_named_and_the_others_are_finished(tmp_path):
    measure = measures.Failing(tmp_path, 99)
    path = tmp_path.parent / "cells of failing"
    table = sweeps.sweep(CELLS, measure, seed=3, retries=2, checkpoint=path)
    assert table.stopped == "incomplete"
    assert list(table.failures) == [("one", 2), ("two", 2)]
    assert len(table.results) == 6
    assert measure.computed()["one-2"] == 3
    assert repr(table) == "Table(6 of 8 cells, incomplete, 2 failed: one, 2)"
    mended = sweeps.sweep(CELLS, measures.numbers, seed=3, checkpoint=path)
    assert mended.text() == reference().text()
    path.unlink()


def test_a_process_that_dies_takes_no_other_cell_with_it(tmp_path):
    measure = measures.Dying(tmp_path, 1)
    table = sweeps.sweep(CELLS, measure, seed=3, n_jobs=2)
    assert table.text() == reference().text()


def test_a_cell_whose_process_always_dies_is_named_and_the_others_are_finished(tmp_path):
    table = sweeps.sweep(CELLS, measures.Dying(tmp_path, 99), seed=3, n_jobs=2, retries=1)
    assert dict(table.failures) == {("one", 2): sweeps.DIED, ("two", 2): sweeps.DIED}
    assert len(table.results) == 6
    assert all(table[c] == reference()[c] for c in table.results)


def test_a_result_that_json_cannot_hold_is_a_failure_of_its_cell():
    table = sweeps.sweep([("a", 1)], lambda cell, rng: {"x": float("nan")}, seed=0, retries=0)
    assert "cannot be written as JSON" in table.failures["a", 1]


def test_a_full_disk_ends_the_sweep_with_one_line_and_it_continues_later(tmp_path, monkeypatch):
    def write(file, line):
        if b'"two", 1' in line:
            raise OSError(28, "No space left on device")
        return writing(file, line)

    writing = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        with pytest.raises(errors.NotSaved, match="No space left on device"):
            sweeps.sweep(CELLS, measures.numbers, seed=3, checkpoint=tmp_path / "cells")
    assert (tmp_path / "cells").read_bytes().count(b"\n") == 1 + 5
    table = sweeps.sweep(CELLS, measures.numbers, seed=3, checkpoint=tmp_path / "cells")
    assert table.text() == reference().text()


def test_each_cell_runs_on_one_thread():
    import threadpoolctl

    def threads(cell, rng):
        return {"threads": [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]}

    assert set(sweeps.sweep([("a",)], threads, seed=0)["a",]["threads"]) <= {1}


def test_progress_tells_how_far_it_is_and_what_is_left(tmp_path):
    states = []
    sweeps.sweep(CELLS[:2], measures.slow, seed=3, checkpoint=tmp_path / "cells")
    sweeps.sweep(CELLS, measures.slow, seed=3, checkpoint=tmp_path / "cells", progress=states.append)
    assert [state.done for state in states] == [3, 4, 5, 6, 7, 8]
    assert {state.total for state in states} == {8}
    left = [state.seconds_left for state in states]
    assert left[-1] == 0
    assert 0.15 < left[0] < 60  # five cells of 0.05 seconds, on a machine that may be busy


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_overwrites_itself_on_a_terminal_and_is_silent_elsewhere():
    screen, file = Terminal(), io.StringIO()
    for stream in (screen, file):
        bar = Bar(stream)
        bar(Progress(1, 2, 0, 61.0))
        bar(Progress(1, 2, 1, 61.0, "cell a failed"))
        bar(Progress(2, 2, 0, 0.0))
    assert file.getvalue() == "cell a failed\n"
    lines = screen.getvalue().split("\r\033[K")
    assert lines[1] == f"[{'#' * 15}{'.' * 15}] 1 of 2 cells, 1 min 1 s left"
    assert lines[2] == "cell a failed\n"
    assert lines[-1] == f"[{'#' * 30}] 2 of 2 cells, 0 s left\n"


def test_a_sweep_of_nothing_is_an_empty_table():
    table = sweeps.sweep([], measures.numbers, seed=0)
    assert (table.text(), table.stopped) == ("[\n\n]\n", "finished")


@pytest.mark.parametrize("cells", [[("a", 1.0)], ["a"], [()], [("a", True)], [("a", np.int64(1))]])
def test_refuses_what_is_no_cell(cells):
    with pytest.raises(errors.BadArgument, match="is no cell; expected a tuple of texts and integers"):
        sweeps.sweep(cells, measures.numbers, seed=0)


def test_refuses_a_cell_that_is_there_twice_and_a_negative_seed():
    with pytest.raises(errors.BadArgument, match="cell a, 1 was asked for twice"):
        sweeps.sweep([("a", 1), ("b", 1), ("a", 1)], measures.numbers, seed=0)
    with pytest.raises(errors.BadArgument, match="seed -1"):
        sweeps.sweep(CELLS, measures.numbers, seed=-1)


def test_an_engine_that_loses_a_worker_gives_the_same_table(tmp_path):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed, so there is no engine to test on")
    import dask

    cells = [(name, i) for name in ("one", "two") for i in range(10)]
    killed = []

    def kill(state):
        if state.done == 4 and not killed:
            worker = next(iter(cluster.workers.values()))
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    settings = {"distributed.logging.distributed": "critical", "distributed.admin.log-length": 0}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50,
            local_directory=tmp_path,
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):  # fmt: skip
        table = sweeps.sweep(cells, measures.slow, seed=3, checkpoint=tmp_path / "cells", progress=kill)
    assert killed
    assert table.stopped == "finished"
    assert table.text() == reference(cells).text()
