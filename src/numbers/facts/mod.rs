//! Facts of the night: which a set of numbers needs, and their SQL run in order.

mod window;

use std::collections::{BTreeMap, BTreeSet};

pub use window::{Period, Window, first_of_year};

use crate::engine::{self, Session};
use crate::error::{Error, Result, Words, words};
pub use crate::schema::PeriodKind;
use crate::schema::fact::{FactChoice, choices, closure, closure_above, substitute};
use crate::schema::{CodeLists, Fact, FactKind, Facts, Grain, Norms};

/// Facts with the values of the norms in force.
#[derive(Clone, Debug)]
pub struct FactBook {
    facts: Facts,
    parameters: BTreeMap<String, String>,
}

impl FactBook {
    /// The facts as declared, and under the name of each choice the fact that the norms choose.
    pub fn new(facts: &Facts, norms: &Norms, codes: &CodeLists) -> Self {
        let mut chosen = facts.clone();
        for (name, among) in choices(facts) {
            let is_meant = |choice: &FactChoice| norms.word(&choice.norm).is_some_and(|word| word == choice.value);
            if let Some((_, fact)) = among.into_iter().find(|(choice, _)| is_meant(choice)) {
                chosen.insert(name.to_owned(), Fact { name: name.to_owned(), choice: None, ..fact.clone() });
            }
        }
        let facts = chosen;
        FactBook { facts, parameters: norms.parameters(codes) }
    }

    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.facts.get(name)
    }

    /// The facts that `roots` need, themselves included, each after those it reads.
    pub fn closure(&self, roots: &[&str]) -> Vec<&Fact> {
        closure(&self.facts, roots).iter().filter_map(|name| self.facts.get(name)).collect()
    }

    /// What `roots` need above the facts by county, each after those it reads.
    pub fn above_counties(&self, roots: &[&str]) -> Vec<&Fact> {
        let by_county = |name: &str| self.is_by_county(name);
        closure_above(&self.facts, roots, &by_county).iter().filter_map(|name| self.facts.get(name)).collect()
    }

    /// The facts by county that `roots` are, or that what they need above those reads.
    pub fn of_counties(&self, roots: &[&str]) -> BTreeSet<&str> {
        let read = self.above_counties(roots).into_iter().flat_map(|f| f.reads.iter().map(String::as_str));
        let named = roots.iter().filter_map(|root| self.facts.get(*root)).map(|f| f.name.as_str());
        read.chain(named).filter(|name| self.is_by_county(name)).collect()
    }

    pub fn is_by_county(&self, name: &str) -> bool {
        self.facts.get(name).is_some_and(|f| f.by == Some(Grain::County))
    }

    /// Whether numbers over these facts are sums of what each person gives to them.
    pub fn is_by_person(&self, roots: &[&str]) -> bool {
        self.above_counties(roots).iter().all(|f| f.by == Some(Grain::Person))
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
        substitute(&fact.sql, &values).map_err(|name| {
            Error::schema(&fact.name, words!("参数 `${name}` 没有值", "the parameter `${name}` has no value"))
        })
    }

    /// What a fact is, with the values of the norms that it names.
    pub fn title(&self, fact: &Fact) -> Words {
        // A name may begin as a shorter one does.
        let mut values: Vec<(&String, &String)> = self.parameters.iter().collect();
        values.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let filled = |text: &str| {
            values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
        };
        Words::new(filled(&fact.title.zh), filled(&fact.title.en))
    }

    /// What `roots` need that a session does not hold, each after those it reads.
    fn missing(&self, session: &Session, roots: &[&str]) -> Vec<&Fact> {
        let held = |name: &str| session.contains(name);
        closure_above(&self.facts, roots, &held).iter().filter_map(|name| self.facts.get(name)).collect()
    }

    /// Runs the base facts that `roots` need.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn run_base(&self, session: &mut Session, roots: &[&str]) -> Result<()> {
        for fact in self.missing(session, roots) {
            if fact.kind == FactKind::Base {
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
            session
                .register("months", &engine::strings_and_ints(vec![], vec![("month", months), ("last_day", lasts)])?)?;
        }
        for fact in self.missing(session, roots) {
            if fact.kind != FactKind::Base {
                self.run(session, fact, Some((window, villages)))?;
            }
        }
        Ok(())
    }

    fn run(&self, session: &mut Session, fact: &Fact, window: Option<(Window, &[String])>) -> Result<()> {
        let sql = self.sql(fact, window)?;
        session.create(&fact.name, &sql, fact.reads.iter().map(String::as_str))
    }
}
