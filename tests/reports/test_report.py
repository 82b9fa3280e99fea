"""``blockshift report``: a page about a network, its numbers those of the commands beneath them."""

import json
import re
import shlex
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from bs4 import BeautifulSoup

import blockshift as bs
from blockshift import cli
from blockshift.reports import charts, commands, efforts, page, samples, study, words
from blockshift.reports.settings import Settings
from blockshift.signs.monotonicity import studies
from blockshift.signs.monotonicity.portrait_measure import finite
from built import checks
from reports.small import W1, W2, onnx_file

DRAWS = ("--nulls", "sign-shuffle:4", "--nulls", "gaussian:2")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A network of one's own with its page and its numbers."""
    folder = tmp_path_factory.mktemp("report")
    file = onnx_file(folder / "net.onnx")
    # What is compiled on the first call is not to eat the time of the first interval.
    assert cli.main(["frustration", "--model", file]) == 0
    out, numbers = folder / "net.html", folder / "net.json"
    status = cli.main(["report", file, *DRAWS, "--seed", "3", "--out", str(out), "--json", str(numbers)])
    assert status == 0
    return file, out, json.loads(numbers.read_text())


def call(capsys, *words):
    try:
        status = cli.main(["report", *map(str, words)])
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    return status, out, err


def strict(text):
    """JSON without NaN."""
    return json.loads(text, parse_constant=lambda word: pytest.fail(word))


def python(lines):
    """The value of the last line of a few lines of Python, and of the one before it."""
    *first, last = lines.splitlines()
    space = {}
    exec("\n".join(first), space)
    return eval(last, space)


def test_the_graph_is_counted_by_hand(small):
    graph = small[2]["graph"]
    negative = int((W1 < 0).sum() + (W2 < 0).sum())
    assert (graph["nodes"], graph["edges"], graph["negative_edges"]) == (3 + 4 + 2, 20, negative)
    assert graph["negative_share"] == negative / 20
    assert graph["total_weight"] == pytest.approx(float(np.abs(W1).sum() + np.abs(W2).sum()), rel=1e-6)
    assert graph["activations"] == ["relu"]


def test_the_interval_is_that_of_its_command(small, capsys):
    text = small[2]["commands"]["frustration"]
    assert cli.main([*shlex.split(text)[1:], "--json", "-"]) == 0
    found = strict(capsys.readouterr().out)
    for key in ("lower", "upper", "fraction_lower", "fraction_upper", "certified", "guarantee", "layers"):
        assert found[key] == small[2]["frustration"][key]


def test_the_draws_are_those_of_their_command(small, capsys):
    text = small[2]["commands"]["nulls"]
    assert cli.main([*shlex.split(text)[1:], "--jobs", "1", "--json", "-"]) == 0
    assert strict(capsys.readouterr().out)["nulls"] == small[2]["nulls"]["comparisons"]


def test_the_other_numbers_are_those_of_their_lines_of_python(small):
    found = small[2]
    portraits = finite(python(found["commands"]["near_monotonicity"]))
    kept = [{k: v for k, v in image.items() if k != "name"} for image in found["near_monotonicity"]["images"]]
    assert json.loads(json.dumps(portraits)) == kept
    rows = python(found["commands"]["modes"])
    assert [row.turned for row in rows] == [row["turned"] for row in found["modes"]["layers"]]


def test_a_network_of_the_catalogue_gives_the_numbers_of_the_verb(capsys, monkeypatch):
    model = bs.model("mnist-mlp")
    shown = samples.samples(model, seed=0)
    settings = Settings("mnist-mlp", nulls={})
    monkeypatch.setattr(study, "PICTURES", 1)
    # Its annotations name what is replaced below: it is imported first, whichever tests ran before.
    import_module("blockshift.signs.monotonicity.portraits")
    effort = studies.PortraitEffort
    usual = {"outputs": 4, "directions": 2, "sweeps": 2}
    monkeypatch.setattr(study.studies, "PortraitEffort", lambda **given: effort(**(given or usual)))
    monkeypatch.setattr(study._Run, "frustration", lambda self: {"missing": "not here"})
    found = study.study(model, model.trace(), shown, settings)
    text = found["commands"]["near_monotonicity"]
    assert cli.main([*shlex.split(text)[1:], "--json", "-"]) == 0
    verb = strict(capsys.readouterr().out)
    assert [image["lambda"] for image in verb["images"]] == [
        image["lambda"] for image in found["near_monotonicity"]["images"]
    ]
    rows = python(found["commands"]["modes"])
    assert [row.slope for row in rows] == [row["slope"] for row in found["modes"]["ranks"]["layers"]]
    assert found["modes"]["ranks"]["classes"] == 10


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(small, tmp_path, capsys):
    file, _, found = small
    words = [file, *DRAWS, "--out", tmp_path / "a.html", "--json", "-"]
    again = strict(call(capsys, *words, "--seed", "3")[1])
    for part in ("frustration", "nulls", "near_monotonicity", "modes"):
        for timed in (again, found):
            timed[part].pop("seconds", None)
        assert again[part] == found[part]
    other = strict(call(capsys, *words, "--seed", "4")[1])
    assert other["nulls"]["comparisons"][0]["upper"] != found["nulls"]["comparisons"][0]["upper"]


@pytest.fixture
def built(small, tmp_path):
    """The page as a page of a book, for the checks of the book."""
    name = small[1].name
    return checks.Page(small[1].parent, name), BeautifulSoup(small[1].read_text(), "html.parser")


def test_the_page_asks_nobody_for_anything(built):
    assert not checks.outside_loads(built[0])
    assert not checks.outside_links(built[0])
    assert not built[1].find_all(["script", "link", "iframe", "object", "img"])
    assert "default-src 'none'" in built[1].find("meta", attrs={"http-equiv": True})["content"]


def test_the_page_is_well_formed_for_those_who_cannot_see_it(built):
    assert not checks.nameless(built[0])
    assert not checks.leaks(built[0])
    assert not checks.repeated_ids(built[0])
    assert not checks.heading_faults(built[0])
    soup = built[1]
    for chart in soup.find_all("svg"):
        assert chart["role"] == "img"
        assert len(chart["aria-label"]) > 40
    for link in soup.select("nav a"):
        assert soup.find(id=link["href"][1:]) is not None
    for table in soup.find_all("table"):
        assert all(cell.get_text() for cell in table.find_all("th"))
        assert table.caption.get_text()


def test_the_page_shows_the_numbers(built, small):
    text, found = built[1].get_text(" "), small[2]
    part = found["frustration"]
    for number in (f"{part['fraction_upper']:.4f}", f"{found['nulls']['comparisons'][0]['mean']:.4f}"):
        assert number in text
    for command in found["commands"].values():
        assert command in [pre.get_text() for pre in built[1].find_all("pre")]
    assert text.count("What it does not mean") == len(words.MEANING)


def test_no_inputs_are_called_what_they_are(built, small):
    assert small[2]["samples"]["kind"] == "random"
    assert "random inputs, standard normal numbers with seed 3, no pictures at all" in built[1].get_text(" ")


def test_no_folder_of_this_machine_is_in_the_source_of_the_page(built, small):
    assert small[2]["network"]["source"] == "net.onnx"


def test_words_of_a_chart_follow_the_numbers():
    draws = [{"kind": "gaussian", "lower": [0.3, 0.41], "upper": [0.35, 0.45]}]
    _, told = charts.intervals((0.1, 0.31), draws)
    assert told.endswith("upper ends from 0.3500 to 0.4500, 1 of them certainly above the network.")
    _, other = charts.intervals((0.1, 0.29), draws)
    assert "2 of them certainly above" in other
    _, bars = charts.bars([("a", 0.1), ("b", 0.4)], "share", 0.5, (0, 0.5))
    assert bars == "Bars for 2 layers, share: the largest is 0.4000 in b, the smallest 0.1000 in a."
    _, steps = charts.steps((0.1, 1.0), {"rays": [0.75, 0.5]}, {"rays": [None, (0.4, 0.6)]})
    assert "rays from 0.750 at a step of 0.1 to 0.500 at 1." in steps


def test_marks_lie_where_the_numbers_are():
    svg, _ = charts.intervals((0.25, 0.5), [{"kind": "k", "lower": [0.0], "upper": [0.25]}])
    middle = (charts.LEFT + charts.WIDTH - charts.RIGHT) / 2
    assert f'class="draw" cx="{middle:.2f}"' in svg
    assert f'class="band" x="{middle:.2f}"' in svg
    assert f'class="own" x1="{charts.WIDTH - charts.RIGHT:.2f}"' in svg
    svg, _ = charts.bars([("a", 0.25)], "share", 0.5, (0, 0.5))
    assert f'width="{middle - charts.LEFT:.2f}"' in svg


def test_a_name_cannot_become_markup():
    svg, _ = charts.bars([("<b>&", 0.1)], "share", 0.5, (0, 0.5))
    assert "<b>" not in svg
    assert "&lt;b&gt;&amp;" in svg


def test_what_is_certain_is_told_apart():
    def told(separated, contradicted):
        entry = {"kind": "k", "count": 3, "separated": separated, "contradicted": contradicted}
        return words.separation({"comparisons": [entry]})[0]

    assert "every one is certainly more frustrated" in told(3, 0)
    assert "every one is certainly less frustrated" in told(0, 3)
    assert "1 is certainly more frustrated than the network, 2 certainly less" in told(1, 2)


@pytest.mark.parametrize(
    ("seconds", "left", "expected"),
    [
        (1.0, 100.0, {"a": 20, "b": 20}),
        (1.0, 8.0, {"a": 4, "b": 4}),
        (1.0, 6.0, {"a": 3, "b": 3}),
        (1.0, 5.0, {"a": 5}),
        (2.0, 5.0, {}),
        (2.0, -5.0, {}),
    ],
)
def test_draws_fit_into_what_is_left(seconds, left, expected):
    assert efforts.plan(("a", "b"), seconds, left) == expected


def test_a_few_draws_may_be_late():
    assert efforts.plan(("a", "b"), 10.0, 5.0, grace=25.0) == {"a": 3}
    assert efforts.plan(("a", "b"), 10.0, 5.0, grace=24.0) == {}


def test_without_a_wish_the_draws_are_decided_by_what_one_costs(small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(efforts, "MOST", 3)
    status, out, _ = call(capsys, small[0], "--out", tmp_path / "a.html", "--json", "-")
    found = strict(out)
    assert status == 0
    assert found["nulls"]["asked"] == dict.fromkeys(efforts.KINDS, 3)
    assert "--nulls sign-shuffle:3 --nulls weight-shuffle:3 --nulls gaussian:3" in found["commands"]["report"]
    monkeypatch.setattr(efforts, "PAGE", -100.0)
    found = strict(call(capsys, small[0], "--out", tmp_path / "a.html", "--json", "-")[1])
    assert "--nulls sign-shuffle:5 makes them" in found["nulls"]["missing"]


def test_none_means_none_and_the_page_says_so(small, tmp_path, capsys):
    status, out, _ = call(capsys, small[0], "--nulls", "none", "--out", tmp_path / "a.html", "--json", "-")
    assert (status, strict(out)["nulls"]["missing"]) == (0, "none were asked for")
    assert "None were asked for." in (tmp_path / "a.html").read_text()


def test_a_balanced_network_is_told_with_certainty(tmp_path, capsys):
    file = onnx_file(tmp_path / "plus.onnx", weights=(np.abs(W1), np.abs(W2)))
    status, out, _ = call(capsys, file, "--nulls", "sign-random:2", "--out", tmp_path / "a.html", "--json", "-")
    found = strict(out)
    assert (status, found["frustration"]["upper"], found["frustration"]["certified"]) == (0, 0, True)
    assert found["near_monotonicity"]["summary"]["lambda"][0] == 1
    assert "Its frustration is 0.0000 of the weight" in (tmp_path / "a.html").read_text()


def test_an_activation_that_turns_order_is_named(tmp_path, capsys):
    file = onnx_file(tmp_path / "net.onnx", activation="Sigmoid")
    _, out, _ = call(capsys, file, "--nulls", "none", "--out", tmp_path / "a.html", "--json", "-")
    assert strict(out)["graph"]["monotone_activations"] is True


def test_own_inputs_and_classes_are_used(small, tmp_path, capsys):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((6, 3)).astype(np.float32)
    np.savez(tmp_path / "own.npz", inputs=X, labels=np.arange(6) % 3)
    words = [small[0], "--nulls", "none", "--out", tmp_path / "a.html", "--json", "-"]
    found = strict(call(capsys, *words, "--images", tmp_path / "own.npz")[1])
    assert (found["samples"]["kind"], found["samples"]["count"], found["samples"]["labelled"]) == ("own", 6, True)
    rows = bs.turned_shares(bs.model(small[0]).trace(), X.reshape(6, 3, 1, 1))
    assert [row.turned for row in rows] == [row["turned"] for row in found["modes"]["layers"]]
    assert python(found["commands"]["modes"]) == rows
    assert "module of torch" in found["modes"]["ranks"]["missing"]


def test_too_few_samples_of_a_class_give_no_slope():
    model = bs.model("mnist-mlp")
    shown = samples.samples(model, seed=0)
    settings = Settings("mnist-mlp")
    few = study._Run(model, model.trace(), shown, settings, lambda doing: None, 0.0)._ranks(99)
    assert "too few" in few["missing"]


def test_an_interruption_keeps_what_was_done(small, tmp_path, capsys, monkeypatch):
    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(study._Run, "near_monotonicity", interrupted)
    out, numbers = tmp_path / "a.html", tmp_path / "a.json"
    status, _, err = call(capsys, small[0], *DRAWS, "--seed", 3, "--out", out, "--json", numbers)
    found = strict(numbers.read_text())
    assert status == 2
    assert err.startswith("blockshift: interrupted in the part near_monotonicity; what was done is in")
    assert "with --checkpoint FILE" in err
    assert err.count("\n") == 1
    assert found["nulls"]["comparisons"] == small[2]["nulls"]["comparisons"]
    assert "interrupted in the part" in found["modes"]["missing"]
    assert "This page is not complete" in out.read_text()


def test_a_search_that_is_interrupted_keeps_its_interval(small, tmp_path, capsys, monkeypatch):
    found = study.network_intervals.network_frustration
    monkeypatch.setattr(
        study.network_intervals, "network_frustration",
        lambda *args, **options: replace(found(*args, **options), stopped="interrupted", certified=False, lower=0.0),
    )  # fmt: skip
    out = tmp_path / "a.html"
    status, text, _ = call(capsys, small[0], *DRAWS, "--out", out, "--json", "-")
    kept = strict(text)
    assert (status, kept["stopped"]) == (2, "frustration")
    assert kept["frustration"]["upper"] == pytest.approx(small[2]["frustration"]["upper"])
    assert "from below nothing is known" in out.read_text()


def test_a_checkpoint_is_continued(small, tmp_path, capsys, monkeypatch):
    words = [small[0], *DRAWS, "--seed", 3, "--out", tmp_path / "a.html", "--json", "-"]
    words += ["--checkpoint", tmp_path / "draws"]
    call(capsys, *words)
    monkeypatch.setattr(study.nulls, "draw", None)  # nothing is drawn again
    assert strict(call(capsys, *words)[1])["nulls"]["comparisons"] == small[2]["nulls"]["comparisons"]


def test_draws_that_fail_are_named_and_the_page_is_there(small, tmp_path, capsys, monkeypatch):
    def unlucky(dag, kind, *, rng):
        raise MemoryError("no room")

    monkeypatch.setattr(study.nulls, "draw", unlucky)
    status, _, err = call(capsys, small[0], "--nulls", "gaussian:2", "--out", tmp_path / "a.html")
    assert status == 2
    assert "2 draws failed" in err.splitlines()[-1]
    assert "No draw was finished" in (tmp_path / "a.html").read_text()


def test_a_time_limit_is_in_the_commands_and_ends_the_draws(small, tmp_path, capsys):
    words = [small[0], "--time-limit", 8, "--out", tmp_path / "a.html", "--json", "-"]
    found = strict(call(capsys, *words)[1])
    assert "--time-limit 2.8" in found["commands"]["frustration"]
    assert "--time-limit 8" in found["commands"]["report"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.onnx",), "no network is called 'nowhere.onnx'"),
        (("mnist-mlp", "--seed", "-1"), "--seed is -1"),
        (("mnist-mlp", "--time-limit", "0"), "--time-limit is 0"),
        (("mnist-mlp", "--jobs", "0"), "--jobs is 0"),
        (("mnist-mlp", "--nulls", "wild:3"), "no null model is called 'wild'"),
        (("mnist-mlp", "--nulls", "none", "--nulls", "gaussian:1"), "expected KIND:COUNT"),
        (("mnist-mlp", "--out", "no-such-folder/page.html"), "a folder that exists"),
        (("mnist-mlp", "--out", "."), "cannot be a file"),
        (("mnist-mlp", "--images", "none.npy"), "cannot open the inputs in none.npy"),
        (("mnist-mlp", "--input-size", "32"), "takes pictures of 28 only"),
        ((), "MODEL"),
    ],
)
def test_refuses_in_one_line_and_writes_nothing(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    status, out, problem = call(capsys, *arguments)
    assert (status, out) == (2, "")
    assert problem.startswith("blockshift: ")
    assert problem.count("\n") == 1
    assert message in problem
    assert not list(tmp_path.iterdir())


def test_refuses_a_null_model_with_nothing_to_change(small, tmp_path, capsys):
    status, out, err = call(capsys, small[0], "--nulls", "kernel-shuffle:1", "--out", tmp_path / "a.html")
    assert (status, out, (tmp_path / "a.html").exists()) == (2, "", False)
    assert "have one tap" in err


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ({"inputs": np.ones((3, 7))}, "holds inputs of shape"),
        ({"pictures": np.ones((3, 784))}, "holds no inputs"),
        ({"inputs": np.full((3, 784), np.nan)}, "NaN or infinite"),
        ({"inputs": np.ones((3, 784)), "labels": np.ones(2, int)}, "one integer for each input"),
        ({"inputs": np.array([{}], dtype=object)}, "no file of plain arrays"),
    ],
)
def test_refuses_inputs_that_are_none(tmp_path, array, message):
    path = tmp_path / "x.npz"
    np.savez(path, **array)
    with pytest.raises(bs.errors.BlockshiftError, match=re.escape(message)):
        samples.samples(bs.model("mnist-mlp"), str(path), seed=0)


def test_every_part_has_a_title_and_words():
    assert set(words.MEANING) <= set(page.TITLES)
    assert set(study.PARTS) <= set(page.TITLES)
    assert commands.all_of.__doc__
