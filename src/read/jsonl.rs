//! JSON objects, one per line or in an array. Their keys are field names, titles or aliases.
//!
//! The text is read twice: first to collect the keys of all records, so that a key that only late records have is not
//! lost, then for the values.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::batch::TextBatch;
use super::content::RawContent;
use super::encoding::{Coding, DecodedText};
use super::line::LONGEST_RECORD;
use super::line::{TextLine, is_blank_char};
use super::nearest::closest;
use super::recognise::{self, Header, Recognised};
use super::session::{FileReading, Item};
use super::sheet::{SheetOutcome, column_findings};
use super::sink::SourceColumn;
use super::value::{number_as_date, number_text};
use crate::diag::{Code, Detail, Severity};
use crate::error::Result;
use crate::schema::FieldType;

/// At most this many damaged records are listed by number in a finding.
const NAMED: usize = 20;

/// Reads a text of JSON objects: one per line or, with `array`, the elements of an array.
///
/// Anything that is not a JSON object becomes an empty record, so that it is counted, rejected and can be found by its
/// number. A text in which most records are damaged is refused.
pub(super) fn read(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    content: &mut dyn RawContent,
    encoding: Coding,
    array: bool,
) -> Result<()> {
    let records = if array { elements } else { lines };
    let (keys, total) = match survey(|each| records(content, encoding, each)) {
        Ok(survey) if survey.damaged.len() as u64 * 2 > u64::from(survey.total) => {
            let detail = records_detail(&survey.damaged);
            return session.refuse(item, "", Code::DamagedJson, Severity::Error, detail);
        }
        Ok(RecordSurvey { keys, damaged, repeating, total }) => {
            let warned = [(Code::DamagedJson, damaged), (Code::RepeatedColumn, repeating)];
            for (code, records) in warned.into_iter().filter(|(_, records)| !records.is_empty()) {
                session.warn(item, "", code, records_detail(&records));
            }
            (keys, total)
        }
        Err(fault) => return refuse(session, item, fault),
    };
    let mut names = TextLine::default();
    names.start(1);
    keys.iter().for_each(|key| names.push(key));
    let holds_records = || total == 1 && !array && is_wrapped(|each| records(content, encoding, each));
    let Some(header) = header_of(session, item, &names, holds_records)? else { return Ok(()) };
    let table = session.vocabulary.tables[header.table].table;
    let place = item.place("", 0);
    session.report.findings.extend(column_findings(&place, table, &header));
    let (columns, shown) = laid_out(&keys, &header, session.sink.takes_lines());
    let is_date = |field: usize| matches!(table.fields[field].ty, FieldType::Date | FieldType::Datetime);
    let fields: Vec<usize> = header.columns.iter().map(|(_, field)| *field).collect();
    let dates: Vec<bool> = shown.iter().map(|column| column.field.is_some_and(is_date)).collect();
    let sources: Vec<Option<usize>> = (0..fields.len()).map(Some).collect();
    let mut batch = TextBatch::new(sources.len());
    let (mut line, mut scratch) = (TextLine::default(), String::new());
    let sink = &mut *session.sink;
    sink.begin(place.head(table, fields))?;
    sink.columns(shown);
    let read = records(content, encoding, &mut |number, text| {
        line.start(number);
        match serde_json::from_str(text) {
            Ok(Pairs(record)) => {
                for (key, value) in &record {
                    let column = columns.get(key.as_str()).filter(|_| !value.is_null());
                    // If a key occurs twice in a record, the first value counts.
                    if let Some(column) = column.filter(|column| line.get(**column).is_none()) {
                        scratch.clear();
                        let write = if dates[*column] { write_date } else { write_value };
                        write(value, &mut scratch);
                        line.place(*column, &scratch);
                    }
                }
                sink.line(&line);
                batch.push(&line, &sources);
            }
            Err(_) => batch.push_damaged(&line),
        }
        if batch.is_full() { sink.rows(batch.take()) } else { Ok(()) }
    });
    match read {
        Ok(_) => {
            if !batch.is_empty() {
                sink.rows(batch.take())?;
            }
            sink.end(0)
        }
        Err(JsonError::Sink(e)) => Err(e),
        Err(fault) => {
            sink.abandon();
            refuse(session, item, fault)
        }
    }
}

/// The header that the keys are; where they are none, that is judged. `holds_records` says whether the text is one object
/// with the records inside, as programs answer.
fn header_of(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    names: &TextLine,
    holds_records: impl FnOnce() -> bool,
) -> Result<Option<Header>> {
    let outcome = match recognise::of_names(session.vocabulary, session.source, names) {
        Recognised::Header(header) => return Ok(Some(header)),
        Recognised::WrongSource(index) => SheetOutcome::WrongSource(index),
        Recognised::Nothing(None) if holds_records() => {
            let detail = Detail::Format("json-object".to_owned());
            session.refuse(item, "", Code::UnknownFormat, Severity::Error, detail)?;
            return Ok(None);
        }
        Recognised::Nothing(near) => {
            let lines = std::slice::from_ref(names);
            SheetOutcome::NoHeader(closest(near, session.vocabulary, session.source, lines))
        }
    };
    session.judge(item, "", outcome, Severity::Error)?;
    Ok(None)
}

/// Whether a record holds records in itself.
fn is_wrapped(records: impl FnOnce(&mut dyn FnMut(u32, &str) -> Result<()>) -> Result<u32, JsonError>) -> bool {
    fn holds_records(value: &Value) -> bool {
        match value {
            Value::Array(items) => items.iter().any(Value::is_object),
            Value::Object(inside) => inside.values().any(holds_records),
            _ => false,
        }
    }
    let mut wrapped = false;
    let read = records(&mut |_, text| {
        wrapped |= serde_json::from_str::<Value>(text).is_ok_and(|value| holds_records(&value));
        Ok(())
    });
    read.is_ok() && wrapped
}

/// The column of each key, and all columns as they are shown; those that no dataset declares only where they are wanted.
fn laid_out<'k>(
    keys: &'k [String],
    header: &'k Header,
    with_unknown: bool,
) -> (HashMap<&'k str, usize>, Vec<SourceColumn>) {
    let mut columns = HashMap::new();
    let mut shown = Vec::new();
    for (column, field) in &header.columns {
        columns.insert(keys[*column].as_str(), shown.len());
        shown.push(SourceColumn { at: shown.len(), label: keys[*column].clone(), field: Some(*field) });
    }
    for key in header.unknown.iter().filter(|_| with_unknown) {
        columns.insert(key, shown.len());
        shown.push(SourceColumn { at: shown.len(), label: key.clone(), field: None });
    }
    (columns, shown)
}

/// What the first pass finds.
struct RecordSurvey {
    /// Keys of the records, in the order they came.
    keys: Vec<String>,
    /// Records that are no objects, and those in which a key occurs twice.
    damaged: Vec<u32>,
    repeating: Vec<u32>,
    total: u32,
}

fn survey(
    records: impl FnOnce(&mut dyn FnMut(u32, &str) -> Result<()>) -> Result<u32, JsonError>,
) -> Result<RecordSurvey, JsonError> {
    let mut keys = KeyOrder::default();
    let mut damaged = Vec::new();
    let mut repeating = Vec::new();
    let total = records(&mut |number, line| {
        keys.record = number;
        keys.repeats = false;
        let mut deserializer = serde_json::Deserializer::from_str(line);
        let read = deserializer.deserialize_map(&mut keys).and_then(|()| deserializer.end());
        // Values are only skipped in this pass, which accepts some texts that cannot be read as values.
        if read.is_err() || may_be_no_value(line) && serde_json::from_str::<Pairs>(line).is_err() {
            damaged.push(number);
        } else if keys.repeats {
            repeating.push(number);
        }
        Ok(())
    })?;
    Ok(RecordSurvey { keys: keys.order, damaged, repeating, total })
}

fn refuse(session: &mut FileReading<'_, '_>, item: &Item, fault: JsonError) -> Result<()> {
    match fault {
        JsonError::TooLong(number) => {
            session.refuse(item, "", Code::LineTooLong, Severity::Error, Detail::Line(number))
        }
        JsonError::Io(e) => session.unreadable(item, "", &e),
        JsonError::Sink(e) => Err(e),
    }
}

fn records_detail(records: &[u32]) -> Detail {
    let numbers = records.iter().take(NAMED).copied().collect();
    Detail::Records { numbers, more: records.len().saturating_sub(NAMED) as u64 }
}

enum JsonError {
    TooLong(u32),
    Io(io::Error),
    Sink(crate::error::Error),
}

/// Calls `each` with every line that is not blank and the number of its record; returns the number of records.
fn lines(
    content: &mut dyn RawContent,
    encoding: Coding,
    each: &mut dyn FnMut(u32, &str) -> Result<()>,
) -> Result<u32, JsonError> {
    let mut text = DecodedText::new(content.open().map_err(JsonError::Io)?, encoding);
    let mut number = 0u32;
    loop {
        let rest = text.rest();
        let (line, taken) = match memchr::memchr(b'\n', rest.as_bytes()) {
            Some(end) => (&rest[..end], end + 1),
            None if text.is_whole() => (rest, rest.len()),
            None if rest.len() >= LONGEST_RECORD => return Err(JsonError::TooLong(number.saturating_add(1))),
            None => {
                text.more().map_err(JsonError::Io)?;
                continue;
            }
        };
        let line = line.trim_matches(is_blank_char);
        if !line.is_empty() {
            number = number.saturating_add(1);
            each(number, line).map_err(JsonError::Sink)?;
        }
        if taken == 0 {
            return Ok(number);
        }
        text.take(taken);
    }
}

/// Calls `each` with every element of one or more arrays and its number; returns the number of elements. Text after an
/// array that is not another array counts as an element.
fn elements(
    content: &mut dyn RawContent,
    encoding: Coding,
    each: &mut dyn FnMut(u32, &str) -> Result<()>,
) -> Result<u32, JsonError> {
    let mut text = DecodedText::new(content.open().map_err(JsonError::Io)?, encoding);
    let mut number = 0u32;
    let mut inside = false;
    loop {
        let rest = text.rest();
        let blank = rest.len() - rest.trim_start_matches(|c| is_blank_char(c) || inside && c == ',').len();
        let step = match rest.as_bytes().get(blank) {
            None if text.is_whole() => return Ok(number),
            None => None,
            Some(b'[') if !inside => {
                inside = true;
                Some((0, blank + 1))
            }
            Some(b']') if inside => {
                inside = false;
                Some((0, blank + 1))
            }
            Some(_) => {
                let end = element_end(&rest.as_bytes()[blank..], inside).map(|end| blank + end);
                end.or(text.is_whole().then_some(rest.len())).map(|end| (end - blank, end))
            }
        };
        match step {
            Some((0, taken)) => text.take(taken),
            Some((length, taken)) => {
                number = number.saturating_add(1);
                each(number, rest[taken - length..taken].trim_matches(is_blank_char)).map_err(JsonError::Sink)?;
                text.take(taken);
            }
            None if rest.len() >= LONGEST_RECORD => return Err(JsonError::TooLong(number.saturating_add(1))),
            None => text.more().map_err(JsonError::Io)?,
        }
    }
}

/// The offset where an element ends: before the next comma or bracket or, outside an array, at the end of the line.
fn element_end(bytes: &[u8], inside: bool) -> Option<usize> {
    if !inside {
        return memchr::memchr(b'\n', bytes);
    }
    let (mut depth, mut quoted, mut at) = (0usize, false, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b',' | b']' if depth == 0 => return Some(at),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether a record may contain something that is valid JSON but cannot be read as a value: half of a surrogate pair,
/// or a number beyond the range of floating point.
fn may_be_no_value(line: &str) -> bool {
    let bytes = line.as_bytes();
    let escapes = memchr::memchr_iter(b'\\', bytes).any(|at| matches!(&bytes[at + 1..], [b'u', b'd' | b'D', ..]));
    escapes || memchr::memchr2_iter(b'e', b'E', bytes).any(|at| at > 0 && bytes[at - 1].is_ascii_digit())
}

/// The keys and values of a record in their order, repeated keys included.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfMap;
        impl<'de> Visitor<'de> for OfMap {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(OfMap)
    }
}

/// The keys of all records in the order of their first appearance.
#[derive(Default)]
struct KeyOrder {
    order: Vec<String>,
    /// Each key with the last record that has it.
    seen: HashMap<String, u32>,
    /// The record that is being read; and whether it contains a key twice.
    record: u32,
    repeats: bool,
}

impl<'de> Visitor<'de> for &mut KeyOrder {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.seen.get_mut(key.as_ref()) {
                Some(last) => self.repeats |= std::mem::replace(last, self.record) == self.record,
                None => {
                    self.seen.insert(key.clone().into_owned(), self.record);
                    self.order.push(key.into_owned());
                }
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Writes a value of a date field: an array of numbers, such as `[2025,2,3]`, is one date and not a list of values.
fn write_date(value: &Value, out: &mut String) {
    match value {
        Value::Array(parts) if parts.iter().all(Value::is_u64) => out.push_str(&value.to_string()),
        Value::Number(n) if n.is_f64() => match n.as_f64().and_then(|number| number_as_date(number, None, false)) {
            Some((text, _)) => out.push_str(&text),
            None => write_value(value, out),
        },
        _ => write_value(value, out),
    }
}

/// Writes a value as the text of a cell.
fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => {}
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::String(s) => out.push_str(s),
        Value::Number(n) => match n.as_f64() {
            Some(f) if n.is_f64() => out.push_str(&number_text(f)),
            _ => {
                let _ = write!(out, "{n}");
            }
        },
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push('|');
                }
                write_value(item, out);
            }
        }
        Value::Object(_) => out.push_str(&value.to_string()),
    }
}
