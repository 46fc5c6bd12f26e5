"""What datajoint itself does with stores: declares tables, inserts, or fetches what somebody else inserted.

`stores.py SPEC.json`: {"step": "declare" | "insert" | "fetch", "generation": "0.14" | "2", "url", "schema", "stores", "default", "folder", "endpoint"}.
Prints one JSON object in its last line.
"""

import hashlib
import json
import logging
import os
import pathlib
import sys
import urllib.parse
import warnings

warnings.simplefilter("ignore")
spec = json.loads(pathlib.Path(sys.argv[1]).read_text())
os.environ["DJ_SUPPORT_FILEPATH_MANAGEMENT"] = "TRUE"

import datajoint as dj  # noqa: E402
import numpy as np  # noqa: E402

logging.disable(logging.WARNING)
url = urllib.parse.urlparse(spec["url"])
classic = spec["generation"] == "0.14"
dj.config["database.host"] = url.hostname if not classic else f"{url.hostname}:{url.port}"
if not classic:
    dj.config["database.port"] = url.port
    dj.config["database.backend"] = "postgresql" if url.scheme.startswith("postgres") else "mysql"
dj.config["database.user"] = url.username
dj.config["database.password"] = url.password
dj.config["database.use_tls"] = False
dj.config["safemode"] = False
dj.config["stores"] = spec["stores"]
folder = pathlib.Path(spec["folder"])
downloads = folder / "downloads"
downloads.mkdir(exist_ok=True)
if not classic:
    dj.config["download_path"] = str(downloads)

schema = dj.Schema(spec["schema"])

ARRAY = np.arange(6, dtype="int16").reshape(2, 3)
NESTED = {"a": 1, "b": [1.5, "zwei"], "c": np.arange(2000, dtype="float64")}
TEXT = "ümläut näme.tar.gz"


if classic:

    @schema
    class Recording(dj.Manual):
        definition = """
        id : int
        ---
        b=null : blob@s
        a=null : attach@s
        f=null : filepath@s
        i=null : attach
        """

else:

    @schema
    class Recording(dj.Manual):
        definition = """
        id : int32
        name : varchar(200)
        ---
        b=null : <blob@s>
        a=null : <attach@s>
        f=null : <filepath@s>
        h=null : <hash@s>
        n=null : <npy@s>
        o=null : <object@s>
        """


def source(name, content):
    path = folder / "source" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def insert():
    if classic:
        staged = pathlib.Path(spec["stores"]["s"]["stage"]) / "sub dir" / "fü.bin"
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(b"staged by Python")
        attachment = source(TEXT, b"attached by Python")
        Recording.insert1(dict(id=1, b=NESTED, a=attachment, f=str(staged), i=attachment))
        Recording.insert1(dict(id=2, b=ARRAY))
        Recording.insert1(dict(id=3))
        # The same content once more is the same row of ~external_s.
        Recording.insert1(dict(id=4, b=NESTED, a=attachment))
        return
    name = "a/b: ü%?"
    tree = folder / "source" / "tree"
    source("tree/a.txt", b"1")
    source("tree/deeper/ü.bin", b"22")
    # Another program's file.
    if spec["stores"]["s"]["protocol"] == "file":
        raw = pathlib.Path(spec["stores"]["s"]["location"]) / "raw" / "x y.dat"
        raw.parent.mkdir(exist_ok=True)
        raw.write_bytes(b"raw of Python")
    else:
        from datajoint.hash_registry import get_store_backend

        get_store_backend("s").put_buffer(b"raw of Python", "raw/x y.dat")
    Recording.insert1(
        dict(
            id=1, name=name, b=NESTED, a=source(TEXT, b"attached by Python"), f="raw/x y.dat", h=b"hashed by Python",
            n=ARRAY.astype("float64") / 4, o=str(tree),
        )
    )
    Recording.insert1(dict(id=2, name="..", b=ARRAY, n=np.array(["ü", "abc"]), o=(".tar.gz", b"object of Python")))
    Recording.insert1(dict(id=3, name="z" * 150, n=ARRAY.T.astype(">i4") + 1j, o=b"bytes only"))


def shown(value):
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        return [str(value.dtype), list(value.shape), [str(x) for x in value.ravel().tolist()]]
    if isinstance(value, dict):
        return {k: shown(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(v) for v in value]
    if isinstance(value, bytes):
        return value.decode()
    return value


def read_file(path):
    path = pathlib.Path(path)
    return [path.name, path.read_bytes().decode()]


def fetch():
    rows = []
    if classic:
        keys = Recording.fetch("KEY", order_by="id")
        for key in keys:
            row = (Recording & key).fetch1(download_path=str(downloads))
            for name in "afi":
                row[name] = row[name] and read_file(row[name])
            row["b"] = shown(row["b"])
            rows.append(row)
        unused = len(schema.external["s"].unused())
        return {"rows": rows, "unused": unused, "tracked": len(schema.external["s"])}
    for key in Recording.keys(order_by="id"):
        row = (Recording & key).fetch1()
        row["b"] = shown(row["b"])
        row["a"] = row["a"] and read_file(row["a"])
        row["h"] = row["h"] and row["h"].decode()
        row["f"] = row["f"] and [row["f"].path, row["f"].read().decode()]
        row["n"] = None if row["n"] is None else [list(row["n"].shape), str(row["n"].dtype), shown(row["n"].load())]
        ref = row["o"]
        if ref is not None:
            assert ref.verify()
            if ref.is_dir:
                to = pathlib.Path(ref.download(downloads / f"tree{row['id']}"))
                files = sorted(path for path in to.rglob("*") if path.is_file())
                row["o"] = [[path.relative_to(to).as_posix().split("/")[-1], path.read_bytes().decode()] for path in files]
            else:
                row["o"] = [ref.ext, ref.size, ref.read().decode()]
        rows.append(row)
    return {"rows": rows}


out = {}
if spec["step"] == "insert":
    insert()
elif spec["step"] == "fetch":
    out = fetch()
elif spec["step"] == "drop":
    schema.drop() if classic else schema.drop(prompt=False)
print(json.dumps(out))
