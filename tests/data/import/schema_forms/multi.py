import datajoint as dj

schema = dj.schema("multi", create_schema=True, add_objects={"x": 1})
second = dj.Schema(schema_name="multi_second", context=locals())
dbname = "multi_third"
third = dj.schema(dbname)
spelled = dj.schema("lab-with.dots")
if dj.config["x"]:
    chosen = dj.schema("chosen_a")
else:
    chosen = dj.schema("chosen_b")


class CustomSchema(dj.Schema):
    pass


custom = CustomSchema(dj.config.get("custom.name", "custom_core"))


@schema
class A(dj.Manual):
    definition = "a : int"


@second
class A2(dj.Manual):
    definition = "a : int"


@third
class A3(dj.Manual):
    definition = "-> A"


@spelled
class A4(dj.Manual):
    definition = "-> A"


@chosen
class A5(dj.Manual):
    definition = "-> A"


@custom
class A6(dj.Manual):
    definition = "-> A"


@dj.schema("direct")
class A7(dj.Manual):
    definition = "-> A"


for name in ("x", "y"):

    @schema
    class Looped(dj.Manual):
        definition = f"{name} : int"


if dj.config["y"]:

    @schema
    class Branch(dj.Manual):
        definition = "a : int"

else:

    @schema
    class Branch(dj.Manual):
        definition = "b : int"


Typed = schema(type("Typed", (dj.Manual,), {"definition": "t : int"}))


def make_table(name):
    class New(dj.Manual):
        definition = f"{name} : int"

    New.__name__ = name
    return schema(New)


One = make_table("One")


def typed(name):
    return schema(type(name, (dj.Manual,), {"definition": "t : int"}))
