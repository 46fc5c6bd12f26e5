//! From text to tree: pest reads, a Pratt parser orders the operators.

use std::sync::LazyLock;

use pest::Parser;
use pest::iterators::{Pair, Pairs};
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::function::Function;
use super::tree::{Arithmetic, Call, CastType, Compare, DEPTH_MAX, Expr, Node, Path, Step, Unit};
use super::{Holds, Wrong, slip};
use crate::ir::SqlLiteral;
use crate::nearest::nearest;

/// The grammar of predicates.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/predicate.pest"]
pub(super) struct Grammar;

/// Deepest parentheses and CASEs that are read.
const NESTING_MAX: usize = 64;

/// From the loosest to the tightest, as MySQL has them.
static OPERATORS: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or))
        .op(left(Rule::xor))
        .op(left(Rule::and))
        .op(Op::prefix(Rule::not))
        .op(left(Rule::compare) | Op::postfix(Rule::is) | Op::postfix(Rule::matched))
        .op(left(Rule::bit_or))
        .op(left(Rule::bit_and))
        .op(left(Rule::shift))
        .op(left(Rule::sum))
        .op(left(Rule::product))
        .op(Op::prefix(Rule::minus) | Op::prefix(Rule::plus))
        .op(Op::prefix(Rule::bang))
        .op(Op::prefix(Rule::binary) | Op::postfix(Rule::collate))
});

type Built = Result<Expr, Wrong>;

/// Reads a text.
pub(super) fn build(text: &str) -> Built {
    nesting(text)?;
    let mut pairs = Grammar::parse(Rule::predicate, text).map_err(|error| slip::explain(&error, text))?;
    let predicate = pairs.next().expect("a rule that matched yields its pair");
    expr(predicate.into_inner().next().expect("a predicate holds an expression"))
}

/// Refuses texts whose parentheses are too deep for a parser that recurses.
fn nesting(text: &str) -> Result<(), Wrong> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"' | b'`') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' && quote != b'`' { 2 } else { 1 };
                }
            }
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            // An END closes it; who writes 64 without an END has made another mistake.
            b'c' | b'C' if is_word(bytes, at, b"case") => depth += 1,
            b'e' | b'E' if is_word(bytes, at, b"end") => depth = depth.saturating_sub(1),
            b'i' | b'I' if is_word(bytes, at, b"interval") => depth += 1,
            _ => {}
        }
        if depth > NESTING_MAX {
            return Err(Wrong::new(at, format!("parentheses stand more than {NESTING_MAX} deep here")));
        }
        at += 1;
    }
    Ok(())
}

fn is_word(bytes: &[u8], at: usize, word: &[u8]) -> bool {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let end = at + word.len();
    bytes.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(word))
        && !bytes.get(end).is_some_and(inside)
        && !(at > 0 && inside(&bytes[at - 1]))
}

fn node(node: Node, at: usize) -> Built {
    let expr = Expr::new(node, at);
    if expr.is_too_deep() {
        return Err(Wrong::new(at, format!("more than {DEPTH_MAX} operators stand on each other here")));
    }
    Ok(expr)
}

fn boxed(built: Expr) -> Box<Expr> {
    Box::new(built)
}

fn at(pair: &Pair<'_, Rule>) -> usize {
    pair.as_span().start()
}

/// Reads `expr` or `sums`.
fn expr(pair: Pair<'_, Rule>) -> Built {
    OPERATORS.map_primary(primary).map_prefix(prefix).map_infix(infix).map_postfix(postfix).parse(pair.into_inner())
}

fn prefix(op: Pair<'_, Rule>, operand: Built) -> Built {
    let (operand, at) = (operand?, at(&op));
    match op.as_rule() {
        Rule::not | Rule::bang => node(Node::Not(boxed(operand)), at),
        Rule::binary => node(Node::Binary(boxed(operand)), at),
        Rule::plus => Ok(operand),
        _ => node(Node::Negative(boxed(operand)), at),
    }
}

fn infix(left: Built, op: Pair<'_, Rule>, right: Built) -> Built {
    let (left, right, at) = (left?, right?, at(&op));
    let word = op.as_str().to_ascii_lowercase();
    match op.as_rule() {
        // A long chain is one flat node, so that a thousand alternatives are not a thousand deep.
        Rule::and => match left.node {
            Node::All(mut parts) => {
                parts.push(right);
                node(Node::All(parts), left.at)
            }
            _ => node(Node::All(vec![left, right]), at),
        },
        Rule::or => match left.node {
            Node::Any(mut parts) => {
                parts.push(right);
                node(Node::Any(parts), left.at)
            }
            _ => node(Node::Any(vec![left, right]), at),
        },
        Rule::xor => node(Node::Xor(boxed(left), boxed(right)), at),
        Rule::compare => {
            let compare = match word.as_str() {
                "=" => Compare::Eq,
                "<=>" => Compare::NullSafe,
                "<" => Compare::Lt,
                "<=" => Compare::Le,
                ">" => Compare::Gt,
                ">=" => Compare::Ge,
                _ => Compare::Ne,
            };
            node(Node::Compare(compare, boxed(left), boxed(right)), at)
        }
        _ => arithmetic(left, &word, right, at),
    }
}

fn arithmetic(left: Expr, word: &str, right: Expr, at: usize) -> Built {
    let op = match word {
        "+" => Arithmetic::Add,
        "-" => Arithmetic::Subtract,
        "*" => Arithmetic::Multiply,
        "/" => Arithmetic::Divide,
        "div" => Arithmetic::Quotient,
        "%" | "mod" => Arithmetic::Remainder,
        "<<" => Arithmetic::ShiftLeft,
        ">>" => Arithmetic::ShiftRight,
        "&" => Arithmetic::BitAnd,
        _ => Arithmetic::BitOr,
    };
    let (left, right) = match (op, left, right) {
        (Arithmetic::Add | Arithmetic::Subtract, moment, Expr { node: Node::Interval(amount, unit), .. }) => {
            let earlier = op == Arithmetic::Subtract;
            return node(Node::Shifted { moment: boxed(moment), earlier, amount, unit }, at);
        }
        (Arithmetic::Add, Expr { node: Node::Interval(amount, unit), .. }, moment) => {
            return node(Node::Shifted { moment: boxed(moment), earlier: false, amount, unit }, at);
        }
        (_, left, right) => (boxed(left), boxed(right)),
    };
    node(Node::Arithmetic(op, left, right), at)
}

fn postfix(operand: Built, op: Pair<'_, Rule>) -> Built {
    let (operand, at) = (boxed(operand?), at(&op));
    let mut inner = op.clone().into_inner().peekable();
    let negated = inner.next_if(|pair| pair.as_rule() == Rule::not).is_some();
    let what = inner.next().expect("every operator behind its operand says what it asks");
    match what.as_rule() {
        Rule::is_what => match what.as_str().to_ascii_lowercase().as_str() {
            "true" => node(Node::IsTruth(operand, true, negated), at),
            "false" => node(Node::IsTruth(operand, false, negated), at),
            _ => node(Node::IsNull(operand, negated), at),
        },
        Rule::collation => node(Node::Collate(operand, what.as_str().to_ascii_lowercase()), at),
        Rule::in_list => {
            let list = what.into_inner().filter(|pair| pair.as_rule() == Rule::expr).map(expr).collect::<Result<_, _>>()?;
            node(Node::In(operand, list, negated), at)
        }
        Rule::between => {
            let mut bounds = what.into_inner().filter(|pair| pair.as_rule() == Rule::sums).map(expr);
            let mut bound = || bounds.next().expect("BETWEEN has two bounds").map(boxed);
            node(Node::Between(operand, bound()?, bound()?, negated), at)
        }
        Rule::like => {
            let mut inner = what.into_inner();
            let pattern = boxed(expr(inner.next().expect("LIKE has a pattern"))?);
            let escape = match inner.next() {
                None => None,
                Some(pair) => {
                    let escape = text(&pair);
                    let mut chars = escape.chars();
                    match (chars.next(), chars.next()) {
                        (Some(one), None) => Some(one),
                        _ => return Err(Wrong::new(self::at(&pair), "ESCAPE wants one character".to_string())),
                    }
                }
            };
            node(Node::Like { operand, pattern, escape, negated }, at)
        }
        _ => {
            let pattern = expr(what.into_inner().next().expect("REGEXP has a pattern"))?;
            node(Node::Regexp(operand, boxed(pattern), negated), at)
        }
    }
}

fn primary(pair: Pair<'_, Rule>) -> Built {
    let at = at(&pair);
    match pair.as_rule() {
        Rule::group => {
            let mut parts: Vec<Expr> = exprs(pair.into_inner())?;
            match parts.len() {
                1 => Ok(parts.remove(0)),
                _ => node(Node::Row(parts), at),
            }
        }
        Rule::text => node(Node::Text(text(&pair)), at),
        Rule::bytes => node(Node::Bytes(bytes(&pair)?), at),
        Rule::number => node(Node::Number(pair.as_str().to_string()), at),
        Rule::constant => match pair.as_str().to_ascii_lowercase().as_str() {
            "true" => node(Node::Truth(true), at),
            "false" => node(Node::Truth(false), at),
            _ => node(Node::Null, at),
        },
        Rule::case => case(pair),
        Rule::cast | Rule::convert => {
            let mut inner = pair.into_inner().filter(|pair| matches!(pair.as_rule(), Rule::expr | Rule::cast_type));
            let operand = expr(inner.next().expect("a cast has a value"))?;
            let ty = cast_type(inner.next().expect("and a type"))?;
            node(Node::Cast(boxed(operand), ty), at)
        }
        Rule::extract => {
            let mut inner = pair.into_inner().filter(|pair| matches!(pair.as_rule(), Rule::unit | Rule::expr));
            let unit = inner.next().expect("EXTRACT has a unit");
            let operand = expr(inner.next().expect("and something to take it from"))?;
            let function = Function::find(self::unit(&unit)?.as_str(), 1).map_err(|message| Wrong::new(self::at(&unit), message))?;
            call(function, vec![operand], at)
        }
        Rule::interval => {
            let mut inner = pair.into_inner();
            let amount = expr(inner.next().expect("INTERVAL has an amount"))?;
            let unit = self::unit(&inner.next().expect("and a unit"))?;
            node(Node::Interval(boxed(amount), unit), at)
        }
        Rule::dated => {
            let mut inner = pair.into_inner();
            let holds = match inner.next().expect("the word").as_str().to_ascii_lowercase().as_str() {
                "date" => Holds::Day,
                "time" => Holds::Time,
                _ => Holds::Moment,
            };
            node(Node::Dated(holds, text(&inner.next().expect("the text"))), at)
        }
        _ => reference(pair),
    }
}

fn exprs(pairs: Pairs<'_, Rule>) -> Result<Vec<Expr>, Wrong> {
    pairs.filter(|pair| pair.as_rule() == Rule::expr).map(expr).collect()
}

fn case(pair: Pair<'_, Rule>) -> Built {
    let at = at(&pair);
    let (mut operand, mut branches, mut otherwise) = (None, Vec::new(), None);
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::expr => operand = Some(boxed(expr(pair)?)),
            Rule::when => {
                let mut parts = exprs(pair.into_inner())?;
                let value = parts.pop().expect("WHEN has a value");
                branches.push((parts.pop().expect("and a condition"), value));
            }
            Rule::otherwise => otherwise = Some(boxed(expr(pair.into_inner().next().expect("ELSE has a value"))?)),
            _ => {}
        }
    }
    node(Node::Case { operand, branches, otherwise }, at)
}

fn reference(pair: Pair<'_, Rule>) -> Built {
    let at = at(&pair);
    let mut inner = pair.into_inner();
    let name = inner.next().expect("a reference begins with its name");
    let quoted = name.as_str().starts_with('`');
    let name = unquoted(name.as_str());
    let Some(next) = inner.next() else {
        // These need no parentheses.
        let is_clock = ["current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "utc_timestamp", "utc_date"]
            .contains(&name.to_ascii_lowercase().as_str());
        if is_clock && !quoted {
            let function = Function::find(&name, 0).expect("the clock has a function for each word");
            return call(function, Vec::new(), at);
        }
        return node(Node::Attribute(name), at);
    };
    match next.as_rule() {
        Rule::path => {
            let steps = next.into_inner().map(step).collect::<Result<_, _>>()?;
            let ty = inner.next().map(cast_type).transpose()?;
            node(Node::Path(Path { attribute: name, steps, ty }), at)
        }
        _ if quoted => Err(Wrong::new(at, format!("`{name}` is an attribute in back-quotes, and followed by parentheses like a function"))),
        _ => arguments(&name, next, at),
    }
}

fn step(pair: Pair<'_, Rule>) -> Result<Step, Wrong> {
    let at = at(&pair);
    let inner = pair.clone().into_inner().next().expect("a step says where to");
    match pair.as_rule() {
        Rule::element => match inner.as_str().parse() {
            Ok(number) => Ok(Step::Element(number)),
            Err(_) => Err(Wrong::new(at, "no list of JSON has so many elements".to_string())),
        },
        _ => Ok(Step::Member(unquoted(inner.as_str()))),
    }
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
        Some(name) => name.replace("``", "`"),
        None => name.to_string(),
    }
}

fn call(function: &'static Function, arguments: Vec<Expr>, at: usize) -> Built {
    node(Node::Call(Call { function, star: false, distinct: false, arguments, order: Vec::new(), separator: None }), at)
}

fn arguments(name: &str, pair: Pair<'_, Rule>, at: usize) -> Built {
    let (mut star, mut distinct, mut arguments, mut order, mut separator) = (false, false, Vec::new(), Vec::new(), None);
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::star => star = true,
            Rule::distinct => distinct = true,
            Rule::expr => arguments.push(expr(pair)?),
            Rule::order_by => {
                for item in pair.into_inner().filter(|pair| pair.as_rule() == Rule::order_item) {
                    let mut parts = item.into_inner();
                    let by = expr(parts.next().expect("an order names something"))?;
                    let descending = parts.next().is_some_and(|pair| pair.as_str().eq_ignore_ascii_case("desc"));
                    order.push((by, descending));
                }
            }
            Rule::separator => separator = pair.into_inner().next().map(|pair| text(&pair)),
            _ => {}
        }
    }
    let wrong = |message: &str| Err(Wrong::new(at, message.to_string()));
    let lower = name.to_ascii_lowercase();
    if star && lower != "count" {
        return wrong("`*` counts rows, in `count(*)` only");
    }
    if (!order.is_empty() || separator.is_some()) && lower != "group_concat" {
        return wrong("ORDER BY and SEPARATOR belong in `group_concat` only");
    }
    match lower.as_str() {
        "date_add" | "adddate" | "date_sub" | "subdate" => return shifted(&lower, arguments, at),
        "timestampdiff" => return elapsed(arguments, at),
        _ => {}
    }
    let function = Function::find(name, if star { 1 } else { arguments.len() }).map_err(|message| Wrong::new(at, message))?;
    node(Node::Call(Call { function, star, distinct, arguments, order, separator }), at)
}

/// `date_add(start, INTERVAL 1 DAY)`.
fn shifted(name: &str, mut arguments: Vec<Expr>, at: usize) -> Built {
    match (arguments.pop(), arguments.pop(), arguments.is_empty()) {
        (Some(Expr { node: Node::Interval(amount, unit), .. }), Some(moment), true) => {
            let earlier = name.contains("sub");
            node(Node::Shifted { moment: boxed(moment), earlier, amount, unit }, at)
        }
        _ => Err(Wrong::new(at, format!("`{name}` takes a date and an interval: `{name}(start, interval 1 day)`"))),
    }
}

/// `timestampdiff(DAY, start, stop)`; the unit was read as if it were an attribute.
fn elapsed(arguments: Vec<Expr>, at: usize) -> Built {
    let mut arguments = arguments.into_iter();
    match (arguments.next(), arguments.next(), arguments.next(), arguments.next()) {
        (Some(Expr { node: Node::Attribute(word), at: place, .. }), Some(from), Some(to), None) => {
            node(Node::Elapsed(unit_named(&word, place)?, boxed(from), boxed(to)), at)
        }
        _ => Err(Wrong::new(at, "`timestampdiff` takes a unit and two dates: `timestampdiff(day, start, stop)`".to_string())),
    }
}

/// Reads a unit of time.
fn unit(pair: &Pair<'_, Rule>) -> Result<Unit, Wrong> {
    unit_named(pair.as_str(), at(pair))
}

fn unit_named(written: &str, at: usize) -> Result<Unit, Wrong> {
    let word = written.to_ascii_lowercase();
    Unit::ALL.into_iter().find(|unit| unit.as_str() == word).ok_or_else(|| {
        let known = nearest(&word, Unit::ALL.map(Unit::as_str));
        let help = known.map_or("write `second`, `minute`, `hour`, `day`, `week`, `month` or `year`".to_string(), |known| {
            format!("did you mean `{known}`?")
        });
        Wrong::new(at, format!("`{written}` is no unit of time; {help}"))
    })
}

fn cast_type(pair: Pair<'_, Rule>) -> Result<CastType, Wrong> {
    let at = at(&pair);
    let written = pair.as_str().to_string();
    let mut inner = pair.into_inner();
    let word = inner.next().expect("a type has a name").as_str().to_ascii_lowercase();
    let digits: Vec<u32> = inner.filter_map(|pair| pair.as_str().parse().ok()).collect();
    Ok(match (word.as_str(), digits.as_slice()) {
        ("signed" | "int" | "integer" | "bigint", []) => CastType::Signed,
        ("unsigned", []) => CastType::Unsigned,
        ("decimal" | "numeric" | "dec", []) => CastType::Decimal(10, 0),
        ("decimal" | "numeric" | "dec", [precision @ 1..=38]) => CastType::Decimal(*precision, 0),
        ("decimal" | "numeric" | "dec", [precision @ 1..=38, scale]) if scale <= precision && *scale <= 30 => {
            CastType::Decimal(*precision, *scale)
        }
        ("double" | "float" | "real", []) => CastType::Double,
        ("char" | "varchar" | "text", []) => CastType::Char(None),
        ("char" | "varchar", [length]) => CastType::Char(Some(*length)),
        ("date", []) => CastType::Day,
        ("datetime" | "timestamp", [] | [0..=6]) => CastType::Moment,
        ("time", [] | [0..=6]) => CastType::Time,
        ("json", []) => CastType::Json,
        _ => {
            let known = "`signed`, `unsigned`, `decimal(10,2)`, `double`, `char`, `date`, `datetime`, `time` or `json`";
            return Err(Wrong::new(at, format!("values cannot be cast to `{written}`; write {known}")));
        }
    })
}

/// Reads a text as MySQL does, with its escapes.
fn text(pair: &Pair<'_, Rule>) -> String {
    let written = pair.as_str();
    SqlLiteral { quote: written.chars().next(), raw: written[1..written.len() - 1].to_string() }.value(true)
}

fn bytes(pair: &Pair<'_, Rule>) -> Result<Vec<u8>, Wrong> {
    let digits = pair.as_str()[2..].trim_end_matches('\'');
    if digits.len() % 2 == 1 {
        return Err(Wrong::new(at(pair), "two digits make a byte, and one is left over".to_string()));
    }
    Ok((0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("the grammar takes hexadecimal digits"))
        .collect())
}
