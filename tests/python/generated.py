"""Imports generated packages with the real datajoint.

    python generated.py SPEC.json

SPEC names a server, a package whose tables djc deployed ("deployed"), the same package for schemas that do not exist ("empty"), and the
pipeline. Importing the first must declare nothing, its lookup tables must hold their contents, and where methods are written by hand
`populate()` must run them. Importing the second must declare the tables that djc made. Works with datajoint 0.14 and 2.x. Prints
one JSON object: {"tables": N, "rows": N, "populated": N, "findings": [...]}.
"""

import datetime
import importlib
import json
import os
import pkgutil
import re
import sys
import tempfile
import types
import urllib.parse
import warnings

warnings.filterwarnings("ignore")
os.environ["DJ_SUPPORT_FILEPATH_MANAGEMENT"] = "TRUE"
os.environ.setdefault("DJ_LOG_LEVEL", "ERROR")

SPEC = json.load(open(sys.argv[1]))
MODERN = SPEC["generation"] == "2"
URL = urllib.parse.urlsplit(SPEC["url"])
STORE = tempfile.mkdtemp(prefix="djc-store-")
os.chdir(STORE)

import datajoint as dj

FINDINGS = []


def configure():
    dj.config["database.host"] = URL.hostname
    dj.config["database.port"] = URL.port
    dj.config["database.user"] = urllib.parse.unquote(URL.username)
    dj.config["database.password"] = urllib.parse.unquote(URL.password)
    dj.config["database.use_tls"] = False
    dj.config["safemode"] = False
    stores = {name: {"protocol": "file", "location": f"{STORE}/{name}"} for name in ("raw", "analysis")}
    for name in stores:
        os.makedirs(f"{STORE}/{name}")
    if MODERN:
        dj.config.stores = dict(stores, default="raw")
    else:
        dj.config["stores"] = {name: dict(store, stage=store["location"]) for name, store in stores.items()}


def stub_spyglass():
    """Spyglass's mixins as far as declaring tables needs them."""

    class SpyglassMixin:
        pass

    class SpyglassMixinPart(SpyglassMixin, dj.Part):
        pass

    class _Merge(dj.Manual):
        pass

    spyglass, utils, merge = (types.ModuleType(name) for name in ("spyglass", "spyglass.utils", "spyglass.utils.dj_merge_tables"))
    utils.SpyglassMixin, utils.SpyglassMixinPart, merge._Merge = SpyglassMixin, SpyglassMixinPart, _Merge
    sys.modules.update({"spyglass": spyglass, "spyglass.utils": utils, "spyglass.utils.dj_merge_tables": merge})


def tables(connection, prefix):
    """What the server says about every table of the schemas with a prefix, the prefix left out."""
    rows = connection.query(
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE %s", (prefix.replace("_", r"\_") + "%",)
    ).fetchall()
    out = {}
    for schema, table in rows:
        if not table.startswith("~"):
            made = connection.query(f"SHOW CREATE TABLE `{schema}`.`{table.replace('%', '%%')}`").fetchone()[1]
            made = re.sub(r" AUTO_INCREMENT=\d+", "", made)
            out[f"{schema}.{table}".replace(prefix, "")] = made.replace(prefix, "")
    return out


def modules(folder):
    """Imports every module of a package; returns the package, and the table classes with their parts."""
    sys.path.insert(0, os.path.dirname(folder))
    name = os.path.basename(folder)
    package = importlib.import_module(name)
    classes = []
    for info in pkgutil.iter_modules(package.__path__):
        if not info.ispkg:
            module = importlib.import_module(f"{name}.{info.name}")
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, dj.Table) and value.__module__ == module.__name__:
                    classes.append(value)
                    classes.extend(part for part in vars(value).values() if isinstance(part, type) and issubclass(part, dj.Part))
    return package, classes


def populate(package):
    """Runs what tests/suite/generate.rs writes into `methods`; returns how many rows were made."""
    if SPEC["pipeline"] == "image":
        image = sys.modules[f"{package.__name__}.image"]
        image.Image.insert1((1, datetime.datetime(2024, 2, 29), [[1, 2], [3, 4]]))
        image.FilteredImage.populate()
        return len(image.FilteredImage())
    if SPEC["pipeline"] == "modern":
        modern = sys.modules[f"{package.__name__}.modern"]
        modern.Subject.insert1({"subject_id": "a"})
        modern.Recording.insert1({"subject_id": "a", "recording": 1, "started": datetime.datetime(2024, 2, 29)})
        modern.MyAnalysis.populate()
        return len(modern.MyAnalysis()) + len(modern.MyAnalysis.Window())
    return 0


configure()
stub_spyglass()
connection = dj.conn()
before = tables(connection, SPEC["deployed_prefix"])
package, classes = modules(SPEC["deployed"])
if tables(connection, SPEC["deployed_prefix"]) != before:
    FINDINGS.append("importing the package changed the tables that djc made")
rows = 0
for table in classes:
    if not table().is_declared:
        FINDINGS.append(f"{table.__name__} is no table that djc made")
    contents = getattr(table, "contents", [])
    fetched = len(table().to_dicts() if MODERN else table().fetch(as_dict=True))
    if fetched != len(contents):
        FINDINGS.append(f"{table.__name__} holds {fetched} rows, its contents are {len(contents)}")
    rows += fetched
populated = populate(package)

modules(SPEC["empty"])
declared = tables(connection, SPEC["empty_prefix"])
for name in sorted(before.keys() | declared.keys()):
    if before.get(name) != declared.get(name):
        FINDINGS.append({"table": name, "djc": before.get(name), "datajoint": declared.get(name)})
for prefix in (SPEC["deployed_prefix"], SPEC["empty_prefix"]):
    connection.query("SET FOREIGN_KEY_CHECKS = 0")
    for (schema,) in connection.query(
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE %s", (prefix.replace("_", r"\_") + "%",)
    ).fetchall():
        connection.query(f"DROP DATABASE `{schema}`")
print(json.dumps({"tables": len(declared), "classes": len(classes), "rows": rows, "populated": populated, "findings": FINDINGS}))
sys.exit(1 if FINDINGS else 0)
