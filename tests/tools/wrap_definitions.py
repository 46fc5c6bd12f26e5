#!/usr/bin/env python3
"""Wraps the definitions of Python DataJoint classes into .dj files, without running them.

    wrap_definitions.py SRC_DIR... -o OUT_DIR [--generation 0.14|2] [--link NAME=MODULE[.TABLE]]... [--json]

Each schema becomes one file: `schema`, the `use` lines that its arrows need, and every table class with the text of its `definition`,
untouched, between braces; and one djc.toml. SRC_DIR is a package or a folder of packages. Names that a package takes from its linking
module are found by `--link`, else by a table of that name (the first schema's, if several have one); what is declared nowhere becomes a
stub with a key of one integer in `extern schema elsewhere`. What is linked, and what is left out, is named with the reason.

For measuring and for tests: contents, key sources and mixins are not carried over.
"""

import argparse
import ast
import json
import re
import sys
import textwrap
from collections import defaultdict
from pathlib import Path

TIERS = {"Manual": "manual", "Lookup": "lookup", "Imported": "imported", "Computed": "computed", "Part": "part"}
ARROW = re.compile(r"^[ \t]*->[ \t]*(?:\[[^\]]*\][ \t]*)?([A-Za-z_]\w*)((?:\.(?!proj\b)[A-Za-z_]\w*)*)", re.MULTILINE)
STORE = re.compile(r"@([a-z]\w*)")
CONFIG = {"0.14": "support_filepath_management = true\nsupport_adapted_types = true\n", "2": ""}


class Skip(Exception):
    """A class cannot be wrapped; the text says why."""


class Module:
    """One Python file: what its names are bound to at the top level."""

    def __init__(self, path, dotted):
        self.path, self.dotted, self.is_package = path, dotted, path.stem == "__init__"
        self.names, self.stars = {}, []
        self.tree = ast.parse(path.read_text(encoding="utf-8-sig"))
        self.bind(self.tree.body)

    def bind(self, body):
        for node in body:
            if isinstance(node, ast.ImportFrom):
                base = self.absolute(node)
                for alias in node.names:
                    if alias.name == "*":
                        self.stars.append(base)
                    else:
                        self.names[alias.asname or alias.name] = ("import", base, alias.name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.split(".")[0]
                    self.names[bound] = ("import", alias.name if alias.asname else bound, None)
            elif isinstance(node, ast.ClassDef):
                self.names[node.name] = ("class", self, node)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.names[target.id] = ("value", self, node.value)
            elif isinstance(node, (ast.If, ast.Try, ast.With)):
                for part in ("orelse", "handlers", "body"):
                    for inner in getattr(node, part, []):
                        self.bind(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])

    def absolute(self, node):
        if not node.level:
            return node.module or ""
        parts = self.dotted.split(".")
        parts = parts[: len(parts) - node.level + (1 if self.is_package else 0)]
        return ".".join(parts + ([node.module] if node.module else []))


class Table:
    """One table class and where it stands."""

    def __init__(self, module, node, tier, definition):
        self.module, self.node, self.name, self.tier, self.definition = module, node, node.name, tier, definition
        self.parts = []

    def __iter__(self):
        return iter([self, *self.parts])


class Sources:
    """All files that were read, and how names lead from one to another."""

    def __init__(self, folders):
        self.modules, self.unreadable = {}, []
        for folder in map(Path, folders):
            root = folder.resolve()
            while (root / "__init__.py").exists():
                root = root.parent
            for path in sorted(folder.resolve().rglob("*.py")):
                parts = path.relative_to(root).with_suffix("").parts
                dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                try:
                    self.modules[dotted] = Module(path, dotted)
                except (SyntaxError, UnicodeDecodeError) as error:
                    self.unreadable.append((path, str(error)))

    def lookup(self, module, name, seen=()):
        """Follows a name through imports: ('class', Module, node), ('value', Module, node), ('module', Module), ('foreign', text) or None."""
        if (module.dotted, name) in seen:
            return None
        seen = (*seen, (module.dotted, name))
        bound = module.names.get(name)
        if bound is None:
            for star in module.stars:
                if star in self.modules and (found := self.lookup(self.modules[star], name, seen)):
                    return found
            inner = self.modules.get(f"{module.dotted}.{name}") if module.is_package else None
            return ("module", inner) if inner else None
        if bound[0] == "value" and isinstance(bound[2], (ast.Name, ast.Attribute)):
            return self.evaluate(module, bound[2], seen) or bound
        if bound[0] != "import":
            return bound
        _, base, attribute = bound
        if attribute is None:
            return ("module", self.modules[base]) if base in self.modules else ("foreign", base)
        if base in self.modules and (found := self.lookup(self.modules[base], attribute, seen)):
            return found
        if f"{base}.{attribute}" in self.modules:
            return ("module", self.modules[f"{base}.{attribute}"])
        return ("foreign", f"{base}.{attribute}")

    def evaluate(self, module, node, seen=()):
        """Follows an expression of names and dots."""
        if isinstance(node, ast.Name):
            return self.lookup(module, node.id, seen)
        if isinstance(node, ast.Attribute):
            found = self.evaluate(module, node.value, seen)
            if found and found[0] == "module":
                return self.lookup(found[1], node.attr, seen)
            if found and found[0] == "foreign":
                return ("foreign", f"{found[1]}.{node.attr}")
        return None

    def bases(self, module, node, seen=()):
        """Yields a class and all that it inherits from, in the order of the source; foreign ones as their dotted text."""
        yield module, node
        for base in node.bases:
            found = self.evaluate(module, base)
            if found and found[0] == "foreign":
                yield None, found[1]
            elif found and found[0] == "class" and found[2] not in seen:
                yield from self.bases(found[1], found[2], (*seen, node))

    def tier(self, module, node):
        for home, base in self.bases(module, node):
            if home is None and re.fullmatch(r"datajoint(\.\w+)*\.\w+", base) and base.split(".")[-1] in TIERS:
                return TIERS[base.split(".")[-1]]
        return None

    def text(self, module, node, owner=None):
        """Returns the text of an expression that can be known without running it; `{name}` of an f-string only where it is known."""
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, int)):
            return str(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self.text(module, node.left, owner) + self.text(module, node.right, owner)
        if isinstance(node, ast.JoinedStr):
            return "".join(self.text(module, part, owner) for part in node.values)
        if isinstance(node, ast.FormattedValue) and node.format_spec is None and node.conversion == -1:
            return self.text(module, node.value, owner)
        if isinstance(node, ast.Name) and (found := self.lookup(module, node.id)) and found[0] == "value":
            return self.text(found[1], found[2], owner)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self" and owner:
            return self.member(*owner, node.attr)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not any(k.arg is None for k in node.keywords):
            if node.func.attr == "format":
                plain = [self.text(module, argument, owner) for argument in node.args]
                named = {k.arg: self.text(module, k.value, owner) for k in node.keywords}
                return self.text(module, node.func.value, owner).format(*plain, **named)
            if node.func.attr in ("dedent", "strip"):
                return self.text(module, (node.args or [node.func.value])[0], owner)
        raise Skip(f"the definition is put together at run time: {ast.unparse(node)[:60]}")

    def member(self, module, node, name):
        """Returns the text that an attribute or a property of a class has, inherited or its own."""
        for home, base in self.bases(module, node):
            for item in base.body if home else []:
                if isinstance(item, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in item.targets):
                    return self.text(home, item.value, (module, node))
                if isinstance(item, ast.FunctionDef) and item.name == name:
                    returns = [inner for inner in ast.walk(item) if isinstance(inner, ast.Return)]
                    if len(returns) == 1 and returns[0].value is not None:
                        return self.text(home, returns[0].value, (module, node))
                    raise Skip(f"`{name}` is computed at run time")
        raise Skip(f"no `{name}`")

    def definition(self, module, node):
        """Returns what stands between the braces."""
        own = self.member(module, node, "definition")
        if re.search(r"^[^#\n]*(:|->)", own, re.MULTILINE):
            return own
        # A mere remark: a base class puts the definition in its place when an object is made (as Spyglass does).
        for home, base in self.bases(module, node):
            for item in ast.walk(base) if home else []:
                if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "self.definition":
                    return self.text(home, item.value, (module, node))
        return own


class Wrapper:
    """Collects the tables of each schema and writes them."""

    def __init__(self, sources, links, root):
        self.sources, self.links, self.root = sources, links, root
        self.schemas, self.physical, self.order = defaultdict(list), {}, []
        self.skipped, self.found, self.linked, self.stubs = [], 0, {}, {}
        self.home, self.by_name, self.variables, self.stores = {}, defaultdict(list), {}, set()

    def skip(self, module, node, name, reason):
        self.skipped.append({"table": name, "file": self.relative(module), "line": node.lineno, "reason": reason})

    def relative(self, module):
        return module.path.relative_to(self.root).as_posix()

    def collect(self):
        for module in self.sources.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef) and node.name not in TIERS:
                    self.table(module, node)
        for schema, tables in self.schemas.items():
            for table in tables:
                self.by_name[table.name].append(schema)

    def table(self, module, node):
        tier = self.sources.tier(module, node)
        decorators = [self.schema_of(module, decorator) for decorator in node.decorator_list]
        schema = next((found for found in decorators if found), None)
        if tier in (None, "part"):
            return  # Parts are wrapped inside their masters.
        if schema is None:
            if any(isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "definition" for item in node.body):
                self.found += 1
                self.skip(module, node, node.name, "no decorator that leads to a dj.schema of this file")
            return
        parts = [item for item in node.body if isinstance(item, ast.ClassDef) and self.sources.tier(module, item) == "part"]
        self.found += 1 + len(parts)
        try:
            if any(table.name == node.name for table in self.schemas[schema]):
                raise Skip("the schema has a table of this name already")
            master = Table(module, node, tier, self.checked(module, node))
        except Skip as reason:
            for item, name in [(node, node.name), *((part, f"{node.name}.{part.name}") for part in parts)]:
                self.skip(module, item, name, str(reason))
            return
        for part in parts:
            try:
                master.parts.append(Table(module, part, "part", self.checked(module, part)))
            except Skip as reason:
                self.skip(module, part, f"{node.name}.{part.name}", str(reason))
        self.schemas[schema].append(master)
        self.home[node] = schema

    def checked(self, module, node):
        text = self.sources.definition(module, node)
        if re.search(r"^\s*\}", text, re.MULTILINE):
            raise Skip("a line of the definition starts with a closing brace")
        return text

    def schema_of(self, module, decorator):
        """Returns the module name of the schema behind `@schema`, or None."""
        found = self.sources.evaluate(module, decorator) if isinstance(decorator, (ast.Name, ast.Attribute)) else None
        if not (found and found[0] == "value" and isinstance(found[2], ast.Call)):
            return None
        home, call = found[1], found[2]
        maker = self.sources.evaluate(home, call.func)
        if not (maker and maker[0] == "foreign" and re.fullmatch(r"datajoint.*\.[sS]chema", maker[1])):
            return None
        argument = call.args[0] if call.args else None
        if argument is None or isinstance(argument, ast.Constant) and argument.value is None:
            return self.module_name(home.path.stem, None)
        try:
            return self.module_name(self.sources.text(home, argument), None)
        except Skip:
            # A name that is known at run time only: its unknown parts become variables.
            return self.module_name(home.path.stem, self.with_variables(home, argument))

    def with_variables(self, module, node):
        if isinstance(node, ast.JoinedStr):
            return "".join(self.with_variables(module, part) for part in node.values)
        try:
            return self.sources.text(module, node)
        except Skip:
            words = re.findall(r"\w+", ast.unparse(node)) or ["prefix"]
            variable = words[-1].upper()
            self.variables[variable] = "wild"
            return "${" + variable + "}"

    def module_name(self, name, physical):
        clean = re.sub(r"\W", "_", name)
        if clean != name and physical is None:
            physical = name
        self.physical.setdefault(clean, physical)
        return clean

    def use(self, schema, table, first, rest):
        """Returns the `use` line (or None) that makes the first word of an arrow known in a file."""
        names = {other.name for other in self.schemas[schema]}
        module = table.module
        found = self.sources.lookup(module, first)
        if found and found[0] == "class" and found[2] in self.home:
            home = self.home[found[2]]
            if home == schema and found[2].name == first:
                return None
            return f"use {home}.{found[2].name}" + (f" as {first}" if found[2].name != first else "")
        if found and found[0] == "module" and rest:
            inner = self.sources.lookup(found[1], rest[0])
            if inner and inner[0] == "class" and inner[2] in self.home:
                home = self.home[inner[2]]
                return f"use {home}" + (f" as {first}" if home != first else "")
        if first in names and not found:
            return None  # datajoint also finds the tables of the schema that other files declare, once they are imported
        wanted = rest[0] if rest else first
        target = self.links.get(first)
        if target is None and self.by_name[wanted]:
            target = min(self.by_name[wanted]) + ("" if rest else f".{first}")
        if target is None:
            target = "elsewhere" if rest else f"elsewhere.{first}"
            self.stubs[wanted] = None
        self.linked[first] = target
        return f"use {target}" + (f" as {first}" if target.split(".")[-1] != first else "")

    def write(self, out, generation):
        out.mkdir(parents=True, exist_ok=True)
        for old in out.glob("*.dj"):
            old.unlink()
        for schema, tables in sorted(self.schemas.items()):
            uses, bound = set(), {}
            for table in tables:
                for one in table:
                    self.stores.update(
                        store for line in one.definition.splitlines() for store in STORE.findall(line.split("#")[0])
                    )
                    for arrow in ARROW.finditer(one.definition):
                        first, rest = arrow[1], arrow[2].split(".")[1:]
                        if first in ("master", "self"):
                            continue
                        line = self.use(schema, one, first, rest)
                        if bound.setdefault(first, line) != line:
                            reason = f"`{first}` means `{line}` here and `{bound[first]}` in another file of the schema"
                            self.skip(one.module, one.node, one.name, f"wrapped, but {reason}")
                        elif line:
                            uses.add(line)
            physical = self.physical[schema]
            text = [f"schema {schema}" + (f' as "{physical}"' if physical else ""), ""]
            text += [*sorted(uses), ""] if uses else []
            for table in tables:
                text += [f"{table.tier} {table.name} {{", body(table.definition)]
                for part in table.parts:
                    text += [f"    part {part.name} {{", body(part.definition), "    }"]
                text += ["}", ""]
            (out / f"{schema}.dj").write_text("\n".join(text), encoding="utf-8")
        if self.stubs:
            lines = ["extern schema elsewhere"]
            for name in sorted(self.stubs):
                key = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
                lines += ["", f"manual {name} {{", f"    {key}_id : {'int' if generation == '0.14' else 'int32'}", "}"]
            (out / "elsewhere.dj").write_text("\n".join(lines) + "\n", encoding="utf-8")
        toml = f'[pipeline]\nname = "wild"\nsources = ["*.dj"]\ndatajoint = "{generation}"\n'
        if self.variables:
            toml += "\n[pipeline.vars]\n" + "".join(f'{name} = "{value}"\n' for name, value in sorted(self.variables.items()))
        if CONFIG[generation]:
            toml += "\n[datajoint]\n" + CONFIG[generation]
        for store in sorted(self.stores):
            toml += f'\n[stores.{store}]\nprotocol = "file"\nlocation = "data/{store}"\n'
        (out / "djc.toml").write_text(toml, encoding="utf-8")


def body(definition):
    """Returns a definition as it is, on lines of its own: datajoint drops space at both ends."""
    text = definition.lstrip("\n") if not definition.split("\n")[0].strip() else definition
    return text.rstrip()


def main():
    arguments = argparse.ArgumentParser(description=textwrap.dedent(__doc__), formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("sources", nargs="+", metavar="SRC_DIR")
    arguments.add_argument("-o", "--out", required=True, type=Path)
    arguments.add_argument("--generation", choices=list(CONFIG), default="0.14")
    arguments.add_argument("--link", action="append", default=[], metavar="NAME=MODULE[.TABLE]")
    arguments.add_argument("--json", action="store_true", help="print the summary as JSON")
    options = arguments.parse_args()
    sources = Sources(options.sources)
    root = Path(options.sources[0]).resolve().parent
    while any(root not in module.path.parents for module in sources.modules.values()):
        root = root.parent
    wrapper = Wrapper(sources, dict(link.split("=", 1) for link in options.link), root)
    wrapper.collect()
    wrapper.write(options.out, options.generation)
    unreadable = [{"table": None, "file": str(path), "line": 0, "reason": reason} for path, reason in sources.unreadable]
    wrapped = [one for tables in wrapper.schemas.values() for table in tables for one in table]
    summary = {
        "schemas": {schema: wrapper.relative(tables[0].module) for schema, tables in sorted(wrapper.schemas.items()) if tables},
        "found": wrapper.found,
        "wrapped": len(wrapped),
        "skipped": wrapper.skipped + unreadable,
        "linked": wrapper.linked,
        "stubs": sorted(wrapper.stubs),
    }
    if options.json:
        print(json.dumps(summary, indent=1))
        return
    print(f"{summary['wrapped']} of {summary['found']} table classes wrapped into {len(summary['schemas'])} schemas")
    for name, target in sorted(summary["linked"].items()):
        print(f"  linked: {name} = {target}")
    for item in summary["skipped"]:
        print(f"  {item['file']}:{item['line']}: {item['table']}: {item['reason']}")


if __name__ == "__main__":
    sys.exit(main())
