"""The door: what each call answers, with which exit status, and one clear line for what cannot be done."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from blockshift import cli
from blockshift.claims import LEDGER, report

RUN = ["3-4-5-3", "--singular-values", "3,2,1", "--seed", "0"]


def call(capsys, *words):
    """Exit status, standard output and standard error of one call."""
    try:
        status = cli.main(list(words))
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    return status, out, err


def test_flow_answers_as_the_contract_says(capsys):
    status, out, err = call(capsys, "flow", *RUN, "--json", "-")
    found = json.loads(out)
    assert (status, err) == (0, "")
    keys = {"loss_start", "loss_end", "invariant_drift", "time_end", "steps", "stopped", "limit", "learnt", "seconds"}
    assert keys <= set(found)
    assert found["learnt"] == [1, 2, 3]
    assert found["limit"] == "global minimum"
    assert found["loss_end"] < 1e-12 < found["loss_start"]
    assert found["invariant_drift"] < 1e-9


def test_flow_in_words_is_a_sentence(capsys):
    status, out, _ = call(capsys, "flow", *RUN)
    assert status == 0
    assert "Trajectory(0 ≤ t ≤ 1" in out
    assert "global minimum" in out


def test_flow_from_a_saddle_learns_nothing(capsys):
    _, out, _ = call(capsys, "flow", "2-2-2", "--singular-values", "1,2", "--scale", "0", "--json", "-")
    found = json.loads(out)
    assert found["limit"] == "strict saddle"
    assert found["learnt"] == []
    assert found["stopped"] == "at rest"
    assert found["singular_values"] == [2.0, 1.0]


@pytest.mark.parametrize(("shape", "kind"), [("2-2-2", "strict saddle"), ("2-2-2-2", "nonstrict saddle")])
def test_flow_says_what_kind_of_saddle_it_rests_at_and_why(capsys, shape, kind):
    _, out, _ = call(capsys, "flow", shape, "--singular-values", "1,2", "--scale", "0", "--json", "-")
    found = json.loads(out)
    assert found["limit"] == kind
    assert "open" in found["limit_reason"]


def test_flow_keeps_a_run_whose_limit_rounding_hides(capsys, tmp_path):
    np.savez(tmp_path / "start.npz", W1=[[1e9], [0.0]], W2=[[0.0, 1e9]])
    words = ["flow", "1-2-1", "--singular-values", "1", "--weights", str(tmp_path / "start.npz"), "--t-end", "1e-25"]
    status, out, _ = call(capsys, *words, "--json", "-")
    assert status == 0
    assert json.loads(out)["limit"] == "undecided"


def test_flow_starts_from_a_weights_file(capsys, tmp_path):
    np.savez(tmp_path / "start.npz", W1=[[1.0]], W2=[[1.0]])
    words = ["flow", "1-1-1", "--singular-values", "4", "--weights", str(tmp_path / "start.npz"), "--json", "-"]
    status, out, _ = call(capsys, *words)
    assert status == 0
    assert json.loads(out)["loss_start"] == 4.5


LAW_KEYS = {"parameters", "known", "total", "complete", "method", "certain", "lower", "upper", "seconds"}


def test_laws_answers_as_the_contract_says(capsys):
    status, out, err = call(capsys, "laws", "1-2-2-1", "--json", "-")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert set(found) >= LAW_KEYS
    assert (found["parameters"], found["known"], found["total"]) == (8, 6, 7)
    assert (found["complete"], found["certain"]) == (False, True)
    assert (found["lower"], found["upper"]) == (7, 7)
    assert found["scalar_stretches"] == [[0, 3]]


@pytest.mark.parametrize(
    ("words", "known", "total"),
    [
        (["3-4-3"], 10, 10),
        (["1-2-2-1", "--biases"], 6, 6),
        (["4-6-6-2", "--net", "relu", "--biases"], 12, 12),
        (["2-1-2-2-1", "--seed", "7"], 7, 8),
        (["5-3"], 0, 0),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else str(x),
)
def test_laws_are_counted_and_certain(capsys, words, known, total):
    _, out, _ = call(capsys, "laws", *words, "--json", "-")
    found = json.loads(out)
    assert (found["known"], found["total"], found["certain"]) == (known, total, True)
    assert found["complete"] == (known == total)


def test_laws_in_words_name_the_stretch_that_adds_some(capsys):
    status, out, _ = call(capsys, "laws", "2-1-2-2-1")
    assert status == 0
    assert "10 parameters" in out
    assert "8, by exact ranks; proved from both sides" in out
    assert "not quadratic: 1, from the stretch between layers 1 and 4" in out


def test_laws_of_a_network_too_large_to_count_say_what_is_proved(capsys, tmp_path):
    path = tmp_path / "laws.json"
    status, out, _ = call(capsys, "laws", "50-50-50-50", "--json", str(path))
    found = json.loads(path.read_text())
    assert status == 0
    assert "by closed form; conjectured; proved: 2550 to 5000" in out
    assert (found["method"], found["certain"], found["certificates"]) == ("closed form", False, [])


def test_verify_answers_as_the_contract_says(capsys):
    status, out, err = call(capsys, "verify", "--json", "-")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert {c["id"] for c in found["claims"]} == {c.id for c in LEDGER if c.cost == "seconds"}
    assert {c["verdict"] for c in found["claims"]} <= {"holds", "not reproduced", "open"}
    assert {c["control"] for c in found["claims"]} <= {"fails as it must", "none"}


def test_verify_prints_a_line_for_the_claim_and_a_closing_line(capsys, tmp_path):
    status, out, _ = call(capsys, "verify", "P1-C6", "--json", str(tmp_path / "record.json"))
    assert status == 0
    assert "P1-C6" in out
    assert "1 claims: 1 holds" in out
    assert report.read(tmp_path / "record.json")["complete"] is False


def test_verify_exits_with_1_when_a_claim_fails(capsys, monkeypatch):
    monkeypatch.setattr("blockshift.flow.conservation.conserved", lambda net: (np.eye(1, dtype=object),) * 9)
    monkeypatch.setattr("blockshift.claims.on_flow._difference", lambda form, net, V: form(net))
    status, out, _ = call(capsys, "verify", "P1-C6", "P1-C1", "--quiet")
    assert status == 1
    assert "P1-C6   fails" in out
    assert "P1-C1" not in out


def test_models_answers_as_the_contract_says(capsys):
    status, out, err = call(capsys, "models", "--json", "-")
    found = json.loads(out)["models"]
    assert (status, err) == (0, "")
    assert {"squeezenet", "efficientnet-lite0", "vgg16-edges", "mnist-cnn"} <= {model["name"] for model in found}
    for model in found:
        assert isinstance(model["installed"], bool)
        assert model["install"].startswith("python -m ")


def test_models_in_words_is_a_line_for_each(capsys):
    status, out, _ = call(capsys, "models")
    assert status == 0
    assert out.splitlines()[1].startswith("squeezenet  ")


# (the words, a word of the complaint)
BAD = [
    (["flow", "3-0-2", "--singular-values", "1"], "3-0-2"),
    (["flow", "abc", "--singular-values", "1"], "abc"),
    (["flow", "3", "--singular-values", "1"], "at least two"),
    (["flow", "3--2", "--singular-values", "1"], "3--2"),
    (["flow", "3-２", "--singular-values", "1"], "positive widths"),
    (["flow", "2-2", "--singular-values", "1,x"], "commas"),
    (["flow", "2-2", "--singular-values", ""], "commas"),
    (["flow", "2-2", "--singular-values", "nan"], "NaN"),
    (["flow", "2-2", "--singular-values", "3,2,1"], "at most 2"),
    (["flow", "2-2", "--singular-values=-1"], "negative"),
    (["flow", "2-2"], "--singular-values"),
    (["flow", "2-2", "--singular-values", "1", "--scale", "-1"], "scale"),
    (["flow", "2-2", "--singular-values", "1", "--seed", "-1"], "seed"),
    (["flow", "2-2", "--singular-values", "1", "--t-end", "0"], "t_end"),
    (["flow", "2-2", "--singular-values", "1", "--t-end", "soon"], "soon"),
    (["flow", "2-2", "--singular-values", "1", "--method", "euler"], "dop853"),
    (["flow", "2-2", "--singular-values", "1", "--weights", "missing.npz"], "missing.npz"),
    (["flow", "2-2", "--singular-values", "1", "--json", "missing/run.json"], "existing folder"),
    (["flow", "2-2", "--singular-values", "1", "--scale", "1e200"], "overflows"),
    (["laws", "3"], "at least two"),
    (["laws", "3-0-3"], "3-0-3"),
    (["laws"], "SHAPE"),
    (["laws", "2-2", "--net", "tanh"], "tanh"),
    (["laws", "2-2", "--seed", "-1"], "seed"),
    (["laws", "2-2", "--json", "missing/laws.json"], "existing folder"),
    (["verify", "P9-C9"], "P9-C9"),
    (["verify", "--part", "roof"], "roof"),
    (["models", "squeezenet"], "squeezenet"),
    (["models", "--json", "missing/models.json"], "existing folder"),
    (["bogus"], "bogus"),
    ([], "VERB"),
]


@pytest.mark.parametrize(("words", "hint"), BAD, ids=[" ".join(words) or "nothing" for words, _ in BAD])
def test_refuses_in_one_line_with_status_2(capsys, words, hint):
    status, out, err = call(capsys, *words)
    assert status == 2
    assert out == ""
    assert err.startswith("blockshift: ")
    assert err.count("\n") == 1
    assert hint in err


def arrays(**named):
    return lambda path: np.savez(path, **named)


@pytest.mark.parametrize(
    ("fill", "hint"),
    [
        (arrays(W1=np.ones((2, 2))), "W1, W2"),
        (arrays(W1=np.ones((2, 3)), W2=np.ones((2, 2))), "SHAPE says"),
        (arrays(W1=np.full((2, 2), np.nan), W2=np.ones((2, 2))), "NaN"),
        (arrays(W1=np.array([[{}, 1], [1, 1]], dtype=object), W2=np.ones((2, 2))), "plain arrays"),
        (lambda path: path.write_bytes(b"PK no"), "plain arrays"),
        (lambda path: path.write_bytes(b""), "plain arrays"),
    ],
    ids=["too few", "other widths", "not finite", "pickled", "broken", "empty"],
)
def test_refuses_a_weights_file_that_is_not_one(capsys, tmp_path, fill, hint):
    path = tmp_path / "start.npz"
    fill(path)
    status, _, err = call(capsys, "flow", "2-2-2", "--singular-values", "1", "--weights", str(path))
    assert status == 2
    assert err.count("\n") == 1
    assert hint in err
    assert "allow_pickle" not in err


HELP = [["--help"], ["verify", "--help"], ["flow", "--help"], ["laws", "--help"], ["models", "--help"]]


@pytest.mark.parametrize("words", HELP)
def test_help_is_a_page_with_an_example(capsys, words):
    status, out, _ = call(capsys, *words)
    assert status == 0
    assert "example" in out
    assert "blockshift " in out


def test_ctrl_c_ends_a_long_run_within_a_second_and_keeps_what_was_reached(tmp_path):
    words = ["flow", "30-40-40-30", "--singular-values", "3,2,1", "--scale", "0.001", "--t-end", "1e9"]
    path = tmp_path / "run.json"
    command = [sys.executable, "-m", "blockshift", *words, "--json", str(path)]
    quiet = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=quiet)
    time.sleep(8)  # enough to have begun, machine code to be made included
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert run.returncode == 2
    assert "interrupted at t = " in err.splitlines()[-1]
    assert json.loads(path.read_text())["stopped"] == "interrupted"
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]
