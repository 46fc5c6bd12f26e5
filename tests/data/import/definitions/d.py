import inspect
import textwrap
from inspect import cleandoc
from textwrap import dedent

import datajoint as dj

import consts
from base import Named, Shared
from consts import KEY, LENGTH, column

schema = dj.schema("definitions")
size = 4


@schema
class AsProperty(dj.Manual):
    @property
    def definition(self):
        return """
        a : int  # one
        """


@schema
class AsFString(dj.Manual):
    definition = f"""
    a : varchar({LENGTH})
    ---
    b : enum({'"x"'}, "y")  # {{braces}} stay
    c : char({consts.LENGTH})
    d : decimal({size},{2})
    """


@schema
class AsFormat(dj.Manual):
    definition = """
    {name} : varchar({length})
    ---
    {0} : int  # {{old}} name
    """.format("second", name="first", length=LENGTH)


@schema
class AsPercent(dj.Manual):
    definition = """
    %(name)s : varchar(%(length)d)
    """ % {"name": "a", "length": LENGTH}


@schema
class AsPercentTuple(dj.Manual):
    definition = """
    a : varchar(%d)
    b : varchar(%s)   # 100%% sure
    """ % (LENGTH, 8)


@schema
class Added(dj.Manual):
    definition = KEY + "---\n" + 'weight : float\n'


@schema
class Augmented(dj.Manual):
    definition = KEY
    definition += """
    extra : int
    """


@schema
class Joined(dj.Manual):
    definition = "\n".join(["a : int", "---", column("b"), column("c", kind="varchar(8)")])


@schema
class JoinedTuple(dj.Manual):
    definition = "".join(("a : int\n", "b : int"))


@schema
class JoinedName(dj.Manual):
    definition = "\n".join(consts.COLUMNS)


@schema
class Dedented(dj.Manual):
    definition = dedent("""
        a : int
        """)


@schema
class Dedented2(dj.Manual):
    definition = textwrap.dedent(
        """\
        a : int
        """
    )


@schema
class Cleaned(dj.Manual):
    definition = inspect.cleandoc("""
        a : int
        """)


@schema
class Cleaned2(dj.Manual):
    definition = cleandoc("""a : int""").strip()


@schema
class Inherited(Shared):
    pass


@schema
class Extended(Shared):
    definition = Shared.definition + """
    ---
    more : int
    """


@schema
class ExtendedSuper(Shared):
    @property
    def definition(self):
        return super().definition + """
        ---
        more : int
        """


@schema
class Imported(dj.Manual):
    definition = KEY


@schema
class ModuleConstant(dj.Manual):
    definition = consts.KEY


@schema
class OfMixin(Named, dj.Manual):
    definition = f"""
    {Named.own_key}
    ---
    data : blob@{Named.store}
    """


@schema
class OfSelf(Named, dj.Manual):
    @property
    def definition(self):
        return f"""
        {self.own_key}
        ---
        data : blob@{self.store}
        """


@schema
class OfLocal(dj.Manual):
    @property
    def definition(self):
        n = 7
        kind = f"char({n})"
        text = f"""
        a : {kind}
        """
        return text


@schema
class Raw(dj.Manual):
    definition = r"""
    a : int  # \d stays
    """


@schema
class Spec(dj.Manual):
    definition = f"a{3:02d} : int"


@schema
class ClassMethod(dj.Manual):
    @classmethod
    @property
    def definition(cls):
        return "a : int"


@schema
class Conditional(dj.Manual):
    if dj.config["custom"]["long"]:
        definition = """
        a : varchar(255)
        """
    else:
        definition = """
        a : varchar(16)
        """


@schema
class Ternary(dj.Manual):
    definition = "a : int" if size > 3 else "a : bigint"


@schema
class TwoReturns(dj.Manual):
    @property
    def definition(self):
        if size > 3:
            return "a : int"
        return "a : bigint"


@schema
class FromFile(dj.Manual):
    definition = open("table.txt").read()


@schema
class Annotated(dj.Manual):
    definition: str = """
    a : int
    """


@schema
class Replaced(dj.Manual):
    definition = "NAME : int".replace("NAME", "name").lower()


@schema
class Repeated(dj.Manual):
    definition = "a : int\n---\n" + "".join(f"b{i} : float\n" for i in range(3))


@schema
class Doc(dj.Manual):
    __doc__ = "documented otherwise"
    definition = """# commented
    a : int"""
