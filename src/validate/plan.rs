//! What is to be done with a field, prepared once for a dataset.

use regex::bytes::{Regex, RegexBuilder};

use super::choice::{Choices, MOST_VALUES};
use crate::error::{Error, Result};
use crate::schema::table::Kind;
use crate::schema::{Field, FieldType, Schemas, Table};

/// A field with everything that its column pass needs.
#[derive(Debug)]
pub struct Plan<'a> {
    pub field: &'a Field,
    /// Index into the table's fields.
    pub index: u16,
    /// Of code, codes and boolean fields.
    pub choices: Option<Choices>,
    pub pattern: Option<Pattern>,
    /// Holds division codes, which are trimmed of padding.
    pub division: bool,
    /// A person's name, the field's own or a guardian's.
    pub person_name: bool,
    /// Null words are values here.
    pub free_text: bool,
    pub identifying: bool,
    /// Part of the primary key.
    pub key: bool,
    /// A key, a reference to one, or a number: spaces inside only set it in groups.
    pub compact: bool,
}

/// A pattern that the whole value must match.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    /// `pattern:…` for messages.
    pub detail: String,
}

impl Pattern {
    /// `\d` and the like mean ASCII, as codes do; a pattern with classes of other letters still works.
    fn new(table: &Table, field: &Field, division: bool, pattern: &str) -> Result<Self> {
        let whole = format!("^(?:{pattern})$");
        let regex =
            RegexBuilder::new(&whole).unicode(false).build().or_else(|_| RegexBuilder::new(&whole).build()).map_err(
                |e| {
                    Error::schema(
                        format!("tables/{}.json", table.name),
                        format!("field `{}`: the pattern is no regular expression", field.name),
                    )
                    .caused_by(e)
                },
            )?;
        let detail = match field.kind {
            Some(Kind::Icd10) => "pattern:icd10".to_owned(),
            _ if division => "pattern:division".to_owned(),
            _ => format!("pattern:{pattern}"),
        };
        Ok(Pattern { regex, detail })
    }

    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }
}

impl<'a> Plan<'a> {
    /// # Errors
    /// `Schema` when a declaration cannot be prepared.
    pub fn new(table: &'a Table, index: usize, schemas: &Schemas) -> Result<Self> {
        let field = &table.fields[index];
        let wrong = |message: String| {
            Error::schema(format!("tables/{}.json", table.name), format!("field `{}`: {message}", field.name))
        };
        let list = match field.ty {
            FieldType::Code | FieldType::Codes => field.codes.as_deref(),
            FieldType::Boolean => Some("boolean"),
            _ => None,
        };
        let choices = list
            .map(|name| {
                let list = schemas.codes.get(name).ok_or_else(|| wrong(format!("no code list `{name}`")))?;
                Choices::new(list).ok_or_else(|| wrong(format!("the list `{name}` has more than {MOST_VALUES} values")))
            })
            .transpose()?;
        let division = field.division.is_some() || table.division_field.as_deref() == Some(&field.name);
        let pattern = field.pattern.as_deref().map(|p| Pattern::new(table, field, division, p)).transpose()?;
        let key = table.primary_key.contains(&field.name);
        let number = matches!(field.identity(), Some("id_number" | "related_id_number" | "student_no"));
        let refers = table.foreign_keys.iter().any(|f| f.field == field.name);
        Ok(Plan {
            field,
            index: u16::try_from(index).map_err(|_| wrong("too many fields".to_owned()))?,
            choices,
            pattern,
            division,
            person_name: matches!(field.identity(), Some("name" | "guardian_name")),
            free_text: field.free_text && field.ty == FieldType::String,
            identifying: field.identity().is_some(),
            key,
            compact: key || number || refers || division,
        })
    }

    /// `range:0..100` for messages.
    pub fn range_detail(&self) -> String {
        range_detail(self.field.minimum, self.field.maximum)
    }
}

/// `range:0..100`, with an open end where there is no bound.
pub fn range_detail(minimum: Option<f64>, maximum: Option<f64>) -> String {
    let text = |bound: Option<f64>| bound.map(|b| b.to_string()).unwrap_or_default();
    format!("range:{}..{}", text(minimum), text(maximum))
}
