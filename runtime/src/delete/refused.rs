//! What a server says when rows cannot go: which child holds them, by which constraint.

use djc_core::ir::TableId;

use super::live::Live;
use crate::error::SqlError;
use crate::fault::{Error, ErrorKind};

/// Explains the refusal of a delete.
pub(super) fn refused(live: &Live, table: TableId, error: SqlError) -> Error {
    let is_foreign_key = error.code().is_some_and(|code| code.is(&[1451, 1217, 787, 1811], &["23503", "23001"]));
    let name = live.name(table);
    if !is_foreign_key {
        return Error::from(error).table(name);
    }
    let SqlError::Server { message, .. } = &error else { return Error::from(error).table(name) };
    let Holder { schema, child, constraint } = holder(message);
    let Some(child) = child else {
        // MySQL does not name to an account what it may not see, SQLite names nothing to anybody.
        let fault = Error::new(
            ErrorKind::HasChildren,
            format!("rows of `{name}` cannot be deleted: rows of a table that this account does not see stand on them"),
        );
        return fault
            .table(name)
            .cause("the server names neither the table nor the constraint to this account")
            .next_step("ask an administrator for SELECT and DELETE on the schemas that build on this one; nothing has been deleted")
            .source(error);
    };
    let place = match &schema {
        Some(schema) => format!("{schema}.{child}"),
        None => child.clone(),
    };
    let known = live
        .model
        .pipeline()
        .tables()
        .any(|(id, table)| table.stored == child && schema.as_ref().is_none_or(|schema| live.place(id).0 == *schema));
    if known {
        let message = format!("rows of `{place}` that stand on rows of `{name}` came in while these were deleted");
        return Error::new(ErrorKind::Contention, message).table(name).next_step("delete again; nothing has been deleted").source(error);
    }
    let message = format!("rows of `{name}` cannot be deleted: rows of `{place}` stand on them, which this account does not see");
    let mut fault = Error::new(ErrorKind::HasChildren, message).table(name).value("child", place.clone());
    if let Some(constraint) = constraint {
        fault = fault.value("constraint", constraint.clone()).cause(format!("the constraint `{constraint}` of `{place}` holds them"));
    }
    fault
        .next_step(format!(
            "ask the owner of `{place}` to delete its rows first, or an administrator for SELECT and DELETE on it; nothing has been deleted"
        ))
        .source(error)
}

/// Explains why rows that would go cannot be counted.
pub(super) fn unreadable(live: &Live, error: Error) -> Error {
    if error.kind() != ErrorKind::Denied {
        return error;
    }
    let table = error.details().table.clone().unwrap_or_default();
    let message = format!("what stands on `{}` cannot be read whole: {}", live.name(live.root), error.details().message);
    let mut fault = Error::new(ErrorKind::Denied, message).table(table.clone());
    fault = fault.cause(format!("rows of `{table}` would go too, and this account may not read them"));
    fault.next_step(format!("ask an administrator for SELECT and DELETE on `{table}`; nothing has been deleted"))
}

/// Who holds rows, as far as the server says.
#[derive(Debug, PartialEq, Eq)]
struct Holder {
    schema: Option<String>,
    child: Option<String>,
    constraint: Option<String>,
}

/// Reads the words of MySQL, MariaDB and PostgreSQL. MariaDB leaves the schema out where it is the parent's.
fn holder(message: &str) -> Holder {
    let none = Holder { schema: None, child: None, constraint: None };
    if let Some((_, rest)) = message.split_once("a foreign key constraint fails (") {
        let mut names = rest.split('`').skip(1).step_by(2).map(str::to_string);
        let (first, second) = (names.next(), names.next());
        let (schema, child) = match rest.trim_start_matches(['`']).split_once('`') {
            Some((_, behind)) if behind.starts_with('.') => (first, second),
            _ => (None, first),
        };
        let constraint = rest.split_once("CONSTRAINT `").and_then(|(_, rest)| rest.split_once('`')).map(|(name, _)| name.to_string());
        return Holder { schema, child, constraint };
    }
    if let Some((_, rest)) = message.split_once("violates foreign key constraint \"")
        && let Some((constraint, rest)) = rest.split_once('"')
        && let Some((_, rest)) = rest.split_once("on table \"")
        && let Some((child, _)) = rest.split_once('"')
    {
        return Holder { schema: None, child: Some(child.to_string()), constraint: Some(constraint.to_string()) };
    }
    none
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_name_the_child_and_the_constraint() {
        let mysql = "Cannot delete or update a parent row: a foreign key constraint fails (`lab_b`.`_scan`, CONSTRAINT `_scan_ibfk_1` FOREIGN KEY (`subj`) REFERENCES `lab_a`.`subj` (`subj`) ON DELETE RESTRICT ON UPDATE CASCADE)";
        let said = |schema: Option<&str>, child: &str, constraint: &str| Holder {
            schema: schema.map(str::to_string),
            child: Some(child.to_string()),
            constraint: Some(constraint.to_string()),
        };
        assert_eq!(holder(mysql), said(Some("lab_b"), "_scan", "_scan_ibfk_1"));
        let postgres = "update or delete on table \"subj\" violates foreign key constraint \"_scan_subj_fkey\" on table \"_scan\"";
        assert_eq!(holder(postgres), said(None, "_scan", "_scan_subj_fkey"));
        let silent = "Cannot delete or update a parent row: a foreign key constraint fails";
        assert_eq!(holder(silent), Holder { schema: None, child: None, constraint: None });
    }
}
