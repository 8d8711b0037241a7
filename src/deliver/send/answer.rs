//! What the body of an answer says: many platforms answer 200 and say in the body that it was none.

use serde_json::Value;

/// Names under which answers say whether they took the package.
const VERDICTS: [&str; 2] = ["success", "accepted"];

/// Codes in letters that mean success.
const GOOD_CODES: [&str; 6] = ["ok", "success", "succeeded", "accepted", "created", "done"];

/// Bytes in which a page says that it is one.
const HEAD: usize = 512;

/// Whether an answer says that the package was not taken: by itself, or in an object within it.
pub fn says_no(said: &Value) -> bool {
    let Some(fields) = said.as_object() else { return false };
    let within = fields.values().filter(|value| value.is_object());
    let denies = std::iter::once(said).chain(within).any(|v| VERDICTS.iter().any(|name| is_no(v.get(name))));
    // Deeper, a code may be one of the data.
    denies || [Some(said), said.get("result")].into_iter().flatten().any(|v| is_of_failure(v.get("code")))
}

/// Whether a verdict is no; numbers and texts stand for it as well.
fn is_no(verdict: Option<&Value>) -> bool {
    match verdict {
        Some(Value::Bool(yes)) => !yes,
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => {
            let text = text.trim().to_ascii_lowercase();
            matches!(text.as_str(), "false" | "no" | "0" | "fail" | "failed" | "failure" | "error")
        }
        _ => false,
    }
}

/// Whether a code, as a number or a text, is neither zero nor one of the 200s nor a word for success.
fn is_of_failure(code: Option<&Value>) -> bool {
    let is_good = |number: f64| number == 0.0 || (200.0..300.0).contains(&number);
    match code {
        Some(Value::Number(number)) => !number.as_f64().is_some_and(is_good),
        Some(Value::String(text)) => {
            let text = text.trim().to_ascii_lowercase();
            match text.parse::<f64>() {
                Ok(number) => !is_good(number),
                Err(_) => !text.is_empty() && !GOOD_CODES.contains(&text.as_str()),
            }
        }
        _ => false,
    }
}

/// Whether an answer is a page for people, such as the login page of a portal: it says nothing about the package.
pub fn is_page(content_type: Option<&str>, body: &[u8], said: Option<&Value>) -> bool {
    let head = String::from_utf8_lossy(&body[..body.len().min(HEAD)]).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return true;
    }
    if head.starts_with("<?xml") || head.starts_with("<!--") {
        return head.contains("<html") || head.contains("<!doctype html");
    }
    // Receivers in PHP call everything a page, JSON too.
    let is_html = content_type.is_some_and(|t| t.trim_start().to_ascii_lowercase().starts_with("text/html"));
    is_html && !head.is_empty() && !said.is_some_and(Value::is_object)
}
