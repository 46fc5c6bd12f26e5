"""Does with datajoint-python what it is told, a line `[FUNCTION, {ARGUMENT: VALUE}]` a time.

Answers `SECONDS PEAK ROWS`: how long it took, the most memory of the process meanwhile in MB (0 where the system does not say), and to how many rows it came.
"""

import builtins
import datetime
import decimal
import json
import logging
import os
import platform
import re
import sys
import time
import warnings
import zlib
from urllib.parse import unquote, urlparse

import numpy as np

answers = sys.stdout
sys.stdout = open(os.devnull, "w")
warnings.simplefilter("ignore")

import datajoint as dj  # noqa: E402


class Deleted(logging.Handler):
    """Adds up what deleting tells the user."""

    def __init__(self):
        super().__init__()
        self.rows = 0

    def emit(self, record):
        told = re.match(r"Deleting (\d+) rows", record.getMessage())
        self.rows += int(told[1]) if told else 0


deleted = Deleted()
logger = logging.getLogger("datajoint")
logger.handlers = [deleted]
logger.propagate = False
sys.excepthook = sys.__excepthook__
url = urlparse(sys.argv[1])
dj.config["database.host"] = url.hostname
dj.config["database.port"] = url.port or 3306
dj.config["database.user"] = unquote(url.username or "root")
dj.config["database.password"] = unquote(url.password or "")
dj.config["database.use_tls"] = False
dj.config["safemode"] = True
builtins.input = lambda *_: "no"
classic = dj.__version__.startswith("0.")


def table(name):
    return dj.FreeTable(dj.conn(), name)


def two(count):
    return [(row, row * 0.5) for row in range(count)]


def mixed(count):
    def row(number):
        day = datetime.date(2020, 1, 1) + datetime.timedelta(days=number % 1000)
        at = datetime.datetime(day.year, day.month, day.day, 12) + datetime.timedelta(seconds=number % 3600)
        price = decimal.Decimal(f"{number % 10000}.25")
        return (number, f"the row called {number}", number / 3, number % 1000, day, at, price, "abc"[number % 3])

    return [row(number) for number in range(count)]


def large(count):
    random = np.random.default_rng(1)
    return [(row, random.random(12_500)) for row in range(count)]


def insert(into, rows, count, size):
    """Inserts rows, `size` of them in each call, as many as a packet takes."""
    into, rows = table(into), {"two": two, "mixed": mixed, "large": large}[rows](count)

    def work():
        for first in range(0, count, size):
            into.insert(rows[first : first + size])
        return count

    return work


def arrays(of):
    """Fetches all attributes as one array of records."""
    of = table(of)
    return of.fetch if classic else of.to_arrays


def dicts(of):
    of = table(of)
    return (lambda: of.fetch(as_dict=True)) if classic else of.to_dicts


def column(of, name):
    of = table(of)
    return lambda: of.fetch(name) if classic else of.to_arrays(name)


def preview(of, restriction):
    """Finds out how many rows a delete takes. In datajoint 0.14 that is a delete whose question is answered with no."""
    # Tables downstream are looked for in schemas that were opened, and the log of deletes cannot be made during one.
    schema = dj.Schema(of.split("`")[1])
    if classic:
        schema.log
    of = table(of) & restriction

    def work():
        if not classic:
            return sum(dj.Diagram.cascade(of).counts().values())
        deleted.rows = 0
        of.delete()
        return deleted.rows

    return work


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def peak():
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) >> 10 for line in file if line.startswith("VmHWM"))
    except OSError:
        return 0


dj.conn()
numbers = f"numpy {np.__version__}, zlib {zlib.ZLIB_RUNTIME_VERSION}"
print(f"datajoint {dj.__version__}, Python {platform.python_version()}, {numbers}", file=answers, flush=True)
functions = {function.__name__: function for function in (insert, arrays, dicts, column, preview)}
for question in sys.stdin:
    function, arguments = json.loads(question)
    work = functions[function](**arguments)
    reset_peak()
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    rows = result if isinstance(result, int) else len(result)
    print(seconds, peak(), rows, file=answers, flush=True)
    del result, work
