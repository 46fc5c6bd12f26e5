"""Has the real datajoint declare and fill the lab of docs/book/adopt.md.

    python lab.py URL PREFIX

Two schemas, PREFIXsubject and PREFIXephys, in the definitions of the generation that runs: 0.14 or 2.x.
"""

import os
import sys
import urllib.parse
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("DJ_LOG_LEVEL", "ERROR")

import datajoint as dj

URL = urllib.parse.urlsplit(sys.argv[1])
PREFIX = sys.argv[2]
MODERN = not dj.__version__.startswith("0.")
TYPES = dict(number="int64", small="int16", real="float32", blob="<blob>") if MODERN else dict(
    number="int unsigned auto_increment", small="smallint", real="float", blob="longblob"
)

dj.config["database.host"] = URL.hostname
dj.config["database.port"] = URL.port
dj.config["database.user"] = urllib.parse.unquote(URL.username)
dj.config["database.password"] = urllib.parse.unquote(URL.password or "")
dj.config["database.use_tls"] = False
if URL.scheme.startswith("postgres"):
    dj.config["database.backend"] = "postgresql"

subject = dj.Schema(PREFIX + "subject")
ephys = dj.Schema(PREFIX + "ephys")


@subject
class Species(dj.Lookup):
    definition = """
    species : varchar(64)  # Latin name
    """
    contents = [("Mus musculus",), ("Rattus norvegicus",)]


@subject
class Subject(dj.Manual):
    definition = """
    # animals of the lab
    subject_id : {number}
    ---
    nickname : varchar(32)  # name in the colony
    -> Species
    sex='U' : enum('M','F','U')
    date_of_birth=null : date
    """.format(**TYPES)


@ephys
class Session(dj.Manual):
    definition = """
    -> Subject
    session : {small}
    ---
    -> Subject.proj(dam='subject_id')
    session_note='' : varchar(500)
    """.format(**TYPES)


@ephys
class Recording(dj.Imported):
    definition = """
    -> Session
    ---
    rate : {real}  # (Hz)
    index (rate)
    """.format(**TYPES)

    class Channel(dj.Part):
        definition = """
        -> master
        channel : {small}
        ---
        trace : {blob}
        """.format(**TYPES)

    def make(self, key):
        self.insert1(dict(key, rate=30000))
        self.Channel.insert(dict(key, channel=channel, trace=[1, 2, 3]) for channel in range(2))


@ephys
class Rate(dj.Computed):
    definition = """
    -> Recording
    ---
    normal : {small}
    """.format(**TYPES)

    def make(self, key):
        self.insert1(dict(key, normal=1))


Subject.insert(dict(subject_id=number, nickname=f"m{number}", species="Mus musculus") for number in range(1, 4))
Session.insert(dict(subject_id=number, session=1, dam=1) for number in (2, 3))
Recording.populate()
Rate.populate()
assert len(Rate()) == 2
