"""A journal that survives what may happen to it."""

import errno
import json
import os

import numpy as np
import pytest

from blockshift import errors
from blockshift.signs import checkpoints

SETTINGS = {"seed": 0, "effort": {"restarts": 2}}


def written(path, count=3, inputs=None):
    with checkpoints.opened(path, SETTINGS, inputs) as checkpoint:
        for i in range(count):
            checkpoint.add(("net", i), {"result": {"upper": i / 3}, "seconds": 0.1})
    return path


def read(path, settings=SETTINGS, inputs=None):
    with checkpoints.opened(path, settings, inputs) as checkpoint:
        return checkpoint.finished


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sweep of ζ.json"


def test_what_was_added_is_there_the_next_time_to_the_last_bit(path):
    written(path)
    assert read(path) == {("net", i): {"result": {"upper": i / 3}, "seconds": 0.1} for i in range(3)}


def test_a_cell_is_in_the_file_as_soon_as_it_is_added(path):
    with checkpoints.opened(path, SETTINGS) as checkpoint:
        for i in range(3):
            checkpoint.add(("net", i), {"result": i})
            assert len(path.read_bytes().split(b"\n")) == i + 3
            assert path.read_bytes().endswith(b"\n")


def test_a_file_cut_anywhere_keeps_every_whole_line(path):
    whole = written(path).read_bytes()
    begin = whole.index(b"\n") + 1
    for end in range(begin, len(whole) + 1, 7):
        path.write_bytes(whole[:end])
        lines = whole[:end].count(b"\n") - 1
        assert list(read(path)) == [("net", i) for i in range(lines)]
        assert path.read_bytes() == whole[: whole[:end].rfind(b"\n") + 1]


def test_after_a_cut_the_next_cell_is_added_on_a_line_of_its_own(path):
    path.write_bytes(written(path).read_bytes()[:-5])
    with checkpoints.opened(path, SETTINGS) as checkpoint:
        assert checkpoint.dropped
        checkpoint.add(("net", 2), {"result": "again"})
    with checkpoints.opened(path, SETTINGS) as checkpoint:
        assert not checkpoint.dropped
        assert checkpoint.finished["net", 2] == {"result": "again"}


def test_every_changed_byte_is_noticed_and_the_file_is_left_alone(path):
    whole = written(path, inputs={"net": "a"}).read_bytes()
    for place in [*range(0, len(whole) - 1, 3), len(whole) - 1]:
        broken = bytearray(whole)
        broken[place] ^= 1
        path.write_bytes(broken)
        if place == len(whole) - 1:  # the newline at the very end: the last cell is computed again
            assert len(read(path)) == 2
            continue
        with pytest.raises(errors.BadCheckpoint, match=r"line|setting|format|another"):
            read(path, inputs={"net": "a"})
        assert path.read_bytes() == bytes(broken)


def test_refuses_a_corrupt_line_by_its_number_and_says_how_to_keep_the_rest(path):
    lines = written(path).read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], lines[1], lines[2].replace(b"0.333", b"0.433"), *lines[3:]]))
    with pytest.raises(errors.BadCheckpoint, match=r"line 3 of .* does not match its checksum.*remove that line"):
        read(path)
    path.write_bytes(b"\n".join([*lines[:2], *lines[3:]]))
    assert list(read(path)) == [("net", 0), ("net", 2)]


@pytest.mark.parametrize("content", [b"u v 1\n", b"no newline", b"[]\n", b"{}\n", b'{"check": "0"}\n', b"\x00\xff\n"])
def test_refuses_any_other_file_and_leaves_it_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(errors.BadCheckpoint, match="give another path"):
        read(path)
    assert path.read_bytes() == content


def test_an_empty_file_is_as_good_as_none(path):
    path.touch()
    assert len(read(written(path))) == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({**SETTINGS, "seed": 1}, "seed was 0 and is now 1"),
        ({**SETTINGS, "effort": {"restarts": 3}}, 'effort was {"restarts": 2} and is now {"restarts": 3}'),
        ({"seed": 0}, 'effort was {"restarts": 2} and is now nothing'),
        ({**SETTINGS, "signs": None}, "signs was nothing and is now null"),
    ],
)
def test_refuses_other_settings_by_the_name_of_the_difference(path, settings, message):
    before = written(path).read_bytes()
    with pytest.raises(errors.BadCheckpoint) as caught:
        read(path, settings)
    assert message in str(caught.value)
    assert path.read_bytes() == before


def test_refuses_another_input_of_the_same_name_and_takes_more_inputs(path):
    written(path, inputs={"net": "a"})
    assert len(read(path, inputs={"net": "a", "other": "b"})) == 3
    assert len(read(path, inputs={"third": "c"})) == 3
    for inputs in ({"net": "x"}, {"other": "x"}, {"third": "x"}):
        with pytest.raises(errors.BadCheckpoint, match=f"made with another '{next(iter(inputs))}'"):
            read(path, inputs=inputs)


def test_refuses_to_share_a_file_with_another_sweep(path):
    with (
        checkpoints.opened(path, SETTINGS),
        pytest.raises(errors.BadCheckpoint, match="another sweep is writing"),
        checkpoints.opened(path, SETTINGS),
    ):
        pass
    assert read(path) == {}


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_is_said_and_costs_no_finished_cell(path, monkeypatch, call):
    def full(file, *data):
        if data:
            writing(file, data[0][:10])  # half a line gets through
        raise OSError(errno.ENOSPC, "No space left on device")

    writing = os.write
    with checkpoints.opened(path, SETTINGS) as checkpoint:
        checkpoint.add(("net", 0), {"result": 0})
        with monkeypatch.context() as patch:
            patch.setattr(os, call, full)
            with pytest.raises(errors.NotSaved, match=r"No space left on device.*finished before are kept.*make room"):
                checkpoint.add(("net", 1), {"result": 1})
        checkpoint.add(("net", 2), {"result": 2})
    assert list(read(path)) == [("net", 0), ("net", 2)]


def test_refuses_what_is_no_file_and_leaves_it_alone(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(errors.BadCheckpoint, match="is a folder or a device; expected a file"):
            written(path)
    assert pipe.is_fifo()


def test_refuses_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(errors.NotSaved, match="No such file or directory; give a path in an existing folder"):
        read(tmp_path / "nowhere" / "sweep.json")


def test_nothing_is_left_beside_the_file(path):
    written(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_every_line_is_json(path):
    entries = [json.loads(line) for line in written(path, inputs={"net": "a"}).read_text().splitlines()]
    assert entries[0]["settings"] == SETTINGS
    assert entries[1]["inputs"] == {"net": "a"}
    assert entries[2]["cell"] == ["net", 0]


@pytest.mark.parametrize("value", [float("nan"), np.inf, object(), {"a": {1, 2}}, 1j])
def test_refuses_what_json_cannot_hold(value):
    with pytest.raises(errors.BadArgument, match="cannot be written as JSON"):
        checkpoints.plain({"value": value})
