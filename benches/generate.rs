//! Pipelines of any size for benchmarks: schemas of a hundred tables with keys of at most eight columns.
//!
//! The same size gives the same text. Tables look like those of real pipelines: one or two parents in the key,
//! references below the separator (some nullable, some renamed, some into earlier schemas), a handful of
//! attributes with comments and defaults, here and there a part, an index, an enum.

/// Tables of one schema, parts not counted.
pub const TABLES_PER_SCHEMA: usize = 100;

const KEY_MAX: usize = 8;

/// One generated table, as far as later tables need to know it.
struct Known {
    schema: usize,
    table: usize,
    key: Vec<String>,
}

/// Returns `(file name, text)` for each schema of a pipeline of `tables` tables.
pub fn pipeline(tables: usize) -> Vec<(String, String)> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut known: Vec<Known> = Vec::with_capacity(tables);
    let mut files = Vec::new();
    for schema in 0..tables.div_ceil(TABLES_PER_SCHEMA) {
        let count = TABLES_PER_SCHEMA.min(tables - schema * TABLES_PER_SCHEMA);
        files.push((format!("s{schema:03}.dj"), schema_text(schema, count, &mut known, &mut random)));
    }
    files
}

fn schema_text(schema: usize, count: usize, known: &mut Vec<Known>, random: &mut Random) -> String {
    let first = known.len();
    let mut body = String::new();
    let mut uses = Vec::new();
    for table in 0..count {
        let mut key = Vec::new();
        let own = format!("s{schema}_t{table}_id");
        let mut text = String::new();
        if table % 10 != 0 {
            // A parent of this schema whose key leaves room for a column of our own.
            let parent = &known[first + random.below(known.len() - first)];
            if parent.key.len() < KEY_MAX {
                text.push_str(&format!("    -> T{}\n", parent.table));
                key.extend(parent.key.iter().cloned());
            }
        }
        text.push_str(&format!("    {own} : int unsigned                 # number of the row\n"));
        key.push(own.clone());
        text.push_str("    ---\n");
        if first > 0 && table % 3 == 0 {
            let parent = &known[random.below(first)];
            let renames: Vec<String> = parent.key.iter().map(|name| format!("{own}_{name}='{name}'")).collect();
            text.push_str(&format!("    -> [nullable] s{:03}.T{}.proj({})\n", parent.schema, parent.table, renames.join(", ")));
            uses.push(parent.schema);
        }
        text.push_str("    started = CURRENT_TIMESTAMP : timestamp    # when the row was made\n");
        text.push_str("    kind = 'a' : enum('a', 'b', 'c')           # one of three kinds\n");
        text.push_str("    note = '' : varchar(255)                   # anything a reader should know\n");
        text.push_str("    value = null : float                       # what was measured, in volts\n");
        text.push_str("    data = null : longblob                     # samples by channels\n");
        if table % 7 == 0 {
            text.push_str("    index (kind, started)\n");
        }
        if table % 20 == 0 {
            text.push_str("\n    part Item {\n        # items\n        -> master\n        item : int\n        ---\n        size : decimal(6, 2)\n    }\n");
        }
        let tier = if key.len() > 1 && table % 4 == 1 { "imported" } else { "manual" };
        body.push_str(&format!("\n## Table {table} of schema {schema}.\n{tier} T{table} {{\n    # table {table}\n{text}}}\n"));
        known.push(Known { schema, table, key });
    }
    uses.sort_unstable();
    uses.dedup();
    let uses: String = uses.iter().map(|used| format!("use s{used:03}\n")).collect();
    format!("## Generated schema {schema}.\nschema s{schema:03}\n\n{uses}{body}")
}

/// A small generator of numbers that is the same everywhere (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
