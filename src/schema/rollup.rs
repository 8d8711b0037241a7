//! Rollups: dimensions and measures over a fact.

use serde::Deserialize;
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem, SetExpr, Statement,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::fact;

/// A dimension, and the fact that it is counted over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    /// Differs from the rollup's own for a field with several values.
    pub fact: String,
}

/// One rollup table.
#[derive(Clone, Debug)]
pub struct Rollup {
    pub name: String,
    pub fact: String,
    pub dimensions: Vec<Dimension>,
    /// Pairs of dimensions that are crossed.
    pub cross: Vec<[String; 2]>,
    /// Name and SQL aggregate, in published order.
    pub measures: Vec<(String, String)>,
}

/// A measure of the few kinds that need nothing but a count; the text is the SQL of what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregate {
    Rows,
    Distinct(String),
    Sum(String),
}

impl Aggregate {
    /// What `COUNT(*)`, `COUNT(DISTINCT x)` or `SUM(x)` counts; `None` for any other expression.
    pub fn of(sql: &str) -> Option<Aggregate> {
        let statement = Parser::parse_sql(&GenericDialect {}, &format!("SELECT {sql}")).ok()?.pop()?;
        let Statement::Query(query) = statement else { return None };
        let SetExpr::Select(select) = *query.body else { return None };
        let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else { return None };
        let Function { name, parameters: FunctionArguments::None, filter: None, over: None, .. } = function else {
            return None;
        };
        let FunctionArguments::List(list) = &function.args else { return None };
        let [FunctionArg::Unnamed(argument)] = list.args.as_slice() else { return None };
        if !list.clauses.is_empty() || !function.within_group.is_empty() || function.null_treatment.is_some() {
            return None;
        }
        match (name.to_string().to_ascii_uppercase().as_str(), list.duplicate_treatment, argument) {
            ("COUNT", None, FunctionArgExpr::Wildcard) => Some(Aggregate::Rows),
            ("COUNT", Some(DuplicateTreatment::Distinct), FunctionArgExpr::Expr(e)) => {
                Some(Aggregate::Distinct(e.to_string()))
            }
            ("SUM", None, FunctionArgExpr::Expr(e)) => Some(Aggregate::Sum(e.to_string())),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    rollup: Vec<RawRollup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRollup {
    name: String,
    fact: String,
    dimensions: Vec<RawDimension>,
    #[serde(default)]
    cross: Vec<[String; 2]>,
    measures: toml::Table,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawDimension {
    Own(String),
    Elsewhere { name: String, fact: String },
}

/// Reads one file of rollups; problems name the rollup.
pub(super) fn parse(text: &str) -> (Vec<Rollup>, Vec<String>) {
    let raw: RawFile = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(e) => return (Vec::new(), vec![e.to_string().trim_end().to_owned()]),
    };
    let mut problems = Vec::new();
    let mut rollups = Vec::new();
    for r in raw.rollup {
        let dimensions: Vec<Dimension> = r
            .dimensions
            .into_iter()
            .map(|d| match d {
                RawDimension::Own(name) => Dimension { name, fact: r.fact.clone() },
                RawDimension::Elsewhere { name, fact } => Dimension { name, fact },
            })
            .collect();
        for name in r.cross.iter().flatten() {
            if !dimensions.iter().any(|d| &d.name == name && d.fact == r.fact) {
                problems.push(format!("rollup `{}`: `{name}` is crossed but is no dimension of its fact", r.name));
            }
        }
        let mut measures = Vec::new();
        for (name, sql) in r.measures {
            match sql.as_str().map(|s| (s, fact::check_expression(s))) {
                Some((sql, Ok(()))) => measures.push((name, sql.to_owned())),
                Some((_, Err(e))) => problems.push(format!("rollup `{}`: `{name}` {e}", r.name)),
                None => problems.push(format!("rollup `{}`: measure `{name}` is no text", r.name)),
            }
        }
        rollups.push(Rollup { name: r.name, fact: r.fact, dimensions, cross: r.cross, measures });
    }
    (rollups, problems)
}
