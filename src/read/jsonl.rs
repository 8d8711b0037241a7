//! One JSON object a line, whose keys are field names, titles or aliases.
//!
//! The text is read twice: first for the keys of all records, so that a key that only late records
//! carry is not lost, then for the values.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::batch::Batch;
use super::content::Content;
use super::csv::LONGEST_RECORD;
use super::encoding::{Coding, Text};
use super::line::{Line, is_blank_char};
use super::recognise::{self, Found};
use super::sheet::{Outcome, column_findings};
use super::value::number_text;
use super::{Item, Session};
use crate::diag::{Code, Severity};
use crate::error::Result;

/// Numbers of damaged records that a finding names.
const NAMED: usize = 20;

/// Reads a JSON lines text.
///
/// A line that is no JSON object is a record without any value, so that it is counted, rejected and
/// found by its number; a text in which most lines are damaged is refused.
pub(super) fn read(
    session: &mut Session<'_, '_>,
    item: &Item,
    content: &mut dyn Content,
    encoding: Coding,
) -> Result<()> {
    let mut keys = Keys::default();
    let mut damaged = Vec::new();
    let surveyed = lines(content, encoding, |number, line| {
        let mut deserializer = serde_json::Deserializer::from_str(line);
        if deserializer.deserialize_map(&mut keys).and_then(|()| deserializer.end()).is_err() {
            damaged.push(number);
        }
        Ok(())
    });
    let total = match surveyed {
        Ok(total) => total,
        Err(fault) => return refuse(session, item, fault),
    };
    if !damaged.is_empty() {
        let detail = damaged_detail(&damaged);
        if damaged.len() as u64 * 2 > u64::from(total) {
            return session.refuse(item, "", Code::DamagedJson, Severity::Error, detail);
        }
        session.warn(item, "", Code::DamagedJson, detail);
    }
    let mut names = Line::default();
    names.start(1);
    keys.order.iter().for_each(|key| names.push(key));
    let header = match recognise::of_names(session.vocabulary, session.source, &names) {
        Found::Header(header) => header,
        Found::WrongSource(index) => return session.judge(item, "", Outcome::WrongSource(index), Severity::Error),
        Found::Nothing(near) => return session.judge(item, "", Outcome::NoHeader(near), Severity::Error),
    };
    let table = session.vocabulary.tables[header.table].table;
    let place = item.place("", 0);
    session.report.findings.extend(column_findings(&place, table, &header));
    let columns: HashMap<&str, usize> =
        header.columns.iter().enumerate().map(|(i, (column, _))| (keys.order[*column].as_str(), i)).collect();
    let sources: Vec<Option<usize>> = (0..header.columns.len()).map(Some).collect();
    let mut batch = Batch::new(sources.len());
    let mut line = Line::default();
    let mut scratch = String::new();
    let sink = &mut *session.sink;
    sink.begin(place.head(table, header.columns.iter().map(|(_, field)| *field).collect()))?;
    let read = lines(content, encoding, |number, text| {
        line.start(number);
        if let Ok(Value::Object(record)) = serde_json::from_str(text) {
            for (key, value) in &record {
                if let Some(column) = columns.get(key.as_str()).filter(|_| !value.is_null()) {
                    scratch.clear();
                    write_value(value, &mut scratch);
                    line.place(*column, &scratch);
                }
            }
        }
        batch.push(&line, &sources);
        if batch.is_full() { sink.rows(batch.take()) } else { Ok(()) }
    });
    match read {
        Ok(_) => {
            if !batch.is_empty() {
                sink.rows(batch.take())?;
            }
            sink.end(0)
        }
        Err(Fault::Sink(e)) => Err(e),
        Err(fault) => {
            sink.abandon();
            refuse(session, item, fault)
        }
    }
}

fn refuse(session: &mut Session<'_, '_>, item: &Item, fault: Fault) -> Result<()> {
    match fault {
        Fault::TooLong(number) => {
            session.refuse(item, "", Code::LineTooLong, Severity::Error, format!("line:{number}"))
        }
        Fault::Io(e) => session.unreadable(item, "", &e),
        Fault::Sink(e) => Err(e),
    }
}

fn damaged_detail(damaged: &[u32]) -> String {
    let named: Vec<String> = damaged.iter().take(NAMED).map(u32::to_string).collect();
    let more = if damaged.len() > NAMED { format!(" and {} more", damaged.len() - NAMED) } else { String::new() };
    format!("records:{}{more}", named.join(","))
}

enum Fault {
    TooLong(u32),
    Io(io::Error),
    Sink(crate::error::Error),
}

/// Gives every line with content to `each`, with the number of its record; the number of records.
fn lines(
    content: &mut dyn Content,
    encoding: Coding,
    mut each: impl FnMut(u32, &str) -> Result<()>,
) -> Result<u32, Fault> {
    let mut text = Text::new(content.open().map_err(Fault::Io)?, encoding);
    let mut number = 0u32;
    loop {
        let rest = text.rest();
        let (line, taken) = match memchr::memchr(b'\n', rest.as_bytes()) {
            Some(end) => (&rest[..end], end + 1),
            None if text.is_whole() => (rest, rest.len()),
            None if rest.len() >= LONGEST_RECORD => return Err(Fault::TooLong(number.saturating_add(1))),
            None => {
                text.more().map_err(Fault::Io)?;
                continue;
            }
        };
        let line = line.trim_matches(is_blank_char);
        if !line.is_empty() {
            number = number.saturating_add(1);
            each(number, line).map_err(Fault::Sink)?;
        }
        if taken == 0 {
            return Ok(number);
        }
        text.take(taken);
    }
}

/// The keys of all records in the order in which they first come.
#[derive(Default)]
struct Keys {
    order: Vec<String>,
    seen: HashMap<String, ()>,
}

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if !self.seen.contains_key(key.as_ref()) {
                self.seen.insert(key.clone().into_owned(), ());
                self.order.push(key.into_owned());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A value as a cell's text.
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
