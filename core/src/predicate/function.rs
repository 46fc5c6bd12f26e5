//! The functions that all servers have, and how each of them says it.
//!
//! A function is here when its meaning is the same wherever it is offered. In a template `{1}` is the first argument, `{1n}` the same as a number
//! (a truth value of PostgreSQL is none), `{1t}` as a text, `{1s}` as a text or bytes, `{1v}` as anything but a truth value, `{1b}` as a condition, `{1m}` as a moment or time, `{1c}` in the form that the
//! other values have;
//! `{*}` are all arguments with commas between, with the same letters, and `{*|t}` stands for all of them with `||` between.
//! A template that begins with `!` says why the server has no such function, and what to do.

use super::Holds;
use crate::dialect::Server;
use crate::nearest::nearest;

/// A function with a certain number of arguments.
#[derive(Debug)]
pub(super) struct Function {
    /// In lower case.
    pub name: &'static str,
    pub arity: Arity,
    pub role: Role,
    pub returns: Returns,
    mysql: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arity {
    Exactly(usize),
    AtLeast(usize),
}

impl Arity {
    fn takes(self, count: usize) -> bool {
        match self {
            Arity::Exactly(wanted) => count == wanted,
            Arity::AtLeast(wanted) => count >= wanted,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Of one row.
    Row,
    /// Of a group of rows.
    Aggregate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    Always(Holds),
    /// What its values are: those from this argument on, counted from 0.
    ValuesFrom(usize),
}

impl Function {
    /// Returns the function of that name, in any letter case, which takes so many arguments.
    ///
    /// # Errors
    /// What is wrong, as a sentence without a capital and a period.
    pub fn find(name: &str, count: usize) -> Result<&'static Function, String> {
        let lower = name.to_ascii_lowercase();
        let mut others = FUNCTIONS.iter().filter(|function| function.name == lower).peekable();
        if others.peek().is_none() {
            let known = nearest(&lower, FUNCTIONS.iter().map(|function| function.name));
            let help = match INSTEAD.iter().find(|(names, _)| names.contains(&lower.as_str())) {
                Some((_, instead)) => format!("; {instead}"),
                None => known.map_or(String::new(), |known| format!("; did you mean `{known}`?")),
            };
            return Err(format!("there is no function `{name}` that all servers have{help}"));
        }
        let mut counts = Vec::new();
        for function in others {
            if function.arity.takes(count) {
                return Ok(function);
            }
            counts.push(match function.arity {
                Arity::Exactly(wanted) => wanted.to_string(),
                Arity::AtLeast(wanted) => format!("{wanted} or more"),
            });
        }
        Err(format!("`{name}` takes {} argument(s), not {count}", counts.join(" or ")))
    }

    /// Returns how the server says it.
    ///
    /// # Errors
    /// Why it has no such function.
    pub fn template(&self, server: Server) -> Result<&'static str, &'static str> {
        let template = match server {
            Server::MySql | Server::MariaDb => self.mysql,
            Server::Postgres => self.postgres,
            Server::Sqlite => self.sqlite,
        };
        template.strip_prefix('!').map_or(Ok(template), Err)
    }
}

/// What people write that is no function of all servers, and what does the same.
const INSTEAD: [(&[&str], &str); 6] = [
    (&["json_extract", "json_unquote", "json_contains"], "write a path: `attribute.path` or `attribute.path:decimal(10,2)`"),
    (&["strftime", "to_char", "str_to_date", "date_format"], "compare with a date, or use `year`, `month`, `hour` and so on"),
    (&["row_number", "rank", "dense_rank", "lag", "lead"], "window functions have no place in a predicate"),
    (&["sleep", "benchmark", "load_file", "pg_sleep", "randomblob", "zeroblob", "load_extension"], "it computes nothing"),
    (&["regexp_like", "regexp_substr"], "write `attribute REGEXP 'pattern'`"),
    (&["database", "user", "current_user", "schema", "version"], "write the value itself"),
];

const NO_MATH: &str = "!SQLite has no mathematical functions here: fetch the attribute and compute in the program";

const fn function(
    name: &'static str,
    arguments: usize,
    returns: Holds,
    mysql: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
) -> Function {
    let arity = Arity::Exactly(arguments);
    Function { name, arity, role: Role::Row, returns: Returns::Always(returns), mysql, postgres, sqlite }
}

/// One of the values that it is given.
const fn choice(
    name: &'static str,
    arity: Arity,
    from: usize,
    mysql: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
) -> Function {
    Function { name, arity, role: Role::Row, returns: Returns::ValuesFrom(from), mysql, postgres, sqlite }
}

const fn aggregate(name: &'static str, returns: Returns, mysql: &'static str, postgres: &'static str, sqlite: &'static str) -> Function {
    Function { name, arity: Arity::Exactly(1), role: Role::Aggregate, returns, mysql, postgres, sqlite }
}

const fn all(name: &'static str, mysql: &'static str, postgres: &'static str, sqlite: &'static str) -> Function {
    let returns = Returns::Always(Holds::Text);
    Function { name, arity: Arity::AtLeast(1), role: Role::Row, returns, mysql, postgres, sqlite }
}

const NUMBER: Returns = Returns::Always(Holds::Number);
const TEXT: Returns = Returns::Always(Holds::Text);

/// All functions; those with several arities one behind the other.
#[rustfmt::skip]
static FUNCTIONS: [Function; 105] = [
    // Numbers.
    function("abs", 1, Holds::Number, "abs({1n})", "abs({1n})", "abs({1n})"),
    function("ceil", 1, Holds::Number, "ceil({1n})", "ceil({1n})", "(CAST({1n} AS INTEGER) + ({1n} > CAST({1n} AS INTEGER)))"),
    function("ceiling", 1, Holds::Number, "ceil({1n})", "ceil({1n})", "(CAST({1n} AS INTEGER) + ({1n} > CAST({1n} AS INTEGER)))"),
    function("floor", 1, Holds::Number, "floor({1n})", "floor({1n})", "(CAST({1n} AS INTEGER) - ({1n} < CAST({1n} AS INTEGER)))"),
    function("round", 1, Holds::Number, "round({1n})", "round(CAST({1n} AS numeric))", "round({1n})"),
    function("round", 2, Holds::Number, "round({1n}, {2n})", "round(CAST({1n} AS numeric), {2n})", "round({1n}, {2n})"),
    function("sign", 1, Holds::Number, "sign({1n})", "CAST(sign({1n}) AS integer)", "sign({1n})"),
    function("mod", 2, Holds::Number, "mod({1n}, {2n})", "mod(CAST({1n} AS numeric), nullif(CAST({2n} AS numeric), 0))", "({1n} - {2n} * CAST({1n} / {2n} AS INTEGER))"),
    function("pow", 2, Holds::Number, "pow({1n}, {2n})", "power(CAST({1n} AS double precision), {2n})", NO_MATH),
    function("power", 2, Holds::Number, "pow({1n}, {2n})", "power(CAST({1n} AS double precision), {2n})", NO_MATH),
    function("sqrt", 1, Holds::Number, "sqrt({1n})", "sqrt(CAST({1n} AS double precision))", NO_MATH),
    function("exp", 1, Holds::Number, "exp({1n})", "exp(CAST({1n} AS double precision))", NO_MATH),
    function("ln", 1, Holds::Number, "ln({1n})", "ln(CAST({1n} AS double precision))", NO_MATH),
    function("log", 1, Holds::Number, "ln({1n})", "ln(CAST({1n} AS double precision))", NO_MATH),
    function("log", 2, Holds::Number, "log({1n}, {2n})", "log(CAST({1n} AS numeric), CAST({2n} AS numeric))", NO_MATH),
    function("log2", 1, Holds::Number, "log2({1n})", "log(2.0, CAST({1n} AS numeric))", NO_MATH),
    function("log10", 1, Holds::Number, "log10({1n})", "log(CAST({1n} AS double precision))", NO_MATH),
    function("sin", 1, Holds::Number, "sin({1n})", "sin({1n})", NO_MATH),
    function("cos", 1, Holds::Number, "cos({1n})", "cos({1n})", NO_MATH),
    function("tan", 1, Holds::Number, "tan({1n})", "tan({1n})", NO_MATH),
    function("asin", 1, Holds::Number, "asin({1n})", "asin({1n})", NO_MATH),
    function("acos", 1, Holds::Number, "acos({1n})", "acos({1n})", NO_MATH),
    function("atan", 1, Holds::Number, "atan({1n})", "atan({1n})", NO_MATH),
    function("atan2", 2, Holds::Number, "atan2({1n}, {2n})", "atan2({1n}, {2n})", NO_MATH),
    function("radians", 1, Holds::Number, "radians({1n})", "radians({1n})", NO_MATH),
    function("degrees", 1, Holds::Number, "degrees({1n})", "degrees({1n})", NO_MATH),
    function("pi", 0, Holds::Number, "pi()", "pi()", "3.141592653589793"),

    // One of several values. A NULL among them is the greatest and the least for the MySQL family and SQLite; PostgreSQL alone passes over it.
    choice("greatest", Arity::AtLeast(2), 0, "greatest({*c})", "CASE WHEN num_nulls({*c}) = 0 THEN greatest({*c}) END", "max({*c})"),
    choice("least", Arity::AtLeast(2), 0, "least({*c})", "CASE WHEN num_nulls({*c}) = 0 THEN least({*c}) END", "min({*c})"),
    choice("if", Arity::Exactly(3), 1, "if({1b}, {2c}, {3c})", "CASE WHEN {1b} THEN {2c} ELSE {3c} END", "CASE WHEN {1b} THEN {2c} ELSE {3c} END"),
    choice("ifnull", Arity::Exactly(2), 0, "ifnull({1c}, {2c})", "coalesce({1c}, {2c})", "ifnull({1c}, {2c})"),
    choice("coalesce", Arity::AtLeast(1), 0, "coalesce({*c})", "coalesce({*c})", "coalesce({*c}, NULL)"),
    choice("nullif", Arity::Exactly(2), 0, "nullif({1c}, {2c})", "nullif({1c}, {2c})", "nullif({1c}, {2c})"),
    function("isnull", 1, Holds::Truth, "({1} IS NULL)", "({1} IS NULL)", "({1} IS NULL)"),

    // Texts.
    all("concat", "concat({*})", "({*|t})", "({*|t})"),
    all("concat_ws", "concat_ws({*t})", "concat_ws({*t})", "concat_ws({*t}, NULL)"),
    function("length", 1, Holds::Number, "length({1})", "octet_length({1s})", "octet_length({1})"),
    function("octet_length", 1, Holds::Number, "length({1})", "octet_length({1s})", "octet_length({1})"),
    function("char_length", 1, Holds::Number, "char_length({1})", "char_length({1t})", "length({1})"),
    function("character_length", 1, Holds::Number, "char_length({1})", "char_length({1t})", "length({1})"),
    function("lower", 1, Holds::Text, "lower({1})", "lower({1t})", "lower({1})"),
    function("lcase", 1, Holds::Text, "lower({1})", "lower({1t})", "lower({1})"),
    function("upper", 1, Holds::Text, "upper({1})", "upper({1t})", "upper({1})"),
    function("ucase", 1, Holds::Text, "upper({1})", "upper({1t})", "upper({1})"),
    function("trim", 1, Holds::Text, "trim({1})", "trim({1t})", "trim({1})"),
    function("ltrim", 1, Holds::Text, "ltrim({1})", "ltrim({1t})", "ltrim({1})"),
    function("rtrim", 1, Holds::Text, "rtrim({1})", "rtrim({1t})", "rtrim({1})"),
    function("substr", 2, Holds::Text, "substr({1}, {2n})", SUBSTR_2, "substr({1}, {2n})"),
    function("substr", 3, Holds::Text, "substr({1}, {2n}, {3n})", SUBSTR_3, "substr({1}, {2n}, {3n})"),
    function("substring", 2, Holds::Text, "substr({1}, {2n})", SUBSTR_2, "substr({1}, {2n})"),
    function("substring", 3, Holds::Text, "substr({1}, {2n}, {3n})", SUBSTR_3, "substr({1}, {2n}, {3n})"),
    function("mid", 3, Holds::Text, "substr({1}, {2n}, {3n})", SUBSTR_3, "substr({1}, {2n}, {3n})"),
    function("left", 2, Holds::Text, "left({1}, {2n})", "left({1t}, {2n})", "substr({1}, 1, {2n})"),
    function("right", 2, Holds::Text, "right({1}, {2n})", "right({1t}, {2n})", "substr({1}, -{2n}, {2n})"),
    function("replace", 3, Holds::Text, "replace({1}, {2}, {3})", "replace({1t}, {2t}, {3t})", "replace({1}, {2}, {3})"),
    function("instr", 2, Holds::Number, "instr({1}, {2})", "strpos({1t}, {2t})", "instr({1}, {2})"),
    function("locate", 2, Holds::Number, "locate({1}, {2})", "strpos({2t}, {1t})", "instr({2}, {1})"),
    function("repeat", 2, Holds::Text, "repeat({1}, {2n})", "repeat({1t}, {2n})", "replace(hex(zeroblob({2n})), '00', {1})"),
    function("reverse", 1, Holds::Text, "reverse({1})", "reverse({1t})", "!SQLite cannot reverse a text"),
    function("lpad", 3, Holds::Text, "lpad({1}, {2n}, {3})", "lpad({1t}, {2n}, {3t})", "!SQLite cannot pad a text"),
    function("rpad", 3, Holds::Text, "rpad({1}, {2n}, {3})", "rpad({1t}, {2n}, {3t})", "!SQLite cannot pad a text"),
    function("unhex", 1, Holds::Bytes, "unhex({1})", "decode({1t}, 'hex')", "unhex({1})"),
    function("md5", 1, Holds::Text, "md5({1})", "md5({1t})", "!SQLite has no md5"),

    // Days and times. The clock is that of the session: the server's zone, on SQLite the machine's.
    function("now", 0, Holds::Moment, NOW_MYSQL, NOW_POSTGRES, NOW_SQLITE),
    function("current_timestamp", 0, Holds::Moment, NOW_MYSQL, NOW_POSTGRES, NOW_SQLITE),
    function("localtime", 0, Holds::Moment, NOW_MYSQL, NOW_POSTGRES, NOW_SQLITE),
    function("localtimestamp", 0, Holds::Moment, NOW_MYSQL, NOW_POSTGRES, NOW_SQLITE),
    function("utc_timestamp", 0, Holds::Moment, "utc_timestamp()", "CAST(now() AT TIME ZONE 'UTC' AS timestamp(0))", "datetime('now')"),
    function("curdate", 0, Holds::Day, "curdate()", "CURRENT_DATE", "date('now', 'localtime')"),
    function("current_date", 0, Holds::Day, "curdate()", "CURRENT_DATE", "date('now', 'localtime')"),
    function("utc_date", 0, Holds::Day, "utc_date()", "CAST(now() AT TIME ZONE 'UTC' AS date)", "date('now')"),
    function("curtime", 0, Holds::Time, "curtime()", "LOCALTIME(0)", "time('now', 'localtime')"),
    function("current_time", 0, Holds::Time, "curtime()", "LOCALTIME(0)", "time('now', 'localtime')"),
    function("date", 1, Holds::Day, "date({1m})", "CAST({1m} AS date)", "date({1m})"),
    function("time", 1, Holds::Time, "time({1m})", "CAST({1m} AS time)", "time({1m})"),
    function("timestamp", 1, Holds::Moment, "timestamp({1m})", "CAST({1m} AS timestamp)", "datetime({1m})"),
    function("year", 1, Holds::Number, "year({1m})", "CAST(EXTRACT(YEAR FROM {1m}) AS integer)", "CAST(strftime('%Y', {1m}) AS INTEGER)"),
    function("quarter", 1, Holds::Number, "quarter({1m})", "CAST(EXTRACT(QUARTER FROM {1m}) AS integer)", "((CAST(strftime('%m', {1m}) AS INTEGER) + 2) / 3)"),
    function("month", 1, Holds::Number, "month({1m})", "CAST(EXTRACT(MONTH FROM {1m}) AS integer)", "CAST(strftime('%m', {1m}) AS INTEGER)"),
    function("weekofyear", 1, Holds::Number, "weekofyear({1m})", "CAST(EXTRACT(WEEK FROM {1m}) AS integer)", "CAST(strftime('%V', {1m}) AS INTEGER)"),
    function("day", 1, Holds::Number, "day({1m})", "CAST(EXTRACT(DAY FROM {1m}) AS integer)", "CAST(strftime('%d', {1m}) AS INTEGER)"),
    function("dayofmonth", 1, Holds::Number, "day({1m})", "CAST(EXTRACT(DAY FROM {1m}) AS integer)", "CAST(strftime('%d', {1m}) AS INTEGER)"),
    function("dayofyear", 1, Holds::Number, "dayofyear({1m})", "CAST(EXTRACT(DOY FROM {1m}) AS integer)", "CAST(strftime('%j', {1m}) AS INTEGER)"),
    function("dayofweek", 1, Holds::Number, "dayofweek({1m})", "CAST(EXTRACT(DOW FROM {1m}) + 1 AS integer)", "(CAST(strftime('%w', {1m}) AS INTEGER) + 1)"),
    function("weekday", 1, Holds::Number, "weekday({1m})", "CAST(EXTRACT(ISODOW FROM {1m}) - 1 AS integer)", "((CAST(strftime('%w', {1m}) AS INTEGER) + 6) % 7)"),
    function("hour", 1, Holds::Number, "hour({1m})", "CAST(EXTRACT(HOUR FROM {1m}) AS integer)", "CAST(strftime('%H', {1m}) AS INTEGER)"),
    function("minute", 1, Holds::Number, "minute({1m})", "CAST(EXTRACT(MINUTE FROM {1m}) AS integer)", "CAST(strftime('%M', {1m}) AS INTEGER)"),
    function("second", 1, Holds::Number, "second({1m})", "CAST(trunc(EXTRACT(SECOND FROM {1m})) AS integer)", "CAST(strftime('%S', {1m}) AS INTEGER)"),
    function("last_day", 1, Holds::Day, "last_day({1m})", "CAST(date_trunc('month', {1m}) + INTERVAL '1 month - 1 day' AS date)", "date({1m}, 'start of month', '+1 month', '-1 day')"),
    function("datediff", 2, Holds::Number, "datediff({1m}, {2m})", "(CAST({1m} AS date) - CAST({2m} AS date))", "CAST(julianday(date({1m})) - julianday(date({2m})) AS INTEGER)"),
    function("unix_timestamp", 0, Holds::Number, "unix_timestamp()", "CAST(trunc(EXTRACT(EPOCH FROM now())) AS bigint)", "unixepoch()"),

    // Of groups.
    aggregate("count", NUMBER, "count({1})", "count({1})", "count({1})"),
    aggregate("sum", NUMBER, "sum({1n})", "sum({1n})", "sum({1n})"),
    aggregate("avg", NUMBER, "avg({1n})", "avg({1n})", "avg({1n})"),
    aggregate("min", Returns::ValuesFrom(0), "min({1})", "min({1v})", "min({1})"),
    aggregate("max", Returns::ValuesFrom(0), "max({1})", "max({1v})", "max({1})"),
    aggregate("std", NUMBER, "std({1n})", "stddev_pop({1n})", NO_MATH),
    aggregate("stddev", NUMBER, "std({1n})", "stddev_pop({1n})", NO_MATH),
    aggregate("stddev_pop", NUMBER, "std({1n})", "stddev_pop({1n})", NO_MATH),
    aggregate("stddev_samp", NUMBER, "stddev_samp({1n})", "stddev_samp({1n})", NO_MATH),
    aggregate("variance", NUMBER, "variance({1n})", "var_pop({1n})", NO_MATH),
    aggregate("var_pop", NUMBER, "variance({1n})", "var_pop({1n})", NO_MATH),
    aggregate("var_samp", NUMBER, "var_samp({1n})", "var_samp({1n})", NO_MATH),
    aggregate("group_concat", TEXT, "group_concat({1})", "string_agg({1t})", "group_concat({1})"),
    aggregate("any_value", Returns::ValuesFrom(0), "min({1})", "(array_agg({1}))[1]", "min({1})"),
];

const NOW_MYSQL: &str = "now()";
const NOW_POSTGRES: &str = "LOCALTIMESTAMP(0)";
const NOW_SQLITE: &str = "datetime('now', 'localtime')";

// The MySQL family and SQLite count from the end when the place is negative.
const SUBSTR_2: &str = "substr({1t}, CASE WHEN {2n} < 0 THEN char_length({1t}) + 1 + {2n} ELSE {2n} END)";
const SUBSTR_3: &str = "substr({1t}, CASE WHEN {2n} < 0 THEN char_length({1t}) + 1 + {2n} ELSE {2n} END, {3n})";
