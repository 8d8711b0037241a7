//! Whether what was learned can be matches at all.
//!
//! Expectation maximisation finds two kinds of pairs, whatever they are. Where blocking rules are very wide, the pairs
//! that share one common name are so many that they may become the "matches": then one or two fields tell all, and the
//! others say of a match no more than of any pair. In matches of people most fields that tell people apart agree.

use super::counts::Drawn;
use crate::error::Words;
use crate::link::engine::model::{Model, Trained};
use crate::link::zh::labels::comparison_zh;

/// A field whose closest level fewer than one of so many random pairs have tells people apart.
const RARE: f64 = 0.05;
/// Random pairs that have both values, at least, for a field to be asked.
const FEWEST: f64 = 1000.0;
/// Bits that such a field says of a match on average, at least.
const LEAST_BITS: f64 = 1.0;

/// Comparisons that tell people apart.
pub fn identifying(model: &Model, drawn: &Drawn) -> Vec<usize> {
    let is_rare = |c: &usize| {
        let seen: Vec<f64> = (0..model.comparisons[*c].levels.len()).map(|l| drawn.seen(*c, l) as f64).collect();
        let given: f64 = seen.iter().sum();
        given >= FEWEST && seen[0] <= RARE * given
    };
    (0..model.comparisons.len()).filter(is_rare).collect()
}

/// Matches of a record from which on every field that tells people apart must say something of them: records of one
/// person may be many, but then they agree.
const MANY: f64 = 10.0;

/// Why learned weights cannot describe matches of people, if so.
pub fn of(model: &Model, drawn: &Drawn, trained: &Trained, matches_per_record: f64) -> Option<Words> {
    let asked = identifying(model, drawn);
    let speaks = |c: &usize| bits_of_a_match(&trained.m[*c], &trained.u[*c]) >= LEAST_BITS;
    let (speaking, silent): (Vec<usize>, Vec<usize>) = asked.iter().partition(|c| speaks(c));
    let too_few = if asked.len() < 3 { speaking.len() < asked.len().min(2) } else { speaking.len() * 2 < asked.len() };
    let too_many = matches_per_record > MANY && !silent.is_empty();
    let names = |of: &[usize], called: &dyn Fn(&str) -> String, between: &str| {
        of.iter().map(|c| called(&model.comparisons[*c].name)).collect::<Vec<_>>().join(between)
    };
    let zh = |of: &[usize]| names(of, &|name| comparison_zh(name).to_owned(), "、");
    let en = |of: &[usize]| names(of, &str::to_owned, ", ");
    (too_few || too_many).then(|| {
        Words::new(
            format!(
                "学得的结果不可能是同一人：每条记录平均有 {matches_per_record:.1} 个匹配，依据的是{}，而{}毫无作用",
                zh(&speaking),
                zh(&silent)
            ),
            format!(
                "what was learned cannot be matches: a record has {matches_per_record:.1}, told by {}, and nothing by {}",
                en(&speaking),
                en(&silent)
            ),
        )
    })
}

/// Bits that a comparison says of a match on average: the divergence of Kullback and Leibler (1951).
pub fn bits_of_a_match(m: &[f64], u: &[f64]) -> f64 {
    m.iter().zip(u).map(|(m, u)| m * (m / u).log2()).sum()
}
