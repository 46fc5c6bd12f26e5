//! Lints: each has a case that provokes it and nothing else, a near miss that provokes nothing, and fixes that mend.

use std::collections::BTreeSet;
use std::fs;

use djc::check::{self, Levels, Settings, rules::RULES};
use djc::config::Config;
use djc::core::source::{FileId, SourceMap};
use djc::diag::{Code, Confidence, Diagnostic, Fix, Level, Sink, fix, human};
use djc::{parser, resolve};

use crate::support::{root, snapshot};

/// Files of a case, all in one project.
struct Project {
    files: Vec<(String, String)>,
    config: Config,
}

impl Project {
    /// Returns `tests/data/check/RULE/FILE.dj` with what stands beside it, the other case left out.
    fn case(rule: &str, file: &str) -> Self {
        let folder = root().join("tests/data/check").join(rule);
        let mut project = Project { files: Vec::new(), config: Config::default() };
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("readable").file_name().into_string().expect("names of cases are ASCII"))
            .collect();
        names.sort();
        for name in names {
            let text = fs::read_to_string(folder.join(&name)).expect("a case is readable UTF-8");
            match name.strip_suffix(".dj") {
                Some(stem) if stem == file || !["hit", "near_miss"].contains(&stem) => project.files.push((name, text)),
                Some(_) => {}
                None => {
                    let mut sink = Sink::new();
                    project.config = djc::config::read(FileId::default(), &text, &mut sink);
                    assert_eq!(sink.diagnostics(), [], "{}/{name} is a good djc.toml", folder.display());
                }
            }
        }
        project
    }

    fn check(&self, settings: &Settings) -> (SourceMap, Vec<Diagnostic>) {
        let mut sources = SourceMap::new();
        let mut sink = Sink::new();
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(name, text)| {
                let file = sources.add(name.clone(), text.as_str());
                parser::parse(file, text, &mut sink)
            })
            .collect();
        let pipeline = resolve::resolve(&files, &self.config, &mut sink);
        assert!(!sink.has_errors(), "a case of a lint is otherwise without fault: {:#?}", sink.diagnostics());
        check::check(&pipeline, &files, settings, &mut sink);
        (sources, sink.into_sorted())
    }

    /// Returns the settings of the project, with the rule switched on.
    fn settings(&self, code: &Code) -> Settings {
        let mut settings = Settings::from(&self.config);
        if code.level == Level::Allow {
            settings.levels.set(code.slug, Level::Note);
        }
        settings
    }

    /// Applies one fix of each finding that has one of this confidence; `None` when there is none.
    fn mended(&self, sources: &SourceMap, found: &[Diagnostic], confidence: Confidence) -> Option<Project> {
        let chosen: Vec<Diagnostic> = found
            .iter()
            .filter_map(|diagnostic| {
                let fix = diagnostic.fixes.iter().find(|fix| fix.confidence == confidence)?;
                let fix = Fix { confidence: Confidence::Safe, ..fix.clone() };
                Some(Diagnostic { fixes: vec![fix], ..diagnostic.clone() })
            })
            .collect();
        if chosen.is_empty() {
            return None;
        }
        let round = fix::apply(sources, &chosen, &syntax_errors);
        assert_eq!(round.refused, 0, "no fix breaks the text");
        let files = sources.files().map(|(id, file)| {
            let text = round.texts.get(&id).cloned().unwrap_or_else(|| file.text.to_string());
            (file.name.clone(), text)
        });
        Some(Project { files: files.collect(), config: self.config.clone() })
    }
}

fn syntax_errors(file: FileId, text: &str) -> usize {
    let mut sink = Sink::new();
    parser::parse(file, text, &mut sink);
    sink.diagnostics().iter().filter(|diagnostic| diagnostic.level == Level::Error).count()
}

fn folder(code: &Code) -> String {
    code.slug.replace('-', "_")
}

fn lints(found: &[Diagnostic]) -> BTreeSet<&'static str> {
    found.iter().map(|diagnostic| diagnostic.code.id).filter(|id| id.starts_with("DJ03")).collect()
}

fn rendered(sources: &SourceMap, found: &[Diagnostic]) -> String {
    let mut out = Vec::new();
    let look = human::Look { color: false, unicode: true, width: None };
    human::write(&mut out, sources, found, look).expect("a Vec takes all that is written");
    String::from_utf8(out).expect("messages are UTF-8")
}

#[test]
fn every_rule_reports_its_hit_and_is_silent_about_its_near_miss() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let code = rule.code;
        let hit = Project::case(&folder(code), "hit");
        let settings = hit.settings(code);
        let (sources, found) = hit.check(&settings);
        if lints(&found) != BTreeSet::from([code.id]) {
            wrong.push(format!("{}/hit.dj gives {:?}, not {} alone\n{}", folder(code), lints(&found), code.id, rendered(&sources, &found)));
        }
        let (sources, near) = Project::case(&folder(code), "near_miss").check(&settings);
        if !lints(&near).is_empty() {
            wrong.push(format!("{}/near_miss.dj gives {:?}\n{}", folder(code), lints(&near), rendered(&sources, &near)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fixes_leave_a_text_that_parses_and_no_longer_reports() {
    let mut failed = Vec::new();
    for rule in RULES {
        let code = rule.code;
        let hit = Project::case(&folder(code), "hit");
        let settings = hit.settings(code);
        let (sources, found) = hit.check(&settings);
        let mut text = rendered(&sources, &found);
        for (confidence, title) in [(Confidence::Safe, "safe"), (Confidence::Likely, "offered")] {
            let Some(mended) = hit.mended(&sources, &found, confidence) else { continue };
            let (_, left) = mended.check(&settings);
            let fixable = |diagnostic: &&Diagnostic| diagnostic.fixes.iter().any(|fix| fix.confidence == confidence);
            let still = left.iter().filter(|diagnostic| diagnostic.code == code).filter(fixable).count();
            assert_eq!(still, 0, "{}: the {title} fix leaves the finding", code.slug);
            if confidence == Confidence::Safe {
                let without = found.iter().filter(|diagnostic| diagnostic.fixes.is_empty()).count();
                let left = left.iter().filter(|diagnostic| diagnostic.code == code).count();
                assert!(left <= without, "{}: the safe fix leaves findings", code.slug);
            }
            for ((name, before), (_, after)) in hit.files.iter().zip(&mended.files) {
                if before != after {
                    text.push_str(&format!("--- {name} after the {title} fix\n{after}\n"));
                }
            }
        }
        // All snapshots are written before the test fails.
        if std::panic::catch_unwind(|| snapshot("check", &folder(code), &text)).is_err() {
            failed.push(code.slug);
        }
    }
    assert!(failed.is_empty(), "cases that differ from their snapshots: {failed:?}");
}

#[test]
fn every_page_shows_its_cases() {
    for rule in RULES {
        for case in ["hit", "near_miss"] {
            let path = root().join("tests/data/check").join(folder(rule.code)).join(format!("{case}.dj"));
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(rule.code.page().contains(&text), "docs/codes/{}.md shows another example than {}", rule.code.id, path.display());
        }
        assert!(rule.code.page().contains(rule.code.slug), "docs/codes/{}.md does not say how to silence it", rule.code.id);
    }
}

#[test]
fn every_lint_has_a_rule_and_every_folder_of_cases_too() {
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.code.id).collect();
    let codes: Vec<&str> = djc::diag::codes::CODES.iter().map(|code| code.id).filter(|id| id.starts_with("DJ03")).collect();
    assert_eq!(rules, codes);
    let known: BTreeSet<String> = RULES.iter().map(|rule| folder(rule.code)).collect();
    for entry in fs::read_dir(root().join("tests/data/check")).expect("readable") {
        let name = entry.expect("readable").file_name().into_string().expect("ASCII");
        assert!(known.contains(&name), "tests/data/check/{name} belongs to no rule");
    }
}

/// A part with a floating-point key below a master with one.
const FLOATS: &str =
    "schema rig\n\nANNOTATION\nmanual Site {\n    depth : float\n\n    part Spot {\n        -> master\n        width : float\n    }\n}\n";

fn floats(annotation: &str, levels: Levels) -> Vec<(String, Level)> {
    let text = FLOATS.replace("ANNOTATION", annotation);
    let project = Project { files: vec![("rig.dj".to_string(), text)], config: Config::default() };
    let (_, found) = project.check(&Settings { levels });
    found.into_iter().map(|diagnostic| (diagnostic.table.expect("lints of tables name them"), diagnostic.level)).collect()
}

#[test]
fn allow_on_a_master_covers_its_parts() {
    let both = [("rig.Site".to_string(), Level::Warning), ("rig.Site.Spot".to_string(), Level::Warning)];
    assert_eq!(floats("", Levels::default()), both);
    assert_eq!(floats("@allow(DJ0301)", Levels::default()), []);
    assert_eq!(floats("@allow(float-in-key)", Levels::default()), []);
    assert_eq!(floats("@allow(DJ0302)", Levels::default()), both);
}

#[test]
fn levels_of_the_project_hold_for_every_table_without_allow() {
    let denied = Levels::new(&[], &["DJ0301".to_string()]);
    assert!(floats("", denied.clone()).iter().all(|(_, level)| *level == Level::Error));
    assert_eq!(floats("@allow(DJ0301)", denied), [], "`@allow` is nearer to the table than djc.toml");
    assert_eq!(floats("", Levels::new(&["float-in-key".to_string()], &[])), []);
    let mut warnings = Levels::default();
    warnings.set("warnings", Level::Error);
    assert_eq!(floats("", warnings).len(), 2);
}

#[test]
fn the_pipelines_that_come_along_give_no_warnings() {
    for entry in fs::read_dir(root().join("pipelines")).expect("readable") {
        let folder = entry.expect("readable").path();
        let mut project = Project { files: Vec::new(), config: Config::default() };
        for entry in fs::read_dir(&folder).expect("a folder of files") {
            let path = entry.expect("readable").path();
            let text = fs::read_to_string(&path).expect("UTF-8");
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("dj") => project.files.push((path.display().to_string(), text)),
                Some("toml") => project.config = djc::config::read(FileId::default(), &text, &mut Sink::new()),
                _ => {}
            }
        }
        let (sources, mut found) = project.check(&Settings::from(&project.config));
        found.retain(|diagnostic| diagnostic.level > Level::Note);
        assert!(found.is_empty(), "{}", rendered(&sources, &found));
    }
}

#[test]
fn tables_of_an_extern_schema_are_not_judged() {
    let text = FLOATS.replace("ANNOTATION", "").replace("schema rig", "extern schema rig");
    let project = Project { files: vec![("rig.dj".to_string(), text)], config: Config::default() };
    assert_eq!(project.check(&Settings::default()).1, []);
}

#[test]
fn a_broken_table_is_not_judged_for_what_it_lacks() {
    let text = "schema rig\n\ncomputed Summary {\n    -> Missing\n}\n";
    let mut sink = Sink::new();
    let mut sources = SourceMap::new();
    let file = sources.add("rig.dj", text);
    let files = [parser::parse(file, text, &mut sink)];
    let pipeline = resolve::resolve(&files, &Config::default(), &mut sink);
    assert!(sink.has_errors(), "the arrow leads nowhere");
    let mut lints = Sink::new();
    check::check(&pipeline, &files, &Settings::default(), &mut lints);
    assert_eq!(lints.diagnostics(), [], "one mistake is one message");
}
