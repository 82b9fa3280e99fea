"""Frustration of every network of the catalogue, weighted and by signs alone: real-networks.json.

    python -m chapters.data.real_networks              all that are installed; goes on where it stopped
    python -m chapters.data.real_networks squeezenet   this one only

Networks for small pictures are done at their own size; those for large ones at 64 pixels, and their nodes and edges are
counted at their own size too. The effort is the library's own for a network of that size and looks at no clock. A
record is written after each network, so that an interrupted run loses one at most.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import blockshift as bs
from blockshift.claims import report

FILE = Path(__file__).with_name("real-networks.json")
#: Side of the pictures, where it is not the network's own.
SMALL = 64
LARGE = ("squeezenet", "efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "centerface", "vgg16-edges")
VERSIONS = ("weights", "signs")


def measured(name, version):
    """The record of one network."""
    own = bs.model(name).trace()
    dag = bs.model(name, input_size=SMALL).trace() if name in LARGE else own
    found = bs.frustration(dag, rng=np.random.default_rng(0), signs=version == "signs")
    if found.stopped == "interrupted":
        raise KeyboardInterrupt
    return {
        "network": name, "version": version, "shape": dag.layers[0].shape, "nodes": dag.nodes, "edges": dag.edges,
        "negative_edges": dag.negative_edges, "own_shape": own.layers[0].shape, "own_nodes": own.nodes,
        "own_edges": own.edges, "lower": found.fraction_lower, "upper": found.fraction_upper,
        "guarantee": found.guarantee, "method": found.method, "conventions": dag.conventions,
        "links": [
            {"name": k.name, "kind": k.kind, "edges": k.edges, "weight": k.weight, "frustrated": k.frustrated}
            for k in found.links
        ],
    }  # fmt: skip


def main():
    """Does what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", help="names; all that are installed if none is given")
    chosen = parser.parse_args().networks or sorted(bs.models().installed, key=lambda name: name in LARGE)
    records = json.loads(FILE.read_text(encoding="utf-8"))["records"] if FILE.exists() else []
    done = {(r["network"], r["version"]) for r in records}
    for name, version in ((n, v) for v in VERSIONS for n in chosen if (n, v) not in done):
        records.append(measured(name, version))
        report.write({"command": "python -m chapters.data.real_networks", "records": records}, FILE)
        print(name, version, f"[{records[-1]['lower']:.4f}, {records[-1]['upper']:.4f}]", flush=True)


if __name__ == "__main__":
    main()
