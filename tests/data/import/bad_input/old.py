import datajoint as dj

schema = dj.schema('bad_old')

try:
    print `schema`, 0777
except Exception, e:
    raise ValueError, "no"
if 1 <> 2:
    exec "x = 1"


@schema
class Kept(dj.Manual):
    definition = ur"""
    kept : int
    """


@schema
class KeptToo(dj.Manual):
    definition = """
    -> Kept
    """
