//! The table of cases.

use djc_core::catalog::{Column, ColumnDefault, IndexOrigin};
use djc_core::plan::{Action, Alteration, Fill, FillFrom, Literal, Position};

use super::{Case, World};
use crate::support::On;

/// One table and its rows, that most cases about one table begin with.
const SUBJECT: &str = "
        manual lab.Subject # who
          subject_id : int # the animal
          ---
          name='' : varchar(20) # what it's called
          weight=null : float";

const SUBJECT_ROWS: &[(&str, &str)] = &[("lab.Subject", "1|a|1.5; 2|bcdefgh|NULL; 3||0.25")];

/// Returns one step that changes a table that keeps its name.
pub fn alter(world: &World, class: &str, alterations: Vec<Alteration>) -> Action {
    Action::AlterTable { table: world.was(class), alterations }
}

pub fn rename(from: &str, to: &str) -> Alteration {
    Alteration::RenameColumn { from: from.to_string(), to: to.to_string() }
}

/// Returns what parks a column under the hidden name of a migration.
pub fn park(world: &World, class: &str, column: &str) -> Vec<Alteration> {
    let hidden = format!("_djc_0007_{column}");
    let parked = Column {
        name: hidden.clone(),
        nullable: true,
        default: ColumnDefault::Null,
        auto_increment: false,
        on_update: None,
        ..world.old_column(class, column)
    };
    vec![rename(column, &hidden), Alteration::ModifyColumn { column: parked, position: None }]
}

pub fn add(column: Column, position: Position) -> Alteration {
    Alteration::AddColumn { column, position }
}

pub fn after(name: &str) -> Position {
    Position::After(name.to_string())
}

pub fn modify(column: Column) -> Alteration {
    Alteration::ModifyColumn { column, position: None }
}

pub fn fill(world: &World, class: &str, column: &str, from: FillFrom) -> Action {
    Action::Fill(Fill {
        table: world.was(class),
        columns: vec![(column.to_string(), from)],
        where_null: vec![column.to_string()],
        where_not_null: Vec::new(),
    })
}

pub const CASES: &[Case] = &[
    Case {
        name: "a nullable column is added in its place",
        except: &[],
        before: SUBJECT,
        after: "
        manual lab.Subject # who
          subject_id : int # the animal
          ---
          name='' : varchar(20) # what it's called
          born=null : date # 100% sure, 'größer' 😀
          weight=null : float",
        rows: SUBJECT_ROWS,
        steps: |world| vec![alter(world, "lab.Subject", vec![add(world.column("lab.Subject", "born"), after("name"))])],
        kept: &[("lab.Subject", "1|a|NULL|1.5; 2|bcdefgh|NULL|NULL; 3||NULL|0.25")],
    },
    Case {
        name: "columns with defaults are added first and last",
        except: &[],
        before: SUBJECT,
        after: "
        manual lab.Subject # who
          subject_id : int # the animal
          ---
          kind='it''s' : varchar(8)
          name='' : varchar(20) # what it's called
          weight=null : float
          flag=1 : tinyint
          size='s' : enum('s','it''s','größer')
          price=12.50 : decimal(6,2)",
        rows: SUBJECT_ROWS,
        steps: |world| {
            let column = |name: &str| world.column("lab.Subject", name);
            let mut steps = Vec::new();
            if world.server == djc_core::dialect::Server::Postgres {
                steps.extend(world.new_enums());
            }
            steps.push(alter(
                world,
                "lab.Subject",
                vec![
                    add(column("price"), Position::Last),
                    add(column("kind"), after("subject_id")),
                    add(column("flag"), after("weight")),
                    add(column("size"), after("flag")),
                ],
            ));
            steps
        },
        kept: &[("lab.Subject", "1|it's|a|1.5|1|s|12.50; 2|it's|bcdefgh|NULL|1|s|12.50; 3|it's||0.25|1|s|12.50")],
    },
    Case {
        name: "a column goes",
        except: &[],
        before: SUBJECT,
        after: "
        manual lab.Subject # who
          subject_id : int # the animal
          ---
          weight=null : float",
        rows: SUBJECT_ROWS,
        steps: |world| vec![alter(world, "lab.Subject", vec![Alteration::DropColumn("name".into())])],
        kept: &[("lab.Subject", "1|1.5; 2|NULL; 3|0.25")],
    },
    Case {
        name: "a column is renamed, in the key and outside of it, and an index follows",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          name : varchar(20)
          index name, subject_id",
        after: "
        manual lab.Subject
          animal : int
          ---
          nick_name : varchar(20)
          index nick_name, animal",
        rows: &[("lab.Subject", "1|a; 2|b")],
        steps: |world| vec![alter(world, "lab.Subject", vec![rename("name", "nick_name"), rename("subject_id", "animal")])],
        kept: &[("lab.Subject", "1|a; 2|b")],
    },
    Case {
        name: "two columns swap their names",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          one : varchar(20)
          other : varchar(20)",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          other : varchar(20)
          one : varchar(20)",
        rows: &[("lab.Subject", "1|a|b")],
        steps: |world| {
            vec![alter(world, "lab.Subject", vec![rename("one", "between"), rename("other", "one"), rename("between", "other")])]
        },
        kept: &[("lab.Subject", "1|a|b")],
    },
    Case {
        name: "a column that goes is parked and comes back",
        except: &[],
        before: SUBJECT,
        after: "
        manual lab.Subject # who
          subject_id : int # the animal
          ---
          weight=null : float",
        rows: SUBJECT_ROWS,
        steps: |world| {
            let back = vec![rename("_djc_0007_name", "name"), modify(world.old_column("lab.Subject", "name"))];
            vec![
                alter(world, "lab.Subject", park(world, "lab.Subject", "name")),
                alter(world, "lab.Subject", back),
                alter(world, "lab.Subject", park(world, "lab.Subject", "name")),
            ]
        },
        kept: &[("lab.Subject", "1|1.5; 2|NULL; 3|0.25")],
    },
    Case {
        name: "a narrowed column: the old one is parked, the new one is filled from it",
        except: &[],
        before: SUBJECT,
        after: "
        manual lab.Subject # who
          subject_id : int # the animal
          ---
          name : varchar(7) # shorter
          weight=null : float",
        rows: SUBJECT_ROWS,
        steps: |world| {
            let mut first = park(world, "lab.Subject", "name");
            first.push(add(world.empty_column("lab.Subject", "name"), after("subject_id")));
            vec![
                alter(world, "lab.Subject", first),
                fill(world, "lab.Subject", "name", FillFrom::Column("_djc_0007_name".into())),
                alter(world, "lab.Subject", vec![modify(world.column("lab.Subject", "name"))]),
            ]
        },
        kept: &[("lab.Subject", "1|a|1.5; 2|bcdefgh|NULL; 3||0.25")],
    },
    Case {
        name: "a column is widened, gets another default and another comment, and the table too",
        except: &[],
        before: SUBJECT,
        after: "
        manual lab.Subject # wer ist's? 100 % \"größer\" \\ 日本
          subject_id : int # das Tier; `id`
          ---
          name='n/a' : varchar(200) # 5 % `more` 'quotes'
          weight=null : double",
        rows: SUBJECT_ROWS,
        steps: |world| {
            let comment = world.new_table("lab.Subject").comment.clone();
            let columns = ["subject_id", "name", "weight"].map(|name| modify(world.column("lab.Subject", name)));
            vec![alter(world, "lab.Subject", columns.into_iter().chain([Alteration::SetComment(comment)]).collect())]
        },
        kept: &[("lab.Subject", "1|a|1.5; 2|bcdefgh|NULL; 3||0.25")],
    },
    Case {
        name: "a column is filled by a constant and made NOT NULL, and another is made nullable",
        except: &[],
        before: SUBJECT,
        after: "
        manual lab.Subject # who
          subject_id : int # the animal
          ---
          name=null : varchar(20) # what it's called
          weight : float",
        rows: SUBJECT_ROWS,
        steps: |world| {
            let columns = ["name", "weight"].map(|name| modify(world.column("lab.Subject", name)));
            vec![fill(world, "lab.Subject", "weight", FillFrom::Literal(Literal::Real(0.5))), alter(world, "lab.Subject", columns.into())]
        },
        kept: &[("lab.Subject", "1|a|1.5; 2|bcdefgh|0.5; 3||0.25")],
    },
    Case {
        name: "columns are filled by an expression and by another column, and only where they are NULL",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          a=null : int
          b=null : int
          c=null : int",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          a=null : int
          b=null : int
          c=null : int",
        rows: &[("lab.Subject", "1|NULL|NULL|7; 2|5|NULL|7; 3|NULL|6|NULL")],
        steps: |world| {
            vec![Action::Fill(Fill {
                table: world.was("lab.Subject"),
                columns: vec![
                    ("a".into(), FillFrom::Sql("subject_id * 10 + coalesce(c, 0)".into())),
                    ("b".into(), FillFrom::Column("c".into())),
                ],
                where_null: vec!["a".into(), "b".into()],
                where_not_null: vec!["c".into()],
            })]
        },
        kept: &[("lab.Subject", "1|17|7|7; 2|5|NULL|7; 3|NULL|6|NULL")],
    },
    Case {
        name: "columns stand in another order",
        except: &[On::Postgres, On::Sqlite],
        before: "
        manual lab.Subject
          a : int
          ---
          b=null : int
          c=null : int
          d='x' : varchar(3)",
        after: "
        manual lab.Subject
          a : int
          ---
          d='x' : varchar(3)
          c=null : int
          b=null : int",
        rows: &[("lab.Subject", "1|2|3|4")],
        steps: |world| {
            let moved =
                |name: &str, position| Alteration::ModifyColumn { column: world.column("lab.Subject", name), position: Some(position) };
            vec![alter(world, "lab.Subject", vec![moved("c", after("a")), moved("d", after("a"))])]
        },
        kept: &[("lab.Subject", "1|4|3|2")],
    },
    Case {
        name: "everything at once",
        except: &[],
        before: "
        manual lab.Subject # old
          a : int
          ---
          b=null : int
          c=null : varchar(5)
          d='x' : varchar(3)
          index b, c",
        after: "
        manual lab.Subject # new
          first : int
          ---
          new=5 : int
          bb=null : bigint # renamed and changed
          d=null : varchar(30)
          index bb, d",
        rows: &[("lab.Subject", "1|2|3|4")],
        steps: |world| {
            let column = |name: &str| world.column("lab.Subject", name);
            let mut all = vec![Alteration::DropIndex(world.old_table("lab.Subject").indexes[0].clone())];
            all.extend(park(world, "lab.Subject", "c"));
            all.extend([rename("a", "first"), rename("b", "bb"), modify(column("bb")), modify(column("d"))]);
            all.extend([add(column("new"), after("first")), Alteration::AddIndex(world.new_table("lab.Subject").indexes[0].clone())]);
            all.push(Alteration::SetComment("new".into()));
            vec![alter(world, "lab.Subject", all)]
        },
        kept: &[("lab.Subject", "1|5|2|4")],
    },
    Case {
        name: "indexes are added and go",
        except: &[],
        before: "
        manual lab.Subject
          a : int
          ---
          b=null : int
          c : varchar(5)
          index b, c
          index c",
        after: "
        manual lab.Subject
          a : int
          ---
          b=null : int
          c : varchar(5)
          index c
          unique index c, b
          index b",
        rows: &[("lab.Subject", "1|2|x; 2|2|y; 3|NULL|x; 4|NULL|x")],
        steps: |world| {
            let goes = world.old_table("lab.Subject").indexes[0].clone();
            let come: Vec<_> = world
                .new_table("lab.Subject")
                .indexes
                .iter()
                .filter(|index| index.unique || super::index_columns(index) == ["b"])
                .collect();
            let mut all = vec![Alteration::DropIndex(goes)];
            all.extend(come.into_iter().cloned().map(Alteration::AddIndex));
            vec![alter(world, "lab.Subject", all)]
        },
        kept: &[("lab.Subject", "1|2|x; 2|2|y; 3|NULL|x; 4|NULL|x")],
    },
    Case {
        name: "a foreign key comes to tables with rows, goes and comes again",
        except: &[],
        before: "
        manual lab.Person
          person : varchar(10)
        manual lab.Subject
          subject_id : int
          ---
          person=null : varchar(10)",
        after: "
        manual lab.Person
          person : varchar(10)
        manual lab.Subject
          subject_id : int
          ---
          -> [nullable] lab.Person",
        rows: &[("lab.Person", "ann; bob"), ("lab.Subject", "1|ann; 2|NULL; 3|ann")],
        steps: |world| {
            let goes = world.new_table("lab.Subject").foreign_keys.iter().cloned().map(Alteration::DropForeignKey);
            let implied = world.new_table("lab.Subject").indexes.iter().cloned().map(Alteration::DropIndex);
            vec![
                alter(world, "lab.Subject", world.add_references("lab.Subject", "person")),
                alter(world, "lab.Subject", goes.chain(implied).collect()),
                alter(world, "lab.Subject", world.add_references("lab.Subject", "person")),
            ]
        },
        kept: &[("lab.Subject", "1|ann; 2|NULL; 3|ann")],
    },
    Case {
        name: "a foreign key goes and the index that was made for it stays, until it goes too",
        except: &[On::Postgres, On::Sqlite],
        before: "
        manual lab.Person
          person : varchar(10)
        manual lab.Subject
          subject_id : int
          ---
          -> [nullable] lab.Person",
        after: "
        manual lab.Person
          person : varchar(10)
        manual lab.Subject
          subject_id : int
          ---
          person=null : varchar(10)",
        rows: &[("lab.Person", "ann; bob"), ("lab.Subject", "1|ann; 2|NULL; 3|ann")],
        steps: |world| {
            let mut both = world.drop_references("lab.Subject", "person").into_iter();
            let mut next = || vec![both.next().expect("a key and its index")];
            vec![alter(world, "lab.Subject", next()), alter(world, "lab.Subject", next())]
        },
        kept: &[("lab.Subject", "1|ann; 2|NULL; 3|ann")],
    },
    Case {
        name: "a declared index takes the place of the one that was made for a foreign key, and gives it back",
        except: &[On::Postgres, On::Sqlite],
        before: "
        manual lab.Person
          person : varchar(10)
        manual lab.Subject
          subject_id : int
          ---
          -> lab.Person
          weight : int",
        after: "
        manual lab.Person
          person : varchar(10)
        manual lab.Subject
          subject_id : int
          ---
          -> lab.Person
          weight : int
          index person, weight",
        rows: &[("lab.Person", "ann"), ("lab.Subject", "1|ann|5")],
        steps: |world| {
            let (implied, declared) =
                (world.old_table("lab.Subject").indexes[0].clone(), world.new_table("lab.Subject").indexes[0].clone());
            assert_eq!((implied.origin, declared.origin), (IndexOrigin::Implied, IndexOrigin::Declared));
            let there = vec![Alteration::DropIndex(implied.clone()), Alteration::AddIndex(declared.clone())];
            let back = vec![Alteration::DropIndex(declared), Alteration::AddIndex(implied)];
            vec![alter(world, "lab.Subject", there.clone()), alter(world, "lab.Subject", back), alter(world, "lab.Subject", there)]
        },
        kept: &[("lab.Subject", "1|ann|5")],
    },
    Case {
        name: "a foreign key gets another parent in one statement",
        except: &[],
        before: "
        manual lab.Person
          person : varchar(10)
        manual lab.Staff
          person : varchar(10)
        manual lab.Subject
          subject_id : int
          ---
          -> lab.Person",
        after: "
        manual lab.Person
          person : varchar(10)
        manual lab.Staff
          person : varchar(10)
        manual lab.Subject
          subject_id : int
          ---
          -> lab.Staff",
        rows: &[("lab.Person", "ann"), ("lab.Staff", "ann; bob"), ("lab.Subject", "1|ann")],
        steps: |world| {
            let goes = world.old_table("lab.Subject").foreign_keys.iter().cloned().map(Alteration::DropForeignKey);
            let comes = world.new_table("lab.Subject").foreign_keys.iter().cloned().map(Alteration::AddForeignKey);
            vec![alter(world, "lab.Subject", goes.chain(comes).collect())]
        },
        kept: &[("lab.Subject", "1|ann")],
    },
    Case {
        name: "a unique reference becomes a plain one and the reverse",
        except: &[],
        before: "
        manual lab.Person
          person : varchar(10)
        manual lab.One
          id : int
          ---
          -> [unique] lab.Person
        manual lab.Many
          id : int
          ---
          -> lab.Person",
        after: "
        manual lab.Person
          person : varchar(10)
        manual lab.One
          id : int
          ---
          -> lab.Person
        manual lab.Many
          id : int
          ---
          -> [unique] lab.Person",
        rows: &[("lab.Person", "ann; bob"), ("lab.One", "1|ann; 2|bob"), ("lab.Many", "1|ann; 2|bob")],
        steps: |world| {
            let swap = |class: &str| {
                let goes = world.old_table(class).indexes.iter().cloned().map(Alteration::DropIndex);
                let comes = world.new_table(class).indexes.iter().cloned().map(Alteration::AddIndex);
                alter(world, class, goes.chain(comes).collect())
            };
            vec![swap("lab.One"), swap("lab.Many")]
        },
        kept: &[("lab.One", "1|ann; 2|bob"), ("lab.Many", "1|ann; 2|bob")],
    },
    Case {
        name: "the key of a parent gets a column, and the child with it",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          region='x' : varchar(8)
        manual ephys.Session
          -> lab.Subject
          session : int
          ---
          note='' : varchar(20)
        manual ephys.Link
          link : int
          ---
          -> [nullable] lab.Subject",
        after: "
        manual lab.Subject
          subject_id : int
          region : varchar(8)
        manual ephys.Session
          -> lab.Subject
          session : int
          ---
          note='' : varchar(20)
        manual ephys.Link
          link : int
          ---
          -> [nullable] lab.Subject",
        rows: &[("lab.Subject", "1|a; 2|b"), ("ephys.Session", "1|1|x; 1|2|y; 2|1|z"), ("ephys.Link", "1|1; 2|NULL; 3|2")],
        steps: |world| {
            let parent = |class: &str| FillFrom::Parent {
                table: world.was("lab.Subject"),
                column: "region".into(),
                on: vec![("subject_id".into(), world.old_table(class).foreign_keys[0].parent_columns[0].clone())],
            };
            let first = |class: &str| {
                let mut all = world.drop_references(class, "subject_id");
                all.push(add(world.empty_column(class, "region"), after("subject_id")));
                alter(world, class, all)
            };
            let key = world.new_table("ephys.Session").primary_key.clone();
            let mut session = vec![modify(world.column("ephys.Session", "region")), Alteration::SetPrimaryKey(key)];
            session.extend(world.add_references("ephys.Session", "region"));
            vec![
                first("ephys.Session"),
                first("ephys.Link"),
                fill(world, "ephys.Session", "region", parent("ephys.Session")),
                fill(world, "ephys.Link", "region", parent("ephys.Link")),
                alter(
                    world,
                    "lab.Subject",
                    vec![
                        modify(world.column("lab.Subject", "region")),
                        Alteration::SetPrimaryKey(world.new_table("lab.Subject").primary_key.clone()),
                    ],
                ),
                alter(world, "ephys.Session", session),
                alter(world, "ephys.Link", world.add_references("ephys.Link", "region")),
            ]
        },
        kept: &[("lab.Subject", "1|a; 2|b"), ("ephys.Session", "1|a|1|x; 1|a|2|y; 2|b|1|z"), ("ephys.Link", "1|1|a; 2|NULL|NULL; 3|2|b")],
    },
    Case {
        name: "a referenced column is renamed here and there, and its foreign key can still be dropped",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
        manual ephys.Session
          -> lab.Subject
          session : int",
        after: "
        manual lab.Subject
          animal : int
          ---
          note='' : varchar(9)
        manual ephys.Session
          -> lab.Subject
          session : int",
        rows: &[("lab.Subject", "1; 2"), ("ephys.Session", "1|1; 1|2; 2|1")],
        steps: |world| {
            let key = world.new_table("ephys.Session").foreign_keys[0].clone();
            vec![
                alter(world, "lab.Subject", vec![rename("subject_id", "animal")]),
                alter(world, "ephys.Session", vec![rename("subject_id", "animal")]),
                alter(world, "lab.Subject", vec![add(world.column("lab.Subject", "note"), Position::Last)]),
                alter(world, "ephys.Session", vec![Alteration::DropForeignKey(key.clone())]),
                alter(world, "ephys.Session", vec![Alteration::AddForeignKey(key)]),
            ]
        },
        kept: &[("lab.Subject", "1|; 2|"), ("ephys.Session", "1|1; 1|2; 2|1")],
    },
    Case {
        name: "referenced columns are renamed beside everything else, and their foreign keys can still be dropped",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          name=null : varchar(9)
          weight=null : float
        manual ephys.Session
          -> lab.Subject
          session : int
        manual ephys.Scan
          -> ephys.Session
          scan : int",
        after: "
        manual lab.Subject # renamed
          animal : int
          ---
          note='' : varchar(9)
          name='' : varchar(12)
        manual ephys.Session
          -> lab.Subject
          session_number : int
          ---
          note='' : varchar(9)
        manual ephys.Scan
          -> ephys.Session
          scan : int",
        rows: &[("lab.Subject", "1|a|2; 2|b|3"), ("ephys.Session", "1|1; 1|2; 2|1"), ("ephys.Scan", "1|1|1; 1|2|1")],
        steps: |world| {
            let column = |class: &str, name: &str| world.column(class, name);
            let mut subject = vec![
                Alteration::SetComment("renamed".into()),
                rename("subject_id", "animal"),
                add(column("lab.Subject", "note"), after("animal")),
                modify(column("lab.Subject", "name")),
            ];
            subject.extend(park(world, "lab.Subject", "weight"));
            let session = vec![
                add(column("ephys.Session", "note"), Position::Last),
                rename("subject_id", "animal"),
                rename("session", "session_number"),
            ];
            let scan = vec![rename("subject_id", "animal"), rename("session", "session_number")];
            let drops = |class: &str| world.new_table(class).foreign_keys.iter().cloned().map(Alteration::DropForeignKey).collect();
            let adds = |class: &str| world.new_table(class).foreign_keys.iter().cloned().map(Alteration::AddForeignKey).collect();
            vec![
                alter(world, "lab.Subject", subject),
                alter(world, "ephys.Session", session),
                alter(world, "ephys.Scan", scan),
                alter(world, "ephys.Scan", drops("ephys.Scan")),
                alter(world, "ephys.Session", drops("ephys.Session")),
                alter(world, "ephys.Session", adds("ephys.Session")),
                alter(world, "ephys.Scan", adds("ephys.Scan")),
            ]
        },
        kept: &[("lab.Subject", "1||a; 2||b"), ("ephys.Session", "1|1|; 1|2|; 2|1|"), ("ephys.Scan", "1|1|1; 1|2|1")],
    },
    Case {
        name: "a referenced column gets another type while its foreign key is away",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
        manual ephys.Session
          -> lab.Subject
          session : int",
        after: "
        manual lab.Subject
          subject_id : bigint
        manual ephys.Session
          -> lab.Subject
          session : int",
        rows: &[("lab.Subject", "1; 2"), ("ephys.Session", "1|1; 1|2; 2|1")],
        steps: |world| {
            let mut child = vec![modify(world.column("ephys.Session", "subject_id"))];
            child.extend(world.add_references("ephys.Session", "subject_id"));
            vec![
                alter(world, "ephys.Session", world.drop_references("ephys.Session", "subject_id")),
                alter(world, "lab.Subject", vec![modify(world.column("lab.Subject", "subject_id"))]),
                alter(world, "ephys.Session", child),
            ]
        },
        kept: &[("lab.Subject", "1; 2"), ("ephys.Session", "1|1; 1|2; 2|1")],
    },
    Case {
        name: "a table that others refer to gets another name, another tier and another schema, and so does one that refers",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
        manual lab.Session
          -> lab.Subject
          session : int
          ---
          -> [nullable] lab.Subject (other_id=subject_id)
        manual other.Thing
          thing : int",
        after: "
        lookup other.Animal
          subject_id : int
        computed lab.Meeting
          -> other.Animal
          session : int
          ---
          -> [nullable] other.Animal (other_id=subject_id)
        manual other.Thing
          thing : int",
        rows: &[("lab.Subject", "1; 2"), ("lab.Session", "1|1|2; 1|2|NULL; 2|1|1")],
        steps: |world| {
            vec![
                Action::RenameTable { from: world.was("lab.Subject"), to: world.is("other.Animal") },
                Action::RenameTable { from: world.was("lab.Session"), to: world.is("lab.Meeting") },
                Action::AlterTable {
                    table: world.is("lab.Meeting"),
                    alterations: world.new_table("lab.Meeting").foreign_keys.iter().cloned().map(Alteration::DropForeignKey).collect(),
                },
                Action::AlterTable {
                    table: world.is("lab.Meeting"),
                    alterations: world.new_table("lab.Meeting").foreign_keys.iter().cloned().map(Alteration::AddForeignKey).collect(),
                },
            ]
        },
        kept: &[("other.Animal", "1; 2"), ("lab.Meeting", "1|1|2; 1|2|NULL; 2|1|1")],
    },
    Case {
        name: "a table is filled from other rows of itself",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          mother=null : int
          generation=null : int
          line=null : varchar(5)",
        after: "
        manual lab.Animal
          id : int
          ---
          mother=null : int
          generation=null : int
          line=null : varchar(5)",
        rows: &[("lab.Subject", "1|NULL|1|x; 2|1|NULL|NULL; 3|1|9|NULL")],
        steps: |world| {
            let mother = |column: &str| FillFrom::Parent {
                table: world.was("lab.Subject"),
                column: column.into(),
                on: vec![("mother".into(), "subject_id".into())],
            };
            vec![
                fill(world, "lab.Subject", "line", mother("line")),
                Action::Fill(Fill {
                    table: world.was("lab.Subject"),
                    columns: vec![("generation".into(), FillFrom::Sql("subject_id + 40".into())), ("line".into(), mother("line"))],
                    where_null: vec!["generation".into()],
                    where_not_null: Vec::new(),
                }),
                alter(world, "lab.Subject", vec![rename("subject_id", "id")]),
                Action::RenameTable { from: world.was("lab.Subject"), to: world.is("lab.Animal") },
            ]
        },
        kept: &[("lab.Animal", "1|NULL|1|x; 2|1|42|x; 3|1|9|x")],
    },
    Case {
        name: "an enum gets a value, and loses one and stands in another order",
        except: &[On::Postgres],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          size='s' : enum('s','m','größer')
          sex=null : enum('f','m')",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          size='m' : enum('größer','m')
          sex=null : enum('f','m','it''s')",
        rows: &[("lab.Subject", "1|m|f; 2|größer|NULL")],
        steps: |world| {
            let columns = ["size", "sex"].map(|name| modify(world.column("lab.Subject", name)));
            vec![alter(world, "lab.Subject", columns.into())]
        },
        kept: &[("lab.Subject", "1|m|f; 2|größer|NULL")],
    },
    Case {
        name: "an enum becomes a number by its values and not by their positions",
        except: &[On::Postgres],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          level : enum('20','10')
          grade : int",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          level : int
          grade : enum('2','1')",
        rows: &[("lab.Subject", "1|10|1; 2|20|2")],
        steps: |world| {
            let mut first = park(world, "lab.Subject", "level");
            first.push(add(world.empty_column("lab.Subject", "level"), after("subject_id")));
            first.extend(park(world, "lab.Subject", "grade"));
            first.push(add(world.empty_column("lab.Subject", "grade"), after("level")));
            vec![
                alter(world, "lab.Subject", first),
                fill(world, "lab.Subject", "level", FillFrom::Column("_djc_0007_level".into())),
                fill(world, "lab.Subject", "grade", FillFrom::Column("_djc_0007_grade".into())),
                alter(world, "lab.Subject", ["level", "grade"].map(|name| modify(world.column("lab.Subject", name))).into()),
            ]
        },
        kept: &[("lab.Subject", "1|10|1; 2|20|2")],
    },
    Case {
        name: "rows of contents are inserted unless their key is there, and changed or deleted unless somebody has changed them",
        except: &[],
        before: "
        lookup lab.Kind
          kind : varchar(16)
          ---
          note='none' : varchar(40)
          weight=null : float
          info=null : json",
        after: "
        lookup lab.Kind
          kind : varchar(16)
          ---
          note='none' : varchar(40)
          weight=null : float
          info=null : json",
        rows: &[("lab.Kind", "a|mine|5|NULL; b|old|0.1|{\"a\": 1}; c|goes|NULL|NULL; d|MINE NOW|1|NULL; e|MINE NOW|NULL|NULL")],
        steps: |world| {
            let text = |text: &str| Literal::Text(text.to_string());
            let table = world.was("lab.Kind");
            let columns = ["kind", "note", "weight"].map(str::to_string).to_vec();
            let was = |note: &str, weight: Literal| vec![("note".to_string(), text(note)), ("weight".to_string(), weight)];
            let key = |kind: &str| vec![("kind".to_string(), text(kind))];
            let json = ("info".to_string(), text("{\"a\": 1}"));
            vec![
                Action::InsertRows {
                    table: table.clone(),
                    columns,
                    rows: vec![
                        vec![text("a"), text("theirs"), Literal::Null],
                        vec![text("it's \\ 5 %"), Literal::Default, Literal::Real(0.5)],
                        vec![text("größe 😀"), text("?"), Literal::Integer(3)],
                    ],
                },
                Action::UpdateRow {
                    table: table.clone(),
                    key: key("b"),
                    was: was("old", Literal::Real(0.1)).into_iter().chain([json]).collect(),
                    set: vec![("note".into(), text("new")), ("weight".into(), Literal::Null), ("info".into(), Literal::Null)],
                },
                Action::UpdateRow {
                    table: table.clone(),
                    key: key("d"),
                    was: was("mine now", Literal::Integer(1)),
                    set: vec![("weight".into(), Literal::Null)],
                },
                Action::DeleteRow { table: table.clone(), key: key("c"), was: was("goes", Literal::Null) },
                Action::DeleteRow { table, key: key("e"), was: was("mine now", Literal::Null) },
            ]
        },
        kept: &[(
            "lab.Kind",
            "a|mine|5|NULL; b|new|NULL|NULL; it's \\ 5 %|none|0.5|NULL; größe 😀|?|3|NULL; d|MINE NOW|1|NULL; e|MINE NOW|NULL|NULL",
        )],
    },
    Case {
        name: "tables come and go, and a schema that is empty",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
        manual ephys.Session
          -> lab.Subject
          session : int",
        after: "
        manual lab.Subject
          subject_id : int
        manual lab.Weighing
          -> lab.Subject
          day : date",
        rows: &[("lab.Subject", "1; 2"), ("ephys.Session", "1|1; 1|2; 2|1")],
        steps: |world| {
            let made = std::sync::Arc::new(world.new_table("lab.Weighing").clone());
            let gone = world.was("ephys.Session");
            vec![
                Action::Create(djc_core::catalog::Change::CreateTable(made)),
                Action::DropTable(gone.clone()),
                Action::DropSchema { name: gone.schema },
            ]
        },
        kept: &[("lab.Subject", "1; 2"), ("lab.Weighing", "")],
    },
];
