//! Fields that a model of nights may have.

use crate::error::{Words, words};
use crate::link::engine::model::Model;
use crate::link::engine::records::FieldKind;

/// Fields that a model for nights may have, with their types.
const FIELDS: [(&str, FieldKind); 9] = [
    ("name", FieldKind::NameZh),
    ("sex", FieldKind::Code),
    ("birth", FieldKind::Date),
    ("id_number", FieldKind::ResidentId),
    ("student_no", FieldKind::Code),
    ("phones", FieldKind::Phones),
    ("guardian_name", FieldKind::NameZh),
    ("address", FieldKind::Text),
    ("residence", FieldKind::Place),
];

/// Checks that a model fits the identities of a night.
///
/// # Errors
/// What does not fit.
pub fn check(model: &Model) -> std::result::Result<(), Vec<Words>> {
    let wrong: Vec<Words> = model
        .fields
        .iter()
        .filter(|f| !FIELDS.contains(&(f.name.as_str(), f.kind)))
        .map(|f| {
            let known: Vec<String> = FIELDS.iter().map(|(n, k)| format!("{n} ({})", k.as_str())).collect();
            let wrong = words!(
                "字段 `{}`（{}）不是身份所有的字段：",
                "the field `{}` ({}) is none of an identity's: ",
                f.name,
                f.kind.as_str()
            );
            wrong.and(&Words::listed(&known))
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
