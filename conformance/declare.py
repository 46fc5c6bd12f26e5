"""Has the real datajoint bind the table classes of Python packages, and says what came of it.

    python declare.py SPEC.json

Every module of the packages is imported, with stand-ins for what is not installed; all schema names get the prefix of SPEC. Where the
schemas are empty, datajoint declares the tables; where djc has deployed them, it must find them and declare nothing. Prints one JSON
object: what could not be imported, which tables datajoint refused and why, and for each table what the server reports of it, what
`describe()` says and what a no-change `alter()` would send. The prefix is taken out of everything, so that two runs can be compared.
"""

import contextlib
import importlib
import io
import json
import os
import sys
import tempfile
import traceback
import warnings

warnings.filterwarnings("ignore")
os.environ["DJ_SUPPORT_FILEPATH_MANAGEMENT"] = "TRUE"
os.environ["DJ_LOG_LEVEL"] = "ERROR"
os.environ["MPLBACKEND"] = "Agg"

SPEC = json.load(open(sys.argv[1]))
MODERN = SPEC["generation"] == "2"
PREFIX = SPEC["prefix"]
HOME = tempfile.mkdtemp(prefix="djc-conformance-")
# What packages write when they are imported goes into a folder of its own.
os.environ["HOME"] = HOME
for name in SPEC["folders"]:
    os.environ[name] = HOME
os.chdir(HOME)

import datajoint as dj

import server
import stand_ins

REFUSED = []
CONTENTS = []
BOUND = {}


class SchemaName(str):
    """The name of a schema with the prefix, which packages that take their schema names apart do not get to see."""

    def split(self, *args):
        return self.removeprefix(PREFIX).split(*args)

    def count(self, *args):
        return self.removeprefix(PREFIX).count(*args)


def patch_schemas():
    """Gives every schema the prefix, and lets a table that is refused stop neither its module nor the run."""
    schema = dj.schemas._Schema if MODERN else dj.schemas.Schema
    activate, decorate = schema.activate, schema._decorate_table

    def prefixed(self, schema_name=None, **options):
        if schema_name and not schema_name.startswith(PREFIX):
            schema_name = SchemaName(PREFIX + schema_name)
        return activate(self, schema_name, **options)

    def recorded(self, table_class, context, assert_declared=False):
        name = table_class.table_name
        try:
            decorate(self, table_class, context, assert_declared)
        except Exception as error:
            there = self.connection.query("SHOW TABLES IN `%s` LIKE %%s" % self.database, [name]).rowcount
            said = {"table": f"{self.database}.{name}", "error": one_line(error), "own": raised_by_package(error)}
            (CONTENTS if there else REFUSED).append(said)
        # Classes that datajoint makes from tables are not the package's.
        if not assert_declared:
            BOUND.setdefault((self.database, name), (table_class, context))

    schema.activate, schema._decorate_table = prefixed, recorded


def speak_0_14():
    """Lets modules that were written for datajoint 0.14 be imported by generation 2, which names things otherwise.

    What they declare, generation 2 declares by its own rules; only what its API has lost is made up.
    """
    settings = {name: dj.config[name] for name in ("database.host", "database.port", "database.user")}
    dj.config = settings | {"custom": SPEC["custom"], "stores": {}, "enable_python_native_blobs": True}
    dj.schema, dj.create_virtual_module = dj.Schema, dj.VirtualModule
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "datajoint":
            module.__getattr__ = stand_ins.behind(getattr(module, "__getattr__", None))


def one_line(error):
    # Errors of the server carry the statement as well.
    text = error.args[0] if error.args and isinstance(error.args[0], str) else error
    return " ".join(f"{type(error).__name__}: {text}".split())


def raised_by_package(error):
    """Tells an error of the package's own code from a refusal by datajoint or the server."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return any(at.filename.startswith(root + os.sep) for root in SPEC["roots"])


def modules_below(root):
    """Returns the dotted names of all modules in a folder of packages, in order."""
    names = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name.isidentifier())
        package = os.path.relpath(folder, root).replace(os.sep, ".")
        for file in sorted(files):
            stem, extension = os.path.splitext(file)
            if extension != ".py" or not stem.isidentifier() or stem == "__main__":
                continue
            dotted = stem if package == "." else f"{package}.{stem}"
            names.append(dotted.removesuffix(".__init__"))
    return names


def import_all():
    """Imports the linking module, then every module; returns why those that failed did."""
    failed = {}
    sys.path[:0] = SPEC["roots"] + SPEC["beside"]
    names = [name for root in SPEC["roots"] for name in modules_below(root)]
    own = names + [name for root in SPEC["beside"] for name in os.listdir(root)]
    finder = stand_ins.install({name.partition(".")[0] for name in own})
    if SPEC["linking"]:
        sys.path.insert(0, os.path.dirname(SPEC["linking"]))
        names.insert(0, os.path.splitext(os.path.basename(SPEC["linking"]))[0])
    # What runs into a circle of imports the first time is imported by then.
    for name in names + names:
        try:
            importlib.import_module(name)
            failed.pop(name, None)
        except (Exception, SystemExit) as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            failed[name] = f"{one_line(error)} ({os.path.basename(at.filename)}:{at.lineno})"
    return names, failed, sorted(finder.made)


def schemas(connection):
    like = PREFIX.replace("_", "\\_") + "%"
    found = connection.query("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE %s", [like])
    return [row[0] for row in found.fetchall()]


def is_part_of_a_definition(table):
    """Says no for what datajoint makes on demand."""
    return table not in ("~log", "~jobs") and not table.startswith("~~")


def tables(connection):
    found = set()
    for name in schemas(connection):
        rows = connection.query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s", [name]).fetchall()
        found.update(f"{name}.{table}" for table, in rows if is_part_of_a_definition(table))
    return found


# Each fact of a table: its name in the report, and the columns that make it up. All begin with the name of the table.
FACTS = {
    "columns": "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, COLUMN_COMMENT, COLUMN_KEY, EXTRA,"
    " CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s ORDER BY TABLE_NAME, ORDINAL_POSITION",
    "keys": "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
    " FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = %s ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION",
    "actions": "SELECT TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS"
    " WHERE CONSTRAINT_SCHEMA = %s ORDER BY TABLE_NAME, CONSTRAINT_NAME",
    "indexes": "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, INDEX_TYPE FROM information_schema.STATISTICS"
    " WHERE TABLE_SCHEMA = %s ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
    "checks": "SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS"
    " WHERE CONSTRAINT_SCHEMA = %s ORDER BY TABLE_NAME, CONSTRAINT_NAME",
    "table": "SELECT TABLE_NAME, ENGINE, TABLE_COMMENT, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
    " ORDER BY TABLE_NAME",
}


def server_view(connection):
    """Returns, for each table of the schemas, what the server reports of it."""
    view = {}
    for name in schemas(connection):
        for fact, sql in FACTS.items():
            cursor = connection.query(sql, [name])
            words = [column[0] for column in cursor.description[1:]]
            for table, *row in cursor.fetchall():
                if is_part_of_a_definition(table):
                    facts = view.setdefault(f"{name}.{table}", {fact: [] for fact in FACTS})
                    facts[fact].append(dict(zip(words, row)))
        if MODERN:
            sql = f"SELECT table_name, attribute_name, lineage FROM `{name}`.`~lineage` ORDER BY 1, 2"
            with contextlib.suppress(Exception):
                for table, attribute, lineage in connection.query(sql).fetchall():
                    if f"{name}.{table}" in view:
                        facts = view[f"{name}.{table}"]
                        facts.setdefault("lineage", []).append({"attribute": attribute, "lineage": lineage})
    return view


def main():
    server.configure(SPEC["url"], MODERN, SPEC["stores"], HOME)
    patch_schemas()
    connection = dj.conn()
    if MODERN:
        speak_0_14()
    else:
        dj.config["custom"] = SPEC["custom"]
    before = tables(connection)
    names, failed, made = import_all()
    declared = sorted(tables(connection) - before)
    view = server_view(connection)
    for (schema, table), (table_class, context) in BOUND.items():
        facts = view.get(f"{schema}.{table}")
        if facts is not None:
            described, altered = server.no_change_alter(table_class, context, MODERN)
            facts.update({"describe": described, "alter": altered, "class": f"{table_class.__module__}.{table_class.__qualname__}"})
    report = {
        "datajoint": dj.__version__, "modules": len(names), "failed": failed, "stand_ins": made, "declared": declared,
        "refused": REFUSED, "contents": CONTENTS, "tables": view,
    }
    return json.dumps(report, default=str).replace(PREFIX, "")


if __name__ == "__main__":
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        text = main()
    print(text)
