"""Write a dataset in memory as canonical N-Quads, RDFC-1.0 and sorted, and print what that costs: FILE."""

import json
import sys
import time

import pyoxigraph as ox

dataset = ox.Dataset(ox.parse(path=sys.argv[1]))
wall, cpu = time.perf_counter(), time.process_time()
dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
written = b"".join(sorted((ox.serialize(dataset, format=ox.RdfFormat.N_QUADS) or b"").splitlines(keepends=True)))
print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))
