//! How common a value is among people.

use hashbrown::HashMap;

use super::model::Frequencies;
use super::records::{ByNumber, FieldKind, NameFacet, ValueTable};

/// Share of a value, at least.
pub const LEAST_SHARE: f64 = 1e-12;

/// Shares of values and of parts of names, to be looked up.
struct Shares {
    whole: HashMap<String, f64>,
    surname: HashMap<String, f64>,
    given: HashMap<String, f64>,
    given_names: HashMap<String, f64>,
    floor: f64,
    whole_floor: f64,
}

/// `log2` of each value's share.
pub fn log_shares(values: &ValueTable, kind: FieldKind, of: &Frequencies) -> ByNumber<f32> {
    let shares = Shares::of(of);
    let count = values.texts.len();
    if !values.few {
        return ByNumber::all(count, |v| shares.log(values.text(v), kind, || *values.names.get(v)));
    }
    let texts = values.texts.clone();
    ByNumber::asked(count, move |v| {
        let text = texts.get(v);
        shares.log(text, kind, || NameFacet::of(text))
    })
}

impl Shares {
    fn of(of: &Frequencies) -> Self {
        let table = |of: &std::collections::BTreeMap<String, f64>| of.iter().map(|(t, s)| (t.clone(), *s)).collect();
        Shares {
            whole: table(&of.whole),
            surname: table(&of.surname),
            given: table(&of.given),
            given_names: table(&of.given_names),
            floor: of.floor,
            whole_floor: of.whole_floor,
        }
    }

    /// `log2` of the share of a value; `name` is what it is as a Chinese name.
    fn log(&self, text: &str, kind: FieldKind, name: impl Fn() -> NameFacet) -> f32 {
        let share = match kind {
            FieldKind::NameZh => self.of_name(&name(), text),
            _ => self.of_whole(text),
        };
        share.max(LEAST_SHARE).log2() as f32
    }

    fn of_whole(&self, text: &str) -> f64 {
        self.whole.get(text).copied().unwrap_or(self.whole_floor)
    }

    /// Share of a Chinese name: of its surname, times those of its given characters.
    fn of_name(&self, name: &NameFacet, text: &str) -> f64 {
        let n = usize::from(name.surname_len);
        if n == 0 || !name.is_short() {
            return self.of_whole(text);
        }
        let surname: usize = name.chars()[..n].iter().map(|c| c.len_utf8()).sum();
        let (surname, given) = text.split_at(surname);
        let share = |table: &HashMap<String, f64>, text: &str| table.get(text).copied().unwrap_or(self.floor);
        let whole = self.given_names.get(given).copied();
        let of_given = whole.unwrap_or_else(|| {
            given.char_indices().map(|(at, c)| share(&self.given, &given[at..at + c.len_utf8()])).product()
        });
        (share(&self.surname, surname) * of_given).max(self.floor * self.floor)
    }
}
