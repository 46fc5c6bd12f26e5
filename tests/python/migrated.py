"""The real datajoint before and behind a migration of djc.

    python migrated.py SPEC.json before     declares the old tables, fills them, and keeps the rows
    python migrated.py SPEC.json behind     opens the new ones, and declares the same definitions a second time elsewhere

SPEC is that of interop.py, with the tables of the time, and "rows" (the file that keeps them), "columns" (class -> old name -> new name, for classes and
attributes with another name: "Old" -> {"": "New", "old": "new"}), "gone" (classes that are no longer there). Behind the migration nothing may be declared anew;
`describe()`, a no-change `alter()` and `~lineage` must be those of tables that never were migrated; the rows must come back as they went in; and new ones must go in
beside what is parked. Prints one JSON object as interop.py does.
"""

import json
import pickle
import sys

import interop
from interop import MODERN, SPEC, dj, every_table, finding, neutral, server


def fetch(table):
    return table().to_dicts() if MODERN else table().fetch(as_dict=True)


def plain(name):
    """`module.Master.Part` without the module."""
    return name.split(".", 1)[1]


def before():
    """Has datajoint declare and fill the old tables."""
    ours, _ = interop.declare("ours")
    rows = interop.Rows()
    kept = {}
    pending = [(name, cls) for name, _, cls in every_table(ours)]
    while pending:
        for name, cls in list(pending):
            needs = [parent for parent, _ in rows.parents(cls())]
            if all(parent in rows.kept for parent in needs):
                pending.remove((name, cls))
                tier = next(t for t in SPEC["tables"] if t["class"] == plain(name).split(".")[0])
                if tier["contents"] and name.count(".") == 1:
                    cls().insert([eval(row, dict(interop.LITERALS)) for row in tier["contents"]], allow_direct_insert=True)
                rows.fill(cls, 3)
                kept[plain(name)] = fetch(cls)
    with open(SPEC["rows"], "wb") as file:
        pickle.dump(kept, file)
    return sum(map(len, kept.values()))


def behind():
    """Holds the migrated tables against fresh ones, and their rows against those from before."""
    connection = dj.conn()
    theirs, their_contexts = interop.declare("theirs")

    def count():
        names = ", ".join(f"'{m['ours']}'" for m in SPEC["schemas"])
        sql = f"SELECT count(*) FROM information_schema.tables WHERE table_schema IN ({names}) AND table_name NOT LIKE '~%%'"
        return connection.query(sql).fetchall()[0][0]

    there = count()
    ours, our_contexts = interop.declare("ours")
    if count() != there:
        finding("(all)", "datajoint declared tables that the migration should have made", count(), there)
    tables = list(every_table(ours))
    if there != len(tables):
        finding("(all)", "tables that datajoint sees", there, len(tables))
    for (name, module, mine), (_, _, reference) in zip(tables, every_table(theirs)):
        pairs = ((mine, our_contexts), (reference, their_contexts))
        a, b = (server.no_change_alter(table, contexts[module], MODERN) for table, contexts in pairs)
        for what, x, y in zip(("describe", "no-change alter"), map(neutral, a), map(neutral, b)):
            if x != y:
                finding(name, what, x, y)
        visible = [attribute for attribute in mine().heading.names]
        if sorted(visible) != sorted(reference().heading.names):
            finding(name, "attributes", visible, list(reference().heading.names))
    if MODERN:
        for m in SPEC["schemas"]:
            a, b = (json.loads(neutral(interop.lineage(connection, m[side]))) for side in ("ours", "theirs"))
            if a != b:
                finding(m["module"], "lineage", a, b)

    virtual = dj.VirtualModule if hasattr(dj, "VirtualModule") else dj.create_virtual_module
    for m in SPEC["schemas"]:
        module = virtual(m["module"] + "_virtual", m["ours"])
        seen = {name for name in vars(module) if isinstance(getattr(module, name), type) and issubclass(getattr(module, name), dj.Table)}
        declared = {t["class"] for t in SPEC["tables"] if t["module"] == m["module"]}
        if seen != declared:
            finding(m["module"], "virtual module", sorted(seen), sorted(declared))

    with open(SPEC["rows"], "rb") as file:
        kept = pickle.load(file)
    by_name = {plain(name): cls for name, _, cls in tables}
    rows = interop.Rows()
    for old, was in kept.items():
        if old in SPEC["gone"]:
            continue
        names = SPEC["columns"].get(old, {})
        cls = by_name[names.get("", old)]
        now = fetch(cls)
        if t_has_contents(names.get("", old)):
            now = [row for row in now if any(row[names.get(k, k)] == put[k] for put in was for k in list(put)[:1])]
        if len(now) != len(was):
            finding(old, "rows", len(now), len(was))
            continue
        changed = SPEC["changed"].get(old, [])
        shared = [name for name in was[0] if names.get(name, name) in now[0] and name not in changed] if was else []
        key = [name for name in shared if names.get(name, name) in cls().primary_key]

        def order(row, renamed):
            return [str(row[names.get(name, name) if renamed else name]) for name in key]

        for put, got in zip(sorted(was, key=lambda row: order(row, False)), sorted(now, key=lambda row: order(row, True))):
            for name in shared:
                if not interop.same(put[name], got[names.get(name, name)]):
                    finding(old, f"row: {name}", repr(got[names.get(name, name)]), repr(put[name]))

    # New rows beside the old ones: every table, parents first.
    rows.kept = {}
    inserted = 0
    pending = [(name, cls) for name, _, cls in tables]
    while pending:
        for name, cls in list(pending):
            if all(parent in rows.kept for parent in (p for p, _ in rows.parents(cls()))):
                pending.remove((name, cls))
                inserted += add(rows, name, cls)
    return len(tables), inserted


def t_has_contents(name):
    return any(t["class"] == name and t["contents"] for t in SPEC["tables"])


def add(rows, name, cls):
    """Inserts one row with a key that no row has, and reads it back."""
    instance = cls()
    stored = instance.full_table_name.replace('"', "").replace("`", "")
    row = {}
    for parent, columns in rows.parents(instance):
        chosen = next((p for p in rows.kept[parent] if all(c not in row or row[c] == p[own] for c, own in columns.items())), None)
        if chosen is None:
            rows.kept[stored] = fetch(cls)
            return 0
        row.update({child: chosen[own] for child, own in columns.items()})
    for attribute, info in instance.heading.attributes.items():
        if attribute not in row and not attribute.startswith("_"):
            row[attribute] = rows.value(info, 40)
    instance.insert1(row, allow_direct_insert=True)
    now = fetch(cls)
    got = next((r for r in now if all(r[k] == row[k] for k in instance.primary_key)), None)
    if got is None:
        finding(name, "new row", "absent", repr(row))
    else:
        for attribute, value in row.items():
            if not interop.same(value, got[attribute]):
                finding(name, f"new row: {attribute}", repr(got[attribute]), repr(value))
        now = [got]
    # Children of the new row get one of their own.
    rows.kept[stored] = now
    return 1


def main():
    server.configure(SPEC["url"], MODERN, SPEC.get("stores", []), interop.STORE)
    if sys.argv[2] == "before":
        tables, inserted = len(list(SPEC["tables"])), before()
    else:
        tables, inserted = behind()
    print(json.dumps({"datajoint": dj.__version__, "tables": tables, "rows": inserted, "findings": interop.FINDINGS}, default=str))
    return 1 if interop.FINDINGS else 0


if __name__ == "__main__":
    sys.exit(main())
