//! Cases about what PostgreSQL and SQLite do their own way: one transaction, names that a schema shares, types, numbering.

use std::sync::Arc;

use djc_core::catalog::Change;
use djc_core::plan::{Action, Alteration, Fill, FillFrom, Literal, Position, TableName};

use super::cases::{add, alter, modify, rename};
use super::{Case, World};
use crate::support::On;

/// Returns the insert of a row that leaves its number to the server.
fn numbered(table: TableName, note: &str) -> Action {
    Action::InsertRows { table, columns: vec!["note".into()], rows: vec![vec![Literal::Text(note.into())]] }
}

/// Returns what renames tables through a name that nobody has: the first becomes the second and the second the first.
fn swap(one: TableName, other: TableName) -> Vec<Action> {
    let between = TableName::new(&one.schema, format!("~djc_{}", one.table));
    let step = |from: &TableName, to: &TableName| Action::RenameTable { from: from.clone(), to: to.clone() };
    vec![step(&one, &between), step(&other, &one), step(&between, &other)]
}

/// Returns what drops the enum types that no longer are (PostgreSQL).
fn old_enums(world: &World) -> Vec<Action> {
    let there = |schema: &str, name: &str| world.after.schemas.get(schema).is_some_and(|it| it.enums.contains_key(name));
    let enums = world.before.schemas.values().flat_map(|schema| schema.enums.keys().map(|name| (schema.name.clone(), name.clone())));
    enums.filter(|(schema, name)| !there(schema, name)).map(|(schema, name)| Action::DropEnum { schema, name }).collect()
}

pub const CASES: &[Case] = &[
    Case {
        name: "the server begins to number rows, behind the greatest number",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          note : varchar(9)",
        after: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note : varchar(9)",
        rows: &[("lab.Subject", "1|a; 7|b")],
        steps: |world| {
            vec![
                alter(world, "lab.Subject", vec![modify(world.column("lab.Subject", "subject_id"))]),
                numbered(world.is("lab.Subject"), "new"),
            ]
        },
        kept: &[("lab.Subject", "1|a; 7|b; 8|new; 9|new")],
    },
    Case {
        name: "the server numbers rows no longer",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note : varchar(9)",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          note : varchar(9)",
        rows: &[("lab.Subject", "1|a; 7|b")],
        steps: |world| vec![alter(world, "lab.Subject", vec![modify(world.column("lab.Subject", "subject_id"))])],
        kept: &[("lab.Subject", "1|a; 7|b")],
    },
    Case {
        name: "a numbered table gets another type, another name, and counts on",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note=null : varchar(9)",
        after: "
        manual lab.Animal
          animal : bigint auto_increment
          ---
          note : varchar(9)
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note=null : varchar(9)",
        rows: &[],
        steps: |world| {
            vec![
                numbered(world.was("lab.Subject"), "old"),
                alter(
                    world,
                    "lab.Subject",
                    vec![
                        rename("subject_id", "animal"),
                        modify(world.column("lab.Animal", "animal")),
                        modify(world.column("lab.Animal", "note")),
                    ],
                ),
                Action::RenameTable { from: world.was("lab.Subject"), to: world.is("lab.Animal") },
                Action::Create(Change::CreateTable(Arc::new(world.new_table("lab.Subject").clone()))),
                numbered(world.is("lab.Animal"), "new"),
                numbered(world.is("lab.Subject"), "first"),
            ]
        },
        kept: &[("lab.Animal", "1|old; 2|old; 3|new; 4|new"), ("lab.Subject", "1|first; 2|first")],
    },
    Case {
        name: "numbers of rows that are gone are not given again after the table is written anew",
        // Whoever writes numbers by himself there has to tell the sequence.
        except: &[On::Postgres],
        before: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note=null : varchar(9)",
        after: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note : varchar(9)",
        rows: &[("lab.Subject", "1|a; 7|b")],
        steps: |world| {
            let key = vec![("subject_id".to_string(), Literal::Integer(7))];
            vec![
                Action::DeleteRow { table: world.was("lab.Subject"), key, was: Vec::new() },
                alter(world, "lab.Subject", vec![modify(world.column("lab.Subject", "note"))]),
                numbered(world.is("lab.Subject"), "new"),
            ]
        },
        kept: &[("lab.Subject", "1|a; 8|new; 9|new")],
    },
    Case {
        name: "values become those of another type",
        except: &[On::Sqlite],
        before: "
        manual lab.Subject
          text_number='7' : varchar(10)
          ---
          number_truth=1 : int
          truth_number=0 : bool
          text_uuid : varchar(40)
          uuid_text : uuid
          text_json : varchar(60)
          json_text : json
          date_moment : date
          moment_date : datetime
          moment_time : datetime
          decimal_number=2.50 : decimal(6,2)
          number_text=3 : int
          float_decimal : float
          text_date : varchar(10)
          text_blob : varchar(20)
          wide : varchar(10)
          fine : datetime(3)",
        after: "
        manual lab.Subject
          text_number=7 : int
          ---
          number_truth=1 : bool
          truth_number=0 : int
          text_uuid : uuid
          uuid_text : varchar(40)
          text_json : json
          json_text : varchar(60)
          date_moment : datetime
          moment_date : date
          moment_time : time
          decimal_number=2 : int
          number_text='3' : varchar(8)
          float_decimal : decimal(8,3)
          text_date : date
          text_blob : longblob
          wide : varchar(20)
          fine : datetime",
        rows: &[(
            "lab.Subject",
            "12|3|true|00000000-0000-0000-0000-000000000001|00000000-0000-0000-0000-00000000000a|{\"a\": [1]}|{\"b\": null}|2020-02-29\
             |2021-01-31 10:11:12|2021-01-31 10:11:12|2.50|42|1.5|2022-03-04|it's|x|2021-01-31 10:11:12.600",
        )],
        steps: |world| {
            let columns = world.new_table("lab.Subject").columns.iter().cloned().map(modify).collect();
            vec![alter(world, "lab.Subject", columns)]
        },
        kept: &[(
            "lab.Subject",
            "12|true|1|00000000-0000-0000-0000-000000000001|00000000-0000-0000-0000-00000000000a|{\"a\": [1]}|{\"b\": null}\
             |2020-02-29 00:00:00|2021-01-31|10:11:12|3|42|1.500|2022-03-04|\\x69742773|x|2021-01-31 10:11:13",
        )],
    },
    Case {
        name: "values become those of another type, as far as SQLite has types",
        except: &[On::Postgres],
        before: "
        manual lab.Subject
          text_number='7' : varchar(10)
          ---
          number_truth=1 : int
          text_json : varchar(60)
          json_text : json
          date_moment : date
          moment_date : datetime
          moment_time : datetime
          decimal_number=2.50 : decimal(6,2)
          number_text=3 : int
          float_number : float
          fine : datetime(3)",
        after: "
        manual lab.Subject
          text_number=7 : int
          ---
          number_truth=1 : bool
          text_json : json
          json_text : varchar(60)
          date_moment : datetime
          moment_date : date
          moment_time : time
          decimal_number=2 : int
          number_text='3' : varchar(8)
          float_number : int
          fine : datetime",
        rows: &[(
            "lab.Subject",
            "12|1|{\"a\": [1]}|{\"b\": null}|2020-02-29|2021-01-31 10:11:12|2021-01-31 10:11:12|2.50|42|1.75|2021-01-31 10:11:12.300",
        )],
        steps: |world| {
            let columns = world.new_table("lab.Subject").columns.iter().cloned().map(modify).collect();
            vec![alter(world, "lab.Subject", columns)]
        },
        kept: &[("lab.Subject", "12|1|{\"a\": [1]}|{\"b\": null}|2020-02-29 00:00:00|2021-01-31|10:11:12|3|42|2|2021-01-31 10:11:12")],
    },
    Case {
        name: "types that grow, one by one",
        except: &[],
        before: "
        manual lab.Subject
          name : varchar(10)
          ---
          price : decimal(6,2)
          scale : decimal(6,2)
          fine : datetime(3)
          clock : time(3)
          small : smallint
          single : float
          letter : char(2)",
        after: "
        manual lab.Subject
          name : varchar(20)
          ---
          price : decimal(8,2)
          scale : decimal(8,3)
          fine : datetime(6)
          clock : time(6)
          small : int
          single : double
          letter : varchar(2)",
        rows: &[("lab.Subject", "a|12.50|12.50|2021-01-31 10:11:12.125|10:11:12.125|7|0.5|x")],
        steps: |world| {
            let one = |name: &str| alter(world, "lab.Subject", vec![modify(world.column("lab.Subject", name))]);
            ["name", "price", "fine", "clock", "small", "single", "letter", "scale"].map(one).into()
        },
        kept: &[],
    },
    Case {
        name: "enum types come, change and go, below keys and defaults",
        except: &[On::Sqlite],
        before: "
        manual lab.Kind
          kind : enum('a','b','$djc$')
        manual lab.Subject
          -> lab.Kind
          ---
          text='x' : varchar(2)
          size='s' : enum('s','m','größer')
          gone : enum('f','m')",
        after: "
        manual lab.Kind
          kind : enum('$djc$','b','a')
        manual lab.Subject
          -> lab.Kind
          ---
          text='x' : enum('x','y''z')
          size='m' : enum('größer','m')
          gone : varchar(3)",
        rows: &[("lab.Kind", "a; b; $djc$"), ("lab.Subject", "a|x|m|f; $djc$|x|größer|m")],
        steps: |world| {
            let new = world.new_enums();
            let kinds = world.new_table("lab.Kind").columns[0].clone();
            let djc_core::catalog::ColumnType::Enum { name: Some((schema, name)), values } = kinds.ty else { panic!("an enum") };
            let columns = ["text", "size", "gone"].map(|name| modify(world.column("lab.Subject", name)));
            let mut steps = new;
            steps.push(Action::AlterEnum { schema, name, values, grown: None });
            steps.push(alter(world, "lab.Subject", columns.into()));
            steps.extend(old_enums(world));
            steps
        },
        kept: &[("lab.Kind", "a; b; $djc$"), ("lab.Subject", "a|x|m|f; $djc$|x|größer|m")],
    },
    Case {
        name: "an enum type grows, at its head, in its middle and at its end",
        except: &[On::Sqlite],
        before: "
        manual lab.Kind
          kind : enum('b','d')
        manual lab.Subject
          -> lab.Kind
          ---
          other='b' : enum('b','d')",
        after: "
        manual lab.Kind
          kind : enum('a','b','it''s','d','e','f')
        manual lab.Subject
          -> lab.Kind
          ---
          other='b' : enum('a','b','it''s','d','e','f')",
        rows: &[("lab.Kind", "b; d"), ("lab.Subject", "d|b")],
        steps: |world| {
            let ty = |column: djc_core::catalog::Column| match column.ty {
                djc_core::catalog::ColumnType::Enum { name: Some(name), values } => (name, values),
                other => panic!("{other:?}"),
            };
            let ((schema, name), _) = ty(world.old_column("lab.Kind", "kind"));
            let ((_, new), values) = ty(world.column("lab.Kind", "kind"));
            vec![Action::AlterEnum { schema, name, values, grown: Some(new) }]
        },
        kept: &[("lab.Kind", "b; d"), ("lab.Subject", "d|b")],
    },
    Case {
        name: "two tables swap their names, with keys, indexes, numbers and children, and get new indexes",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note='' : varchar(9)
          index note
        manual lab.Animal
          animal : int auto_increment
          ---
          note='' : varchar(9)
          index note
        manual lab.Link
          -> lab.Subject
          -> lab.Animal",
        after: "
        manual lab.Animal
          subject_id : int auto_increment
          ---
          note='' : varchar(9)
          index note
          index note, subject_id
        manual lab.Subject
          animal : int auto_increment
          ---
          note='' : varchar(9)
          index note
        manual lab.Link
          -> lab.Animal
          -> lab.Subject",
        rows: &[],
        steps: |world| {
            let mut steps = vec![numbered(world.was("lab.Subject"), "s"), numbered(world.was("lab.Animal"), "a")];
            steps.push(Action::InsertRows {
                table: world.was("lab.Link"),
                columns: vec!["subject_id".into(), "animal".into()],
                rows: vec![vec![Literal::Integer(1), Literal::Integer(2)]],
            });
            steps.extend(swap(world.was("lab.Subject"), world.was("lab.Animal")));
            let index = world.new_table("lab.Animal").indexes.iter().find(|index| index.parts.len() == 2).expect("the new index").clone();
            steps.push(alter(world, "lab.Animal", vec![Alteration::AddIndex(index)]));
            steps.push(numbered(world.is("lab.Animal"), "s2"));
            steps.push(numbered(world.is("lab.Subject"), "a2"));
            steps
        },
        kept: &[("lab.Animal", "1|s; 2|s; 3|s2; 4|s2"), ("lab.Subject", "1|a; 2|a; 3|a2; 4|a2"), ("lab.Link", "1|2")],
    },
    Case {
        name: "two tables of one name swap their schemas",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note='' : varchar(9)
          index note
        manual other.Subject
          animal : int auto_increment
          ---
          note='' : varchar(9)
          index note
        manual other.Link
          -> lab.Subject
          -> other.Subject",
        after: "
        manual lab.Subject
          animal : int auto_increment
          ---
          note='' : varchar(9)
          index note
        manual other.Subject
          subject_id : int auto_increment
          ---
          note='' : varchar(9)
          index note
        manual other.Link
          -> other.Subject
          -> lab.Subject",
        rows: &[],
        steps: |world| {
            let mut steps = vec![numbered(world.was("lab.Subject"), "s"), numbered(world.was("other.Subject"), "a")];
            steps.extend(swap(world.was("lab.Subject"), world.was("other.Subject")));
            steps.push(numbered(world.is("lab.Subject"), "a2"));
            steps.push(numbered(world.is("other.Subject"), "s2"));
            steps
        },
        kept: &[("lab.Subject", "1|a; 2|a; 3|a2; 4|a2"), ("other.Subject", "1|s; 2|s; 3|s2; 4|s2")],
    },
    Case {
        name: "a table moves to where its new name is free and its old one is not",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          note='' : varchar(9)
          index note
        manual lab.Animal
          animal : int
        manual other.Subject
          subject_id : int
          ---
          note='' : varchar(9)
          index note",
        after: "
        manual lab.Animal
          animal : int
        manual other.Animal
          subject_id : int
          ---
          note='' : varchar(9)
          index note
        manual other.Subject
          subject_id : int
          ---
          note='' : varchar(9)
          index note",
        rows: &[("lab.Subject", "1|a"), ("lab.Animal", "2"), ("other.Subject", "3|c")],
        steps: |world| vec![Action::RenameTable { from: world.was("lab.Subject"), to: world.is("other.Animal") }],
        kept: &[("other.Animal", "1|a"), ("lab.Animal", "2"), ("other.Subject", "3|c")],
    },
    Case {
        name: "a table is parked, another of its name is made, and the parked one goes",
        except: &[],
        before: "
        manual lab.Kind
          kind : int
        manual lab.Subject
          subject_id : int
          ---
          -> lab.Kind
          note='' : varchar(9)
          index note",
        after: "
        manual lab.Kind
          kind : int
        manual lab.Subject
          subject_id : int
          ---
          -> lab.Kind
          note='' : varchar(9)
          index note",
        rows: &[("lab.Kind", "1"), ("lab.Subject", "1|1|a")],
        steps: |world| {
            let parked = TableName::new(world.was("lab.Subject").schema, "~djc_0007_subject");
            vec![
                Action::AlterTable {
                    table: world.was("lab.Subject"),
                    alterations: world.old_table("lab.Subject").foreign_keys.iter().cloned().map(Alteration::DropForeignKey).collect(),
                },
                Action::RenameTable { from: world.was("lab.Subject"), to: parked.clone() },
                Action::Create(Change::CreateTable(Arc::new(world.new_table("lab.Subject").clone()))),
                Action::DropTable(parked),
            ]
        },
        kept: &[("lab.Kind", "1"), ("lab.Subject", "")],
    },
    Case {
        name: "the key of a parent stands in another order",
        except: &[],
        before: "
        manual lab.Subject
          one : int
          other : int
        manual lab.Session
          -> lab.Subject
          session : int",
        after: "
        manual lab.Subject
          other : int
          one : int
        manual lab.Session
          -> lab.Subject
          session : int",
        rows: &[("lab.Subject", "1|2; 1|3"), ("lab.Session", "1|2|1; 1|3|1")],
        steps: |world| {
            let key = |class: &str| Alteration::SetPrimaryKey(world.new_table(class).primary_key.clone());
            let mut last = vec![key("lab.Session")];
            last.extend(world.add_references("lab.Session", "one"));
            vec![
                alter(world, "lab.Session", world.drop_references("lab.Session", "one")),
                alter(world, "lab.Subject", vec![key("lab.Subject")]),
                alter(world, "lab.Session", last),
            ]
        },
        kept: &[("lab.Subject", "2|1; 3|1"), ("lab.Session", "2|1|1; 3|1|1")],
    },
    Case {
        name: "a referenced column is renamed, and another takes the name of one that goes, all in one step",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          note='' : varchar(9)
          remark=null : varchar(9)
          index remark
        manual lab.Session
          -> lab.Subject
          session : int",
        after: "
        manual lab.Subject
          animal : int
          ---
          note : varchar(9)
          index note
        manual lab.Session
          -> lab.Subject
          session : int",
        rows: &[("lab.Subject", "1|x|a; 2||b"), ("lab.Session", "1|1; 2|1")],
        steps: |world| {
            let column = world.column("lab.Subject", "note");
            vec![
                alter(
                    world,
                    "lab.Subject",
                    vec![rename("subject_id", "animal"), Alteration::DropColumn("note".into()), rename("remark", "note"), modify(column)],
                ),
                alter(world, "lab.Session", vec![rename("subject_id", "animal")]),
            ]
        },
        kept: &[("lab.Subject", "1|a; 2|b"), ("lab.Session", "1|1; 2|1")],
    },
    Case {
        name: "a column leaves the key and becomes nullable in the same step",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          session : int",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          session=null : int",
        rows: &[("lab.Subject", "1|1; 2|1")],
        steps: |world| {
            let column = modify(world.column("lab.Subject", "session"));
            vec![alter(world, "lab.Subject", vec![column, Alteration::SetPrimaryKey(vec!["subject_id".into()])])]
        },
        kept: &[("lab.Subject", "1|1; 2|1")],
    },
    Case {
        name: "columns with checks come and go",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          info=null : json
          note='' : varchar(9)",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          note='' : varchar(9) # it's 100% 'größer' $djc$ \\ \"😀\"
          more=null : json
          flag=1 : bool
          code=null : uuid",
        rows: &[("lab.Subject", "1|{}|a; 2|NULL|b")],
        steps: |world| {
            let new = ["more", "flag", "code"].map(|name| add(world.column("lab.Subject", name), Position::Last));
            let mut all = vec![Alteration::DropColumn("info".into()), modify(world.column("lab.Subject", "note"))];
            all.extend(new);
            vec![alter(world, "lab.Subject", all)]
        },
        kept: &[],
    },
    Case {
        name: "a column with the time of the change comes to rows that are there",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          made=CURRENT_TIMESTAMP : timestamp",
        rows: &[("lab.Subject", "1; 2")],
        steps: |world| vec![alter(world, "lab.Subject", vec![add(world.column("lab.Subject", "made"), Position::Last)])],
        kept: &[],
    },
    Case {
        name: "long names of tables and indexes stay apart",
        except: &[],
        before: "
        manual lab.AnExtraordinarilyLongNameForATableOfSubjectsInTheLab
          subject_id : int
          ---
          measured_weight='' : varchar(9)
          index measured_weight",
        after: "
        manual lab.AnExtraordinarilyLongNameForATableOfAnimalsInTheLab
          subject_id : int
          ---
          measured_weight='' : varchar(9)
          index measured_weight
        manual lab.AnExtraordinarilyLongNameForATableOfSubjectsInTheLab
          subject_id : int
          ---
          measured_weight='' : varchar(9)
          index measured_weight
          index measured_weight, subject_id",
        rows: &[("lab.AnExtraordinarilyLongNameForATableOfSubjectsInTheLab", "1|a")],
        steps: |world| {
            let (one, other) =
                ("lab.AnExtraordinarilyLongNameForATableOfSubjectsInTheLab", "lab.AnExtraordinarilyLongNameForATableOfAnimalsInTheLab");
            vec![
                Action::RenameTable { from: world.was(one), to: world.is(other) },
                Action::Create(Change::CreateTable(Arc::new(world.new_table(one).clone()))),
            ]
        },
        kept: &[("lab.AnExtraordinarilyLongNameForATableOfAnimalsInTheLab", "1|a")],
    },
    Case {
        name: "columns are filled from two parents, one of them not there, and by an expression over the table's own columns",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          name='' : varchar(9)
        manual lab.Person
          person : int
          ---
          name='' : varchar(9)
        manual lab.Session
          session : int
          ---
          name : varchar(9)
          -> lab.Subject
          -> [nullable] lab.Person
          whom=null : varchar(9)
          who=null : varchar(9)
          what=null : varchar(20)
          kind=null : varchar(9)",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          name='' : varchar(9)
        manual lab.Person
          person : int
          ---
          name='' : varchar(9)
        manual lab.Session
          session : int
          ---
          name : varchar(9)
          -> lab.Subject
          -> [nullable] lab.Person
          whom=null : varchar(9)
          who=null : varchar(9)
          what=null : varchar(20)
          kind=null : varchar(9)",
        rows: &[
            ("lab.Subject", "1|s1; 2|s2"),
            ("lab.Person", "1|p1"),
            ("lab.Session", "1|x|1|1|NULL|NULL|NULL|NULL; 2|y|2|NULL|NULL|NULL|NULL|NULL; 3|z|2|1|NULL|me|NULL|mine"),
        ],
        steps: |world| {
            let parent = |class: &str, key: &str| FillFrom::Parent {
                table: world.was(class),
                column: "name".into(),
                on: vec![(key.into(), key.into())],
            };
            vec![Action::Fill(Fill {
                table: world.was("lab.Session"),
                columns: vec![
                    ("whom".into(), parent("lab.Subject", "subject_id")),
                    ("who".into(), parent("lab.Person", "person")),
                    ("what".into(), FillFrom::Sql("name || '!'".into())),
                    ("kind".into(), FillFrom::Literal(Literal::Text("it's".into()))),
                ],
                where_null: vec!["whom".into(), "who".into(), "what".into(), "kind".into()],
                where_not_null: Vec::new(),
            })]
        },
        kept: &[("lab.Session", "1|x|1|1|s1|p1|x!|it's; 2|y|2|NULL|s2|NULL|y!|it's; 3|z|2|1|NULL|me|NULL|mine")],
    },
];
