import datajoint as dj
import pipeline

schema = dj.schema(pipeline.db_prefix + "people")


@schema
class Member(dj.Manual):
    definition = "member : varchar(8)"
