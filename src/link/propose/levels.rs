//! How the values of a field are compared: its levels, from the closest to "else".

use super::fields::ProposedField;
use super::roles::ProposedRole;

/// Comparisons that a model has room for.
pub const MOST: usize = crate::link::engine::model::MOST_COMPARISONS;

/// A comparison of a model.
pub struct ProposedComparison {
    pub name: String,
    pub kind: &'static str,
    pub fields: Vec<String>,
    /// As a model declares them.
    pub levels: Vec<String>,
}

/// The level of names that a clerk may have written for each other.
const SLIPS_OF_A_NAME: &str =
    "{ is = [\"sound\", \"dialect\", \"shape\", \"lost\", \"swapped\", \"dropped\", \"cut\"] }";

/// The comparison of a field; `other` is the given name of a surname, and the other way round.
pub fn of(field: &ProposedField, other: Option<&ProposedField>) -> ProposedComparison {
    // Rare values that agree weigh more; where none repeats, all are as rare.
    let tf = if field.variety < 99 { ", tf = 1" } else { "" };
    let level = |relation: &str| format!("{{ is = [\"{relation}\"]{tf} }}");
    let without_tf = |relation: &str| format!("{{ is = [\"{relation}\"] }}");
    let mut fields = vec![field.name.clone()];
    let (kind, mut levels): (&'static str, Vec<String>) = match field.role {
        ProposedRole::NameZh => ("name-zh", levels_of_a_chinese_name(tf)),
        ProposedRole::GuardianName => ("name-zh", vec![level("equal"), SLIPS_OF_A_NAME.to_owned()]),
        ProposedRole::ResidentId => (
            "resident-id",
            vec![
                without_tf("equal"),
                without_tf("slip"),
                without_tf("same-text"),
                without_tf("masked"),
                "{ is = [\"two-valid\"], at_most = -20, aside = true }".to_owned(),
            ],
        ),
        ProposedRole::Phone | ProposedRole::GuardianPhone if field.kind == "phones" => {
            let guardian = !field.guardian_columns.is_empty();
            let more = ["crossed", "guardian"].iter().filter(|_| guardian);
            ("phones", std::iter::once(&"own").chain(more).map(|r| without_tf(r)).collect())
        }
        ProposedRole::Phone | ProposedRole::GuardianPhone => {
            ("text", vec![level("equal"), level("edits 1"), level("edits 2")])
        }
        ProposedRole::Number => ("text", vec![without_tf("equal"), without_tf("edits 1")]),
        ProposedRole::Email => {
            ("text", vec![level("equal"), level("edits 2"), level("jaro-winkler 0.92"), level("jaro-winkler 0.85")])
        }
        ProposedRole::GivenName | ProposedRole::Surname if !field.is_hanzi => {
            let mut levels = vec![level("equal"), level("edits 1")];
            if let Some(other) = other {
                fields.push(other.name.clone());
                // Of both names in each other's column one says it for both.
                levels.push(match field.role {
                    ProposedRole::GivenName => "{ is = [\"swapped\"], aside = true }".to_owned(),
                    _ => "{ is = [\"swapped\"], at_most = 0, at_least = 0, aside = true }".to_owned(),
                });
            }
            levels.extend([level("jaro-winkler 0.92"), level("jaro-winkler 0.8")]);
            ("text", levels)
        }
        ProposedRole::FullName => {
            ("text", vec![level("equal"), level("edits 1"), level("jaro-winkler 0.92"), level("jaro-winkler 0.8")])
        }
        ProposedRole::Birth | ProposedRole::Date => (
            "text",
            vec![
                level("equal"),
                level("date-swapped"),
                level("edits 1"),
                level("date-parts"),
                without_tf("date-within 100"),
                without_tf("prefix 4"),
            ],
        ),
        ProposedRole::BirthYear | ProposedRole::Age => {
            ("text", vec![level("equal"), without_tf("within 1"), without_tf("within 5")])
        }
        ProposedRole::Postcode if field.length >= 4 => {
            ("text", vec![level("equal"), level("edits 1"), level("prefix 3")])
        }
        ProposedRole::StreetNumber | ProposedRole::Postcode => ("text", vec![level("equal"), level("edits 1")]),
        ProposedRole::State if field.length >= 2 && !field.is_hanzi => ("text", vec![level("equal"), level("edits 1")]),
        ProposedRole::Sex
        | ProposedRole::State
        | ProposedRole::Category
        | ProposedRole::BirthMonth
        | ProposedRole::BirthDay => ("text", vec![level("equal")]),
        ProposedRole::GivenName | ProposedRole::Surname => ("text", vec![level("equal")]),
        _ => ("text", vec![level("equal"), level("edits 1"), level("jaro-winkler 0.88")]),
    };
    levels.push("{}".to_owned());
    ProposedComparison { name: field.label.clone(), kind, fields, levels }
}

fn levels_of_a_chinese_name(tf: &str) -> Vec<String> {
    vec![
        format!("{{ is = [\"equal\"]{tf} }}"),
        "{ is = [\"sound\"], tf = 0.5 }".to_owned(),
        "{ is = [\"dialect\", \"shape\", \"lost\"], tf = 0.5 }".to_owned(),
        "{ is = [\"swapped\", \"dropped\", \"cut\"], tf = 0.5 }".to_owned(),
        "{ is = [\"one-character\"] }".to_owned(),
        "{ is = [\"surname\"] }".to_owned(),
    ]
}
