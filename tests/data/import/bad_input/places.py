import datajoint as dj

schema = dj.schema('bad_places')
KIND = "no_such"


@schema
class Crlf(dj.Manual):
    definition = """
    a : int
    ---
    b : wrong_crlf
    """


@schema
class Tabs(dj.Manual):
	definition = """
	a	:	int
	---
	b	:	wrong_tabs
	"""


@schema
class Escapes(dj.Manual):
    definition = "a : int  # \u00e4\t\"q\"\n---\nb : wrong_escapes\nc : \x69nt"


@schema
class Continued(dj.Manual):
    definition = "a : int\n" \
        "---\n" \
        "b : wrong_continued"


@schema
class Inside(dj.Manual):
    definition = """\
    a : \
int
    ---
    b : wrong_inside
    """


@schema
class FString(dj.Manual):
    definition = f"""
    {'a'} : int  # {{x}}
    ---
    b : wrong_f{'string'}
    c : {KIND}_f
    """


@schema
class Formatted(dj.Manual):
    definition = """
    {name} : int
    ---
    b : {kind}_format
    c : wrong_plain
    """.format(name="a", kind=KIND)
