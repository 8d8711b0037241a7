//! What declared SQL must not hold, so that it runs unchanged in every engine, on one machine or on a cluster.

use std::ops::ControlFlow;

use sqlparser::ast::{DataType, Expr, Statement, Visit, Visitor, WindowType};

/// The problems of a query, each once.
pub(super) fn problems(statements: &[Statement]) -> Vec<String> {
    let mut found = Found::default();
    let _ = statements.to_vec().visit(&mut found);
    found.0.dedup();
    found.0
}

#[derive(Default)]
struct Found(Vec<String>);

impl Visitor for Found {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Cast { data_type: DataType::Varchar(None) | DataType::CharacterVarying(None), .. } => {
                self.0.push(format!(
                    "holds `{expr}`, which names no length, as some engines need: write VARCHAR(20), long enough for every value"
                ));
            }
            Expr::Function(function) => match &function.over {
                Some(WindowType::WindowSpec(spec)) if spec.partition_by.is_empty() => self.0.push(format!(
                    "holds `{expr}`, which orders all rows at once, as one machine of a cluster would have to do alone: give it \
                     a PARTITION BY, such as `PARTITION BY person_key`"
                )),
                Some(WindowType::NamedWindow(_)) => {
                    self.0.push(format!("holds `{expr}`, whose window stands elsewhere: write it in its place"));
                }
                _ => {}
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
