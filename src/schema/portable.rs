//! What declared SQL must not hold, so that it runs unchanged in every engine, on one machine or on a cluster.

use std::ops::ControlFlow;

use crate::error::{Words, words};
use sqlparser::ast::{DataType, Expr, Statement, Visit, Visitor, WindowType};

/// The problems of a query, each once.
pub(super) fn problems(statements: &[Statement]) -> Vec<Words> {
    let mut found = UnportableSql::default();
    let _ = statements.to_vec().visit(&mut found);
    found.0.dedup();
    found.0
}

#[derive(Default)]
struct UnportableSql(Vec<Words>);

impl Visitor for UnportableSql {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Cast { data_type: DataType::Varchar(None) | DataType::CharacterVarying(None), .. } => {
                self.0.push(words!("含有 `{expr}`，没有写长度，而有的引擎需要：请写 VARCHAR(20)，长度须够所有的值", "holds `{expr}`, which names no length, as some engines need: write VARCHAR(20), long enough for every value"
                ));
            }
            Expr::Function(function) => match &function.over {
                Some(WindowType::WindowSpec(spec)) if spec.partition_by.is_empty() => self.0.push(words!("含有 `{expr}`，一次排序全部的行，集群中只能由一台机器完成：请加上 PARTITION BY，例如 `PARTITION BY person_key`", "holds `{expr}`, which orders all rows at once, as one machine of a cluster would have to do alone: give it \
                     a PARTITION BY, such as `PARTITION BY person_key`"
                )),
                Some(WindowType::NamedWindow(_)) => {
                    self.0.push(words!("含有 `{expr}`，其窗口写在别处：请写在原处", "holds `{expr}`, whose window stands elsewhere: write it in its place"));
                }
                _ => {}
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
