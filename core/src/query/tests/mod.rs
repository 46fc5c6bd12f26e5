//! Queries as SQL of all servers, over the tables of the examples in datajoint's own tests.

mod model;
mod operators;
mod restrict;

use std::sync::Arc;

use super::*;
use crate::dialect::{SERVERS, Server};
use crate::value::Value;

/// Three tables of one line, an independent one with the same key, and one of every type.
fn lab() -> Arc<Model> {
    model::model(&[
        ("Subj", "subj : varchar(8)\n---\nage=null : int16\nnote='' : varchar(64)"),
        ("Sess", "-> Subj\nsess : int32\n---\nrig : varchar(8)"),
        ("Ref", "rid : int32\n---\n-> Sess (src_subj=subj, src_sess=sess)"),
        ("Other", "subj : varchar(8)\n---\nweight=null : float64"),
        ("Far", "far : int32\n---\nnote='' : varchar(64)"),
        (
            "Typed",
            "id : uuid\n---\nnumber : int32\nflag : bool\nprice : decimal(6,2)\nratio : float32\nday : date\nstart : datetime\nclock : time\n\
             kind : enum('a','b')\nname : varchar(4)\ninfo=null : json\ndata=null : <blob>\nraw=null : bytes",
        ),
    ])
}

fn table(class: &str) -> Query {
    let model = lab();
    let id = model.find(&format!("lab.{class}")).expect("a table of the test");
    Query::table(&model, id)
}

fn equal(values: &[(&str, Value)]) -> Restriction {
    Restriction::Equal(values.iter().map(|(name, value)| (name.to_string(), value.clone())).collect())
}

fn compare(attribute: &str, comparison: Comparison) -> Restriction {
    Restriction::Compare { attribute: attribute.to_string(), comparison }
}

fn not(restriction: Restriction) -> Restriction {
    Restriction::Not(Box::new(restriction))
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(one, other)| (one.to_string(), other.to_string())).collect()
}

fn by(attribute: &str, descending: bool) -> Order {
    Order { attribute: Some(attribute.to_string()), descending }
}

/// The SQL on all servers: one after the other, those that say the same together.
fn everywhere(write: impl Fn(&Scope) -> Result<Sql, QueryError>) -> String {
    let mut shown: Vec<(String, String)> = Vec::new();
    for server in SERVERS {
        let text = match write(&Scope::new(server)) {
            Ok(sql) => format!("{}\n-- {:?}\n", sql.text, sql.values),
            Err(error) => format!("error: {error}\n"),
        };
        match shown.iter_mut().find(|(_, known)| *known == text) {
            Some((servers, _)) => servers.push_str(&format!(", {}", server.as_str())),
            None => shown.push((server.as_str().to_string(), text)),
        }
    }
    shown.iter().map(|(servers, text)| format!("{servers}:\n{text}")).collect()
}

fn fetched(query: &Query) -> String {
    everywhere(|scope| query.select(scope, &Columns::All))
}

/// The error of an operator.
fn refused(outcome: Result<Query, QueryError>) -> String {
    match outcome {
        Ok(query) => panic!("{}", fetched(&query)),
        Err(error) => error.to_string(),
    }
}
