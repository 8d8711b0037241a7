//! Facts of the night: which a set of numbers needs, and their SQL run in order.

mod window;

use std::collections::BTreeMap;

pub use window::{Period, PeriodKind, Window, first_of_year};

use crate::engine::{self, Session};
use crate::error::{Error, Result};
use crate::schema::fact::{closure, substitute};
use crate::schema::{CodeLists, Fact, FactKind, Facts, Norms};

/// Facts with the values of the norms in force.
#[derive(Clone, Debug)]
pub struct FactBook {
    facts: Facts,
    parameters: BTreeMap<String, String>,
}

impl FactBook {
    /// The facts as declared, with `managed` by the rule that the norms name.
    pub fn new(facts: &Facts, norms: &Norms, codes: &CodeLists) -> Self {
        let mut facts = facts.clone();
        let rule = norms.managed_rule.fact();
        facts.insert(
            "managed".to_owned(),
            Fact {
                name: "managed".to_owned(),
                kind: FactKind::Window,
                title: "Persons managed to the standard, by the rule in force.".to_owned(),
                day_column: None,
                ahead: Vec::new(),
                sql: format!("SELECT person_key FROM {rule}"),
                reads: vec![rule],
            },
        );
        FactBook { facts, parameters: norms.parameters(codes) }
    }

    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.facts.get(name)
    }

    /// The facts that `roots` need, themselves included, each after those it reads.
    pub fn closure(&self, roots: &[&str]) -> Vec<&Fact> {
        closure(&self.facts, roots).iter().filter_map(|name| self.facts.get(name)).collect()
    }

    /// The SQL of a fact with all its parameters' values.
    ///
    /// # Errors
    /// `Schema`: a parameter without a value; `xinhui check` finds it before.
    pub fn sql(&self, fact: &Fact, window: Option<(Window, &[String])>) -> Result<String> {
        let mut values = self.parameters.clone();
        if let Some((window, villages)) = window {
            values.extend(window.parameters());
            let list: Vec<String> = villages.iter().map(|v| format!("'{v}'")).collect();
            values.insert("named_villages".to_owned(), if list.is_empty() { "''".to_owned() } else { list.join(", ") });
        }
        substitute(&fact.sql, &values)
            .map_err(|name| Error::schema(&fact.name, format!("the parameter `${name}` has no value")))
    }

    /// Runs the base facts that `roots` need.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn run_base(&self, session: &mut Session, roots: &[&str]) -> Result<()> {
        for fact in self.closure(roots) {
            if fact.kind == FactKind::Base && !session.contains(&fact.name) {
                self.run(session, fact, None)?;
            }
        }
        Ok(())
    }

    /// Runs the window (and period) facts that `roots` need, over a session that holds the base facts.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn run_window(&self, session: &mut Session, roots: &[&str], window: Window, villages: &[String]) -> Result<()> {
        if !session.contains("months") {
            let (months, lasts) =
                window.months().into_iter().map(|(m, l)| (Some(i64::from(m)), Some(i64::from(l)))).unzip();
            session.register("months", engine::strings_and_ints(vec![], vec![("month", months), ("last_day", lasts)])?);
        }
        for fact in self.closure(roots) {
            if fact.kind != FactKind::Base && !session.contains(&fact.name) {
                self.run(session, fact, Some((window, villages)))?;
            }
        }
        Ok(())
    }

    fn run(&self, session: &mut Session, fact: &Fact, window: Option<(Window, &[String])>) -> Result<()> {
        let sql = self.sql(fact, window)?;
        let frame = session.query(&fact.name, &sql, fact.reads.iter().map(String::as_str))?;
        session.register(&fact.name, frame);
        Ok(())
    }
}
