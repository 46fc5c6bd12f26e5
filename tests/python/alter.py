"""Has the real datajoint 0.14 do what it can about a change of definitions: makes the tables of before, then imports the classes of after and calls alter().

    python alter.py declare URL FOLDER ROWS     imports FOLDER/before, inserts the rows
    python alter.py alter URL FOLDER            imports FOLDER/after, calls alter() on each class that is not as its table, prints what comes of it
"""

import importlib
import json
import os
import sys
import types
import urllib.parse
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("DJ_LOG_LEVEL", "CRITICAL")

import datajoint as dj

# What the merge table of the examples needs of spyglass.
for name in ["spyglass", "spyglass.utils", "spyglass.utils.dj_merge_tables"]:
    sys.modules[name] = types.ModuleType(name)
sys.modules["spyglass.utils.dj_merge_tables"]._Merge = dj.Manual

MODE, URL, FOLDER = sys.argv[1:4]
URL = urllib.parse.urlsplit(URL)
dj.config["database.host"] = URL.hostname
dj.config["database.port"] = URL.port
dj.config["database.user"] = urllib.parse.unquote(URL.username)
dj.config["database.password"] = urllib.parse.unquote(URL.password or "")
dj.config["database.use_tls"] = False
dj.config["safemode"] = False
dj.errors._switch_filepath_types(True)

sent = []
query = dj.conn().query


def listen(statement, *args, **kwargs):
    words = statement.split()[:2]
    if words and words[0].upper() in ("CREATE", "ALTER", "DROP"):
        sent.append(" ".join(statement.split()))
    return query(statement, *args, **kwargs)


dj.conn().query = listen


def modules(package):
    """Returns the modules of a package by name, each imported."""
    sys.path.insert(0, FOLDER)
    names = sorted(name[:-3] for name in os.listdir(os.path.join(FOLDER, package)) if name.endswith(".py") and not name.startswith("_"))
    return {name: importlib.import_module(f"{package}.{name}") for name in names}


def classes(module):
    """Yields the name and class of each table of a module, parts behind their master."""
    for name, table in list(vars(module).items()):
        if isinstance(table, type) and issubclass(table, dj.Table) and table.__module__ == module.__name__:
            yield name, table
            for part, inner in list(vars(table).items()):
                if isinstance(inner, type) and issubclass(inner, dj.Part):
                    yield f"{name}.{part}", inner


if MODE == "declare":
    found = modules("before")
    with open(sys.argv[4]) as file:
        rows = json.load(file)["before"]
    for name, values in rows.items():
        module, *path = name.split(".")
        table = found[module]
        for step in path:
            table = getattr(table, step)
        table.insert(values, allow_direct_insert=True, skip_duplicates=True)
else:
    found = modules("after")
    for statement in sent:
        if statement.upper().startswith("CREATE TABLE") and "~log" not in statement:
            print("import: " + statement.split("(")[0].strip())
    # As in a notebook in which everything was imported.
    context = {name: value for module in found.values() for name, value in [*vars(module).items(), (module.__name__.split(".")[-1], module)]}
    for module in found.values():
        for name, table in classes(module):
            del sent[:]
            try:
                # A part brings its own names.
                table().alter(prompt=False, context=None if issubclass(table, dj.Part) else dict(context))
            except Exception as error:
                print(f"{name}.alter(): {type(error).__name__}: {' '.join(str(error).split())}")
                continue
            said = [statement for statement in sent if statement.upper().startswith("ALTER")]
            print(f"{name}.alter(): " + ("; ".join(said) if said else "nothing done"))
