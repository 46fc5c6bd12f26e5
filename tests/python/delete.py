"""Declares a pipeline with the real datajoint, fills it, and counts rows: `delete.py URL PREFIX declare|count`.

Two schemas, so that the graph crosses one: sessions with a computed table and its part, a table that refers to sessions under another name, and a
master whose part refers to sessions.
"""

import json
import sys
from urllib.parse import urlparse, unquote

import datajoint as dj

url, prefix, what = sys.argv[1:]
place = urlparse(url)
modern = dj.__version__.startswith("2")
dj.config["database.host"] = place.hostname
dj.config["database.port"] = place.port
dj.config["database.user"] = unquote(place.username)
dj.config["database.password"] = unquote(place.password or "")
dj.config["safemode"] = False
if modern and place.scheme.startswith("postgres"):
    dj.config["database.backend"] = "postgresql"
    dj.config["database.name"] = place.path.lstrip("/") or "postgres"
try:
    dj.config["database.use_tls"] = False
except Exception:
    pass

whole = "int32" if modern else "int"
blob = "<blob>" if modern else "longblob"
lab = dj.Schema(f"{prefix}lab")
more = dj.Schema(f"{prefix}more")


@lab
class Subject(dj.Manual):
    definition = """
    subject : varchar(8)
    ---
    note = "" : varchar(32)
    """


@lab
class Session(dj.Manual):
    definition = f"""
    -> Subject
    session : {whole}
    """


@more
class Calc(dj.Computed):
    definition = f"""
    -> Session
    ---
    data : {blob}
    """

    class Peak(dj.Part):
        definition = f"""
        -> master
        peak : {whole}
        """

        def make(self, key):
            pass

    def make(self, key):
        self.insert1(dict(key, data=[1, 2, 3]))
        self.Peak.insert(dict(key, peak=peak) for peak in range(3))


@more
class Note(dj.Manual):
    definition = f"""
    note_id : {whole}
    ---
    -> [nullable] Session.proj(src_subject='subject', src_session='session')
    """


@more
class Group(dj.Manual):
    definition = f"""
    group_id : {whole}
    """

    class Member(dj.Part):
        definition = """
        -> master
        -> Session
        """

    class Label(dj.Part):
        definition = f"""
        -> master
        label : {whole}
        """


if what == "declare":
    Subject.insert([("s1", "it's"), ("s2", "")])
    Session.insert([("s1", 1), ("s1", 2), ("s2", 1)])
    Calc.populate()
    Note.insert([
        dict(note_id=1, src_subject="s1", src_session=1),
        dict(note_id=2, src_subject=None, src_session=None),
        dict(note_id=3, src_subject="s2", src_session=1),
    ])
    Group.insert([(1,), (2,)])
    Group.Member.insert([(1, "s1", 2), (1, "s2", 1), (2, "s2", 1)])
    Group.Label.insert([(1, 1), (1, 2), (2, 1)])

tables = dict(subject=Subject, session=Session, calc=Calc, peak=Calc.Peak, note=Note, group=Group, member=Group.Member, label=Group.Label)
print(json.dumps({name: len(table()) for name, table in tables.items()}))
