//! Days and times: what is added to them, and what lies between.

use chrono::NaiveTime;

use super::constant::moment;
use super::tree::{Expr, Node, Unit};
use super::write::Writer;
use super::{Holds, Wrong};
use crate::dialect::Server;

type Done = Result<(), Wrong>;

/// Returns whether a constant text says a day without a time.
pub(super) fn is_day(expr: &Expr) -> bool {
    matches!(&expr.node, Node::Text(text) if !text.contains(':') && moment(text).is_ok_and(|moment| moment.time() == NaiveTime::MIN))
}

impl Writer<'_> {
    /// Writes something that functions of days and times take.
    pub fn moment(&mut self, expr: &Expr) -> Done {
        if let Node::Text(text) = &expr.node {
            // A time of day has colons and is no date.
            let holds = if is_day(expr) {
                Holds::Day
            } else if moment(text).is_ok() {
                Holds::Moment
            } else {
                Holds::Time
            };
            let is_day_of_postgres = holds == Holds::Day && self.server == Server::Postgres;
            return self.dated(if is_day_of_postgres { Holds::Moment } else { holds }, text, expr.at);
        }
        match (self.server, self.holds(expr)) {
            (Server::Postgres, Holds::Moment | Holds::Time) => self.value(expr),
            (Server::Postgres, _) => {
                self.raw("CAST(");
                self.value(expr)?;
                self.raw(" AS timestamp)");
                Ok(())
            }
            (Server::MySql | Server::MariaDb | Server::Sqlite, _) => self.value(expr),
        }
    }

    /// Writes a moment, earlier or later by an amount of units.
    pub fn shifted(&mut self, moment: &Expr, earlier: bool, amount: &Expr, unit: Unit) -> Done {
        let own = match self.holds(moment) {
            Holds::Text if is_day(moment) => Holds::Day,
            own => own,
        };
        match self.server {
            Server::MySql | Server::MariaDb => {
                self.raw("(");
                self.moment(moment)?;
                self.raw(if earlier { " - INTERVAL " } else { " + INTERVAL " });
                self.number(amount)?;
                self.raw(&format!(" {})", unit.as_str().to_uppercase()));
            }
            Server::Postgres => {
                let is_day = own == Holds::Day && unit.is_of_days();
                self.raw(if is_day { "CAST(" } else { "(" });
                self.moment(moment)?;
                self.raw(if earlier { " - " } else { " + " });
                self.number(amount)?;
                let (count, word) = postgres_unit(unit);
                self.raw(&format!(" * INTERVAL '{count} {word}'"));
                self.raw(if is_day { " AS date)" } else { ")" });
            }
            Server::Sqlite => {
                let (before, behind) = match own {
                    Holds::Day if unit.is_of_days() => ("date(", ")"),
                    Holds::Time => ("time(", ")"),
                    // Zeros at the end of a fraction are not kept, as everywhere on SQLite.
                    _ => ("rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', ", "), '0'), '.')"),
                };
                self.raw(before);
                self.moment(moment)?;
                let (factor, word) = sqlite_unit(unit);
                self.raw(if earlier { ", (-(" } else { ", ((" });
                self.number(amount)?;
                // `floor`: a month after January 31 is the end of February, as elsewhere.
                self.raw(&format!("){factor}) || ' {word}', 'floor'"));
                self.raw(behind);
            }
        }
        Ok(())
    }

    /// Writes how many whole units lie between two moments.
    pub fn elapsed(&mut self, unit: Unit, from: &Expr, to: &Expr, at: usize) -> Done {
        let both = |writer: &mut Self, first: &Expr, between: &str, second: &Expr| -> Done {
            writer.moment(first)?;
            writer.raw(between);
            writer.moment(second)
        };
        match (self.server, length(unit)) {
            (Server::MySql | Server::MariaDb, _) => {
                self.raw(&format!("timestampdiff({}, ", unit.as_str().to_uppercase()));
                both(self, from, ", ", to)?;
                self.raw(")");
            }
            (Server::Postgres, Length::Microseconds(length)) => {
                self.raw("CAST(trunc(EXTRACT(EPOCH FROM (");
                both(self, to, " - ", from)?;
                self.raw(&format!(")) * 1000000 / {length}) AS bigint)"));
            }
            (Server::Postgres, Length::Months(length)) => {
                self.raw("CAST(trunc((EXTRACT(YEAR FROM age(");
                both(self, to, ", ", from)?;
                self.raw(")) * 12 + EXTRACT(MONTH FROM age(");
                both(self, to, ", ", from)?;
                self.raw(&format!("))) / {length}) AS bigint)"));
            }
            (Server::Sqlite, Length::Microseconds(length)) => {
                self.raw("CAST(round((unixepoch(");
                both(self, to, ", 'subsec') - unixepoch(", from)?;
                self.raw(&format!(", 'subsec')) * 1000) * 1000 / {length} AS INTEGER)"));
            }
            (Server::Sqlite, Length::Months(_)) => {
                return Err(Wrong::new(at, "SQLite counts no months between two dates; count days".to_string()));
            }
        }
        Ok(())
    }
}

enum Length {
    Microseconds(u64),
    Months(u32),
}

fn length(unit: Unit) -> Length {
    const SECOND: u64 = 1_000_000;
    match unit {
        Unit::Microsecond => Length::Microseconds(1),
        Unit::Second => Length::Microseconds(SECOND),
        Unit::Minute => Length::Microseconds(60 * SECOND),
        Unit::Hour => Length::Microseconds(3600 * SECOND),
        Unit::Day => Length::Microseconds(86_400 * SECOND),
        Unit::Week => Length::Microseconds(7 * 86_400 * SECOND),
        Unit::Month => Length::Months(1),
        Unit::Quarter => Length::Months(3),
        Unit::Year => Length::Months(12),
    }
}

fn postgres_unit(unit: Unit) -> (u32, &'static str) {
    match unit {
        Unit::Quarter => (3, "month"),
        other => (1, other.as_str()),
    }
}

fn sqlite_unit(unit: Unit) -> (&'static str, &'static str) {
    match unit {
        Unit::Microsecond => (" / 1000000.0", "seconds"),
        Unit::Second => ("", "seconds"),
        Unit::Minute => ("", "minutes"),
        Unit::Hour => ("", "hours"),
        Unit::Day => ("", "days"),
        Unit::Week => (" * 7", "days"),
        Unit::Month => ("", "months"),
        Unit::Quarter => (" * 3", "months"),
        Unit::Year => ("", "years"),
    }
}
