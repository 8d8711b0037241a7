//! The rows of a table of indicators, without a text of their own for each.

use std::collections::HashMap;
use std::path::Path;

use super::batch::{days, each, flags, texts, wholes};
use crate::error::Result;

/// Rows of the table of one kind of period, with numbers of their own for divisions and periods.
#[derive(Default)]
pub(super) struct KindRows {
    pub indicator: Vec<u16>,
    pub division: Vec<u32>,
    /// Level and code of each division, in the order in which they were met.
    pub divisions: Vec<(String, String)>,
    pub period: Vec<u32>,
    /// Names and last days.
    pub periods: Vec<(String, i32)>,
    pub n: Vec<i64>,
    pub d: Vec<i64>,
    /// Rows whose numbers are rounded: their status says so or, where they are hidden, that of all others.
    pub rounded: Vec<bool>,
}

impl KindRows {
    /// Reads a table; `ids` numbers the indicators ([`u16::MAX`] stands for one that is not declared), and periods
    /// that are not complete end on `as_of`.
    pub fn read(path: &Path, as_of: i32, ids: &HashMap<&str, u16>) -> Result<Self> {
        let mut out = KindRows::default();
        let (mut of_code, mut of_period) = (HashMap::new(), HashMap::new());
        let mut suppressed: Vec<bool> = Vec::new();
        each(path, |_, batch| {
            let (id, level, code) =
                (texts(batch, "indicator")?, texts(batch, "level")?, texts(batch, "division_code")?);
            let (name, end, complete) =
                (texts(batch, "period")?, days(batch, "period_end")?, flags(batch, "complete")?);
            let status = texts(batch, "status")?;
            let mut same_id = ("", u16::MAX);
            for row in 0..batch.num_rows() {
                if same_id.0 != id.value(row) {
                    same_id = (id.value(row), ids.get(id.value(row)).copied().unwrap_or(u16::MAX));
                }
                out.indicator.push(same_id.1);
                out.division.push(number_of(&mut of_code, code.value(row), || {
                    out.divisions.push((level.value(row).to_owned(), code.value(row).to_owned()));
                }));
                out.period.push(number_of(&mut of_period, name.value(row), || {
                    let e_day = if complete.value(row) { end.value(row) } else { as_of };
                    out.periods.push((name.value(row).to_owned(), e_day));
                }));
            }
            out.rounded.extend((0..batch.num_rows()).map(|row| status.value(row) == "rounded"));
            suppressed.extend((0..batch.num_rows()).map(|row| status.value(row) == "suppressed"));
            out.n.extend(wholes(batch, "numerator")?);
            out.d.extend(wholes(batch, "denominator")?);
            Ok(())
        })?;
        // The denominator of a hidden row is shown as the method shows all.
        if out.rounded.contains(&true) {
            out.rounded.iter_mut().zip(suppressed).for_each(|(rounded, hidden)| *rounded |= hidden);
        }
        Ok(out)
    }
}

/// The number of a text among those that were met; `meet` is told of one that is new.
fn number_of(numbers: &mut HashMap<String, u32>, text: &str, meet: impl FnOnce()) -> u32 {
    if let Some(number) = numbers.get(text) {
        return *number;
    }
    let number = numbers.len() as u32;
    numbers.insert(text.to_owned(), number);
    meet();
    number
}
