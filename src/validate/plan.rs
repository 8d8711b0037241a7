//! How to convert and check a field, prepared once for a dataset.

use regex::bytes::{Regex, RegexBuilder};

use super::choice::{Choices, MOST_VALUES};
use crate::error::{Error, Result};
use crate::schema::table::Kind;
use crate::schema::{Field, FieldType, Schemas, Table};

/// A field with everything that is needed to convert and check its column.
#[derive(Debug)]
pub struct Plan<'a> {
    pub field: &'a Field,
    /// Index of the field in its table.
    pub index: u16,
    /// The code list, for fields of type code, codes and boolean.
    pub choices: Option<Choices>,
    pub pattern: Option<Pattern>,
    /// The field holds division codes, whose padding is trimmed.
    pub division: bool,
    /// The field holds a person's name, that of the person or of a guardian.
    pub person_name: bool,
    /// Words that elsewhere stand for an empty cell are values here.
    pub free_text: bool,
    pub identifying: bool,
    /// The field is part of the primary key.
    pub key: bool,
    /// The field is a key, a reference to one, or a number, so spaces in it only group digits and are removed.
    pub compact: bool,
}

/// A pattern that the whole value must match.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    /// `pattern:…`, the detail of findings.
    pub detail: String,
}

impl Pattern {
    /// Compiles a pattern. `\d` and the like match ASCII only, as in codes; if that is not possible because the pattern
    /// has Unicode classes, they match all scripts.
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
    /// Prepares the field with this index.
    ///
    /// # Errors
    /// `Schema` if a declaration cannot be used.
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

    /// `range:0..100`, the detail of findings.
    pub fn range_detail(&self) -> String {
        range_detail(self.field.minimum, self.field.maximum)
    }
}

/// `range:0..100`; an end without a bound is left empty.
pub fn range_detail(minimum: Option<f64>, maximum: Option<f64>) -> String {
    let text = |bound: Option<f64>| bound.map(|b| b.to_string()).unwrap_or_default();
    format!("range:{}..{}", text(minimum), text(maximum))
}
