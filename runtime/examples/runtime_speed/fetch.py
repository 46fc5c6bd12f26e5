"""Fetches the tables that the Rust side filled, and prints how long each took: `WHAT SECONDS`."""

import gc
import os
import sys
import time
from urllib.parse import unquote, urlsplit

url, schema = sys.argv[1], sys.argv[2].split("_datajoint_")[0]
where = urlsplit(url)
os.environ.update(DJ_HOST=where.hostname, DJ_USER=where.username, DJ_PASS=unquote(where.password or ""), DJ_PORT=str(where.port or 3306))

import datajoint as dj

dj.config["database.host"] = where.hostname
dj.config["database.port"] = where.port or 3306
dj.config["database.user"] = where.username
dj.config["database.password"] = unquote(where.password or "")
dj.config["loglevel"] = "ERROR"
dj.config["fetch_format"] = "array"

MODERN = not dj.__version__.startswith("0.")
marker = ":<blob>:" if MODERN else ""
dj.conn().query(f"ALTER TABLE `{schema}`.`blobs` MODIFY `data` longblob NOT NULL COMMENT '{marker}'")
module = dj.VirtualModule("speed", schema)


def shortest(what, turns, call):
    best = None
    for _ in range(turns):
        gc.collect()
        began = time.perf_counter()
        rows = call()
        took = time.perf_counter() - began
        assert len(rows) > 0
        del rows
        best = took if best is None else min(best, took)
    print(what, best, flush=True)


for name in ["Two", "Mixed"]:
    table = getattr(module, name)()
    if MODERN:
        shortest(f"{name} columns", 2, table.to_arrays)
        shortest(f"{name} maps", 2, table.to_dicts)
    else:
        shortest(f"{name} columns", 2, table.fetch)
        shortest(f"{name} maps", 2, lambda: table.fetch(as_dict=True))
blobs = module.Blobs()
shortest("Blobs maps", 2, blobs.to_dicts if MODERN else lambda: blobs.fetch(as_dict=True))
