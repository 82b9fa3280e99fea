"""Edge lists in files: what the contract allows, and refusals with their line."""

import pytest

from blockshift import errors
from blockshift.signs import edge_lists


def test_every_separator_comments_and_blank_lines():
    graph = edge_lists.parse("# tribes\na b\nb,c,-1\r\nc\td\t2.5\nd , a , -1e-3  # far\n\n   \nä·1 b 3")
    assert graph.nodes == ("a", "b", "c", "d", "ä·1")
    assert graph.total_weight == 1 + 1 + 2.5 + 1e-3 + 3


def test_pairs_add_up_in_both_directions():
    assert edge_lists.parse("a b 2\nb a -5").w.tolist() == [-3.0]


def test_a_file_without_edges_is_an_empty_graph(tmp_path):
    (tmp_path / "none.txt").write_text("# nothing\n")
    assert edge_lists.read(tmp_path / "none.txt").n == 0


def test_a_byte_order_mark_is_not_part_of_a_name(tmp_path):
    (tmp_path / "mark.txt").write_bytes("\ufeffa b".encode())
    assert edge_lists.read(tmp_path / "mark.txt").nodes == ("a", "b")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("a", "1 word;"),
        ("a b 1 2", "4 words"),
        ("a b x", "'x' is not a number"),
        ("a b 0", "weight is 0"),
        ("a b 0.0", "weight is 0"),
        ("a b nan", "weight is nan"),
        ("a b inf", "weight is inf"),
        ("a b 1e999", "weight is inf"),
        ("a b 1_0", "not a number"),
        ("a a", "loop"),
        ("a a 2", "loop"),
    ],
)
def test_refuses_a_line_that_is_no_edge_with_its_number(line, word):
    with pytest.raises(errors.BadArgument, match=r"line 3 of the edge list") as refused:
        edge_lists.parse(f"a b\n# comment\n{line}\nb c")
    assert word in str(refused.value)


def test_refuses_what_is_no_text_file(tmp_path):
    (tmp_path / "bytes.bin").write_bytes(b"\xff\xfe\x00\x01")
    for path in (tmp_path / "missing.txt", tmp_path, tmp_path / "bytes.bin", "a\0b"):
        with pytest.raises(errors.BadArgument, match="expected an edge a line"):
            edge_lists.read(path)
