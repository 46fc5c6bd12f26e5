import datajoint as dj
from parts import scan
from people import Member as Operator

if "custom" not in dj.config:
    dj.config["custom"] = {}

db_prefix = dj.config["custom"].get("database.prefix", "")

schema = dj.schema(db_prefix + "rigs")


@schema
class Rig(dj.Lookup):
    definition = "rig : varchar(8)"


scan.activate(db_prefix + "scan", linking_module=__name__)
