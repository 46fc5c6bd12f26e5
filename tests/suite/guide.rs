//! The guide "Change a table that has data" is true: its commands, run line by line on SQLite, say what stands there.

use std::fs;

use crate::support::{TestProject, console, on_any_day, outcome, page_says, root, shell, walked};

const PAGE: &str = "docs/book/change.md";

#[test]
fn guide_to_a_change_is_true() {
    let project = TestProject::new();
    for entry in fs::read_dir(root().join("pipelines/workshop")).expect("the pipeline is there") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), project.path().join(entry.file_name())).expect("a copy");
    }
    let page = fs::read_to_string(root().join(PAGE)).expect("the guide is there");
    let said = walked(&page, |language, block| match language {
        "console" => console(block, |line| on_any_day(&outcome(&mut shell(project.path(), line)).stdout)),
        "python" => {
            let name = block.lines().next().and_then(|line| line.strip_prefix("# ")).expect("the block begins with the name of its file");
            project.write(name, block);
            block.to_string()
        }
        _ => {
            assert!(project.read("workshop.dj").contains(block), "the file does not have\n{block}");
            block.to_string()
        }
    });
    page_says(PAGE, &page, &said);
}
