//! What the body of an answer says: many platforms answer 200 and say in the body that it was none.

use serde_json::{Map, Value};

use super::attempt::without_controls;
use crate::error::{Words, words};

/// Names of flags that say whether the package was taken; here and below in small letters, without `_` and `-`.
const FLAGS: [&str; 10] = [
    "success",
    "succeed",
    "succeeded",
    "successful",
    "issuccess",
    "issucceed",
    "issuccessful",
    "accepted",
    "ok",
    "isok",
];

/// Flags in an envelope alone: as fields of data they may mean anything.
const FLAGS_OF_ENVELOPE: [&str; 2] = ["result", "flag"];

/// Codes in an envelope alone.
const CODES_OF_ENVELOPE: [&str; 3] = ["code", "ret", "rc"];

/// Flags that deny where they are true.
const FLAGS_OF_FAILURE: [&str; 5] = ["fail", "failed", "failure", "iserror", "haserror"];

/// Names of codes that mean nothing else wherever they stand.
const CODES: [&str; 11] = [
    "errcode",
    "errorcode",
    "errno",
    "errorno",
    "retcode",
    "returncode",
    "resultcode",
    "respcode",
    "responsecode",
    "rspcode",
    "statuscode",
];

/// Names of what went wrong; empty where nothing did.
const ERRORS: [&str; 3] = ["error", "errors", "exception"];

/// Names of objects that hold what would else stand outermost.
const ENVELOPES: [&str; 13] = [
    "head",
    "header",
    "result",
    "response",
    "resp",
    "rsp",
    "meta",
    "body",
    "status",
    "return",
    "error",
    "errors",
    "exception",
];

/// Names of what the receiver says for people.
const MESSAGES: [&str; 14] = [
    "msg",
    "message",
    "errmsg",
    "errormsg",
    "errormessage",
    "retmsg",
    "returnmsg",
    "resultmsg",
    "respmsg",
    "reason",
    "detail",
    "description",
    "desc",
    "error",
];

/// Codes in letters that mean success.
const GOOD_CODES: [&str; 14] = [
    "ok",
    "success",
    "succeeded",
    "successful",
    "accepted",
    "created",
    "done",
    "true",
    "none",
    "null",
    "pass",
    "passed",
    "成功",
    "正常",
];

/// Words that deny.
const BAD_WORDS: [&str; 18] = [
    "false",
    "no",
    "fail",
    "failed",
    "failure",
    "error",
    "err",
    "exception",
    "invalid",
    "denied",
    "rejected",
    "refused",
    "ng",
    "失败",
    "错误",
    "拒绝",
    "异常",
    "否",
];

/// Letters in which a page says that it is one.
const HEAD: usize = 512;

/// Objects in one another that are looked at.
const DEPTH: usize = 4;

/// A code as long as that of a division is no code of an error.
const DIVISION: f64 = 1e5;

/// A field of an answer that says that the package was not taken.
pub struct Denial {
    /// The field as it stands there, such as `errcode: 40001`.
    field: String,
    /// Its code, where that is one of HTTP's for what failed.
    status: Option<u16>,
    /// What is said to people beside it.
    message: Option<String>,
}

/// What comes of a package that an answer of 2xx denies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DeniedFor {
    Good,
    /// The receiver has a fault of its own, or no time.
    Now,
    /// Somebody must mend the way to it: a token, an address.
    Login,
}

impl Denial {
    pub fn denied_for(&self) -> DeniedFor {
        match self.status {
            Some(408 | 425 | 429 | 500..=599) => DeniedFor::Now,
            Some(401 | 403 | 404 | 405 | 407) => DeniedFor::Login,
            _ => DeniedFor::Good,
        }
    }

    /// The denial in the words of the receiver.
    pub fn told(&self) -> Words {
        let field = &self.field;
        let denied = words!(
            "应答内容表明数据包未被接收（{field}）",
            "the answer says in its body that the package was not taken ({field})"
        );
        match &self.message {
            Some(message) => Words::plain(message.clone()).at(denied),
            None => denied,
        }
    }
}

/// The values of JSON that a body holds: one, or one after the other, up to what is no JSON.
pub fn values_of(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter().map_while(Result::ok).collect()
}

/// The object that names the package, if one does: the answer, or the first of a list of answers.
pub fn receipt_of(said: &[Value]) -> Option<&Value> {
    said.first().map(|value| value.as_array().and_then(|all| all.first()).unwrap_or(value))
}

/// What an answer says against the package; one with a code of HTTP says most.
pub fn denial_of(text: &str, said: &[Value]) -> Option<Denial> {
    let word = text.trim().trim_matches('"').to_lowercase();
    if BAD_WORDS.contains(&word.as_str()) {
        return Some(Denial { field: word, status: None, message: None });
    }
    let mut found = Vec::new();
    said.iter().for_each(|value| look_into(value, Place::Envelope, DEPTH, &mut found));
    let most = found.iter().position(|d| d.denied_for() != DeniedFor::Good).unwrap_or(0);
    (!found.is_empty()).then(|| found.swap_remove(most))
}

/// What an object of an answer is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The answer itself.
    Envelope,
    /// Its `data`, where the answer has a code of its own beside it or not.
    Data {
        is_coded: bool,
    },
    Other,
}

fn look_into(value: &Value, place: Place, depth: usize, found: &mut Vec<Denial>) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| look_into(value, place, depth, found)),
        Value::String(text) if depth > 0 && text.trim_start().starts_with(['{', '[']) => {
            values_of(text).iter().for_each(|value| look_into(value, place, depth - 1, found));
        }
        Value::Object(fields) => {
            let is_coded = fields.iter().any(|(name, v)| is_code(&plain(name)) && !v.is_object());
            for (name, value) in fields {
                let known = plain(name);
                let before = found.len();
                if depth > 0 {
                    let within = match known.as_str() {
                        "data" => Place::Data { is_coded: is_coded || place == Place::Data { is_coded: true } },
                        known if ENVELOPES.contains(&known) => Place::Envelope,
                        _ => Place::Other,
                    };
                    look_into(value, within, depth - 1, found);
                }
                // What stands within says it more exactly.
                let is_cleared = means_either(&known, value) && is_told_good(fields);
                if found.len() == before && denies(&known, value, place) && !is_cleared {
                    found.push(Denial {
                        field: shown(name, value),
                        status: number(value).filter(|n| (100.0..600.0).contains(n)).map(|n| n as u16),
                        message: message_beside(fields, name),
                    });
                }
            }
        }
        _ => {}
    }
}

/// A name without what platforms write differently: `errCode`, `err_code`, `ErrCode`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

fn is_code(name: &str) -> bool {
    name == "code" || name == "status" || CODES.contains(&name)
}

/// Whether a field says that the package was not taken.
fn denies(name: &str, value: &Value, place: Place) -> bool {
    let is_of_http = number(value).is_some_and(|n| (400.0..600.0).contains(&n));
    let is_envelope = place == Place::Envelope;
    match name {
        name if FLAGS.contains(&name) => is_no(value),
        name if FLAGS_OF_ENVELOPE.contains(&name) => is_envelope && (is_no(value) || is_of_http),
        name if FLAGS_OF_FAILURE.contains(&name) => matches!(value, Value::Bool(true)),
        name if CODES.contains(&name) => is_of_failure(value),
        name if CODES_OF_ENVELOPE.contains(&name) => match place {
            Place::Envelope => is_of_failure(value),
            _ if name != "code" => false,
            Place::Data { is_coded: false } => {
                is_of_http || number(value).is_some_and(|n| n < DIVISION) && is_of_failure(value)
            }
            Place::Data { is_coded: true } => is_of_http,
            Place::Other => false,
        },
        "status" | "state" => {
            let is_state = name == "state" || number(value).is_none();
            match is_state {
                true => matches!(value, Value::Bool(false)) || is_bad_word(value),
                false => is_envelope && is_of_failure(value) || place != Place::Other && is_of_http,
            }
        }
        name if MESSAGES.contains(&name) && !ERRORS.contains(&name) => is_envelope && is_bad_word(value),
        name if ERRORS.contains(&name) => place != Place::Other && is_error(value),
        _ => false,
    }
}

/// Whether a field is of those in which platforms write 0 or 1 for success as well as for failure.
fn means_either(name: &str, value: &Value) -> bool {
    let is_of_those = FLAGS_OF_ENVELOPE.contains(&name) || CODES_OF_ENVELOPE.contains(&name) || name == "status";
    is_of_those && number(value).is_some_and(|n| n == 0.0 || n == 1.0)
}

/// Whether a message says in so many words that all went well.
fn is_told_good(fields: &Map<String, Value>) -> bool {
    let is_good = |text: &str| {
        let text = text.trim().to_lowercase();
        GOOD_CODES.contains(&text.as_str()) || text.ends_with("成功") && !text.contains(['不', '未'])
    };
    let messages = fields.iter().filter(|(name, _)| MESSAGES.contains(&plain(name).as_str()));
    messages.filter_map(|(_, value)| value.as_str()).any(is_good)
}

/// A number, also one that stands as a text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn is_bad_word(value: &Value) -> bool {
    value.as_str().is_some_and(|text| BAD_WORDS.contains(&text.trim().to_lowercase().as_str()))
}

/// Whether a flag is no; numbers and texts stand for it as well.
fn is_no(flag: &Value) -> bool {
    let is_n = flag.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case("n"));
    matches!(flag, Value::Bool(false)) || number(flag) == Some(0.0) || is_n || is_bad_word(flag)
}

/// Whether a code, as a number or a text, is neither zero nor one of the 200s nor a word for success.
fn is_of_failure(code: &Value) -> bool {
    match (number(code), code) {
        (Some(number), _) => number != 0.0 && !(200.0..300.0).contains(&number),
        (None, Value::String(text)) => {
            let text = text.trim().to_lowercase();
            !text.is_empty() && !GOOD_CODES.contains(&text.as_str())
        }
        _ => false,
    }
}

/// Whether something is said to have gone wrong.
fn is_error(error: &Value) -> bool {
    match error {
        Value::Null => false,
        Value::Bool(is_one) => *is_one,
        Value::Number(_) => is_of_failure(error),
        Value::String(text) => {
            let text = text.trim().to_lowercase();
            let is_none = matches!(text.as_str(), "" | "no" | "false" | "无") || !is_of_failure(&Value::String(text));
            !is_none
        }
        Value::Array(all) => !all.is_empty(),
        Value::Object(fields) => {
            // Platforms that always have the object say in it that nothing went wrong.
            let mut codes = fields.iter().filter(|(name, _)| is_code(&plain(name))).peekable();
            !fields.is_empty() && (codes.peek().is_none() || codes.any(|(_, code)| is_of_failure(code)))
        }
    }
}

/// A field as it stands there, for people.
fn shown(name: &str, value: &Value) -> String {
    let value = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    without_controls(&format!("{name}: {value}"))
}

fn message_beside(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let said = |wanted: &&str| fields.iter().find(|(other, _)| *other != name && plain(other) == **wanted)?.1.as_str();
    let message = MESSAGES.iter().find_map(said)?;
    (!message.trim().is_empty()).then(|| without_controls(message))
}

/// Whether an answer is a page for people, such as the login page of a portal: it says nothing about the package.
pub fn is_page(content_type: Option<&str>, text: &str, said: &[Value]) -> bool {
    let head = text.chars().take(HEAD).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return true;
    }
    if head.starts_with("<?xml") || head.starts_with("<!--") {
        return head.contains("<html") || head.contains("<!doctype html");
    }
    // Receivers in PHP call everything a page, JSON too.
    let is_html = content_type.is_some_and(|t| t.trim_start().to_ascii_lowercase().starts_with("text/html"));
    is_html && !head.is_empty() && !said.iter().any(|v| v.is_object() || v.is_array())
}
