//! Hides the secrets of a feed in what a receiver says: some answer with the very headers that they were sent.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::secret::{password, secret};
use crate::deliver::settings::FeedSettings;
use crate::error::Words;
use crate::store::hex;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Characters of a part of a secret that is told from other text.
const LEAST_PART: usize = 6;

/// The secrets of a feed, in every form that an answer may give them back in. Never shown.
pub struct SecretMask {
    /// In lower case, the longest first.
    forms: Vec<String>,
}

impl SecretMask {
    /// Reads the secrets that the settings name. One that cannot be read cannot have been sent either.
    pub fn of(feed: &FeedSettings) -> SecretMask {
        let places = [feed.token.as_ref(), feed.hmac.as_ref().map(|(_, place)| place)];
        let read = places.into_iter().flatten().filter_map(|place| secret(place).ok());
        let secrets: Vec<String> = read.chain(password(feed).ok().flatten()).collect();
        SecretMask::over(&secrets)
    }

    fn over(secrets: &[String]) -> SecretMask {
        let mut forms: Vec<String> = secrets.iter().flat_map(|secret| forms_of(secret)).collect();
        forms.iter_mut().for_each(|form| form.make_ascii_lowercase());
        forms.retain(|form| !form.is_empty());
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        SecretMask { forms }
    }

    /// The text without the secrets.
    pub fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in &self.forms {
            // Lower case in ASCII leaves every character where it was.
            let lower = text.to_ascii_lowercase();
            let (mut hidden, mut done) = (String::new(), 0);
            for (at, found) in lower.match_indices(form.as_str()) {
                hidden.push_str(&text[done..at]);
                hidden.push_str(HIDDEN);
                done = at + found.len();
            }
            hidden.push_str(&text[done..]);
            text = hidden;
        }
        // An answer may have been cut off in the middle of a secret.
        let lower = text.to_ascii_lowercase();
        let begun = |form: &String| {
            (LEAST_PART..form.len()).rev().find(|n| form.get(..*n).is_some_and(|part| lower.ends_with(part)))
        };
        if let Some(length) = self.forms.iter().filter_map(begun).max() {
            text.truncate(text.len() - length);
            text.push_str(HIDDEN);
        }
        text
    }

    /// The same in both languages.
    pub fn hide_in(&self, words: &Words) -> Words {
        Words::new(self.hide(&words.zh), self.hide(&words.en))
    }
}

/// A secret as it stands in headers, addresses, JSON, pages and basic authentication.
fn forms_of(secret: &str) -> Vec<String> {
    let percent = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02x}"),
    };
    let in_address: String = secret.bytes().map(percent).collect();
    let in_json = serde_json::to_string(secret).unwrap_or_default();
    let in_json = in_json.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or_default().to_owned();
    let in_page = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let mut forms = vec![
        secret.to_owned(),
        in_address.replace("%20", "+"),
        in_address,
        in_json.replace('/', "\\/"),
        in_json,
        in_page.replace('\'', "&#39;"),
        in_page,
        hex(secret.as_bytes()),
    ];
    forms.extend(in_base64(secret.as_bytes()));
    forms
}

/// A secret in Base64, wherever in a longer text it begins: `user:secret` looks otherwise than `secret` alone.
fn in_base64(secret: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret);
        // Only characters in which no byte before or behind the secret has a part.
        let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            forms.extend(text.get(first..end).filter(|inner| inner.len() >= LEAST_PART).map(ToOwned::to_owned));
        }
    }
    forms
}
