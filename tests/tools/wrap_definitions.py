#!/usr/bin/env python3
"""Wraps the definitions of Python DataJoint classes into .dj files, without running them.

    wrap_definitions.py PACKAGE_DIR OUT_DIR

Each Python module with table classes becomes one file: `schema`, `use` lines from its imports, and each class with the text of its
`definition` between braces. Tables that the package does not declare itself (a linking module's, another package's) become stubs of one
`extern schema`, with a key of one integer, so that the rest resolves; what a definition inherits from such a stub is not the real thing.
Definitions that are put together at run time are left out and counted. Only for measuring: `djc import python` is the real importer.
"""

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

TIERS = {"Manual": "manual", "Lookup": "lookup", "Imported": "imported", "Computed": "computed"}
TARGET = re.compile(r"^\s*->\s*(?:\[[^\]]*\]\s*)?([A-Za-z_][\w.]*)")


def last(node):
    """Returns the last word of a name such as `dj.Manual`."""
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def text_of(node):
    """Returns a text that stands in the source as it is, also as a sum of such texts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(node.left), text_of(node.right)
        return None if left is None or right is None else left + right
    return None


class Table:
    def __init__(self, node, tier, merge):
        self.name, self.tier, self.merge, self.parts, self.definition = node.name, tier, merge, [], None
        for item in node.body:
            if isinstance(item, ast.Assign) and any(last(target) == "definition" for target in item.targets):
                self.definition = text_of(item.value)
            elif isinstance(item, ast.ClassDef):
                bases = {last(base) for base in item.bases}
                if bases & {"Part", "SpyglassMixinPart"}:
                    self.parts.append(Table(item, "part", False))

    def all(self):
        return [self, *(part for part in self.parts if part.definition is not None)]


class Module:
    def __init__(self, path, dotted):
        self.path, self.dotted, self.name = path, dotted, ""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.tables, self.imports, self.skipped, self.schema = {}, {}, 0, None
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    above = dotted.split(".")
                    above = above if path.stem == "__init__" else above[:-1]
                    above = above[: len(above) - node.level + 1]
                    base = ".".join([*above, *([base] if base else [])])
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = (base, alias.name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = (alias.name, None)
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last(node.value) in ("schema", "Schema"):
                arguments = node.value.args
                self.schema = text_of(arguments[0]) if arguments else None
            if not isinstance(node, ast.ClassDef):
                continue
            bases = {last(base) for base in node.bases}
            tier = next((word for base, word in TIERS.items() if base in bases), None)
            merge = "_Merge" in bases
            if tier is None and not merge:
                continue
            table = Table(node, tier or "manual", merge)
            if table.definition is None:
                self.skipped += 1
            else:
                self.tables[node.name] = table


def main():
    package, out = Path(sys.argv[1]), Path(sys.argv[2])
    modules = []
    for path in sorted(package.rglob("*.py")):
        dotted = ".".join([package.name, *path.relative_to(package).with_suffix("").parts])
        module = Module(path, dotted.removesuffix(".__init__"))
        if module.tables or module.skipped:
            modules.append(module)
    by_name = defaultdict(int)
    for module in modules:
        by_name[module.path.stem] += 1
    for module in modules:
        parts = module.dotted.split(".")
        module.name = parts[-1] if by_name[parts[-1]] == 1 else "_".join(parts[1:])
    declared = defaultdict(list)
    for module in modules:
        for name in module.tables:
            declared[name].append(module)

    stubs = {}

    def stub(word):
        name = re.sub(r"[^A-Za-z0-9]", "", word[:1].upper() + word[1:])
        stubs[name] = f"{re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()}_id"
        return name

    out.mkdir(parents=True, exist_ok=True)
    wrapped = 0
    for module in modules:
        uses, text = set(), []

        def target(path, module=module, uses=uses):
            """Returns what the first word of an arrow is written as here, and remembers the `use` line it needs."""
            first, *rest = path.split(".")
            if first in ("master", "self") or first in module.tables:
                return path
            base, name = module.imports.get(first, ("", first))
            dotted = f"{base}.{name}" if name else base
            for other in modules:
                if other.dotted == dotted and rest and rest[0] in other.tables:
                    uses.add(f"use {other.name}")
                    return ".".join([other.name, *rest])
            found = [other for other in declared.get(name or "", []) if base and other.dotted.startswith(base)]
            if found and name:
                uses.add(f"use {found[0].name}.{name}" + (f" as {first}" if first != name else ""))
                return path
            # A linking module's attribute, or another package.
            known = stub(first if not rest else rest[-1])
            uses.add("use elsewhere")
            return f"elsewhere.{known}"

        def body(definition, indent):
            lines = []
            for line in definition.strip("\n").split("\n"):
                found = TARGET.match(line)
                if found:
                    line = line[: found.start(1)] + target(found.group(1)) + line[found.end(1) :]
                lines.append((indent + line.strip()).rstrip())
            while lines and not lines[0].strip():
                lines.pop(0)
            return lines

        for table in module.tables.values():
            wrapped += len(table.all())
            text.append("")
            if table.merge:
                text.append("@merge")
            text.append(f"{table.tier} {table.name} {{")
            if not table.merge:
                text += body(table.definition, "    ")
            for part in table.all()[1:]:
                text += [f"    part {part.name} {{", *body(part.definition, "        "), "    }"]
            text.append("}")
        physical = f' as "{module.schema}"' if module.schema and module.schema != module.name else ""
        head = [f"schema {module.name}{physical}", *([""] if uses else []), *sorted(uses)]
        (out / f"{module.name}.dj").write_text("\n".join([*head, *text]) + "\n", encoding="utf-8")
    if stubs:
        lines = ["extern schema elsewhere"]
        for name, key in sorted(stubs.items()):
            lines += ["", f"manual {name} {{", f"    {key} : int", "}"]
        (out / "elsewhere.dj").write_text("\n".join(lines) + "\n", encoding="utf-8")
    skipped = sum(module.skipped for module in modules)
    print(f"{package.name}: {wrapped} tables in {len(modules)} files, {len(stubs)} stubs, {skipped} definitions made at run time")


if __name__ == "__main__":
    main()
