"""What the real datajoint does with single values: inserts them, or fetches what is there. For tests/suite/interop_runtime.rs.

    python matrix.py SPEC.json

SPEC says a server, a schema that exists, and tables: {"class", "definition", "before", "after", "rows"}. A row is {"k", "a"} with the value in the
notation of core/tests/data/blob-vectors.json, where "as" says which of Python's several types for one value is meant. "before" and "after" are
statements for the session around a table's rows. Each line of the input is a step, "insert" or "fetch" (of the keys in "keys"), and is answered by a
line of JSON: for each table and row what went wrong ("error"), or the value that was fetched ("value"), in the same notation, told by its exact type.
"""

import collections
import datetime
import decimal
import json
import os
import pathlib
import sys
import tempfile
import uuid
import warnings

warnings.filterwarnings("ignore")
os.environ["DJ_LOG_LEVEL"] = "ERROR"
os.environ["DJ_SUPPORT_ADAPTED_TYPES"] = "TRUE"

import numpy as np

SPEC = json.load(open(sys.argv[1]))
MODERN = SPEC["generation"] == "2"
# The folder of SPEC goes when the test is over.
HOME = pathlib.Path(sys.argv[1]).resolve().parent / "python"
HOME.mkdir()
# datajoint looks for settings around the working folder.
os.chdir(HOME)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../conformance"))
import datajoint as dj
import datajoint.blob

import server

MatCell, MatStruct = datajoint.blob.MatCell, datajoint.blob.MatStruct
MICROSECOND = datetime.timedelta(microseconds=1)

# What a value of the vectors was before it was packed, where the notation says only what it is afterwards.
ORIGINALS = {
    "range": lambda: range(3),
    "deque": lambda: collections.deque([1]),
    "ordereddict": lambda: collections.OrderedDict(z=1),
    "bytearray": lambda: bytearray(b"ab"),
    "frozenset_empty": frozenset,
}


if not MODERN:

    class Pairs(dj.AttributeAdapter):
        """A mapping of texts to numbers, kept as a list of pairs."""

        attribute_type = "longblob"

        def put(self, value):
            # 0.14 hands NULL to adapters too.
            return None if value is None else sorted(value.items())

        def get(self, value):
            return dict(value)

else:

    class Pairs(dj.Codec):
        """A mapping of texts to numbers, kept as a list of pairs."""

        name = "pairs"

        def get_dtype(self, is_store):
            return "<blob>"

        def encode(self, value, *, key=None, store_name=None):
            return sorted(value.items())

        def decode(self, stored, *, key=None):
            return dict(stored)


def elements(dtype, values):
    """Returns a flat array."""
    if dtype == "object":
        out = np.empty(len(values), dtype=object)
        for at, value in enumerate(values):
            out[at] = build(value)
        return out
    if dtype == "char":
        return np.array(values, dtype="c")
    if dtype == "str":
        return np.array(values)
    if dtype.startswith("complex"):
        return np.array([complex(float(re), float(im)) for re, im in values], dtype=dtype)
    if "int" in dtype:
        return np.array([int(value) for value in values], dtype=dtype)
    return np.array(values, dtype=dtype)


def array(it):
    if "fill" in it:
        return np.full(it["shape"], it["fill"], dtype=it["dtype"])
    return elements(it["dtype"], it["values"]).reshape(it["shape"], order="F")


def records(it):
    fields = [(name, records(field) if field["t"] == "recarray" else array(field)) for name, field in it["fields"]]
    out = np.empty(it["shape"], dtype=[(name, field.dtype) for name, field in fields])
    for name, field in fields:
        out[name] = field
    return out.view(np.recarray)


def struct(it):
    out = np.empty(it["shape"], dtype=[(name, object) for name in it["fields"]])
    flat = out.reshape(-1, order="F")
    for at, row in enumerate(it["values"]):
        flat[at] = tuple(build(value) for value in row)
    return flat.reshape(it["shape"], order="F").view(MatStruct)


def attachment(it):
    path = pathlib.Path(tempfile.mkdtemp(dir=HOME)) / it["name"]
    path.write_bytes(bytes.fromhex(it["hex"]))
    return str(path)


def content(it):
    return bytes([it["fill"]]) * it["length"] if "fill" in it else bytes.fromhex(it["hex"])


BUILD = {
    "none": lambda it: None,
    "bool": lambda it: it["v"],
    "int": lambda it: int(it["v"]),
    "float": lambda it: float(it["v"]),
    "complex": lambda it: complex(float(it["re"]), float(it["im"])),
    "str": lambda it: it["v"],
    "bytes": content,
    "list": lambda it: [build(value) for value in it["v"]],
    "tuple": lambda it: tuple(build(value) for value in it["v"]),
    "set": lambda it: {build(value) for value in it["v"]},
    "dict": lambda it: {build(key): build(value) for key, value in it["v"]},
    "date": lambda it: datetime.date.fromisoformat(it["v"]),
    "time": lambda it: datetime.time.fromisoformat(it["v"]),
    "datetime": lambda it: datetime.datetime.fromisoformat(it["v"]),
    "timedelta": lambda it: int(it["us"]) * MICROSECOND,
    "decimal": lambda it: decimal.Decimal(it["v"]),
    "uuid": lambda it: uuid.UUID(it["v"]),
    "ndarray": array,
    "npscalar": lambda it: elements(it["dtype"], [it["v"]])[0],
    "recarray": records,
    "cell": lambda it: elements("object", it["values"]).reshape(it["shape"], order="F").view(MatCell),
    "struct": struct,
    "attachment": attachment,
}


def build(it):
    """Makes the object that a notation means."""
    if "as" in it:
        return ORIGINALS[it["as"]]()
    return BUILD[it["t"]](it)


def real(value):
    return repr(float(value))


def described_elements(dtype, flat):
    if dtype.kind == "O":
        return "object", [describe(value) for value in flat]
    if dtype.kind == "U":
        return "str", [str(value) for value in flat]
    if dtype.kind == "S":
        return "char", [value.decode("latin1") for value in flat]
    if dtype.kind == "M":
        return str(dtype), [str(np.datetime_as_string(value)) for value in flat]
    if dtype.kind == "c":
        return str(dtype), [[real(value.real), real(value.imag)] for value in flat]
    if dtype.kind == "f":
        return str(dtype), [real(value) for value in flat]
    if dtype.kind == "b":
        return "bool", [bool(value) for value in flat]
    # A byte order that is not the machine's own stands in the text.
    return dtype.str if dtype.byteorder == ">" else str(dtype), [str(int(value)) for value in flat]


def described_array(value):
    if value.dtype.fields and isinstance(value, MatStruct):
        flat = value.reshape(-1, order="F")
        rows = [[describe(row[name]) for name in value.dtype.names] for row in flat]
        return {"t": "struct", "shape": list(value.shape), "fields": list(value.dtype.names), "values": rows}
    if value.dtype.fields:
        fields = [[name, described_array(np.asarray(value[name]))] for name in value.dtype.names]
        return {"t": "recarray", "shape": list(value.shape), "fields": fields}
    dtype, values = described_elements(value.dtype, value.ravel(order="F"))
    if isinstance(value, MatCell):
        assert dtype in ("object", "str"), f"a cell array of {dtype}"
        shown = {"t": "cell", "shape": list(value.shape), "values": values}
        return shown if dtype == "object" else shown | {"dtype": dtype}
    return {"t": "ndarray", "dtype": dtype, "shape": list(value.shape), "values": values}


def describe(value):
    """Returns the notation of an object."""
    kind = type(value)
    if value is None:
        return {"t": "none"}
    if kind is bool:
        return {"t": "bool", "v": value}
    if kind is int:
        return {"t": "int", "v": str(value)}
    if kind is float:
        return {"t": "float", "v": real(value)}
    if kind is complex:
        return {"t": "complex", "re": real(value.real), "im": real(value.imag)}
    if kind is str:
        return {"t": "str", "v": value}
    if kind in (bytes, memoryview):
        return {"t": kind.__name__, "hex": value.hex()}
    if kind in (list, tuple, set):
        return {"t": kind.__name__, "v": [describe(item) for item in value]}
    if kind is dict:
        return {"t": "dict", "v": [[describe(key), describe(item)] for key, item in value.items()]}
    if kind in (datetime.date, datetime.time, datetime.datetime):
        return {"t": kind.__name__, "v": value.isoformat()}
    if kind is datetime.timedelta:
        return {"t": "timedelta", "us": str(value // MICROSECOND)}
    if kind is decimal.Decimal:
        return {"t": "decimal", "v": str(value)}
    if kind is uuid.UUID:
        return {"t": "uuid", "v": str(value)}
    if isinstance(value, np.ndarray):
        return described_array(value)
    if isinstance(value, np.generic):
        dtype, values = described_elements(value.dtype, [value])
        return {"t": "npscalar", "dtype": dtype, "v": values[0]}
    return {"t": f"{kind.__module__}.{kind.__qualname__}", "v": repr(value)}


def one_line(error):
    return " ".join(f"{type(error).__name__}: {error}".split())[:400]


def declare():
    """Binds a class to each table; where the table is not there, datajoint declares it."""
    schema = dj.Schema(SPEC["schema"], context={"pairs": Pairs()})
    out = []
    for table in SPEC["tables"]:
        out.append((table, schema(type(table["class"], (dj.Manual,), {"definition": table["definition"]}))))
    return out


def around(table, moment):
    for statement in table.get(moment, []):
        dj.conn().query(statement)


def insert(table, cls):
    out = {}
    for row in table["rows"]:
        try:
            cls.insert1({"k": row["k"], "a": build(row["a"])})
            out[row["k"]] = {}
        except Exception as error:
            out[row["k"]] = {"error": one_line(error)}
    return out


def fetched(query, downloads):
    if MODERN:
        dj.config["download_path"] = str(downloads)
        return query.to_dicts(order_by="k")
    return query.fetch(as_dict=True, order_by="k", download_path=str(downloads))


def shown(table, value, downloads):
    if value is None or not table.get("attachment"):
        return describe(value)
    path = pathlib.Path(value)
    assert path.parent == downloads, f"{path} is not in the folder for downloads"
    return {"t": "attachment", "name": path.name, "hex": path.read_bytes().hex()}


def fetch(table, cls):
    """Fetches all rows at once; one by one where that fails, and where each row is to have a folder of its own for its file."""

    def some(query):
        # datajoint renames a file where one of its name is there already.
        downloads = pathlib.Path(tempfile.mkdtemp(dir=HOME))
        return {row["k"]: {"value": shown(table, row["a"], downloads)} for row in fetched(query, downloads)}

    if not table.get("attachment"):
        try:
            return some(cls())
        except Exception:
            pass
    out = {}
    for key in table["keys"]:
        try:
            out |= some(cls() & {"k": key})
        except Exception as error:
            out[key] = {"error": one_line(error)}
    return out


def main():
    server.configure(SPEC["url"], MODERN, [], str(HOME))
    tables = declare()
    for step in sys.stdin:
        out = {}
        for table, cls in tables:
            around(table, "before")
            out[table["class"]] = {"insert": insert, "fetch": fetch}[step.strip()](table, cls)
            around(table, "after")
        print(json.dumps({"datajoint": dj.__version__, "tables": out}), flush=True)


if __name__ == "__main__":
    main()
