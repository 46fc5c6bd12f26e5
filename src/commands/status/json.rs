//! The page for programs. Fields are added, never renamed or removed.

use djc_core::catalog::Table;
use djc_runtime::status::{Count, Progress};
use serde_json::{Value, json};

use super::declared::Drift;
use super::{Kind, Page, class};

pub(super) fn json(page: &Page) -> Value {
    json!({
        "version": 1,
        "database": page.url,
        "server": page.server,
        "exact": page.exact,
        "schemas": page.catalog.schemas.values().map(|schema| json!({
            "name": schema.name,
            "generation": page.generations.get(&schema.name).map(|found| found.usual.as_str()),
            "both_generations": page.generations.get(&schema.name).map(|found| found.both),
            "last_event": page.status.log.get(&schema.name).map(|event| json!({
                "at": event.at, "user": event.user, "event": event.event,
            })),
            "tables": schema.tables.values().map(|it| table(page, it)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "drift": page.drift.as_ref().map(drift),
        "unused": page.unused.as_ref().map(|unused| unused.iter().map(|unused| {
            let status = &page.status.tables[&unused.key];
            json!({
                "schema": unused.key.0,
                "table": unused.key.1,
                "class": class(&unused.key.1),
                "rows": status.rows.map(Count::number),
                "prefix": unused.key.0.split('_').next(),
                "last_write": status.last_write,
                "last_mention": status.mention.as_ref().map(|mention| json!({ "at": mention.at, "what": mention.what })),
                "referred_to_by": unused.referrers.iter().map(|(schema, table)| json!([schema, table])).collect::<Vec<_>>(),
            })
        }).collect::<Vec<_>>()),
        "notes": page.status.notes,
        "unseen": page.unseen.iter().map(|unseen| json!({ "what": unseen.what.to_string(), "grant": unseen.grant })).collect::<Vec<_>>(),
    })
}

fn table(page: &Page, table: &Table) -> Value {
    let status = page.of(table);
    let jobs = &status.jobs;
    json!({
        "name": table.name,
        "class": class(&table.name),
        "tier": Kind::of(table).word(),
        "rows": status.rows.map(Count::number),
        "rows_exact": status.rows.map(Count::is_exact),
        "data_bytes": status.data_bytes,
        "index_bytes": status.index_bytes,
        "last_write": status.last_write,
        "progress": status.progress.map(|progress| match progress {
            Progress::Keys { total, missing } => json!({
                "keys": total.number(), "missing": missing.number(), "exact": total.is_exact() && missing.is_exact(), "key_source": "references",
            }),
            Progress::OwnKeySource => json!({ "keys": null, "missing": null, "exact": false, "key_source": "own" }),
            Progress::Unknown => json!({ "keys": null, "missing": null, "exact": false, "key_source": "references" }),
        }),
        "jobs": (!jobs.is_empty()).then(|| json!({
            "pending": jobs.pending, "reserved": jobs.reserved, "error": jobs.error, "ignore": jobs.ignore, "success": jobs.success,
            "oldest_reserved": jobs.oldest_reserved,
            "last_error": jobs.last_error.as_ref().map(|error| json!({ "at": error.at, "message": error.message })),
        })),
    })
}

fn drift(drift: &Drift) -> Value {
    match drift {
        Drift::Broken => json!({ "compared": false, "reason": "the sources have errors" }),
        Drift::Elsewhere { .. } => json!({ "compared": false, "reason": "none of the schemas of the sources is here" }),
        Drift::Compared(found) => json!({
            "compared": true,
            "declared": found.declared,
            "missing": found.missing,
            "undeclared": found.undeclared,
            "known": found.known,
            "differing": found.differing.iter().map(|(schema, table)| json!([schema, table])).collect::<Vec<_>>(),
        }),
    }
}
