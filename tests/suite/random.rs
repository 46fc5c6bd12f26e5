//! Random pipelines, for laws: each is a valid project of a few schemas with keys, parts, renamed and shared references, enums, defaults,
//! comments and indexes.
//!
//! A pipeline is made of a list of numbers, each one choice; fewer and smaller numbers make a simpler pipeline, which is how a
//! counter-example shrinks.

use std::fmt::Write as _;

use djc::core::ir::Generation;

/// Numbers that choices are made of; when they run out, every choice is the first one.
pub struct Choices<'a> {
    numbers: std::slice::Iter<'a, u16>,
}

impl<'a> Choices<'a> {
    /// Returns choices made of the numbers, in order.
    pub fn new(numbers: &'a [u16]) -> Choices<'a> {
        Choices { numbers: numbers.iter() }
    }

    /// Returns a number below the count.
    pub fn below(&mut self, count: usize) -> usize {
        usize::from(self.numbers.next().copied().unwrap_or(0)) % count.max(1)
    }

    /// Returns one of all.
    pub fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len())]
    }

    /// Returns true about once in so many times, and never when the numbers have run out.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }
}

/// A table as far as later ones need to know it.
struct Known {
    schema: usize,
    name: String,
    key: Vec<String>,
}

/// Returns `(module, text)` for each schema of a pipeline.
pub fn pipeline(numbers: &[u16], generation: Generation) -> Vec<(String, String)> {
    let mut writer = Writer { choices: Choices::new(numbers), generation, known: Vec::new() };
    let schemas = 1 + writer.choices.below(2);
    let mut files = Vec::new();
    for schema in 0..schemas {
        let mut text = format!("schema s{schema}\n\n");
        if schema > 0 {
            text.push_str("use s0\n\n");
        }
        for table in 0..1 + writer.choices.below(5) {
            text.push_str(&writer.table(schema, table));
        }
        files.push((format!("s{schema}"), text));
    }
    files
}

struct Writer<'a> {
    choices: Choices<'a>,
    generation: Generation,
    known: Vec<Known>,
}

/// Texts that something along the way might read.
const COMMENTS: &[&str] = &[
    "",
    "a plain one",
    "50% of all, 100%% of some",
    "in {braces} and {{more}}",
    "it's \"quoted\"",
    "back\\\\slash and \\n",
    "µ, – and ß",
    "a: colon; and # a hash",
    "-> not an arrow",
    "--- no separator",
];

impl Writer<'_> {
    fn table(&mut self, schema: usize, number: usize) -> String {
        let tier = self.choices.of(&["manual", "lookup", "imported", "computed"]);
        let class = format!("T{}x{number}", (b'a' + schema as u8) as char);
        let mut out = format!("{tier} {class} {{\n");
        let known = self.known.len();
        let key = self.body(schema, &format!("{schema}{number}"), known, &mut out);
        self.known.push(Known { schema, name: class.clone(), key: key.clone() });
        let master = self.known.len() - 1;
        for part in 0..self.choices.below(3) {
            writeln!(out, "\npart P{part} {{").expect("a String takes all that is written");
            let key = self.part(schema, &format!("{schema}{number}p{part}"), master, &mut out);
            out.push_str("}\n");
            self.known.push(Known { schema, name: format!("{class}.P{part}"), key });
        }
        out.push_str("}\n\n");
        out
    }

    fn comment(&mut self, out: &mut String) {
        let comment = self.choices.of(COMMENTS);
        if !comment.is_empty() {
            writeln!(out, "    # {comment}").expect("a String takes all that is written");
        }
    }

    /// Writes the lines of a table and returns its key.
    fn body(&mut self, schema: usize, tag: &str, known: usize, out: &mut String) -> Vec<String> {
        self.comment(out);
        let mut columns: Vec<String> = Vec::new();
        for at in 0..self.choices.below(3) {
            self.reference(schema, known, &format!("k{tag}{at}"), true, &mut columns, out);
        }
        if columns.is_empty() || self.choices.once_in(2) {
            self.attribute(&format!("a{tag}"), true, &mut columns, out);
        }
        self.rest(schema, tag, known, columns, out)
    }

    fn part(&mut self, schema: usize, tag: &str, master: usize, out: &mut String) -> Vec<String> {
        self.comment(out);
        out.push_str("    -> master\n");
        let mut columns = self.known[master].key.clone();
        if self.choices.once_in(2) {
            self.attribute(&format!("a{tag}"), true, &mut columns, out);
        }
        self.rest(schema, tag, master, columns, out)
    }

    /// Writes what stands below the separator; `columns` are the key.
    fn rest(&mut self, schema: usize, tag: &str, known: usize, mut columns: Vec<String>, out: &mut String) -> Vec<String> {
        let key = columns.clone();
        out.push_str("    ---\n");
        let mut own = Vec::new();
        for at in 0..self.choices.below(4) {
            let name = format!("d{tag}{at}");
            if self.choices.once_in(3) {
                self.reference(schema, known, &name, false, &mut columns, out);
            } else if self.attribute(&name, false, &mut columns, out) {
                own.push(name);
            }
        }
        if own.len() > 1 && self.choices.once_in(2) {
            let unique = if self.choices.once_in(2) { "unique " } else { "" };
            writeln!(out, "    {unique}index ({})", own[..2].join(", ")).expect("a String takes all that is written");
        }
        key
    }

    /// Writes an arrow onto one of the tables so far.
    fn reference(&mut self, schema: usize, known: usize, tag: &str, in_key: bool, columns: &mut Vec<String>, out: &mut String) {
        if known == 0 {
            return;
        }
        let parent = &self.known[self.choices.below(known)];
        let (name, key, of) = (parent.name.clone(), parent.key.clone(), parent.schema);
        let rename = self.choices.below(3);
        let renamed: Vec<String> = match rename {
            0 => Vec::new(),
            1 => key[..1].to_vec(),
            _ => key.clone(),
        };
        let child = |name: &String| if renamed.contains(name) { format!("{tag}_{name}") } else { name.clone() };
        let brought: Vec<String> = key.iter().map(child).filter(|name| !columns.contains(name)).collect();
        // The same arrow twice, or one that brings nothing, is for other tests; and keys have to fit into an index.
        if brought.is_empty() || columns.len() + brought.len() > 9 || brought.iter().any(|name| name.len() > 40) {
            return;
        }
        let mut options = Vec::new();
        if !in_key {
            options.extend(self.choices.once_in(2).then_some("nullable"));
            options.extend(self.choices.once_in(4).then_some("unique"));
        }
        let options = if options.is_empty() { String::new() } else { format!("[{}] ", options.join(", ")) };
        let projection: Vec<String> = renamed.iter().map(|old| format!("{tag}_{old}='{old}'")).collect();
        let projection = if projection.is_empty() { String::new() } else { format!(".proj({})", projection.join(", ")) };
        let module = if of == schema { String::new() } else { format!("s{of}.") };
        writeln!(out, "    -> {options}{module}{name}{projection}").expect("a String takes all that is written");
        columns.extend(brought);
    }

    /// Writes an attribute line; returns whether an index may hold it.
    fn attribute(&mut self, name: &str, in_key: bool, columns: &mut Vec<String>, out: &mut String) -> bool {
        const NUMBER: &[&str] = &["", " = 7"];
        const WORD: &[&str] = &["", " = \"x\"", " = \"\"", " = \"it''s\"", " = 'a''b'", " = \"50%\""];
        const DAY: &[&str] = &["", " = \"2020-02-29\""];
        const MOMENT: &[&str] = &["", " = CURRENT_TIMESTAMP"];
        const CHOICE: &[&str] = &["", " = \"left\""];
        const NONE: &[&str] = &[""];
        let classic: &[(&str, &[&str], bool)] = &[
            ("int", NUMBER, true),
            ("smallint unsigned", NUMBER, true),
            ("bigint", NUMBER, true),
            ("varchar(12)", WORD, true),
            ("char(4)", NONE, true),
            ("date", DAY, true),
            ("uuid", NONE, true),
            ("enum('left', 'right', 'it''s {neither}')", CHOICE, true),
            ("decimal(6,2)", NUMBER, true),
            ("bool", &["", " = 0"], true),
            ("float", NUMBER, false),
            ("datetime", MOMENT, false),
            ("timestamp", MOMENT, false),
            ("longblob", NONE, false),
            ("json", NONE, false),
        ];
        let modern: &[(&str, &[&str], bool)] = &[
            ("int32", NUMBER, true),
            ("int64", NUMBER, true),
            ("varchar(12)", WORD, true),
            ("char(4)", NONE, true),
            ("date", DAY, true),
            ("uuid", NONE, true),
            ("enum('left', 'right', 'it''s {neither}')", CHOICE, true),
            ("decimal(6,2)", NUMBER, true),
            ("bool", &["", " = 0"], true),
            ("float64", NUMBER, false),
            ("datetime", MOMENT, false),
            ("bytes", NONE, false),
            ("<blob>", NONE, false),
            ("json", NONE, false),
        ];
        let types = match self.generation {
            Generation::Classic => classic,
            Generation::Modern => modern,
        };
        let usual = if in_key { types.iter().filter(|(_, _, indexable)| *indexable).count() } else { types.len() };
        let (ty, defaults, indexable) = types[self.choices.below(usual)];
        let default = match in_key {
            true => "",
            false if self.choices.once_in(3) => " = null",
            false => self.choices.of(defaults),
        };
        let comment = self.choices.of(COMMENTS);
        let comment = if comment.is_empty() { String::new() } else { format!("  # {comment}") };
        writeln!(out, "    {name}{default} : {ty}{comment}").expect("a String takes all that is written");
        columns.push(name.to_string());
        indexable
    }
}
