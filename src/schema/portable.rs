//! What declared SQL must not hold, so that it runs unchanged in every engine, on one machine or on a cluster.

use std::ops::ControlFlow;

use crate::error::{Words, words};
use sqlparser::ast::{DataType, Expr, Function, Query, Statement, Visit, Visitor, WindowType};

/// The problems of a query, each once.
pub(super) fn problems(statements: &[Statement]) -> Vec<Words> {
    let mut found = UnportableSql::default();
    let _ = statements.to_vec().visit(&mut found);
    found.0.dedup();
    found.0
}

/// Functions that the embedded engine has and some other engine has not, or under another name.
const NOT_EVERYWHERE: [&str; 5] = ["ENDS_WITH", "INITCAP", "REGEXP_LIKE", "STARTS_WITH", "STRPOS"];
/// Window functions that give what the order says.
const ORDERED: [&str; 5] = ["FIRST_VALUE", "LAG", "LAST_VALUE", "LEAD", "ROW_NUMBER"];

#[derive(Default)]
struct UnportableSql(Vec<Words>);

impl UnportableSql {
    fn function(&mut self, expr: &Expr, function: &Function) {
        let name = function.name.to_string().to_uppercase();
        if NOT_EVERYWHERE.contains(&name.as_str()) {
            self.0.push(words!(
                "含有 `{expr}`，并非每个引擎都有此函数：请改用 LIKE、SUBSTR、REPLACE 等",
                "holds `{expr}`, a function that not every engine has: use LIKE, SUBSTR or REPLACE"
            ));
        }
        match &function.over {
            Some(WindowType::WindowSpec(spec)) if spec.partition_by.is_empty() => self.0.push(words!(
                "含有 `{expr}`，一次排序全部的行，集群中只能由一台机器完成：请加上 PARTITION BY，例如 `PARTITION BY person_key`",
                "holds `{expr}`, which orders all rows at once, as one machine of a cluster would have to do alone: give it \
                 a PARTITION BY, such as `PARTITION BY person_key`"
            )),
            Some(WindowType::WindowSpec(spec)) if spec.order_by.is_empty() && ORDERED.contains(&name.as_str()) => {
                self.0.push(words!(
                    "含有 `{expr}`，没有写顺序，每次结果可能不同：请加上 ORDER BY",
                    "holds `{expr}`, which states no order, so that each run may give something else: give it an ORDER BY"
                ));
            }
            Some(WindowType::NamedWindow(_)) => self.0.push(words!(
                "含有 `{expr}`，其窗口写在别处：请写在原处",
                "holds `{expr}`, whose window stands elsewhere: write it in its place"
            )),
            _ => {}
        }
    }
}

impl Visitor for UnportableSql {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if query.limit_clause.is_some() || query.fetch.is_some() {
            self.0.push(words!(
                "含有 LIMIT（或 FETCH），取哪些行由引擎决定：请改用条件或 MIN、MAX",
                "holds a LIMIT (or FETCH), and which rows that takes is left to the engine: use a condition, or MIN or MAX"
            ));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Cast { data_type: DataType::Varchar(None) | DataType::CharacterVarying(None), .. } => {
                self.0.push(words!("含有 `{expr}`，没有写长度，而有的引擎需要：请写 VARCHAR(20)，长度须够所有的值", "holds `{expr}`, which names no length, as some engines need: write VARCHAR(20), long enough for every value"
                ));
            }
            Expr::Function(function) => self.function(expr, function),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
