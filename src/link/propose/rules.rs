//! Blocking rules that a table's fields allow.

use super::fields::ProposedField;
use super::roles::ProposedRole;

/// Rules that a model is proposed with, at most; they are in the order of how much they find.
const MOST_RULES: usize = 48;

/// A rule, and the pairs that it puts together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedRule {
    pub keys: Vec<String>,
    pub pairs: u64,
}

impl ProposedRule {
    /// The keys, for people.
    pub fn name(&self) -> String {
        self.keys.join(", ")
    }
}

/// Rules to be tried, the narrow ones first; their pairs are not counted yet.
pub fn candidates(fields: &[ProposedField]) -> Vec<ProposedRule> {
    let columns = FieldUses::of(fields);
    let rules = [
        columns.of_one_value(),
        columns.of_chinese_names(),
        columns.of_halves_of_numbers(),
        columns.of_latin_names(),
        columns.of_what_names_begin_with(),
        columns.of_mail(),
        columns.of_places(),
        columns.of_unknown_columns(),
        columns.of_wide_columns(),
    ]
    .concat();
    let mut once: Vec<ProposedRule> = Vec::new();
    for keys in rules {
        let is_new = |r: &ProposedRule| r.keys.len() != keys.len() || !keys.iter().all(|k| r.keys.contains(k));
        if once.iter().all(is_new) {
            once.push(ProposedRule { keys, pairs: 0 });
        }
    }
    once
}

/// Fields by what they are good for.
struct FieldUses<'f> {
    fields: &'f [ProposedField],
    births: Vec<&'f ProposedField>,
    numbers: Vec<&'f ProposedField>,
    names: Vec<&'f ProposedField>,
    chinese: Vec<&'f ProposedField>,
    contacts: Vec<&'f ProposedField>,
    places: Vec<&'f ProposedField>,
    texts: Vec<&'f ProposedField>,
    /// What a name or an unknown text begins with; a Chinese name sounds.
    heads: Vec<String>,
}

fn key(f: &ProposedField, feature: &str) -> String {
    format!("{}.{feature}", f.name)
}

fn value(f: &ProposedField) -> String {
    if f.kind == "phones" { key(f, "each") } else { f.name.clone() }
}

fn begins(f: &&ProposedField) -> String {
    match (f.role, f.is_hanzi) {
        (ProposedRole::NameZh, _) => key(f, "sound"),
        (_, true) => f.name.clone(),
        (ProposedRole::FullName, _) => key(f, "prefix-4"),
        _ => key(f, "prefix-3"),
    }
}

fn place(f: &&ProposedField) -> String {
    match f.role {
        _ if f.is_hanzi => f.name.clone(),
        ProposedRole::Address | ProposedRole::SecondAddress => key(f, "prefix-5"),
        _ => key(f, "prefix-4"),
    }
}

impl<'f> FieldUses<'f> {
    fn of(fields: &'f [ProposedField]) -> Self {
        let of = |roles: &[ProposedRole]| -> Vec<&'f ProposedField> {
            fields.iter().filter(|f| roles.contains(&f.role)).collect()
        };
        let varied = |roles: &[ProposedRole]| of(roles).into_iter().filter(|f| f.distinct > 5).collect::<Vec<_>>();
        let (names, chinese) = (
            of(&[ProposedRole::GivenName, ProposedRole::Surname, ProposedRole::FullName]),
            of(&[ProposedRole::NameZh]),
        );
        let texts = varied(&[ProposedRole::Text]);
        FieldUses {
            fields,
            births: of(&[ProposedRole::Birth]),
            numbers: of(&[ProposedRole::Number]),
            contacts: of(&[ProposedRole::Email, ProposedRole::Phone, ProposedRole::GuardianPhone]),
            places: varied(&[
                ProposedRole::Address,
                ProposedRole::SecondAddress,
                ProposedRole::Postcode,
                ProposedRole::Place,
            ]),
            heads: chinese.iter().chain(&names).chain(&texts).map(begins).collect(),
            names,
            chinese,
            texts,
        }
    }

    fn with(&self, roles: &[ProposedRole]) -> Vec<&'f ProposedField> {
        self.fields.iter().filter(|f| roles.contains(&f.role)).collect()
    }

    /// What one value says.
    fn of_one_value(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        for f in
            self.with(&[ProposedRole::ResidentId]).iter().chain(&self.numbers).chain(&self.contacts).chain(&self.births)
        {
            rules.push(vec![value(f)]);
        }
        rules
    }

    fn of_chinese_names(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        for f in &self.chinese {
            rules.push(vec![f.name.clone()]);
            for b in &self.births {
                rules.push(vec![key(f, "sound"), key(b, "prefix-4")]);
                rules.push(vec![key(f, "surname-sound"), b.name.clone()]);
                rules.push(vec![key(f, "given-sound"), b.name.clone()]);
            }
            for p in &self.places {
                rules.push(vec![key(f, "surname-sound"), p.name.clone()]);
                rules.push(vec![key(f, "given-sound"), p.name.clone()]);
            }
            rules.push(vec![key(f, "sound")]);
        }
        rules
    }

    fn of_halves_of_numbers(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        for f in self.with(&[ProposedRole::ResidentId]) {
            for other in self.chinese.iter().map(|n| key(n, "surname-sound")).chain(self.names.iter().map(begins)) {
                rules.push(vec![key(f, "head"), other.clone()]);
                rules.push(vec![key(f, "tail"), other]);
            }
        }
        rules
    }

    fn of_latin_names(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        let latin: Vec<&&ProposedField> = self.names.iter().filter(|f| f.role != ProposedRole::FullName).collect();
        if let [given, surname] = latin[..] {
            rules.push(vec![given.name.clone(), surname.name.clone()]);
            rules.push(vec![begins(given), begins(surname)]);
            for b in self.births.iter().filter(|_| !given.is_hanzi) {
                rules.push(vec![key(given, "prefix-3"), key(surname, "prefix-1"), key(b, "prefix-4")]);
                rules.push(vec![key(surname, "prefix-3"), key(given, "prefix-1"), key(b, "prefix-4")]);
            }
        }
        for f in self.with(&[ProposedRole::FullName]) {
            rules.push(vec![f.name.clone()]);
        }
        rules
    }

    fn of_what_names_begin_with(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        for head in &self.heads {
            for b in &self.births {
                for part in ["year-month", "year-day", "month-day"] {
                    rules.push(vec![head.clone(), key(b, part)]);
                }
            }
            rules.extend(self.places.iter().map(|p| vec![head.clone(), place(p)]));
            for n in &self.numbers {
                rules.push(vec![head.clone(), key(n, "prefix-4")]);
                rules.push(vec![head.clone(), key(n, "suffix-4")]);
            }
            for c in self.contacts.iter().filter(|c| c.kind == "text") {
                rules.push(vec![
                    head.clone(),
                    key(c, if c.role == ProposedRole::Email { "prefix-3" } else { "suffix-4" }),
                ]);
            }
        }
        rules
    }

    fn of_mail(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        for f in self.with(&[ProposedRole::Email]) {
            rules.push(vec![key(f, "prefix-5")]);
            rules.extend(self.births.iter().map(|b| vec![key(f, "prefix-3"), key(b, "prefix-4")]));
            rules.push(vec![key(f, "suffix-8")]);
        }
        rules
    }

    fn of_places(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        for (at, p) in self.places.iter().enumerate() {
            for b in &self.births {
                for part in ["year-month", "year-day", "month-day"] {
                    rules.push(vec![place(p), key(b, part)]);
                }
            }
            rules.extend(self.places[at + 1..].iter().map(|q| vec![place(p), place(q)]));
            rules.extend(self.with(&[ProposedRole::StreetNumber]).iter().map(|n| vec![place(p), n.name.clone()]));
        }
        rules
    }

    /// Of columns that nothing is known of every one counts, alone and two by two.
    fn of_unknown_columns(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        for (at, t) in self.texts.iter().enumerate() {
            rules.push(vec![t.name.clone()]);
            rules.extend(self.texts[at + 1..].iter().map(|u| vec![begins(t), begins(u)]));
            rules.extend(self.names.iter().chain(&self.chinese).map(|n| vec![begins(n), begins(t)]));
        }
        rules
    }

    fn of_wide_columns(&self) -> Vec<Vec<String>> {
        let mut rules = Vec::new();
        for state in self.with(&[
            ProposedRole::State,
            ProposedRole::Sex,
            ProposedRole::Category,
            ProposedRole::Age,
            ProposedRole::BirthYear,
            ProposedRole::Date,
        ]) {
            for b in &self.births {
                rules.push(vec![state.name.clone(), key(b, "year-month")]);
            }
            rules.extend(self.heads.iter().map(|head| vec![head.clone(), state.name.clone()]));
            if self.births.is_empty() && self.heads.is_empty() {
                rules.push(vec![state.name.clone()]);
            }
        }
        rules
    }
}

/// Parts candidates into those that are taken and those that would compare too many pairs. The pairs of a rule are
/// at most `most`; where all have more, the narrowest is taken: its blocks are cut then.
pub fn choose(candidates: Vec<ProposedRule>, most: u64) -> (Vec<ProposedRule>, Vec<ProposedRule>) {
    let least = candidates.iter().filter(|r| r.pairs > 0).min_by_key(|r| r.pairs).cloned();
    let (mut taken, too_many): (Vec<ProposedRule>, Vec<ProposedRule>) =
        candidates.into_iter().partition(|r| r.pairs <= most);
    taken.retain(|r| r.pairs > 0);
    taken.truncate(MOST_RULES);
    if taken.is_empty() {
        taken.extend(least);
    }
    (taken, too_many)
}
