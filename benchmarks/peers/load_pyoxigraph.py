"""Load N-Quads into a new store on disk, and print what that costs: FILE FOLDER."""

import json
import sys
import time

import pyoxigraph as ox

wall, cpu = time.perf_counter(), time.process_time()
store = ox.Store(sys.argv[2])
store.bulk_load(path=sys.argv[1])
store.flush()
del store
print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))
