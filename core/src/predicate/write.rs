//! A predicate in the SQL of one server.

use super::bound;
use super::constant::{Constant, Written, article};
use super::function::{Returns, Role};
use super::tree::{Arithmetic, Call, CastType, Compare, Expr, Node, Path, Step};
use super::{Columns, Holds, Wrong};
use crate::dialect::{Quoting, Server};
use crate::plan::Literal;

type Done = Result<(), Wrong>;

/// Longest SQL that a short text may become. Some servers have to be told a part twice, and a part of that twice again.
const LENGTH_MAX: usize = 100_000;

/// Writes an expression, or a condition.
pub(super) fn write(
    root: &Expr,
    is_condition: bool,
    text_len: usize,
    server: Server,
    columns: &dyn Columns,
    out: &mut String,
    values: &mut Vec<Literal>,
) -> Done {
    let limit = out.len() + LENGTH_MAX.max(text_len * 16);
    let mut writer = Writer { server, columns, out, values, limit };
    if is_condition { writer.condition(root) } else { writer.value(root) }
}

/// Returns what an expression comes to.
pub(super) fn holds(expr: &Expr, column: &dyn Fn(&str) -> Holds) -> Holds {
    match &expr.node {
        Node::Null => Holds::Unknown,
        Node::Attribute(name) => column(name),
        Node::Path(path) => path.ty.map_or(Holds::Text, CastType::holds),
        Node::Number(_) | Node::Text(_) | Node::Bytes(_) | Node::Truth(_) => {
            Constant::of(expr).map_or(Holds::Unknown, |constant| constant.holds())
        }
        Node::Dated(holds, _) => *holds,
        Node::Negative(_) | Node::Arithmetic(..) | Node::Elapsed(..) => Holds::Number,
        Node::Binary(part) | Node::Collate(part, _) => match holds(part, column) {
            Holds::Choice => Holds::Text,
            other => other,
        },
        Node::Not(_)
        | Node::All(_)
        | Node::Any(_)
        | Node::Xor(..)
        | Node::Compare(..)
        | Node::IsNull(..)
        | Node::IsTruth(..)
        | Node::In(..)
        | Node::Between(..)
        | Node::Like { .. }
        | Node::Regexp(..) => Holds::Truth,
        Node::Row(_) | Node::Interval(..) => Holds::Unknown,
        Node::Shifted { moment, unit, .. } => match holds(moment, column) {
            Holds::Day if unit.is_of_days() => Holds::Day,
            Holds::Time => Holds::Time,
            Holds::Text if unit.is_of_days() && super::moment::is_day(moment) => Holds::Day,
            _ => Holds::Moment,
        },
        Node::Case { branches, otherwise, .. } => {
            common(branches.iter().map(|(_, value)| value).chain(otherwise.iter().map(|value| &**value)), column)
        }
        Node::Cast(_, ty) => ty.holds(),
        Node::Call(call) => match call.function.returns {
            Returns::Always(holds) => holds,
            Returns::ValuesFrom(first) => match (call.function.role, common(call.arguments.iter().skip(first), column)) {
                // The greatest truth value is a number.
                (Role::Aggregate, Holds::Truth) => Holds::Number,
                (_, holds) => holds,
            },
        },
    }
}

/// Returns what several values are that stand for each other; constants go by the others.
fn common<'e>(values: impl Iterator<Item = &'e Expr>, column: &dyn Fn(&str) -> Holds) -> Holds {
    let (mut own, mut constant) = (None, None);
    for value in values {
        if let Some(found) = Constant::of(value) {
            constant = match (constant, found.holds()) {
                (None, holds) => Some(holds),
                (Some(before), holds) if before == holds => Some(holds),
                (Some(Holds::Truth | Holds::Number), Holds::Truth | Holds::Number) => Some(Holds::Number),
                (Some(_), _) => Some(Holds::Text),
            };
            continue;
        }
        let found = holds(value, column);
        own = match (own, found) {
            (before, Holds::Unknown) => before,
            (None, holds) => Some(holds),
            (Some(Holds::Truth), Holds::Number | Holds::Decimal) => Some(Holds::Number),
            (Some(Holds::Day), Holds::Moment) => Some(Holds::Moment),
            (Some(before), _) => Some(before),
        };
    }
    match (own, constant) {
        (Some(Holds::Truth), Some(Holds::Number)) => Holds::Number,
        (Some(holds), _) => holds,
        (None, constant) => constant.unwrap_or(Holds::Unknown),
    }
}

pub(super) struct Writer<'w> {
    pub server: Server,
    columns: &'w dyn Columns,
    out: &'w mut String,
    values: &'w mut Vec<Literal>,
    limit: usize,
}

impl Writer<'_> {
    pub fn raw(&mut self, sql: &str) {
        self.out.push_str(sql);
    }

    pub fn holds(&self, expr: &Expr) -> Holds {
        holds(expr, &|name| self.columns.holds(name))
    }

    fn quoting(&self) -> Quoting {
        self.server.dialect().facts().quoting
    }

    fn bind(&mut self, value: Literal) {
        let placeholder = bound(self.server, value, self.values);
        self.out.push_str(&placeholder);
    }

    fn constant(&mut self, constant: &Constant, holds: Holds, at: usize) -> Done {
        match constant.beside(holds, self.server).map_err(|message| Wrong::new(at, message))? {
            Written::Plain(sql) => self.raw(&sql),
            Written::Bound(value, Some(cast)) if self.server == Server::Postgres => {
                self.raw("CAST(");
                self.bind(value);
                self.raw(&format!(" AS {cast})"));
            }
            Written::Bound(value, _) => self.bind(value),
        }
        Ok(())
    }

    /// Writes an expression that stands for itself, in parentheses where it is made of several words.
    pub fn value(&mut self, expr: &Expr) -> Done {
        if self.out.len() > self.limit {
            return Err(Wrong::new(expr.at, format!("{} would have to be told far too much here; make it simpler", self.server.as_str())));
        }
        match &expr.node {
            Node::Null => self.raw("NULL"),
            Node::Number(_) | Node::Text(_) | Node::Bytes(_) | Node::Truth(_) => {
                let constant = Constant::of(expr).expect("these are constants");
                self.constant(&constant, constant.holds(), expr.at)?;
            }
            Node::Dated(holds, text) => self.dated(*holds, text, expr.at)?,
            Node::Attribute(name) => self.attribute(name),
            Node::Path(path) => self.path(path, expr.at)?,
            Node::Row(_) | Node::Interval(..) => unreachable!("the check lets rows and intervals stand where their operators write them"),
            Node::Not(part) => self.around("(NOT ", part, ")", Writer::condition)?,
            Node::Negative(part) => self.around("(- ", part, ")", Writer::number)?,
            Node::Binary(part) => match self.server {
                Server::MySql | Server::MariaDb => self.around("CAST(", part, " AS BINARY)", Writer::value)?,
                Server::Postgres | Server::Sqlite => self.value(part)?,
            },
            Node::Collate(part, name) => self.collate(part, name, expr.at)?,
            Node::All(parts) => self.joined(parts, " AND ", Writer::condition)?,
            Node::Any(parts) => self.joined(parts, " OR ", Writer::condition)?,
            Node::Xor(left, right) => match self.server {
                Server::MySql | Server::MariaDb => self.between(left, " XOR ", right, Writer::condition)?,
                Server::Postgres | Server::Sqlite => self.between(left, " <> ", right, Writer::condition)?,
            },
            Node::Compare(op, left, right) => self.compare(*op, left, right, expr.at)?,
            Node::Arithmetic(op, left, right) => self.arithmetic(*op, left, right)?,
            Node::Shifted { moment, earlier, amount, unit } => self.shifted(moment, *earlier, amount, *unit)?,
            Node::Elapsed(unit, from, to) => self.elapsed(*unit, from, to, expr.at)?,
            Node::IsNull(part, negated) => {
                self.around("(", part, if *negated { " IS NOT NULL)" } else { " IS NULL)" }, Writer::value)?;
            }
            Node::IsTruth(part, wanted, negated) => {
                let sql = match (wanted, negated) {
                    (true, false) => " IS TRUE)",
                    (true, true) => " IS NOT TRUE)",
                    (false, false) => " IS FALSE)",
                    (false, true) => " IS NOT FALSE)",
                };
                self.around("(", part, sql, Writer::condition)?;
            }
            Node::In(operand, list, negated) => self.in_list(operand, list, *negated)?,
            Node::Between(operand, low, high, negated) => self.range(operand, low, high, *negated)?,
            Node::Like { operand, pattern, escape, negated } => self.like(operand, pattern, *escape, *negated)?,
            Node::Regexp(operand, pattern, negated) => self.regexp(operand, pattern, *negated, expr.at)?,
            Node::Case { operand, branches, otherwise } => self.case(operand.as_deref(), branches, otherwise.as_deref(), expr)?,
            Node::Cast(part, ty) => self.cast(part, *ty, expr.at)?,
            Node::Call(call) => self.call(call, expr.at)?,
        }
        Ok(())
    }

    fn around(&mut self, before: &str, part: &Expr, behind: &str, write: fn(&mut Self, &Expr) -> Done) -> Done {
        self.raw(before);
        write(self, part)?;
        self.raw(behind);
        Ok(())
    }

    fn between(&mut self, left: &Expr, op: &str, right: &Expr, write: fn(&mut Self, &Expr) -> Done) -> Done {
        self.around("(", left, op, write)?;
        write(self, right)?;
        self.raw(")");
        Ok(())
    }

    fn joined(&mut self, parts: &[Expr], op: &str, write: fn(&mut Self, &Expr) -> Done) -> Done {
        self.raw("(");
        for (at, part) in parts.iter().enumerate() {
            self.raw(if at > 0 { op } else { "" });
            write(self, part)?;
        }
        self.raw(")");
        Ok(())
    }

    /// Writes something that is true or false.
    fn condition(&mut self, expr: &Expr) -> Done {
        match self.holds(expr) {
            Holds::Truth | Holds::Unknown => self.value(expr),
            // Where a truth value is a number, AND and OR take any; XOR is written as a comparison on SQLite.
            Holds::Number | Holds::Decimal => match self.server {
                Server::MySql | Server::MariaDb => self.value(expr),
                Server::Postgres | Server::Sqlite => self.around("(", expr, " <> 0)", Writer::value),
            },
            other => Err(Wrong::new(expr.at, format!("this is {} and no condition; compare it with something", article(other)))),
        }
    }

    /// Writes something that is counted with.
    pub fn number(&mut self, expr: &Expr) -> Done {
        if let Some(constant) = Constant::of(expr) {
            return self.constant(&constant, Holds::Number, expr.at);
        }
        match self.holds(expr) {
            Holds::Number | Holds::Decimal | Holds::Unknown => self.value(expr),
            Holds::Truth => self.not_truth(expr),
            Holds::Day | Holds::Moment | Holds::Time => {
                let message =
                    "dates are no numbers: add an interval (`start + interval 1 day`), or count with `timestampdiff(second, start, stop)`";
                Err(Wrong::new(expr.at, message.to_string()))
            }
            other @ (Holds::Text | Holds::Choice | Holds::Uuid | Holds::Json | Holds::Bytes) => {
                Err(Wrong::new(expr.at, format!("this is {}; to count with it write `cast(… as decimal(20,6))`", article(other))))
            }
        }
    }

    /// Writes a value that is no truth value: on PostgreSQL as a number.
    fn not_truth(&mut self, expr: &Expr) -> Done {
        if self.server == Server::Postgres && self.holds(expr) == Holds::Truth {
            return self.around("CAST(", expr, " AS integer)", Writer::value);
        }
        self.value(expr)
    }

    /// Writes something that is read as a text.
    fn text(&mut self, expr: &Expr) -> Done {
        if let Some(constant @ (Constant::Text(_) | Constant::Number(_))) = Constant::of(expr) {
            return self.constant(&constant, Holds::Text, expr.at);
        }
        match (self.server, self.holds(expr)) {
            (Server::MySql | Server::MariaDb | Server::Sqlite, _) | (Server::Postgres, Holds::Text | Holds::Choice) => self.value(expr),
            // Elsewhere `true` reads as 1.
            (Server::Postgres, Holds::Truth) => self.around("CAST(CAST(", expr, " AS integer) AS text)", Writer::value),
            (Server::Postgres, _) => self.around("CAST(", expr, " AS text)", Writer::value),
        }
    }

    fn text_or_bytes(&mut self, expr: &Expr) -> Done {
        if self.holds(expr) == Holds::Bytes { self.value(expr) } else { self.text(expr) }
    }

    /// Writes a value in the form of its neighbours.
    fn beside(&mut self, expr: &Expr, holds: Holds) -> Done {
        if let Some(constant) = Constant::of(expr) {
            return self.constant(&constant, holds, expr.at);
        }
        let own = self.holds(expr);
        match (own, holds) {
            (Holds::Truth, Holds::Number | Holds::Decimal) => self.not_truth(expr),
            (Holds::Day, Holds::Moment) if self.server == Server::Sqlite => self.around("(", expr, " || ' 00:00:00')", Writer::value),
            _ => self.value(expr),
        }
    }

    fn attribute(&mut self, name: &str) {
        let (before, behind) = match (self.server, self.columns.holds(name)) {
            // As a text it can be compared with any text; the type of its list refuses those that are not in it.
            (Server::Postgres, Holds::Choice) => ("CAST(", " AS text)"),
            // A fixed-point number is kept as text there.
            (Server::Sqlite, Holds::Decimal) => ("CAST(", " AS NUMERIC)"),
            _ => ("", ""),
        };
        self.raw(before);
        self.column(name);
        self.raw(behind);
    }

    fn column(&mut self, name: &str) {
        self.columns.write(name, self.out, self.values);
    }

    fn path(&mut self, path: &Path, at: usize) -> Done {
        let holds = self.columns.holds(&path.attribute);
        if !matches!(holds, Holds::Json | Holds::Unknown) {
            let message = format!("`{}` holds {}, and only JSON has something inside", path.attribute, article(holds));
            return Err(Wrong::new(at, message));
        }
        let (before, behind) = match path.ty {
            None | Some(CastType::Json) => ("(".to_string(), ")".to_string()),
            Some(ty) => cast_words(ty, Holds::Text, self.server, at)?,
        };
        self.raw(&before);
        // A hole of these is the column.
        let place = self.quoting().text(&path.in_words());
        let is_json = path.ty == Some(CastType::Json);
        let template = match self.server {
            Server::MySql | Server::MariaDb | Server::Sqlite if is_json => format!("json_extract(\0, {place})"),
            Server::MySql | Server::MariaDb => {
                format!("CASE json_type(json_extract(\0, {place})) WHEN 'NULL' THEN NULL ELSE json_unquote(json_extract(\0, {place})) END")
            }
            Server::Sqlite => format!(
                "CASE json_type(\0, {place}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(json_extract(\0, {place}) AS TEXT) END"
            ),
            Server::Postgres => {
                let steps: Vec<String> = path.steps.iter().map(|step| self.quoting().text(&step.to_string())).collect();
                format!("\0 {} ARRAY[{}]", if is_json { "#>" } else { "#>>" }, steps.join(", "))
            }
        };
        for (at, piece) in template.split('\0').enumerate() {
            if at > 0 {
                self.column(&path.attribute);
            }
            self.raw(piece);
        }
        self.raw(&behind);
        Ok(())
    }

    fn collate(&mut self, part: &Expr, name: &str, at: usize) -> Done {
        let suffix = match self.server {
            Server::MySql | Server::MariaDb => format!(" COLLATE {name}"),
            Server::Postgres if is_exact(name) => " COLLATE \"C\"".to_string(),
            Server::Sqlite if is_exact(name) => " COLLATE BINARY".to_string(),
            Server::Sqlite if name.ends_with("_ci") || name == "nocase" => " COLLATE NOCASE".to_string(),
            Server::Postgres | Server::Sqlite => {
                let message = format!("{} has no collation `{name}`; write `lower(x) = lower('…')`", self.server.as_str());
                return Err(Wrong::new(at, message));
            }
        };
        self.around("(", part, &format!("{suffix})"), Writer::text)
    }

    fn compare(&mut self, op: Compare, left: &Expr, right: &Expr, at: usize) -> Done {
        if let (Node::Row(left), Node::Row(right)) = (&left.node, &right.node) {
            return self.rows(op, left, right, at);
        }
        let sql = match (op, self.server) {
            (Compare::Eq, _) => " = ",
            (Compare::Ne, _) => " <> ",
            (Compare::Lt, _) => " < ",
            (Compare::Le, _) => " <= ",
            (Compare::Gt, _) => " > ",
            (Compare::Ge, _) => " >= ",
            (Compare::NullSafe, Server::MySql | Server::MariaDb) => " <=> ",
            (Compare::NullSafe, Server::Postgres) => " IS NOT DISTINCT FROM ",
            (Compare::NullSafe, Server::Sqlite) => " IS ",
        };
        let holds = self.common(&[left, right]);
        let is_ordered = matches!(op, Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge);
        self.ordered(is_ordered, holds, &[left, right])?;
        self.raw("(");
        self.beside(left, holds)?;
        self.raw(sql);
        self.beside(right, holds)?;
        self.raw(")");
        Ok(())
    }

    /// Refuses to order texts by a number: the servers disagree whether '10' is less than 9.
    fn ordered(&self, is_ordered: bool, holds: Holds, parts: &[&Expr]) -> Done {
        let number = parts.iter().find(|part| matches!(Constant::of(part), Some(Constant::Number(_))));
        match (is_ordered && matches!(holds, Holds::Text | Holds::Choice), number) {
            (true, Some(number)) => {
                let message = "a text is compared with a number; write the number in quotes, or `cast(… as decimal(20,6))` for the text";
                Err(Wrong::new(number.at, message.to_string()))
            }
            _ => Ok(()),
        }
    }

    fn common(&self, parts: &[&Expr]) -> Holds {
        common(parts.iter().copied(), &|name| self.columns.holds(name))
    }

    /// Rows are compared value by value, which all servers can.
    fn rows(&mut self, op: Compare, left: &[Expr], right: &[Expr], at: usize) -> Done {
        if op == Compare::Ne {
            self.raw("(NOT ");
        }
        self.raw("(");
        for (place, (left, right)) in left.iter().zip(right).enumerate() {
            self.raw(if place > 0 { " AND " } else { "" });
            self.compare(if op == Compare::Ne { Compare::Eq } else { op }, left, right, at)?;
        }
        self.raw(if op == Compare::Ne { "))" } else { ")" });
        Ok(())
    }

    fn in_list(&mut self, operand: &Expr, list: &[Expr], negated: bool) -> Done {
        if let Node::Row(members) = &operand.node {
            self.raw(if negated { "(NOT (" } else { "(" });
            for (place, row) in list.iter().enumerate() {
                self.raw(if place > 0 { " OR " } else { "" });
                let Node::Row(row_members) = &row.node else { unreachable!("the check compares rows with rows") };
                self.rows(Compare::Eq, members, row_members, row.at)?;
            }
            self.raw(if negated { "))" } else { ")" });
            return Ok(());
        }
        let parts: Vec<&Expr> = std::iter::once(operand).chain(list).collect();
        let holds = self.common(&parts);
        self.raw("(");
        self.beside(operand, holds)?;
        self.raw(if negated { " NOT IN (" } else { " IN (" });
        for (place, part) in list.iter().enumerate() {
            self.raw(if place > 0 { ", " } else { "" });
            self.beside(part, holds)?;
        }
        self.raw("))");
        Ok(())
    }

    fn range(&mut self, operand: &Expr, low: &Expr, high: &Expr, negated: bool) -> Done {
        let parts = [operand, low, high];
        let holds = self.common(&parts);
        self.ordered(true, holds, &parts)?;
        self.raw("(");
        self.beside(operand, holds)?;
        self.raw(if negated { " NOT BETWEEN " } else { " BETWEEN " });
        self.beside(low, holds)?;
        self.raw(" AND ");
        self.beside(high, holds)?;
        self.raw(")");
        Ok(())
    }

    fn like(&mut self, operand: &Expr, pattern: &Expr, escape: Option<char>, negated: bool) -> Done {
        let holds = self.holds(operand);
        if matches!(holds, Holds::Uuid | Holds::Bytes) {
            return Err(Wrong::new(operand.at, format!("a pattern is for texts, and this is {}; compare with `=`", article(holds))));
        }
        let exact = looks_at_case(operand) || looks_at_case(pattern);
        let pattern = without_case_marks(pattern);
        let constant = match &pattern.node {
            Node::Text(text) => Some(pattern_with_end(text, escape)),
            _ => None,
        };
        self.raw("(");
        match self.server {
            Server::Sqlite if exact => {
                let Some(pattern_text) = constant else {
                    return Err(Wrong::new(pattern.at, "SQLite looks at letter case in patterns that are constants only".to_string()));
                };
                self.value(operand)?;
                self.raw(if negated { " NOT GLOB " } else { " GLOB " });
                self.bind(Literal::Text(glob(&pattern_text, escape.unwrap_or('\\'))));
                self.raw(")");
                return Ok(());
            }
            Server::MySql | Server::MariaDb if exact && !looks_at_case(operand) => {
                self.around("CAST(", operand, " AS BINARY)", Writer::value)?;
            }
            Server::MySql | Server::MariaDb | Server::Sqlite | Server::Postgres => self.text(operand)?,
        }
        self.raw(if negated { " NOT" } else { "" });
        self.raw(if self.server == Server::Postgres && !exact { " ILIKE " } else { " LIKE " });
        match constant {
            Some(text) => self.bind(Literal::Text(text)),
            None => self.text(pattern)?,
        }
        match (escape, self.server) {
            (None, Server::Sqlite) => self.raw(" ESCAPE '\\'"),
            (None, Server::MySql | Server::MariaDb | Server::Postgres) => {}
            (Some(escape), _) => {
                let sql = format!(" ESCAPE {}", self.quoting().text(&escape.to_string()));
                self.raw(&sql);
            }
        }
        self.raw(")");
        Ok(())
    }

    fn regexp(&mut self, operand: &Expr, pattern: &Expr, negated: bool, at: usize) -> Done {
        let exact = looks_at_case(operand) || looks_at_case(pattern);
        let pattern = without_case_marks(pattern);
        if self.server == Server::MySql && exact {
            self.around(if negated { "(NOT regexp_like(" } else { "regexp_like(" }, without_case_marks(operand), ", ", Writer::text)?;
            self.text(pattern)?;
            self.raw(if negated { ", 'c'))" } else { ", 'c')" });
            return Ok(());
        }
        let op = match (self.server, negated) {
            (Server::MySql | Server::MariaDb, false) => " REGEXP ",
            (Server::MySql | Server::MariaDb, true) => " NOT REGEXP ",
            (Server::Postgres, false) => {
                if exact {
                    " ~ "
                } else {
                    " ~* "
                }
            }
            (Server::Postgres, true) => {
                if exact {
                    " !~ "
                } else {
                    " !~* "
                }
            }
            (Server::Sqlite, _) => {
                return Err(Wrong::new(at, "SQLite has no regular expressions; write LIKE with `%` and `_`".to_string()));
            }
        };
        match (self.server, exact && !looks_at_case(operand)) {
            (Server::MySql | Server::MariaDb, true) => self.around("(CAST(", operand, " AS BINARY)", Writer::text)?,
            _ => self.around("(", operand, "", Writer::text)?,
        }
        self.raw(op);
        self.text(pattern)?;
        self.raw(")");
        Ok(())
    }

    fn case(&mut self, operand: Option<&Expr>, branches: &[(Expr, Expr)], otherwise: Option<&Expr>, expr: &Expr) -> Done {
        let values = self.holds(expr);
        let mut asked = Holds::Unknown;
        self.raw("CASE ");
        if let Some(operand) = operand {
            let parts: Vec<&Expr> = std::iter::once(operand).chain(branches.iter().map(|(when, _)| when)).collect();
            asked = self.common(&parts);
            self.beside(operand, asked)?;
            self.raw(" ");
        }
        for (when, value) in branches {
            self.raw("WHEN ");
            match operand {
                Some(_) => self.beside(when, asked)?,
                None => self.condition(when)?,
            }
            self.raw(" THEN ");
            self.beside(value, values)?;
            self.raw(" ");
        }
        if let Some(otherwise) = otherwise {
            self.raw("ELSE ");
            self.beside(otherwise, values)?;
            self.raw(" ");
        }
        self.raw("END");
        Ok(())
    }

    fn cast(&mut self, part: &Expr, ty: CastType, at: usize) -> Done {
        if let (Node::Text(text), holds @ (Holds::Day | Holds::Moment | Holds::Time)) = (&part.node, ty.holds()) {
            return self.dated(holds, text, part.at);
        }
        let own = self.holds(part);
        let (before, behind) = cast_words(ty, own, self.server, at)?;
        self.raw(&before);
        match ty.holds() {
            Holds::Number => match Constant::of(part) {
                Some(constant) => self.constant(&constant, Holds::Number, part.at)?,
                None => self.not_truth(part)?,
            },
            Holds::Text => self.text(part)?,
            _ => self.value(part)?,
        }
        self.raw(&behind);
        Ok(())
    }

    fn arithmetic(&mut self, op: Arithmetic, left: &Expr, right: &Expr) -> Done {
        let family = self.server.is_mysql_family();
        let (before, between, behind) = match (op, self.server) {
            (Arithmetic::Add, _) => ("(", " + ", ")"),
            (Arithmetic::Subtract, _) => ("(", " - ", ")"),
            (Arithmetic::Multiply, _) => ("(", " * ", ")"),
            (Arithmetic::Divide, Server::Postgres) => ("(CAST(", " AS double precision) / nullif(", ", 0))"),
            (Arithmetic::Divide, Server::Sqlite) => ("(CAST(", " AS REAL) / ", ")"),
            (Arithmetic::Divide, _) => ("(", " / ", ")"),
            (Arithmetic::Quotient, Server::Postgres) => ("div(CAST(", " AS numeric), nullif(CAST(", " AS numeric), 0))"),
            (Arithmetic::Quotient, Server::Sqlite) => ("CAST(", " / ", " AS INTEGER)"),
            (Arithmetic::Quotient, _) => ("(", " DIV ", ")"),
            (Arithmetic::Remainder, Server::Postgres) => ("mod(CAST(", " AS numeric), nullif(CAST(", " AS numeric), 0))"),
            (Arithmetic::Remainder, Server::Sqlite) => {
                // The server's own `%` cuts the fractions off first.
                self.between(left, " - ", right, Writer::number)?;
                self.out.truncate(self.out.len() - 1);
                self.raw(" * CAST(");
                self.number(left)?;
                self.raw(" / ");
                self.number(right)?;
                self.raw(" AS INTEGER))");
                return Ok(());
            }
            (Arithmetic::Remainder, _) => ("(", " % ", ")"),
            (Arithmetic::ShiftLeft, _) if family => ("(", " << ", ")"),
            (Arithmetic::ShiftRight, _) if family => ("(", " >> ", ")"),
            (Arithmetic::BitAnd, _) if family => ("(", " & ", ")"),
            (Arithmetic::BitOr, _) if family => ("(", " | ", ")"),
            (Arithmetic::ShiftLeft, _) => ("(CAST(", " AS bigint) << CAST(", " AS integer))"),
            (Arithmetic::ShiftRight, _) => ("(CAST(", " AS bigint) >> CAST(", " AS integer))"),
            (Arithmetic::BitAnd, _) => ("(CAST(", " AS bigint) & CAST(", " AS bigint))"),
            (Arithmetic::BitOr, _) => ("(CAST(", " AS bigint) | CAST(", " AS bigint))"),
        };
        self.around(before, left, between, Writer::number)?;
        self.number(right)?;
        self.raw(behind);
        Ok(())
    }

    fn call(&mut self, call: &Call, at: usize) -> Done {
        if call.function.name == "group_concat" {
            return self.group_concat(call, at);
        }
        if call.star {
            self.raw("count(*)");
            return Ok(());
        }
        let template = call.function.template(self.server).map_err(|message| Wrong::new(at, message.to_string()))?;
        let parts: Vec<&Expr> = match call.function.returns {
            Returns::Always(_) => Vec::new(),
            Returns::ValuesFrom(first) => call.arguments.iter().skip(first).collect(),
        };
        let common = self.common(&parts);
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let (before, behind) = rest.split_at(open);
            let (hole, behind) = behind[1..].split_once('}').expect("every hole of a template is closed");
            self.raw(before);
            if call.distinct && rest.len() == template.len() {
                self.raw("DISTINCT ");
            }
            self.hole(hole, call, common)?;
            rest = behind;
        }
        self.raw(rest);
        Ok(())
    }

    /// Writes the arguments that a hole of a template asks for.
    fn hole(&mut self, hole: &str, call: &Call, common: Holds) -> Done {
        let letter = hole.trim_start_matches(['*', '|']).trim_start_matches(|c: char| c.is_ascii_digit());
        let write = |writer: &mut Self, part: &Expr| match letter {
            "n" => writer.number(part),
            "t" => writer.text(part),
            "s" => writer.text_or_bytes(part),
            "b" => writer.condition(part),
            "m" => writer.moment(part),
            "v" => writer.not_truth(part),
            "c" => writer.beside(part, common),
            _ => writer.value(part),
        };
        if hole.starts_with('*') {
            let between = if hole.contains('|') { " || " } else { ", " };
            for (at, part) in call.arguments.iter().enumerate() {
                self.raw(if at > 0 { between } else { "" });
                write(self, part)?;
            }
            return Ok(());
        }
        let number: usize = hole.trim_end_matches(letter).parse().expect("a hole of a template has a number");
        write(self, &call.arguments[number - 1])
    }

    fn group_concat(&mut self, call: &Call, at: usize) -> Done {
        let separator = call.separator.as_deref().unwrap_or(",");
        if self.server == Server::Sqlite && call.distinct && separator != "," {
            return Err(Wrong::new(at, "SQLite joins distinct texts with a comma only".to_string()));
        }
        self.raw(if self.server == Server::Postgres { "string_agg(" } else { "group_concat(" });
        self.raw(if call.distinct { "DISTINCT " } else { "" });
        self.text(&call.arguments[0])?;
        let separator = self.quoting().text(separator);
        match self.server {
            Server::Postgres => self.raw(&format!(", {separator}")),
            Server::Sqlite if !call.distinct => self.raw(&format!(", {separator}")),
            Server::Sqlite | Server::MySql | Server::MariaDb => {}
        }
        for (place, (by, descending)) in call.order.iter().enumerate() {
            self.raw(if place > 0 { ", " } else { " ORDER BY " });
            self.value(by)?;
            self.raw(if *descending { " DESC" } else { "" });
        }
        if self.server.is_mysql_family() {
            self.raw(&format!(" SEPARATOR {separator}"));
        }
        self.raw(")");
        Ok(())
    }

    /// Writes a text that says itself that it is a date.
    pub fn dated(&mut self, holds: Holds, text: &str, at: usize) -> Done {
        let ty = match (self.server, holds) {
            (Server::MySql | Server::MariaDb, Holds::Day) => "DATE",
            (Server::MySql | Server::MariaDb, Holds::Moment) => "DATETIME(6)",
            (Server::MySql | Server::MariaDb, _) => "TIME(6)",
            (Server::Postgres | Server::Sqlite, _) => return self.constant(&Constant::Text(text.to_string()), holds, at),
        };
        self.raw("CAST(");
        self.constant(&Constant::Text(text.to_string()), holds, at)?;
        self.raw(&format!(" AS {ty})"));
        Ok(())
    }
}

impl Path {
    /// Returns the path as MySQL and SQLite write it: `$.a[0]."b c"`.
    fn in_words(&self) -> String {
        let mut out = "$".to_string();
        for step in &self.steps {
            match step {
                Step::Element(number) => out.push_str(&format!("[{number}]")),
                Step::Member(name) if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
                    out.push_str(&format!(".{name}"));
                }
                Step::Member(name) => out.push_str(&format!(".{}", serde_json::Value::from(name.as_str()))),
            }
        }
        out
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Member(name) => f.write_str(name),
            Step::Element(number) => write!(f, "{number}"),
        }
    }
}

/// Returns what stands before and behind a value that is cast.
fn cast_words(ty: CastType, from: Holds, server: Server, at: usize) -> Result<(String, String), Wrong> {
    let family = server.is_mysql_family();
    let (before, behind) = match (ty, server) {
        (CastType::Signed, Server::Postgres) if from == Holds::Text => ("CAST(CAST(", " AS numeric) AS bigint)".to_string()),
        (CastType::Unsigned, Server::Postgres) if from == Holds::Text => ("CAST(CAST(", " AS numeric) AS numeric(20))".to_string()),
        (CastType::Signed, Server::Postgres) => ("CAST(", " AS bigint)".to_string()),
        (CastType::Unsigned, Server::Postgres) => ("CAST(", " AS numeric(20))".to_string()),
        (CastType::Signed | CastType::Unsigned, Server::Sqlite) => ("CAST(round(", ") AS INTEGER)".to_string()),
        (CastType::Signed, _) => ("CAST(", " AS SIGNED)".to_string()),
        (CastType::Unsigned, _) => ("CAST(", " AS UNSIGNED)".to_string()),
        (CastType::Decimal(_, scale), Server::Sqlite) => ("round(CAST(", format!(" AS NUMERIC), {scale})")),
        (CastType::Decimal(precision, scale), _) => ("CAST(", format!(" AS DECIMAL({precision},{scale}))")),
        (CastType::Double, Server::Postgres) => ("CAST(", " AS double precision)".to_string()),
        (CastType::Double, Server::Sqlite) => ("CAST(", " AS REAL)".to_string()),
        (CastType::Double, _) => ("CAST(", " AS DOUBLE)".to_string()),
        (CastType::Char(None), _) if family => ("CAST(", " AS CHAR)".to_string()),
        (CastType::Char(Some(length)), _) if family => ("CAST(", format!(" AS CHAR({length}))")),
        (CastType::Char(None), _) => ("CAST(", " AS TEXT)".to_string()),
        (CastType::Char(Some(length)), _) => ("substr(CAST(", format!(" AS TEXT), 1, {length})")),
        (CastType::Day, Server::Sqlite) => ("date(", ")".to_string()),
        (CastType::Moment, Server::Sqlite) => ("datetime(", ")".to_string()),
        (CastType::Time, Server::Sqlite) => ("time(", ")".to_string()),
        (CastType::Day, _) => ("CAST(", " AS date)".to_string()),
        (CastType::Moment, Server::Postgres) => ("CAST(", " AS timestamp)".to_string()),
        (CastType::Moment, _) => ("CAST(", " AS DATETIME(6))".to_string()),
        (CastType::Time, Server::Postgres) => ("CAST(", " AS time)".to_string()),
        (CastType::Time, _) => ("CAST(", " AS TIME(6))".to_string()),
        (CastType::Json, _) => return Err(Wrong::new(at, "values are read as JSON behind a path only: `attribute.path:json`".to_string())),
    };
    Ok((before.to_string(), behind))
}

/// Whether a collation compares byte by byte.
fn is_exact(collation: &str) -> bool {
    collation.ends_with("_bin") || matches!(collation, "binary" | "c")
}

fn looks_at_case(expr: &Expr) -> bool {
    match &expr.node {
        Node::Binary(_) => true,
        Node::Collate(_, name) => is_exact(name),
        _ => false,
    }
}

fn without_case_marks(expr: &Expr) -> &Expr {
    match &expr.node {
        Node::Binary(part) => without_case_marks(part),
        Node::Collate(part, name) if is_exact(name) => without_case_marks(part),
        _ => expr,
    }
}

/// Returns the pattern with an escape at its end standing for itself, as the MySQL family takes it; PostgreSQL refuses it.
fn pattern_with_end(pattern: &str, escape: Option<char>) -> String {
    let escape = escape.unwrap_or('\\');
    let at_end = pattern.chars().rev().take_while(|c| *c == escape).count();
    if at_end % 2 == 1 { format!("{pattern}{escape}") } else { pattern.to_string() }
}

/// Returns a pattern of LIKE as one of GLOB, which looks at letter case.
fn glob(pattern: &str, escape: char) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let (c, plain) = if c == escape { (chars.next().unwrap_or(c), true) } else { (c, false) };
        match c {
            '%' if !plain => out.push('*'),
            '_' if !plain => out.push('?'),
            '*' | '?' | '[' => out.push_str(&format!("[{c}]")),
            other => out.push(other),
        }
    }
    out
}
