//! Linear programs in whole numbers: what is asked where no table was found otherwise. Bounded in size and in steps and
//! not by a clock, so that the same question always has the same answer.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, Variable};

/// The most steps of a search for whole numbers.
const MOST_NODES: u64 = 64;

/// How the two sides of a relation stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProgramRelation {
    Equal,
    AtMost,
}

/// Whole numbers between bounds, and relations between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    bounds: Vec<(i32, i32)>,
    relations: Vec<ProgramRow>,
}

/// A sum of numbers, each so many times, beside a constant.
#[derive(Clone, Debug)]
struct ProgramRow {
    terms: Vec<(u32, i32)>,
    compared: ProgramRelation,
    constant: i64,
}

impl Program {
    /// A number between two others; gives its place.
    pub fn number(&mut self, low: i64, high: i64) -> u32 {
        let whole = |value: i64| i32::try_from(value).unwrap_or(if value < 0 { i32::MIN / 2 } else { i32::MAX / 2 });
        self.bounds.push((whole(low), whole(high)));
        self.bounds.len() as u32 - 1
    }

    /// A sum of numbers, each so many times, beside a constant.
    pub fn relate(&mut self, terms: Vec<(u32, i32)>, compared: ProgramRelation, constant: i64) {
        if !terms.is_empty() {
            self.relations.push(ProgramRow { terms, compared, constant });
        }
    }

    /// Numbers that hold all relations and make `aim` as little as may be. `None` where there are none, or none were
    /// found in the steps that it may take. They were computed with fractions: whoever uses them checks them.
    pub fn least(&self, aim: &[(u32, i32)]) -> Option<Vec<i64>> {
        let (problem, numbers) =
            self.problem(aim, |problem, weight, bounds| problem.add_integer_var(weight, bounds))?;
        let mut options = SolveOptions::default();
        options.node_limit = Some(MOST_NODES);
        let found = problem.solve_with(options).ok()?.into_solution().ok()?;
        Some(numbers.iter().map(|at| found.var_value(*at).round() as i64).collect())
    }

    /// The relations as a problem, with its numbers; `None` where one has no values.
    fn problem(
        &self,
        aim: &[(u32, i32)],
        add: impl Fn(&mut Problem, f64, (i32, i32)) -> Variable,
    ) -> Option<(Problem, Vec<Variable>)> {
        if self.bounds.iter().any(|(low, high)| low > high) {
            return None;
        }
        let mut weights = vec![0; self.bounds.len()];
        aim.iter().for_each(|(at, times)| weights[*at as usize] += times);
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let both = self.bounds.iter().zip(weights);
        let numbers: Vec<Variable> =
            both.map(|(bounds, weight)| add(&mut problem, f64::from(weight), *bounds)).collect();
        for ProgramRow { terms, compared, constant } in &self.relations {
            let terms: Vec<(Variable, f64)> =
                terms.iter().map(|(at, times)| (numbers[*at as usize], f64::from(*times))).collect();
            let compared = match compared {
                ProgramRelation::Equal => ComparisonOp::Eq,
                ProgramRelation::AtMost => ComparisonOp::Le,
            };
            problem.add_constraint(terms, compared, *constant as f64);
        }
        Some((problem, numbers))
    }

    /// The same of numbers that need not be whole, which takes fewer steps.
    pub fn least_of_fractions(&self, aim: &[(u32, i32)]) -> Option<Vec<f64>> {
        let (problem, numbers) = self
            .problem(aim, |problem, weight, (low, high)| problem.add_var(weight, (f64::from(low), f64::from(high))))?;
        let found = problem.solve().ok()?.into_solution().ok()?;
        Some(numbers.iter().map(|at| found.var_value(*at)).collect())
    }

    /// The same with `aim` as great as may be.
    pub fn greatest(&self, aim: &[(u32, i32)]) -> Option<Vec<i64>> {
        let turned: Vec<(u32, i32)> = aim.iter().map(|(at, times)| (*at, -times)).collect();
        self.least(&turned)
    }
}
