"""Holds djc's tables against those that the real datajoint declares from the same definitions.

    python interop.py SPEC.json

SPEC names a server, two sets of schema names ("ours", deployed by djc; "theirs", declared here), and the
definitions. For every table it compares what the server reports, what `describe()` says and what a no-change
`alter()` would send; binds classes to our tables and makes sure that nothing was declared; then inserts rows
through datajoint into ours and fetches them back. Works with datajoint 0.14 and 2.x. Prints one JSON object:
{"tables": N, "rows": N, "findings": [...]}; exit code 1 when there are findings.
"""

import datetime
import decimal
import json
import os
import re
import subprocess
import sys
import tempfile
import types
import urllib.parse
import uuid
import warnings

warnings.filterwarnings("ignore")
os.environ["DJ_SUPPORT_FILEPATH_MANAGEMENT"] = "TRUE"
os.environ.setdefault("DJ_LOG_LEVEL", "ERROR")

import numpy as np

SPEC = json.load(open(sys.argv[1]))
MODERN = SPEC["generation"] == "2"
URL = urllib.parse.urlsplit(SPEC["url"])
POSTGRES = URL.scheme.startswith("postgres")
STORE = tempfile.mkdtemp(prefix="djc-store-")
os.chdir(STORE)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../conformance"))
import datajoint as dj

import server

FINDINGS = []
SKIPPED = set()


def finding(table, kind, ours, theirs):
    FINDINGS.append({"table": table, "kind": kind, "ours": ours, "theirs": theirs})


BASES = {"manual": dj.Manual, "lookup": dj.Lookup, "imported": dj.Imported, "computed": dj.Computed}
LITERALS = {"null": None, "true": True, "false": False, "datetime": datetime, "Decimal": decimal.Decimal, "UUID": uuid.UUID}


def make(self, key):
    raise NotImplementedError


def declare(side):
    """Binds classes for every definition to the schemas of one side; returns module -> name -> class."""
    contexts = {m["module"]: {} for m in SPEC["schemas"]}
    modules = {m: types.SimpleNamespace() for m in contexts}
    schemas = {m["module"]: dj.Schema(m[side], context=contexts[m["module"]]) for m in SPEC["schemas"]}
    pending = list(SPEC["tables"])
    done = set()
    while pending:
        ready = [t for t in pending if all(d in done for d in t["needs"])]
        assert ready, f"no table can be declared next: {[t['class'] for t in pending]}"
        for t in ready:
            pending.remove(t)
            context = contexts[t["module"]]
            for alias, module, name in t["names"]:
                # A name of a `use` line that is not there yet is needed by a later table only.
                if name is None or hasattr(modules[module], name):
                    context[alias] = modules[module] if name is None else getattr(modules[module], name)
            body = {"definition": t["definition"]}
            if t["tier"] in ("imported", "computed"):
                body["make"] = make
            for part in t["parts"]:
                body[part["class"]] = type(part["class"], (dj.Part,), {"definition": part["definition"]})
            if side == "theirs" and t["contents"]:
                body["contents"] = [eval(row, dict(LITERALS)) for row in t["contents"]]
            cls = schemas[t["module"]](type(t["class"], (BASES[t["tier"]],), body))
            context[t["class"]] = cls
            setattr(modules[t["module"]], t["class"], cls)
            done.add(f"{t['module']}.{t['class']}")
    return modules, contexts


def every_table(modules):
    for t in SPEC["tables"]:
        cls = getattr(modules[t["module"]], t["class"])
        yield f"{t['module']}.{t['class']}", t["module"], cls
        for part in t["parts"]:
            yield f"{t['module']}.{t['class']}.{part['class']}", t["module"], getattr(cls, part["class"])


def neutral(value):
    """Replaces the schema names of either side by the module names."""
    text = json.dumps(value, default=str) if not isinstance(value, str) else value
    for m in SPEC["schemas"]:
        for side in ("ours", "theirs"):
            text = re.sub(rf"(?<![A-Za-z0-9_]){re.escape(m[side])}(?![A-Za-z0-9_])", f"<{m['module']}>", text)
    return text


def server_view(connection, schema, table):
    def rows(sql, *args):
        return [list(r) for r in connection.query(sql, args).fetchall()]

    if POSTGRES:
        return {
            "columns": rows(
                "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),"
                " col_description(c.oid, a.attnum) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
                " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
                " WHERE n.nspname = %s AND c.relname = %s ORDER BY a.attnum", schema, table),
            "constraints": rows(
                "SELECT k.conname, k.contype::text, pg_get_constraintdef(k.oid) FROM pg_constraint k"
                " JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = %s AND c.relname = %s ORDER BY 1", schema, table),
            "indexes": rows("SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = %s ORDER BY 1", schema, table),
            "comment": rows(
                "SELECT obj_description(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = %s AND c.relname = %s", schema, table),
        }
    return {
        "columns": rows(
            "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLUMN_COMMENT, COLUMN_KEY, EXTRA, CHARACTER_SET_NAME"
            " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION", schema, table),
        "keys": rows(
            "SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
            " FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s"
            " ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION", schema, table),
        "actions": rows(
            "SELECT CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS"
            " WHERE CONSTRAINT_SCHEMA = %s AND TABLE_NAME = %s ORDER BY 1", schema, table),
        "indexes": rows(
            "SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS"
            " WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY INDEX_NAME, SEQ_IN_INDEX", schema, table),
        "table": rows(
            "SELECT ENGINE, TABLE_COMMENT, TABLE_COLLATION FROM information_schema.TABLES"
            " WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s", schema, table),
    }


def lineage(connection, schema):
    name = '"{}"."~lineage"' if POSTGRES else "`{}`.`~lineage`"
    sql = f"SELECT table_name, attribute_name, lineage FROM {name.format(schema)} WHERE table_name NOT LIKE '~%%' ORDER BY 1, 2"
    return [list(r) for r in connection.query(sql).fetchall()]


def datajoint_cannot(attribute):
    """Values that datajoint 2.3.5 itself cannot write or read back, whoever made the table."""
    codec = getattr(getattr(attribute, "codec", None), "name", None) if MODERN else None
    if codec and attribute.store and not attribute.json and not POSTGRES:
        return "datajoint 2.3.5 sends an unencoded mapping for a codec in a store on MariaDB"
    if MODERN and POSTGRES and attribute.uuid:
        return "datajoint 2.3.5 can neither send nor read a UUID on PostgreSQL"
    if codec == "attach" and POSTGRES:
        return "datajoint 2.3.5 cannot decode an attachment on PostgreSQL"
    return None


class Rows:
    """Makes rows for any heading and keeps them by table, so that children refer to rows that exist."""

    def __init__(self):
        self.kept = {}
        self.count = 0

    def value(self, attribute, n):
        t = attribute.type.lower()
        name = getattr(getattr(attribute, "codec", None), "name", "") or ""
        adapted = getattr(attribute, "original_type", None) or ""
        if getattr(attribute, "uuid", False) or adapted == "uuid" or t == "uuid":
            return uuid.UUID(int=(n + 1) * 0x10000000200000003000000040000)
        if name == "npy":
            return np.arange(6.0).reshape(2, 3) + n
        if name == "blob" or getattr(attribute, "is_blob", False) and not name and not adapted == "bytes":
            return {"n": n, "grid": np.arange(4.0).reshape(2, 2), "word": "größe", "none": None}
        if name == "attach" or getattr(attribute, "is_attachment", False):
            path = f"{STORE}/note_{n}.txt"
            open(path, "w").write(f"note {n}")
            return path
        if name == "filepath" or getattr(attribute, "is_filepath", False):
            store = getattr(attribute, "store", None) or SPEC["stores"][0]
            relative = f"sub/file_{n}_{self.count}.bin"
            os.makedirs(f"{STORE}/{store}/sub", exist_ok=True)
            open(f"{STORE}/{store}/{relative}", "w").write(f"file {n}")
            return relative if MODERN else f"{STORE}/{store}/{relative}"
        if adapted == "json" or t in ("json", "jsonb"):
            return {"n": n, "list": [1, "two", None]}
        if adapted == "bytes" or t == "bytea":
            return b"\x00\xff" + bytes([n])
        if "enum" in t or "enum" in adapted:
            text = adapted if "enum" in adapted else attribute.type
            values = re.findall(r"'([^']*)'|\"([^\"]*)\"", text)
            return "".join(values[n % len(values)])
        if t.startswith(("bool",)) or adapted == "bool":
            return bool(n % 2) if POSTGRES else n % 2
        if re.match(r"(tiny|small|medium|big)?int|integer|serial", t):
            return n + 1
        if t.startswith(("decimal", "numeric")):
            scale = re.search(r",\s*(\d+)", t)
            return decimal.Decimal(n + 1).quantize(decimal.Decimal(1).scaleb(-int(scale.group(1)) if scale else 0))
        if t.startswith(("float", "double", "real")):
            return n + 0.5
        if t.startswith(("datetime", "timestamp")):
            return datetime.datetime(2024, 2, 29, 12, 30, n % 60)
        if t.startswith("date"):
            return datetime.date(2024, 2, 1 + n % 28)
        if t.startswith("time"):
            return datetime.timedelta(hours=1, seconds=n) if not POSTGRES else datetime.time(1, 0, n % 60)
        if t.startswith("year"):
            return 2000 + n
        length = int(re.search(r"\((\d+)\)", t).group(1)) if "(" in t else 200
        return f"w{n}é"[:length] if not t.startswith("char") else f"w{n}"[:length]

    def parents(self, instance):
        out = []
        for parent, info in instance.parents(foreign_key_info=True):
            if "~external" in parent or parent.isdigit():
                if parent.isdigit():
                    raise AssertionError("an alias node where a parent was expected")
                continue
            out.append((parent.replace('"', "").replace("`", ""), info["attr_map"]))
        return out

    def fill(self, table, how_many=2):
        instance = table()
        key = instance.full_table_name.replace('"', "").replace("`", "")
        existing = instance.fetch(as_dict=True) if not MODERN else instance.to_dicts()
        if existing:
            self.kept[key] = existing
            return []
        rows = []
        for n in range(how_many):
            row = {}
            for parent, attr_map in self.parents(instance):
                if not self.kept[parent]:
                    SKIPPED.add(f"{neutral(key)}: no rows in {neutral(parent)}")
                    self.kept[key] = []
                    return []
                options = [
                    p for p in self.kept[parent]
                    if all(child not in row or row[child] == p[own] for child, own in attr_map.items())
                ]
                chosen = options[n % len(options)]
                row.update({child: chosen[own] for child, own in attr_map.items()})
            for name, attribute in instance.heading.attributes.items():
                if name not in row and not attribute.autoincrement and not name.startswith("_"):
                    defect = datajoint_cannot(attribute)
                    if defect:
                        SKIPPED.add(f"{neutral(key)}.{name}: {defect}")
                        if attribute.nullable:
                            continue
                        self.kept[key] = []
                        return []
                    self.count += 1
                    row[name] = self.value(attribute, n)
            if all(any(r.get(k) != row.get(k) for k in instance.primary_key if k in row) for r in rows) or not rows:
                rows.append(row)
        instance.insert(rows, allow_direct_insert=True)
        fetched = instance.fetch(as_dict=True, download_path=STORE) if not MODERN else instance.to_dicts()
        self.kept[key] = fetched
        # A numbered key is not known before the insert; its rows come back in order of number.
        def key_of(row):
            return [row[k] for k in instance.primary_key if k in rows[0]]

        numbered = iter(sorted(fetched, key=lambda r: [str(r[k]) for k in instance.primary_key]))
        return [(row, next((f for f in fetched if key_of(row) and key_of(f) == key_of(row)), None) or next(numbered)) for row in rows]


def same(put, got):
    if isinstance(put, dict) and isinstance(got, dict):
        return put.keys() == got.keys() and all(same(put[k], got[k]) for k in put)
    if isinstance(put, np.ndarray) or hasattr(got, "__array__") and not np.isscalar(got):
        return np.array_equal(np.asarray(put), np.asarray(got))
    if isinstance(put, str) and isinstance(got, (str, os.PathLike)) and os.sep in put:
        return os.path.basename(put) == os.path.basename(str(got))
    if hasattr(got, "path") and isinstance(put, str):
        return str(got.path).endswith(put)
    return put == got


def drop(connection):
    # What datajoint declared stays where the caller goes on with it.
    sides = ("ours",) if SPEC.get("keep") else ("ours", "theirs")
    names = [m[side] for m in SPEC["schemas"] for side in sides]
    if not POSTGRES:
        connection.query("SET FOREIGN_KEY_CHECKS = 0")
    for name in names:
        connection.query(f'DROP SCHEMA IF EXISTS "{name}" CASCADE' if POSTGRES else f"DROP DATABASE IF EXISTS `{name}`")


def main():
    server.configure(SPEC["url"], MODERN, SPEC.get("stores", []), STORE)
    connection = dj.conn()
    theirs, their_contexts = declare("theirs")

    def count(sql=None):
        names = ", ".join(f"'{m['ours']}'" for m in SPEC["schemas"])
        return connection.query(
            f"SELECT count(*) FROM information_schema.tables WHERE table_schema IN ({names}) AND table_name NOT LIKE '~%%'"
        ).fetchall()[0][0]

    before = count()
    ours, our_contexts = declare("ours")
    if count() != before:
        finding("(all)", "datajoint declared tables that djc should have made", count(), before)

    tables = 0
    pairs = list(zip(every_table(ours), every_table(theirs)))
    for (name, module, mine), (_, _, reference) in pairs:
        tables += 1
        schema = {m["module"]: m for m in SPEC["schemas"]}[module]
        stored = mine.table_name
        a = json.loads(neutral(server_view(connection, schema["ours"], stored)))
        b = json.loads(neutral(server_view(connection, schema["theirs"], stored)))
        for what in b:
            if a[what] != b[what]:
                finding(name, f"server: {what}", a[what], b[what])
        a, b = (server.no_change_alter(t, c[module], MODERN) for t, c in ((mine, our_contexts), (reference, their_contexts)))
        for what, x, y in zip(("describe", "no-change alter"), map(neutral, a), map(neutral, b)):
            if x != y:
                finding(name, what, x, y)
    if MODERN:
        for m in SPEC["schemas"]:
            a, b = (json.loads(neutral(lineage(connection, m[side]))) for side in ("ours", "theirs"))
            if a != b:
                finding(m["module"], "lineage", a, b)

    virtual = dj.VirtualModule if hasattr(dj, "VirtualModule") else dj.create_virtual_module
    for m in SPEC["schemas"]:
        module = virtual(m["module"] + "_virtual", m["ours"])
        for t in SPEC["tables"]:
            if t["module"] == m["module"] and not hasattr(module, t["class"]):
                finding(f"{m['module']}.{t['class']}", "virtual module", "absent", "present")

    for t in SPEC["tables"]:
        mine = getattr(ours[t["module"]], t["class"])
        reference = getattr(theirs[t["module"]], t["class"])
        if t["contents"]:
            fetch = (lambda x: x().to_dicts()) if MODERN else (lambda x: x().fetch(as_dict=True))
            if not (len(mine()) == len(reference()) and all(same(x, y) for x, y in zip(fetch(mine), fetch(reference)))):
                finding(t["class"], "contents", str(fetch(mine)), str(fetch(reference)))

    rows = Rows()
    inserted = 0
    done = set()
    pending = [(n, c) for n, _, c in every_table(ours)]
    while pending:
        for name, cls in list(pending):
            needs = [p for p, _ in rows.parents(cls())]
            if all(p in rows.kept for p in needs):
                pending.remove((name, cls))
                for put, got in rows.fill(cls):
                    inserted += 1
                    for attribute, value in put.items():
                        if not same(value, got[attribute]):
                            finding(name, f"row: {attribute}", repr(got[attribute]), repr(value))
    # djc compares what datajoint has declared, while it is there.
    for side, command in SPEC["checks"].items():
        checked = subprocess.run(command, capture_output=True, text=True)
        if checked.returncode != 0 or "tables compared" not in checked.stdout or ": 0 tables" in checked.stdout:
            finding(side, "djc check --database", checked.stdout + checked.stderr, "exit 0")
    drop(connection)
    print(json.dumps({"datajoint": dj.__version__, "tables": tables, "rows": inserted, "skipped": sorted(SKIPPED), "findings": FINDINGS}, default=str))
    return 1 if FINDINGS else 0


if __name__ == "__main__":
    sys.exit(main())
