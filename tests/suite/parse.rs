//! Parsing and formatting: trees and messages of files in folders, and the laws that hold for every text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use djc::core::source::{FileId, SourceMap, Span, Spanned};
use djc::diag::{Diagnostic, Sink};
use djc::parser::{ast, format::format, parse, parse_definition};

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder)
}

/// Returns the files of a folder with their names, sorted.
fn cases(folder: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(data(folder))
        .expect("the folder of cases is part of the repository")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_stem().expect("a case has a name").to_string_lossy().into_owned();
            (name, String::from_utf8(std::fs::read(&path).expect("a case can be read")).expect("a case is UTF-8"))
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{folder} holds cases");
    found
}

fn parsed(text: &str) -> (ast::File, Vec<Diagnostic>) {
    let mut sink = Sink::new();
    let file = parse(FileId(0), text, &mut sink);
    (file, sink.into_sorted())
}

/// Writes a tree in few lines: what was understood, without places.
#[derive(Default)]
struct Dump {
    out: String,
}

impl Dump {
    fn line(&mut self, depth: usize, line: String) {
        let _ = writeln!(self.out, "{}{}", "  ".repeat(depth), line.trim_end());
    }

    fn comment(comment: &Option<Spanned<String>>) -> String {
        comment.as_ref().map_or(String::new(), |comment| format!(" #{:?}", comment.value))
    }

    fn file(mut self, file: &ast::File) -> String {
        for item in &file.items {
            match item {
                ast::Item::Schema(line) => {
                    self.docs(&line.doc, 0);
                    let physical = line.physical.as_ref().map_or(String::new(), |name| format!(" as {:?}", name.value));
                    let external = if line.external { "extern " } else { "" };
                    self.line(0, format!("{external}schema {}{physical}{}", line.name.value, Self::comment(&line.comment)));
                }
                ast::Item::Use(line) => {
                    let one = |name: &ast::UseName| {
                        format!("{}{}", name.name.value, name.alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.value)))
                    };
                    let names = match &line.names {
                        ast::UseNames::Module(alias) => alias.as_ref().map_or(String::new(), |alias| format!("as {}", alias.value)),
                        ast::UseNames::One(name) => one(name),
                        ast::UseNames::Many(names) => format!("{:?}", names.iter().map(one).collect::<Vec<_>>()),
                    };
                    self.line(0, format!("use {} {names}{}", line.module.value, Self::comment(&line.comment)));
                }
                ast::Item::Table(table) => self.table(table, 0),
                ast::Item::Comment(comment) => self.line(0, format!("comment {:?}", comment.value)),
                ast::Item::Blank(count) => self.line(0, format!("blank {}", count.value)),
                ast::Item::Error(_) => self.line(0, "error".to_owned()),
            }
        }
        self.out
    }

    fn docs(&mut self, docs: &[Spanned<String>], depth: usize) {
        for doc in docs {
            self.line(depth, format!("doc {:?}", doc.value));
        }
    }

    fn table(&mut self, table: &ast::Table, depth: usize) {
        self.docs(&table.doc, depth);
        for annotation in &table.annotations {
            let arguments = annotation.arguments.as_ref().map_or(String::new(), |arguments| format!(" {:?}", arguments.value));
            self.line(depth, format!("@{}{arguments}{}", annotation.name.value, Self::comment(&annotation.comment)));
        }
        self.line(depth, format!("{:?} {}{}", table.tier.value, table.name.value, Self::comment(&table.comment)));
        self.body(&table.body, depth + 1);
        if table.close_comment.is_some() || table.close.start == table.close.end {
            let missing = if table.close.start == table.close.end { " missing" } else { "" };
            self.line(depth, format!("close{missing}{}", Self::comment(&table.close_comment)));
        }
    }

    fn body(&mut self, body: &[ast::BodyItem], depth: usize) {
        for item in body {
            match item {
                ast::BodyItem::TableComment(comment) => self.line(depth, format!("table comment {:?}", comment.value)),
                ast::BodyItem::Comment(comment) => self.line(depth, format!("comment {:?}", comment.value)),
                ast::BodyItem::Blank(count) => self.line(depth, format!("blank {}", count.value)),
                ast::BodyItem::Separator(separator) => {
                    let mark = if separator.underscores { "___" } else { "---" };
                    self.line(depth, format!("{mark} {:?}", separator.text));
                }
                ast::BodyItem::Attribute(attribute) => {
                    let default = attribute.default.as_ref().map_or(String::new(), |default| format!(" = {:?}", default.value));
                    let comment = Self::comment(&attribute.comment);
                    self.line(depth, format!("{}{default} : {:?}{comment}", attribute.name.value, attribute.ty.value));
                }
                ast::BodyItem::Reference(reference) => {
                    let options: Vec<&str> = reference.options.iter().map(|option| option.value.as_str()).collect();
                    let path: Vec<&str> = reference.target.path.iter().map(|word| word.value.as_str()).collect();
                    let called = if reference.target.called { "()" } else { "" };
                    let projection = reference.target.projection.as_ref().map_or(String::new(), |projection| {
                        let arguments = projection.arguments.iter().map(|argument| match argument {
                            ast::ProjectionArgument::Ellipsis(_) => "...".to_owned(),
                            ast::ProjectionArgument::Attribute(name) => format!("{:?}", name.value),
                            ast::ProjectionArgument::Rename { new, old } => format!("{}={:?}", new.value, old.value),
                        });
                        format!(" proj({})", arguments.collect::<Vec<_>>().join(", "))
                    });
                    let comment = Self::comment(&reference.comment);
                    self.line(depth, format!("-> {options:?} {}{called}{projection}{comment}", path.join(".")));
                }
                ast::BodyItem::Index(index) => {
                    let arguments: Vec<&str> = index.arguments.iter().map(|argument| argument.value.as_str()).collect();
                    let unique = if index.unique { "unique " } else { "" };
                    self.line(depth, format!("{unique}index {arguments:?}{}", Self::comment(&index.comment)));
                }
                ast::BodyItem::Part(part) => self.table(part, depth),
                ast::BodyItem::Contents(contents) => {
                    self.line(depth, format!("contents{}", Self::comment(&contents.comment)));
                    for row in &contents.rows {
                        match row {
                            ast::ContentsItem::Row { value, comment, .. } => {
                                self.line(depth + 1, format!("{value:?}{}", Self::comment(comment)));
                            }
                            ast::ContentsItem::Comment(comment) => self.line(depth + 1, format!("comment {:?}", comment.value)),
                            ast::ContentsItem::Blank(count) => self.line(depth + 1, format!("blank {}", count.value)),
                            ast::ContentsItem::Error(_) => self.line(depth + 1, "error".to_owned()),
                        }
                    }
                }
                ast::BodyItem::Error(_) => self.line(depth, "error".to_owned()),
            }
        }
    }
}

/// Returns the messages with the text that they point at, one below the other.
fn messages(text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut map = SourceMap::new();
    let file = map.add("case.dj", text);
    assert_eq!(file, FileId(0), "the only file is the first");
    let mut out = String::new();
    for diagnostic in diagnostics {
        let place = |span: Span| {
            let place = map.file(span.file).line_column(span.start);
            format!("{}:{} {:?}", place.line, place.column, map.text(span))
        };
        let at = diagnostic.span.map_or("nowhere".to_owned(), place);
        let _ = writeln!(out, "{at}\n  {:?} {}: {}", diagnostic.level, diagnostic.code.id, diagnostic.message);
        for label in &diagnostic.labels {
            let _ = writeln!(out, "  at {}: {}", place(label.span), label.text);
        }
        for help in &diagnostic.help {
            let _ = writeln!(out, "  help: {help}");
        }
        for fix in &diagnostic.fixes {
            let _ = writeln!(out, "  fix ({:?}): {}", fix.confidence, fix.title);
            for edit in &fix.edits {
                let _ = writeln!(out, "    {} -> {:?}", place(edit.span), edit.text);
            }
        }
    }
    out
}

fn settings(folder: &str) -> insta::Settings {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn good_files_have_their_trees() {
    for (name, text) in cases("parse/ok") {
        let (file, diagnostics) = parsed(&text);
        settings("parse/ok").bind(|| {
            insta::assert_snapshot!(name, format!("{}\n{}", Dump::default().file(&file), messages(&text, &diagnostics)).trim_end());
        });
    }
}

#[test]
fn broken_files_have_their_messages() {
    for (name, text) in cases("parse/err") {
        let (_, diagnostics) = parsed(&text);
        assert!(!diagnostics.is_empty(), "{name} is broken");
        settings("parse/err")
            .bind(|| insta::assert_snapshot!(name, format!("{text}\n=====\n{}", messages(&text, &diagnostics)).trim_end()));
    }
}

#[test]
fn files_have_one_form() {
    for (name, text) in cases("fmt") {
        let (file, _) = parsed(&text);
        settings("fmt").bind(|| insta::assert_snapshot!(name, format(&text, &file)));
    }
}

/// Returns the tree without what the formatter may change: places, blank lines, where a plain comment stood between an
/// annotation and its table.
fn meaning(file: &ast::File) -> String {
    let dump = Dump::default().file(file);
    dump.lines().filter(|line| !line.trim_start().starts_with("blank ")).map(|line| format!("{line}\n")).collect()
}

fn assert_format_laws(text: &str) {
    let (file, diagnostics) = parsed(text);
    let once = format(text, &file);
    let (again, more) = parsed(&once);
    let twice = format(&once, &again);
    assert_eq!(once, twice, "formatting twice is formatting once:\n{text}");
    if diagnostics.is_empty() {
        assert_eq!(meaning(&file), meaning(&again), "the form means the same:\n{text}\n-----\n{once}");
        assert!(more.is_empty(), "the form of a good file is good:\n{once}\n{}", messages(&once, &more));
    }
}

#[test]
fn byte_order_mark_behind_blanks_is_no_part_of_the_text() {
    // Formatting took the blanks away, and then the mark was the head of the file.
    assert_format_laws("\u{1c}\u{feff}schema lab\n\nmanual A {\n    a:int\n}\n");
    assert_format_laws("\n \u{feff}\u{feff}manual A {\n    a:int\n}\n");
}

#[test]
fn mistakes_that_the_form_would_move_stay_where_they_are() {
    // Formatting moved the annotations behind the lines of the broken table, where their parentheses closed elsewhere.
    assert_format_laws(
        "schema err\n\n@\n@mixin spyglass\n@mixin(spyglschema  First {\n    a : int\n\n    @mixin(x)\n    b : int\n\n    @allow(\n    c : int\n\n    \
         @allow(DJ0301)\nDJ0301)\n}\n\n@key_source(A & 'x)\ncomputed Second {\n    -> First\n}\n\n@mixin(a) b\n@allow(DJ0301)\n\nuse a\n@last(1)\n",
    );
    // The brace behind the part closed the table, and in the next run nothing.
    assert_format_laws("schema a\n\nmanual Foo {\npart null}\nschema schema schema \n}\n");
}

#[test]
fn formatting_keeps_the_meaning_of_every_case() {
    for folder in ["parse/ok", "parse/err", "fmt"] {
        for (_, text) in cases(folder) {
            assert_format_laws(&text);
        }
    }
}

/// Checks what holds for every text: no panic, and every place is in the text and between characters.
fn assert_total(text: &str) {
    let (file, diagnostics) = parsed(text);
    for diagnostic in &diagnostics {
        let edits = diagnostic.fixes.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in diagnostic.span.into_iter().chain(diagnostic.labels.iter().map(|label| label.span)).chain(edits) {
            assert!(text.get(span.range()).is_some(), "{diagnostic:?} points out of {text:?}");
        }
    }
    drop(file);
    let mut sink = Sink::new();
    parse_definition(FileId(0), text, &mut sink);
    for diagnostic in sink.diagnostics() {
        let span = diagnostic.span.expect("a syntax error has a place");
        assert!(text.get(span.range()).is_some(), "{diagnostic:?} points out of {text:?}");
    }
}

/// Inputs that the fuzzer starts from or once found something with.
#[test]
fn the_corpus_of_the_fuzzer_is_read_and_formatted() {
    for (_, text) in cases("../../fuzz/corpus/parse") {
        assert_total(&text);
        assert_format_laws(&text);
    }
}

/// One megabyte of trouble each; a quadratic step would take minutes.
#[test]
fn hostile_texts_are_read_in_linear_time() {
    let inside = |text: String| format!("schema a\n\nmanual A {{\n{text}\n}}\n");
    let texts = [
        "}".repeat(1_000_000),
        "manual A { ".repeat(100_000),
        "manual A {\n".repeat(100_000),
        "@x(\n".repeat(250_000),
        "use a.{\n".repeat(125_000),
        inside("part B {\n".repeat(100_000)),
        inside("part B { ".repeat(100_000)),
        inside(format!("contents [\n{}", "(".repeat(1_000_000))),
        inside("contents [\n".repeat(100_000)),
        inside("contents [ ] ".repeat(80_000)),
        inside(format!("a = {} : int", "'\"".repeat(500_000))),
        inside(format!("-> A{}", ".a".repeat(500_000))),
        inside(format!("index ({}", "(a),".repeat(250_000))),
        inside(format!("index {}", "(".repeat(1_000_000))),
        inside("} ".repeat(500_000)),
    ];
    for text in texts {
        let begun = std::time::Instant::now();
        parsed(&text);
        assert!(begun.elapsed().as_secs() < 60, "{:?} took {:?}", &text[..40], begun.elapsed());
    }
}

mod laws {
    use proptest::prelude::*;

    use super::{assert_format_laws, assert_total, cases};

    /// Words and signs of the language, and a few strangers.
    fn token() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            "schema ",
            "extern ",
            "use ",
            "manual ",
            "lookup ",
            "computed ",
            "part ",
            "Foo",
            "bar",
            "a.b",
            " as ",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "\n",
            "\n",
            "\n",
            "\n    ",
            " : ",
            ":",
            "=",
            " = ",
            "null",
            "int",
            "varchar(3)",
            "<blob>",
            "#",
            "##",
            "# x",
            "'",
            "\"",
            "---",
            "___",
            "--",
            "->",
            "-> ",
            ".proj(",
            "...",
            ",",
            ";",
            "index ",
            "unique ",
            "@a",
            "@a(",
            "contents [",
            "contents",
            "1",
            "-1.5",
            "None",
            "true",
            "b'x'",
            "\\",
            "\r",
            "\u{a0}",
            "ö",
            "\u{1F42D}",
            "\t",
            " ",
            "\"\"\"",
            "&",
            "*",
            "definition = ",
            "class ",
            "\u{1c}",
            "date(",
            "<",
            ">",
            "%{",
        ])
    }

    fn files() -> Vec<String> {
        ["parse/ok", "parse/err", "fmt"].into_iter().flat_map(cases).map(|(_, text)| text).collect()
    }

    /// A good file with pieces cut out, doubled and put elsewhere.
    fn mutated() -> impl Strategy<Value = String> {
        let edit = (any::<prop::sample::Index>(), 0usize..12, any::<bool>(), prop::option::of(token()));
        (proptest::sample::select(files()), prop::collection::vec(edit, 1..6)).prop_map(|(text, edits)| {
            let mut chars: Vec<char> = text.chars().collect();
            for (at, length, keep, insert) in edits {
                let at = at.index(chars.len() + 1);
                let end = (at + length).min(chars.len());
                let cut: Vec<char> = if keep { chars[at..end].to_vec() } else { chars.drain(at..end).collect() };
                let more = insert.map_or(cut, |token| token.chars().collect());
                chars.splice(at..at, more);
            }
            chars.into_iter().collect()
        })
    }

    fn soup() -> impl Strategy<Value = String> {
        prop::collection::vec(token(), 0..60).prop_map(|tokens| tokens.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read(text in "\\PC*") {
            assert_total(&text);
        }

        #[test]
        fn any_soup_of_tokens_is_read_and_formatted(text in soup()) {
            assert_total(&text);
            assert_format_laws(&text);
        }

        #[test]
        fn any_definition_is_read_and_formatted(text in soup()) {
            let text = format!("schema a\n\nmanual Foo {{\n{text}\n}}\n");
            assert_total(&text);
            assert_format_laws(&text);
        }

        #[test]
        fn any_damage_to_a_good_file_is_read_and_formatted(text in mutated()) {
            assert_total(&text);
            assert_format_laws(&text);
        }
    }
}
