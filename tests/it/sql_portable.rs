//! The declared SQL stays in the subset that Polars, DuckDB and DataFusion read alike.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, SetExpr, Statement, Visit, Visitor, WindowType,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use xinhui::numbers::facts::{FactBook, Window};
use xinhui::numbers::indicators::IndicatorCells;
use xinhui::numbers::rollups as rollup;
use xinhui::schema::divisions::Level;
use xinhui::schema::{FactKind, Schemas};

/// Functions that all three engines have, with the same meaning.
const FUNCTIONS: [&str; 10] =
    ["COUNT", "SUM", "MIN", "MAX", "COALESCE", "REPLACE", "UPPER", "LAG", "LEAD", "ROW_NUMBER"];

/// Window functions, whose result depends on the order.
const ORDERED: [&str; 3] = ["LAG", "LEAD", "ROW_NUMBER"];

/// Collects what is not portable.
#[derive(Default)]
struct Portable {
    faults: Vec<String>,
    functions: BTreeSet<String>,
}

impl Visitor for Portable {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(f) => {
                let name = f.name.to_string().to_uppercase();
                if !FUNCTIONS.contains(&name.as_str()) {
                    self.faults.push(format!("the function {name}"));
                }
                let ordered = ORDERED.contains(&name.as_str());
                match &f.over {
                    Some(WindowType::WindowSpec(spec)) if ordered && spec.order_by.is_empty() => {
                        self.faults.push(format!("{name} without an order"));
                    }
                    Some(WindowType::WindowSpec(spec)) if spec.partition_by.is_empty() => {
                        self.faults.push(format!("{name} over all rows at once"));
                    }
                    Some(WindowType::NamedWindow(_)) => self.faults.push(format!("{name} over a window elsewhere")),
                    None if ordered => self.faults.push(format!("{name} without a window")),
                    _ => {}
                }
                if let FunctionArguments::List(list) = &f.args {
                    let stars = list.args.iter().filter(|a| {
                        matches!(
                            a,
                            FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(_)) | FunctionArg::Named { .. }
                        )
                    });
                    self.faults.extend(stars.map(|a| format!("the argument {a}")));
                }
                self.functions.insert(name);
            }
            Expr::Substring { substring_from: Some(_), .. } => {
                self.functions.insert("SUBSTR".to_owned());
            }
            Expr::Cast { data_type: DataType::Varchar(Some(_)), format: None, .. } => {
                self.functions.insert("CAST".to_owned());
            }
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Value(_)
            | Expr::BinaryOp { .. }
            | Expr::UnaryOp { .. }
            | Expr::Nested(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::InList { .. }
            | Expr::Between { .. }
            | Expr::Like { any: false, escape_char: None, .. } => {}
            Expr::Case { conditions, else_result, .. } => {
                // Without ELSE the value is NULL: meant only where COUNT passes it over.
                if else_result.is_none() && conditions.len() != 1 {
                    self.faults.push(format!("a CASE of several branches without ELSE: {expr}"));
                }
            }
            other => self.faults.push(format!("the expression {other}")),
        }
        ControlFlow::Continue(())
    }
}

/// Holds one query to the subset; gives the functions that it uses.
fn portable(what: &str, sql: &str, faults: &mut Vec<String>) -> BTreeSet<String> {
    let statements = Parser::parse_sql(&GenericDialect {}, sql).unwrap_or_else(|e| panic!("{what}: {e}\n{sql}"));
    let mut visitor = Portable::default();
    for statement in &statements {
        let Statement::Query(query) = statement else {
            faults.push(format!("{what}: is no query"));
            continue;
        };
        if query.limit_clause.is_some() || query.fetch.is_some() {
            faults.push(format!("{what}: takes some of its rows"));
        }
        if let SetExpr::Values(_) = &*query.body {
            faults.push(format!("{what}: lists its rows"));
        }
        let _ = statement.visit(&mut visitor);
    }
    faults.extend(visitor.faults.iter().map(|f| format!("{what}: {f}")));
    visitor.functions
}

#[test]
fn facts_indicators_and_rollups_use_portable_sql_alone() {
    let schemas = Schemas::embedded().unwrap();
    let book = FactBook::new(&schemas.facts, &schemas.norms, &schemas.codes);
    let villages = schemas.named_villages();
    let window = Window { e_day: 19_000, s_day: 18_900 };
    let mut faults = Vec::new();
    let mut functions = BTreeSet::new();
    let mut queries = 0;
    for fact in schemas.facts.values() {
        let sql = match fact.kind {
            FactKind::Base => book.sql(fact, None),
            FactKind::Window | FactKind::Period => book.sql(fact, Some((window, &villages))),
        };
        functions.extend(portable(&fact.name, &sql.unwrap(), &mut faults));
        queries += 1;
    }
    for indicator in &schemas.indicators {
        for level in &indicator.levels {
            let sql = IndicatorCells::sql(&indicator.fact, *level, &[indicator]);
            functions.extend(portable(&indicator.id, &sql, &mut faults));
            queries += 1;
        }
    }
    for r in &schemas.rollups {
        for (level, group) in Level::ALL.into_iter().flat_map(|l| rollup::groups(r).into_iter().map(move |g| (l, g))) {
            let sql = rollup::sql(r, rollup::fact_of(r, &group), level, &group);
            functions.extend(portable(&r.name, &sql, &mut faults));
            queries += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(queries > 400, "{queries} queries");
    // The list holds nothing that is not used.
    let used: BTreeSet<&str> = functions.iter().map(String::as_str).collect();
    let listed: BTreeSet<&str> = FUNCTIONS.into_iter().chain(["SUBSTR", "CAST"]).collect();
    assert_eq!(used, listed);
}

#[test]
fn what_is_not_portable_is_seen() {
    for sql in [
        "SELECT list_agg(a) FROM t",
        "SELECT a::DATE - b FROM t",
        "SELECT EXTRACT(year FROM a) FROM t",
        "SELECT ROW_NUMBER() OVER (PARTITION BY a) FROM t",
        "SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t",
        "SELECT SUM(a) OVER () FROM t",
        "SELECT COUNT(*) OVER w FROM t WINDOW w AS (PARTITION BY a)",
        "SELECT CAST(a AS VARCHAR) FROM t",
        "SELECT LAG(a) FROM t",
        "SELECT CASE WHEN a THEN 1 WHEN b THEN 2 END FROM t",
        "SELECT [1, 2] FROM t",
        "SELECT a FROM t LIMIT 1",
        "SELECT a FROM t WHERE a ILIKE 'F%'",
    ] {
        let mut faults = Vec::new();
        portable("q", sql, &mut faults);
        assert!(!faults.is_empty(), "{sql}");
    }
}
