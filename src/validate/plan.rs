//! How to convert and check a field, prepared once for a dataset.

use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use super::choice::{Choices, MOST_VALUES};
use crate::diag::{Bounds, Detail};
use crate::error::{Error, Result, Words, words};
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
    /// The detail of findings.
    pub detail: Detail,
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
                        words!(
                            "字段 `{}`：pattern 不是正则表达式",
                            "field `{}`: the pattern is no regular expression",
                            field.name
                        ),
                    )
                    .caused_by(e)
                },
            )?;
        let detail = match field.kind {
            Some(Kind::Icd10) => Detail::NotIcd10,
            _ if division => Detail::NotDivision,
            _ => Detail::Pattern(pattern.into()),
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
        let wrong = |message: Words| {
            let place = format!("tables/{}.json", table.name);
            Error::schema(place, message.at(words!("字段 `{}`", "field `{}`", field.name)))
        };
        let list = match field.ty {
            FieldType::Code | FieldType::Codes => field.codes.as_deref(),
            FieldType::Boolean => Some("boolean"),
            _ => None,
        };
        let choices = list
            .map(|name| {
                let list = schemas
                    .codes
                    .get(name)
                    .ok_or_else(|| wrong(words!("没有代码表 `{name}`", "no code list `{name}`")))?;
                Choices::new(list).ok_or_else(|| {
                    wrong(words!(
                        "代码表 `{name}` 的值多于 {MOST_VALUES} 个",
                        "the list `{name}` has more than {MOST_VALUES} values"
                    ))
                })
            })
            .transpose()?;
        let division = field.division.is_some() || table.division_field.as_deref() == Some(&field.name);
        let pattern = field.pattern.as_deref().map(|p| Pattern::new(table, field, division, p)).transpose()?;
        let key = table.primary_key.contains(&field.name);
        let number = matches!(field.identity(), Some("id_number" | "related_id_number" | "student_no"));
        let refers = table.foreign_keys.iter().any(|f| f.field == field.name);
        Ok(Plan {
            field,
            index: u16::try_from(index).map_err(|_| wrong(words!("字段过多", "too many fields")))?,
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

    /// The detail of a number out of its range.
    pub fn range_detail(&self) -> Detail {
        Detail::Range(Arc::new(Bounds { least: self.field.minimum, most: self.field.maximum }))
    }
}
