import datajoint as dj

schema = dj.schema("lab")


@schema
class Subject(dj.Manual):
    definition = """
    # one subject_id for each
    subject_id : varchar(8)   # the subject_id of the colony
    ---
    sex = "U" : char(1)
    index (subject_id, sex)
    """


@schema
class Session(dj.Manual):
    definition = """
    -> Subject
    day : date
    ---
    unique index (day, `subject_id`)
    """

    class Trial(dj.Part):
        definition = '-> master\ntrial : int\n---\nindex (trial, subject_id)'


@schema
class Pair(dj.Manual):
    definition = f"""
    -> Subject.proj(first='subject_id')
    -> Subject.proj(second="subject_id")
    ---
    unique index (first, second)
    """


@schema
class Other(dj.Manual):
    definition = """
    subject_id : int   # of another sort
    """


@schema
class Kind(dj.Lookup):
    definition = "kind : varchar(8)"
    contents = [{"kind": "kind"}, dict(kind="b"), ("c",)]


@schema
class Sum(dj.Computed):
    definition = """
    -> Session
    -> Kind
    """

    @property
    def key_source(self):
        return Session * Kind & "subject_id > 'a'"

    def make(self, key):
        subject_id = (Subject & {"subject_id": key["subject_id"]}).fetch1()
        self.insert1(dict(key, subject_id=subject_id))
