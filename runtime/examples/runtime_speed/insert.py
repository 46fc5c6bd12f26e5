"""What insert.rs measures, with datajoint-python: prints `WHAT SECONDS` lines."""

import datetime
import decimal
import sys
import time
from urllib.parse import unquote, urlparse

import numpy as np

import datajoint as dj

url = urlparse(sys.argv[1])
dj.config["database.host"] = url.hostname
dj.config["database.port"] = url.port or 3306
dj.config["database.user"] = unquote(url.username or "root")
dj.config["database.password"] = unquote(url.password or "")
dj.config["database.use_tls"] = False
dj.config["safemode"] = False
classic = dj.__version__.startswith("0.")

schema = dj.Schema(sys.argv[2])
types = {
    "int32": "int" if classic else "int32",
    "int16": "smallint" if classic else "int16",
    "float64": "double" if classic else "float64",
    "<blob>": "longblob" if classic else "<blob>",
}


@schema
class Two(dj.Manual):
    definition = f"""
    id : {types["int32"]}
    ---
    x : {types["float64"]}
    """


@schema
class Mixed(dj.Manual):
    definition = f"""
    id : {types["int32"]}
    ---
    name : varchar(40)
    x : {types["float64"]}
    n : {types["int16"]}
    day : date
    at : datetime
    price : decimal(8,2)
    kind : enum('a','b','c')
    """


@schema
class Large(dj.Manual):
    definition = f"""
    id : {types["int32"]}
    ---
    body : {types["<blob>"]}
    """


def mixed(row):
    day = datetime.date(2020, 1, 1) + datetime.timedelta(days=row % 1000)
    at = datetime.datetime(day.year, day.month, day.day, 12) + datetime.timedelta(seconds=row % 3600)
    price = decimal.Decimal(f"{row % 10000}.25")
    return (row, f"the row called {row}", row / 3, row % 1000, day, at, price, "abc"[row % 3])


def best(what, table, rows, size):
    """Inserts the rows some times, `size` of them in each call, as many as a packet takes."""
    times = []
    for _ in range(3):
        table().delete_quick()
        start = time.perf_counter()
        for first in range(0, len(rows), size):
            table.insert(rows[first : first + size])
        times.append(time.perf_counter() - start)
    print(what, min(times), flush=True)


random = np.random.default_rng(1)
best("two", Two, [(row, row * 0.5) for row in range(100_000)], 100_000)
best("mixed", Mixed, [mixed(row) for row in range(100_000)], 50_000)
best("large", Large, [(row, random.random(12_500)) for row in range(1_000)], 40)
schema.drop()
