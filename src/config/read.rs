//! Reading `djc.toml`: a walk over the parsed document, so that every mistake has its place.

use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use super::{Adapter, Config, Database, Mixin, SchemaConfig, Store};
use crate::core::ir::{Charset, Generation};
use crate::core::nearest::nearest;
use crate::core::source::{FileId, Span, Spanned};
use crate::diag::{Diagnostic, Fix, Sink, codes};

/// Returns the settings that a text says; what does not fit is reported and keeps its default.
pub fn read(file: FileId, text: &str, sink: &mut Sink) -> Config {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let range = error.span().unwrap_or(0..0);
        sink.report(codes::CONFIG_SYNTAX.at(Span::new(file, range.start, range.end), first_line(error.message())));
    }
    let mut reader = Reader { file, sink };
    let mut config = Config::default();
    reader.document(document.get_ref(), &mut config);
    config
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or("this is not TOML").to_string()
}

type Key<'t, 'i> = &'t TomlSpanned<std::borrow::Cow<'i, str>>;
type Entry<'t, 'i> = &'t TomlSpanned<DeValue<'i>>;

/// Tells whether a text is the name of a class in a module: `lab.mixins.Audited`, `.mixins.Audited`.
fn is_dotted(text: &str) -> bool {
    let word =
        |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '_') && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    let words = text.trim_start_matches('.');
    text.contains('.') && words.split('.').all(word)
}

struct Reader<'s> {
    file: FileId,
    sink: &'s mut Sink,
}

impl Reader<'_> {
    fn document(&mut self, document: &DeTable, config: &mut Config) {
        for (key, value) in document {
            match key.get_ref().as_ref() {
                "pipeline" => self.section(key, value, |reader, section| reader.pipeline(section, config)),
                "schemas" => self.named(key, value, |reader, name, section| reader.schema(name, section, config)),
                "datajoint" => self.section(key, value, |reader, section| reader.switches(section, config)),
                "stores" => self.section(key, value, |reader, section| reader.stores(section, config)),
                "python" => self.section(key, value, |reader, section| reader.python(section, config)),
                "adapters" => self.named(key, value, |reader, name, section| reader.adapter(name, section, config)),
                "mixins" => self.named(key, value, |reader, name, section| reader.mixin(name, section, config)),
                "database" => self.named(key, value, |reader, name, section| reader.database(name, section, config)),
                "check" => self.section(key, value, |reader, section| {
                    for (key, value) in section {
                        match key.get_ref().as_ref() {
                            "deny" => config.check.deny = reader.texts(key, value),
                            "allow" => config.check.allow = reader.texts(key, value),
                            _ => reader.unknown(key, "[check]", &["deny", "allow"]),
                        }
                    }
                }),
                "drift" => self.section(key, value, |reader, section| {
                    for (key, value) in section {
                        match key.get_ref().as_ref() {
                            "ignore_schemas" => config.drift.ignore_schemas = reader.patterns(key, value),
                            "ignore" => config.drift.ignore = reader.patterns(key, value),
                            "schemas" => config.drift.schemas = reader.patterns(key, value),
                            "baseline" => config.drift.baseline = reader.text(key, value),
                            _ => reader.unknown(key, "[drift]", &["ignore_schemas", "ignore", "schemas", "baseline"]),
                        }
                    }
                }),
                "generate" => self.named(key, value, |reader, name, section| reader.generate(name, section, config)),
                "migrate" => self.section(key, value, |reader, section| {
                    for (key, value) in section {
                        match key.get_ref().as_ref() {
                            "dir" => reader.text(key, value).into_iter().for_each(|dir| config.migrate.dir = dir),
                            "name" => config.migrate.name = reader.text(key, value),
                            "uses" => config.migrate.uses = reader.texts(key, value),
                            "ledger" => config.migrate.ledger = reader.text(key, value),
                            _ => reader.unknown(key, "[migrate]", &["dir", "name", "uses", "ledger"]),
                        }
                    }
                }),
                _ => self.unknown(key, "djc.toml", SECTIONS),
            }
        }
    }

    fn pipeline(&mut self, section: &DeTable, config: &mut Config) {
        for (key, value) in section {
            match key.get_ref().as_ref() {
                "name" => config.name = self.text(key, value),
                "sources" => config.sources = self.texts(key, value),
                "datajoint" => self.generation(key, value).into_iter().for_each(|generation| config.generation = generation),
                "charset" => {
                    if let Some(charset) = self.charset(key, value) {
                        (config.charset, config.charset_span) = (charset, Some(self.span(key.span())));
                    }
                }
                "vars" => self.section(key, value, |reader, vars| {
                    for (name, value) in vars {
                        if let Some(text) = reader.scalar(name, value) {
                            config.vars.insert(name.get_ref().to_string(), text);
                        }
                    }
                }),
                _ => self.unknown(key, "[pipeline]", &["name", "sources", "datajoint", "charset", "vars"]),
            }
        }
    }

    fn schema(&mut self, name: Key, section: &DeTable, config: &mut Config) {
        let mut schema = SchemaConfig { span: self.span(name.span()), ..SchemaConfig::default() };
        for (key, value) in section {
            match key.get_ref().as_ref() {
                "datajoint" => schema.generation = self.generation(key, value),
                "charset" => schema.charset = self.charset(key, value),
                "owned" => schema.owned = self.boolean(key, value),
                "name" => schema.name = self.text(key, value),
                _ => self.unknown(key, &format!("[schemas.{}]", name.get_ref()), &["datajoint", "charset", "owned", "name"]),
            }
        }
        config.schemas.insert(name.get_ref().to_string(), schema);
    }

    fn switches(&mut self, section: &DeTable, config: &mut Config) {
        let switches = &mut config.datajoint;
        for (key, value) in section {
            let set = |reader: &mut Self, switch: &mut bool| reader.boolean(key, value).into_iter().for_each(|value| *switch = value);
            match key.get_ref().as_ref() {
                "add_hidden_timestamp" => set(self, &mut switches.add_hidden_timestamp),
                "add_job_metadata" => set(self, &mut switches.add_job_metadata),
                "provenance" => set(self, &mut switches.provenance),
                "support_filepath_management" => set(self, &mut switches.support_filepath_management),
                "support_adapted_types" => switches.support_adapted_types = self.boolean(key, value),
                _ => self.unknown(key, "[datajoint]", SWITCHES),
            }
        }
    }

    fn stores(&mut self, section: &DeTable, config: &mut Config) {
        for (name, value) in section {
            if name.get_ref() == "default" && !value.get_ref().is_table() {
                config.default_store = self.text(name, value);
                continue;
            }
            self.section(name, value, |reader, section| {
                let mut store = Store { span: reader.span(name.span()), ..Store::default() };
                for (key, value) in section {
                    match key.get_ref().as_ref() {
                        "protocol" => match reader.text(key, value) {
                            Some(protocol) if ["file", "s3"].contains(&protocol.as_str()) => store.protocol = protocol,
                            Some(protocol) => {
                                let message = format!("`{protocol}` is no protocol of a store");
                                reader.value_error(value, message, "write \"file\" or \"s3\"");
                            }
                            None => {}
                        },
                        "location" => reader.text(key, value).into_iter().for_each(|location| store.location = location),
                        option if STORE_OPTIONS.contains(&option) => {
                            if let Some(text) = reader.scalar(key, value) {
                                store.options.insert(option.to_string(), text);
                            }
                        }
                        _ => {
                            let known: Vec<&str> = ["protocol", "location"].iter().chain(STORE_OPTIONS).copied().collect();
                            reader.unknown(key, &format!("[stores.{}]", name.get_ref()), &known);
                        }
                    }
                }
                config.stores.insert(name.get_ref().to_string(), store);
            });
        }
    }

    fn python(&mut self, section: &DeTable, config: &mut Config) {
        for (key, value) in section {
            match key.get_ref().as_ref() {
                "links" => self.section(key, value, |reader, links| {
                    for (name, value) in links {
                        if let Some(target) = reader.text(name, value) {
                            config.python_links.insert(name.get_ref().to_string(), target);
                        }
                    }
                }),
                _ => self.unknown(key, "[python]", &["links"]),
            }
        }
    }

    fn adapter(&mut self, name: Key, section: &DeTable, config: &mut Config) {
        let mut type_text = None;
        for (key, value) in section {
            match key.get_ref().as_ref() {
                "type" => type_text = self.text(key, value),
                _ => self.unknown(key, &format!("[adapters.{}]", name.get_ref()), &["type"]),
            }
        }
        match type_text {
            Some(type_text) => {
                config.adapters.insert(name.get_ref().to_string(), Adapter { type_text, span: self.span(name.span()) });
            }
            None => self.missing(name, "type", "what values are stored as, for example `type = \"longblob\"`"),
        }
    }

    fn mixin(&mut self, name: Key, section: &DeTable, config: &mut Config) {
        let (mut class, mut part) = (None, None);
        for (key, value) in section {
            let slot = match key.get_ref().as_ref() {
                "class" => &mut class,
                "part" => &mut part,
                _ => {
                    self.unknown(key, &format!("[mixins.{}]", name.get_ref()), &["class", "part"]);
                    continue;
                }
            };
            match self.text(key, value) {
                Some(text) if is_dotted(&text) => *slot = Some(text),
                Some(text) => {
                    let message = format!("`{text}` is no dotted name of a class");
                    self.value_error(value, message, "write for example \"lab.mixins.Audited\"");
                }
                None => {}
            }
        }
        match class {
            Some(class) => {
                config.mixins.insert(name.get_ref().to_string(), Mixin { class, part, span: self.span(name.span()) });
            }
            None => self.missing(name, "class", "the Python class that it stands for, for example `class = \"lab.mixins.Audited\"`"),
        }
    }

    fn database(&mut self, name: Key, section: &DeTable, config: &mut Config) {
        let mut database = None;
        for (key, value) in section {
            match key.get_ref().as_ref() {
                "url" => database = self.text(key, value).map(|url| Database { url, span: self.span(value.span()) }),
                _ => self.unknown(key, &format!("[database.{}]", name.get_ref()), &["url"]),
            }
        }
        match database {
            Some(database) => {
                config.databases.insert(name.get_ref().to_string(), database);
            }
            None => self.missing(name, "url", "where the database is, for example `url = \"sqlite:dev.db\"`"),
        }
    }

    fn generate(&mut self, name: Key, section: &DeTable, config: &mut Config) {
        let target = match name.get_ref().as_ref() {
            "sql" => &mut config.generate.sql,
            "rust" => &mut config.generate.rust,
            "python" => &mut config.generate.python,
            "docs" => &mut config.generate.docs,
            _ => return self.unknown(name, "[generate]", &["sql", "rust", "python", "docs"]),
        };
        let is_rust = name.get_ref() == "rust";
        let known: &[&str] = if is_rust { &["out", "field_types"] } else { &["out"] };
        let mut out = None;
        for (key, value) in section {
            match key.get_ref().as_ref() {
                "out" => out = self.text(key, value),
                "field_types" if is_rust => self.section(key, value, |reader, types| {
                    for (attribute, value) in types {
                        if let Some(ty) = reader.text(attribute, value) {
                            config.generate.rust_field_types.insert(attribute.get_ref().to_string(), ty);
                        }
                    }
                }),
                _ => self.unknown(key, &format!("[generate.{}]", name.get_ref()), known),
            }
        }
        if out.is_none() {
            self.missing(name, "out", "the folder that is written, for example `out = \"generated\"`");
        }
        *target = out;
    }

    // Values.

    fn generation(&mut self, key: Key, value: Entry) -> Option<Generation> {
        // `datajoint = 2` and `datajoint = 0.14` mean what they look like.
        let text = self.scalar(key, value)?;
        let text = if text.parse::<f64>() == Ok(2.0) { "2".to_string() } else { text };
        match text.parse() {
            Ok(generation) => Some(generation),
            Err(error) => {
                self.value_error(value, error.to_string(), "the generation decides types, markers and hidden columns");
                None
            }
        }
    }

    fn charset(&mut self, key: Key, value: Entry) -> Option<Charset> {
        let text = self.text(key, value)?;
        let charset = Charset::parse(&text);
        if charset.is_none() {
            self.value_error(
                value,
                format!("`{text}` is no charset"),
                "write \"utf8mb4\", \"latin1\", a collation such as \"utf8mb4_bin\", or \"server\"",
            );
        }
        charset
    }

    fn text(&mut self, key: Key, value: Entry) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.wrong_type(key, value, "a text", other);
                None
            }
        }
    }

    fn boolean(&mut self, key: Key, value: Entry) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(boolean) => Some(*boolean),
            other => {
                self.wrong_type(key, value, "true or false", other);
                None
            }
        }
    }

    /// Reads a text, number or truth value as text.
    fn scalar(&mut self, key: Key, value: Entry) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.to_string()),
            DeValue::Float(number) => Some(number.to_string()),
            DeValue::Boolean(boolean) => Some(boolean.to_string()),
            other @ (DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_)) => {
                self.wrong_type(key, value, "a text", other);
                None
            }
        }
    }

    /// Reads a list of texts; one text alone is a list of one.
    fn texts(&mut self, key: Key, value: Entry) -> Vec<Spanned<String>> {
        match value.get_ref() {
            DeValue::String(text) => vec![Spanned::new(text.to_string(), self.span(value.span()))],
            DeValue::Array(items) => {
                let texts = items.iter().filter_map(|item| self.text(key, item).map(|text| Spanned::new(text, self.span(item.span()))));
                texts.collect()
            }
            other => {
                self.wrong_type(key, value, "a list of texts", other);
                Vec::new()
            }
        }
    }

    /// Reads a list of patterns with `*` and `?`.
    fn patterns(&mut self, key: Key, value: Entry) -> Vec<Spanned<String>> {
        let mut patterns = self.texts(key, value);
        patterns.retain(|pattern| match glob::Pattern::new(&pattern.value) {
            Ok(_) => true,
            Err(error) => {
                self.sink.report(codes::CONFIG_VALUE.at(pattern.span, format!("`{}` is no pattern: {}", pattern.value, error.msg)));
                false
            }
        });
        patterns
    }

    fn section<'t, 'i>(&mut self, key: Key, value: &'t TomlSpanned<DeValue<'i>>, read: impl FnOnce(&mut Self, &'t DeTable<'i>)) {
        match value.get_ref() {
            DeValue::Table(section) => read(self, section),
            other => self.wrong_type(key, value, "a section", other),
        }
    }

    /// Reads `[key.NAME]` sections.
    fn named<'t, 'i>(
        &mut self,
        key: Key,
        value: &'t TomlSpanned<DeValue<'i>>,
        mut read: impl FnMut(&mut Self, Key<'t, 'i>, &'t DeTable<'i>),
    ) {
        self.section(key, value, |reader, sections| {
            for (name, value) in sections {
                reader.section(name, value, |reader, section| read(reader, name, section));
            }
        });
    }

    // Mistakes.

    fn unknown(&mut self, key: Key, place: &str, known: &[&str]) {
        let span = self.span(key.span());
        let mut found = codes::CONFIG_KEY.at(span, format!("`{}` is no key of {place}", key.get_ref()));
        found = match nearest(key.get_ref(), known.iter().copied()) {
            Some(near) => found.help(format!("did you mean `{near}`?")).fix(Fix::likely(format!("write `{near}`"), span, near)),
            None => found.help(format!("there are {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "))),
        };
        self.sink.report(found);
    }

    fn missing(&mut self, name: Key, key: &str, help: &str) {
        let found = codes::CONFIG_VALUE.at(self.span(name.span()), format!("`{}` lacks its `{key}`", name.get_ref()));
        self.sink.report(found.help(format!("say {help}")));
    }

    fn wrong_type(&mut self, key: Key, value: Entry, wanted: &str, found: &DeValue) {
        let message = format!("`{}` is {wanted}, not {}", key.get_ref(), article(found.type_str()));
        self.sink.report(codes::CONFIG_VALUE.at(self.span(value.span()), message));
    }

    fn value_error(&mut self, value: Entry, message: String, help: &str) {
        let found: Diagnostic = codes::CONFIG_VALUE.at(self.span(value.span()), message);
        self.sink.report(found.help(help));
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }
}

fn article(word: &str) -> String {
    match word {
        "array" => "a list".to_string(),
        "integer" => "an integer".to_string(),
        "string" => "a text".to_string(),
        "table" => "a section".to_string(),
        other => format!("a {other}"),
    }
}

const SECTIONS: &[&str] =
    &["pipeline", "schemas", "datajoint", "stores", "python", "adapters", "mixins", "database", "check", "drift", "generate", "migrate"];

const SWITCHES: &[&str] =
    &["add_hidden_timestamp", "add_job_metadata", "provenance", "support_filepath_management", "support_adapted_types"];

/// Settings of stores beside protocol and location, as the two generations name them.
const STORE_OPTIONS: &[&str] = &[
    "stage",
    "subfolding",
    "endpoint",
    "bucket",
    "access_key",
    "secret_key",
    "secure",
    "proxy_server",
    "hash_prefix",
    "schema_prefix",
    "filepath_prefix",
    "partition_pattern",
    "token_length",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let mut sink = Sink::new();
        read(FileId(0), text, &mut sink);
        sink.diagnostics().iter().map(|found| format!("{} {:?} {}", found.code.id, found.span.map(Span::range), found.message)).collect()
    }

    #[test]
    fn a_whole_file_is_read() {
        let text = r#"
            [pipeline]
            name = "demo"
            sources = ["a/*.dj"]
            datajoint = 2
            charset = "latin1"
            [pipeline.vars]
            USER = "ana"
            PORT = 3306
            [schemas.old]
            datajoint = "0.14"
            owned = false
            name = "${USER}_old"
            [stores]
            default = "raw"
            [stores.raw]
            protocol = "file"
            location = "/data"
            subfolding = true
            [adapters.graph]
            type = "longblob"
            [database.dev]
            url = "sqlite:dev.db"
            [check]
            deny = ["DJ0301"]
            [generate.rust]
            out = "generated"
            field_types = { "new.Table.blob" = "crate::Shape" }
        "#;
        let mut sink = Sink::new();
        let config = read(FileId(0), text, &mut sink);
        assert_eq!(sink.diagnostics(), []);
        assert_eq!((config.generation("new"), config.generation("old")), (Generation::Modern, Generation::Classic));
        assert_eq!(config.charset, Charset::Named { charset: "latin1".to_string(), collation: None });
        assert_eq!(config.vars, BTreeMap::from([("USER".to_string(), "ana".to_string()), ("PORT".to_string(), "3306".to_string())]));
        assert_eq!(config.schemas["old"].owned, Some(false));
        assert_eq!(config.stores["raw"].options["subfolding"], "true");
        assert_eq!(config.default_store.as_deref(), Some("raw"));
        assert!(config.type_context().adapted_types, "naming an adapter switches adapted types on");
        assert_eq!(config.databases["dev"].url, "sqlite:dev.db");
        assert_eq!(config.check.deny[0].value, "DJ0301");
        assert_eq!(config.generate.rust.as_deref(), Some("generated"));
        assert_eq!(config.generate.rust_field_types["new.Table.blob"], "crate::Shape");
        assert_eq!(config.migrate.dir, "migrations");
    }

    #[test]
    fn unknown_keys_and_wrong_values_have_their_place() {
        assert_eq!(messages("[pipelin]\n"), ["DJ0803 Some(1..8) `pipelin` is no key of djc.toml"]);
        assert_eq!(messages("[pipeline]\nsource = []\n"), ["DJ0803 Some(11..17) `source` is no key of [pipeline]"]);
        assert_eq!(messages("[pipeline]\nname = 3\n"), ["DJ0804 Some(18..19) `name` is a text, not an integer"]);
        assert_eq!(
            messages("[pipeline]\ndatajoint = \"3\"\n"),
            ["DJ0804 Some(23..26) `3` is not a generation of DataJoint; write \"0.14\" or \"2\""]
        );
        assert_eq!(messages("[stores.raw]\nprotocol = \"ftp\"\n"), ["DJ0804 Some(24..29) `ftp` is no protocol of a store"]);
        assert_eq!(messages("[database.dev]\n"), ["DJ0804 Some(10..13) `dev` lacks its `url`"]);
    }

    #[test]
    fn broken_toml_is_reported_and_the_rest_is_read() {
        let found = messages("[pipeline\nname = \"x\"\n[chek]\n");
        assert!(found[0].starts_with("DJ0802"), "{found:?}");
        assert!(found.iter().any(|message| message.contains("`chek`")), "{found:?}");
    }
}
