//! Facts: portable SQL over accepted rows, one file each under `schemas/facts/`.
//!
//! - `base/` facts depend on the accepted rows alone;
//! - `window/` facts depend on the last day E of a window (`$e_day`, `$t12m_day`, `$ytd_day`…);
//! - `period/` facts depend on the first day of a period too (`$s_day`).
//!
//! A `$name` in the text is a parameter: a value of the norms or of the window.
//!
//! `-- by: county` and `-- by: person` say what a fact's rows fall apart by, so that a night need not
//! work out again what new rows cannot have changed; see [`Grain`]. `-- choice: managed, managed_rule =
//! month_gap` says that the fact is read as `managed` where the norm `managed_rule` is `month_gap`. `-- rows:
//! hospital_patient` says of which dataset each row is one, so that a number can name the records that it is made of.
//! `-- zh:` is the sentence at the head in Chinese, on one line or several.
//! `$all_station_site` stands for the rows of a table and of all tables that count as it ([`super::union`]).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{Statement, visit_relations};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::portable;
use super::table::Table;
use super::union;
use crate::error::{Words, words};

/// What a fact depends on beyond the accepted rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    Base,
    Window,
    Period,
}

/// What a fact's rows fall apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// A base fact that is the union of what each county's rows alone give, with the divisions, the
    /// calendar, the places of the county's sites and the persons of its rows.
    County,
    /// A fact whose rows of a person are what the rows that name this person give, as `person_key` or as
    /// `related_key`. Its rows carry the person as `person_key`, or are made of rows that do.
    Person,
}

/// One of several facts that stand for one name, whichever a norm names. Other facts read the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactChoice {
    pub name: String,
    pub norm: String,
    /// What the norm says where this fact is meant.
    pub value: String,
}

/// One fact.
#[derive(Clone, Debug)]
pub struct Fact {
    pub name: String,
    pub kind: FactKind,
    /// The sentence at the head of its file, and the same after `-- zh:`; one for both languages where there is none.
    pub title: Words,
    /// The column with the day of each row's event (`-- day: service_day`). Rows dated in a month after
    /// E's must not change a window that ends at E: its numbers are then those of the last run,
    /// reused. A fact that is made of such facts passes their days on.
    pub day_column: Option<String>,
    /// Facts of which it does look at rows after E, as late as a referral may be closed
    /// (`-- ahead: visit`).
    pub ahead: Vec<String>,
    /// `-- by: county` or `-- by: person`; without it the fact is made of all rows at once.
    pub by: Option<Grain>,
    /// `-- choice: managed, managed_rule = month_gap`.
    pub choice: Option<FactChoice>,
    /// `-- rows: hospital_patient`: the dataset of which each row is one; the row then carries its `_county` and key,
    /// and where several datasets are named, or others count as the one, its `dataset`.
    /// Of several datasets, a column `dataset` says which. `division` are places of the tree, which have no county.
    pub rows: Vec<String>,
    /// The SQL with its `$` parameters.
    pub sql: String,
    /// Tables and facts that it reads, sorted.
    pub reads: Vec<String>,
    /// What in its SQL does not run in every engine.
    pub unportable: Vec<Words>,
}

/// All facts by name.
pub type Facts = BTreeMap<String, Fact>;

/// Tables that the engine provides beside the accepted rows, the places of sites and the facts.
pub const PROVIDED: [&str; 4] = ["place", "calendar", "months", "person"];

/// The facts among which a norm chooses, by the name that stands for them.
pub fn choices(facts: &Facts) -> BTreeMap<&str, Vec<(&FactChoice, &Fact)>> {
    let mut choices: BTreeMap<&str, Vec<(&FactChoice, &Fact)>> = BTreeMap::new();
    for fact in facts.values() {
        if let Some(choice) = &fact.choice {
            choices.entry(&choice.name).or_default().push((choice, fact));
        }
    }
    choices
}

/// Reads one fact file, whose SQL may name the tables that count as one of `tables`.
pub(super) fn parse(name: &str, kind: FactKind, text: &str, tables: &[Table]) -> Result<Fact, Words> {
    let (comment, sql): (Vec<&str>, Vec<&str>) = text.lines().partition(|l| l.trim_start().starts_with("--"));
    let (mut day_column, mut ahead, mut by, mut choice, mut words) = (None, Vec::new(), None, None, Vec::new());
    let (mut rows, mut zh) = (Vec::new(), Vec::new());
    for line in comment.iter().map(|l| l.trim_start_matches(['-', ' '])) {
        match line.split_once(':').map(|(mark, value)| (mark, value.trim())) {
            Some(("day", column)) => day_column = Some(column.to_owned()),
            Some(("zh", text)) => zh.push(text),
            Some(("ahead", facts)) => ahead = facts.split(',').map(|f| f.trim().to_owned()).collect(),
            Some(("rows", datasets)) => rows = datasets.split(',').map(|d| d.trim().to_owned()).collect(),
            Some(("choice", text)) => choice = Some(parse_choice(text)?),
            Some(("by", "county")) => by = Some(Grain::County),
            Some(("by", "person")) => by = Some(Grain::Person),
            Some(("by", other)) => {
                return Err(words!(
                    "按 `{other}` 拆分，而只能按 county 或 person",
                    "falls apart by `{other}`, which is neither county nor person"
                ));
            }
            _ => words.push(line),
        }
    }
    let en = words.join(" ");
    let title = if zh.is_empty() { Words::plain(&en) } else { Words::new(zh.concat(), en) };
    if title.is_empty() {
        return Err(words!("开头没有说明其含义的注释", "begins without a comment that says what it is"));
    }
    let sql = union::written_out(sql.join("\n").trim(), tables);
    let statements = parsed(&plain_text(&sql))?;
    let (reads, unportable) = (relations(&statements), portable::problems(&statements));
    if let Some(unread) = ahead.iter().find(|fact| !reads.contains(fact)) {
        return Err(words!(
            "声明要看 `{unread}` 中较晚的行，却没有读取它",
            "looks ahead in `{unread}`, which it does not read"
        ));
    }
    Ok(Fact { name: name.to_owned(), kind, title, day_column, ahead, by, choice, rows, sql, reads, unportable })
}

/// `managed, managed_rule = month_gap`.
fn parse_choice(text: &str) -> Result<FactChoice, Words> {
    let parts = text.split_once(',').and_then(|(name, rest)| Some((name, rest.split_once('=')?)));
    let (name, (norm, value)) = parts.ok_or_else(|| {
        words!(
            "选择 `{text}` 的写法不对，应为 `名称, 规则 = 值`",
            "is the choice `{text}`, which is not `name, norm = value`"
        )
    })?;
    let word = |word: &str| word.trim().to_owned();
    Ok(FactChoice { name: word(name), norm: word(norm), value: word(value) })
}

/// Puts values in the place of `$name` parameters.
///
/// # Errors
/// The name of a parameter that has no value.
pub fn substitute(sql: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(tail.len());
        let name = &tail[..end];
        out.push_str(values.get(name).ok_or_else(|| name.to_owned())?);
        rest = &tail[end..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The text with each parameter as something that parses in its place: a list's content, a condition
/// and a number can all be a column name.
fn plain_text(sql: &str) -> String {
    sql.replace('$', "param_")
}

fn parsed(sql: &str) -> Result<Vec<Statement>, Words> {
    let wrong = |said: String| words!("SQL 有误（「{said}」）", "does not parse: {said}");
    let statements = Parser::parse_sql(&GenericDialect {}, sql).map_err(|e| wrong(e.to_string()))?;
    match statements.len() {
        1 => Ok(statements),
        number => Err(words!(
            "SQL 有误：含有 {number} 条语句，而应为一条",
            "does not parse: holds {number} statements instead of one",
        )),
    }
}

/// Names of the tables that a query reads, sorted.
fn relations(statements: &[Statement]) -> Vec<String> {
    let mut names = BTreeSet::new();
    let _ = visit_relations(&statements.to_vec(), |name| {
        names.insert(name.to_string());
        ControlFlow::<()>::Continue(())
    });
    names.into_iter().collect()
}

/// Whether an expression parses as SQL and runs in every engine; otherwise what is wrong, as the rest of a sentence.
pub(super) fn check_expression(text: &str) -> Result<(), Words> {
    let statements = parsed(&plain_text(&format!("SELECT {text} FROM t")))?;
    portable::problems(&statements).into_iter().next().map_or(Ok(()), Err)
}

/// The facts that `roots` need, themselves included, each after those it reads.
pub fn closure(facts: &Facts, roots: &[&str]) -> Vec<String> {
    closure_above(facts, roots, &|_| false)
}

/// The same without the facts that are `given`, and without what only those need.
pub fn closure_above(facts: &Facts, roots: &[&str], given: &dyn Fn(&str) -> bool) -> Vec<String> {
    fn visit(
        facts: &Facts,
        name: &str,
        given: &dyn Fn(&str) -> bool,
        seen: &mut BTreeSet<String>,
        out: &mut Vec<String>,
    ) {
        if given(name) || !seen.insert(name.to_owned()) {
            return;
        }
        if let Some(fact) = facts.get(name) {
            for read in &fact.reads {
                visit(facts, read, given, seen, out);
            }
            out.push(name.to_owned());
        }
    }
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for root in roots {
        visit(facts, root, given, &mut seen, &mut out);
    }
    out
}

/// What is counted, whatever asks for it: the same aggregate over the same fact is one number.
pub fn quantity(fact: &str, sql: &str) -> String {
    format!("{fact} {sql}")
}

/// Whether a fact looks at the first day of a period: its rows are those of the period alone.
pub fn looks_at_period(facts: &Facts, name: &str) -> bool {
    closure(facts, &[name]).iter().any(|f| facts.get(f).is_some_and(|f| f.kind == FactKind::Period))
}
