//! Blocking rules that a table's fields allow.

use super::fields::Field;
use super::roles::Role;

/// Rules that a model is proposed with, at most; they are in the order of how much they find.
const MOST_RULES: usize = 48;

/// A rule, and the pairs that it puts together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub keys: Vec<String>,
    pub pairs: u64,
}

impl Rule {
    /// The keys, for people.
    pub fn name(&self) -> String {
        self.keys.join(", ")
    }
}

/// Rules to be tried, the narrow ones first; their pairs are not counted yet.
pub fn candidates(fields: &[Field]) -> Vec<Rule> {
    let mut rules: Vec<Vec<String>> = Vec::new();
    let of = |roles: &[Role]| -> Vec<&Field> { fields.iter().filter(|f| roles.contains(&f.role)).collect() };
    let key = |f: &Field, feature: &str| format!("{}.{feature}", f.name);
    let value = |f: &Field| if f.kind == "phones" { key(f, "each") } else { f.name.clone() };
    let births = of(&[Role::Birth]);
    let numbers = of(&[Role::Number]);
    let names = of(&[Role::GivenName, Role::Surname, Role::FullName]);
    let chinese = of(&[Role::NameZh]);
    let contacts = of(&[Role::Email, Role::Phone, Role::GuardianPhone]);
    let places: Vec<&Field> = of(&[Role::Address, Role::SecondAddress, Role::Postcode, Role::Place])
        .into_iter()
        .filter(|f| f.distinct > 5)
        .collect();
    let texts: Vec<&Field> = of(&[Role::Text]).into_iter().filter(|f| f.distinct > 5).collect();
    // What a name begins with; a Chinese one sounds.
    let begins = |f: &&Field| match (f.role, f.is_hanzi) {
        (Role::NameZh, _) => key(f, "sound"),
        (_, true) => f.name.clone(),
        (Role::FullName, _) => key(f, "prefix-4"),
        _ => key(f, "prefix-3"),
    };
    let heads: Vec<String> = chinese.iter().chain(&names).chain(&texts).map(begins).collect();
    let place = |f: &&Field| match f.role {
        _ if f.is_hanzi => f.name.clone(),
        Role::Address | Role::SecondAddress => key(f, "prefix-5"),
        _ => key(f, "prefix-4"),
    };
    // What one value says.
    for f in of(&[Role::ResidentId]).iter().chain(&numbers).chain(&contacts).chain(&births) {
        rules.push(vec![value(f)]);
    }
    for f in &chinese {
        rules.push(vec![f.name.clone()]);
        for b in &births {
            rules.push(vec![key(f, "sound"), key(b, "prefix-4")]);
            rules.push(vec![key(f, "surname-sound"), b.name.clone()]);
            rules.push(vec![key(f, "given-sound"), b.name.clone()]);
        }
        for p in &places {
            rules.push(vec![key(f, "surname-sound"), p.name.clone()]);
            rules.push(vec![key(f, "given-sound"), p.name.clone()]);
        }
        rules.push(vec![key(f, "sound")]);
    }
    for f in of(&[Role::ResidentId]) {
        for other in chinese.iter().map(|n| key(n, "surname-sound")).chain(names.iter().map(begins)) {
            rules.push(vec![key(f, "head"), other.clone()]);
            rules.push(vec![key(f, "tail"), other]);
        }
    }
    let latin: Vec<&&Field> = names.iter().filter(|f| f.role != Role::FullName).collect();
    if let [given, surname] = latin[..] {
        rules.push(vec![given.name.clone(), surname.name.clone()]);
        rules.push(vec![begins(given), begins(surname)]);
        for b in births.iter().filter(|_| !given.is_hanzi) {
            rules.push(vec![key(given, "prefix-3"), key(surname, "prefix-1"), key(b, "prefix-4")]);
            rules.push(vec![key(surname, "prefix-3"), key(given, "prefix-1"), key(b, "prefix-4")]);
        }
    }
    for f in of(&[Role::FullName]) {
        rules.push(vec![f.name.clone()]);
    }
    for head in &heads {
        for b in &births {
            for part in ["year-month", "year-day", "month-day"] {
                rules.push(vec![head.clone(), key(b, part)]);
            }
        }
        rules.extend(places.iter().map(|p| vec![head.clone(), place(p)]));
        for n in &numbers {
            rules.push(vec![head.clone(), key(n, "prefix-4")]);
            rules.push(vec![head.clone(), key(n, "suffix-4")]);
        }
        for c in contacts.iter().filter(|c| c.kind == "text") {
            rules.push(vec![head.clone(), key(c, if c.role == Role::Email { "prefix-3" } else { "suffix-4" })]);
        }
    }
    for f in of(&[Role::Email]) {
        rules.push(vec![key(f, "prefix-5")]);
        rules.extend(births.iter().map(|b| vec![key(f, "prefix-3"), key(b, "prefix-4")]));
        rules.push(vec![key(f, "suffix-8")]);
    }
    for (at, p) in places.iter().enumerate() {
        for b in &births {
            for part in ["year-month", "year-day", "month-day"] {
                rules.push(vec![place(p), key(b, part)]);
            }
        }
        rules.extend(places[at + 1..].iter().map(|q| vec![place(p), place(q)]));
        rules.extend(of(&[Role::StreetNumber]).iter().map(|n| vec![place(p), n.name.clone()]));
    }
    // Of columns that nothing is known of every one counts, alone and two by two.
    for (at, t) in texts.iter().enumerate() {
        rules.push(vec![t.name.clone()]);
        rules.extend(texts[at + 1..].iter().map(|u| vec![begins(t), begins(u)]));
        rules.extend(names.iter().chain(&chinese).map(|n| vec![begins(n), begins(t)]));
    }
    for state in of(&[Role::State, Role::Sex, Role::Category, Role::Age, Role::BirthYear, Role::Date]) {
        for b in &births {
            rules.push(vec![state.name.clone(), key(b, "year-month")]);
        }
        rules.extend(heads.iter().map(|head| vec![head.clone(), state.name.clone()]));
        if births.is_empty() && heads.is_empty() {
            rules.push(vec![state.name.clone()]);
        }
    }
    let mut once: Vec<Rule> = Vec::new();
    for keys in rules {
        let is_new = |r: &Rule| r.keys.len() != keys.len() || !keys.iter().all(|k| r.keys.contains(k));
        if once.iter().all(is_new) {
            once.push(Rule { keys, pairs: 0 });
        }
    }
    once
}

/// Parts candidates into those that are taken and those that would compare too many pairs. The pairs of a rule are
/// at most `most`; where all have more, the narrowest is taken: its blocks are cut then.
pub fn choose(candidates: Vec<Rule>, most: u64) -> (Vec<Rule>, Vec<Rule>) {
    let least = candidates.iter().filter(|r| r.pairs > 0).min_by_key(|r| r.pairs).cloned();
    let (mut taken, too_many): (Vec<Rule>, Vec<Rule>) = candidates.into_iter().partition(|r| r.pairs <= most);
    taken.retain(|r| r.pairs > 0);
    taken.truncate(MOST_RULES);
    if taken.is_empty() {
        taken.extend(least);
    }
    (taken, too_many)
}
