//! How to convert and check a field, prepared once for a dataset.

use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use super::choice::{Choices, MOST_VALUES};
use crate::diag::mask::{mask, mask_identity};
use crate::diag::{Detail, ValueBounds};
use crate::error::{Error, Result, Words, words};
use crate::schema::disclosing::{shown_key, shown_title};
use crate::schema::table::ValueForm;
use crate::schema::{Field, FieldType, Schemas, Table};

/// A field with everything that is needed to convert and check its column.
#[derive(Debug)]
pub struct FieldPlan<'a> {
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
            Some(ValueForm::Icd10) => Detail::NotIcd10,
            _ if division => Detail::NotDivision,
            _ => Detail::Pattern(pattern.into()),
        };
        Ok(Pattern { regex, detail })
    }

    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }
}

/// Characters of a value that a finding shows, at most.
const MOST_SHOWN: usize = 30;

impl FieldPlan<'_> {
    /// A value as a finding shows it: dates, numbers, codes and divisions as they are, identities not at all, and of
    /// any other text its shape. Whatever looks like an identity is hidden everywhere: columns may have been shifted.
    pub fn shown(&self, raw: &str) -> String {
        if raw.is_empty() {
            return String::new();
        }
        if self.identifying {
            return mask_identity(raw);
        }
        let is_code = matches!(self.field.ty, FieldType::Code | FieldType::Codes | FieldType::Boolean);
        let shown = match self.field.ty {
            _ if is_code || self.division => self.shown_code(raw),
            FieldType::Date | FieldType::Datetime if raw.chars().all(is_of_date) => shown_key(raw),
            FieldType::Integer | FieldType::Number if raw.is_ascii() => shown_key(raw),
            _ => mask(raw),
        };
        shown.chars().take(MOST_SHOWN).collect()
    }
}

impl FieldPlan<'_> {
    /// A code or division, or what stands in its place. Four ideographs, or two Latin letters, without a word of the
    /// list may be anybody.
    fn shown_code(&self, raw: &str) -> String {
        let knows = |pair: &str| self.choices.as_ref().is_some_and(|choices| choices.knows_word(pair));
        let plain: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
        let wide: Vec<char> = plain.chars().filter(|c| !c.is_ascii()).collect();
        let known = wide.windows(2).any(|pair| knows(&pair.iter().collect::<String>()));
        let letters: String = plain.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
        let is_somebody = letters.len() >= 2 && !letters.get(..4).is_some_and(knows);
        if is_somebody || (wide.len() >= 4 && !known) {
            return mask(raw);
        }
        let shown = shown_title(&plain, knows);
        // A date or a number of somebody, where columns were shifted.
        let digits = shown.chars().filter(|c| c.is_numeric()).count();
        if digits > 4 && !self.division { mask(raw) } else { shown }
    }
}

/// Characters of which dates and times are written.
fn is_of_date(c: char) -> bool {
    c.is_ascii_digit() || "-/.:： T年月日号时分秒".contains(c)
}

impl<'a> FieldPlan<'a> {
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
        Ok(FieldPlan {
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
        Detail::Range(Arc::new(ValueBounds { least: self.field.minimum, most: self.field.maximum }))
    }
}
