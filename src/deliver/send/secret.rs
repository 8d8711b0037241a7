//! Secrets, read from a file or the environment when they are needed, and kept nowhere.

use crate::deliver::settings::{FeedSettings, FeedTarget, SecretPlace};
use crate::error::{Error, Result, words};

/// The variable that the password of a database is read from where the settings name no place.
const PASSWORD_VARIABLE: &str = "XINHUI_FEED_PASSWORD";

/// Reads the password of a feed's database; a feed may have none.
///
/// # Errors
/// `Usage`: the settings name a place that holds none.
pub fn password(feed: &FeedSettings) -> Result<Option<String>> {
    match (&feed.password, &feed.target) {
        (Some(place), _) => secret(place).map(Some),
        (None, Some(FeedTarget::Database(_))) => {
            Ok(std::env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty()))
        }
        (None, _) => Ok(None),
    }
}

/// Reads a secret of one line.
///
/// # Errors
/// `Usage`: there is none.
pub fn secret(place: &SecretPlace) -> Result<String> {
    let (name, text) = match place {
        SecretPlace::File(path) => {
            let shown = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|e| Error::usage(&shown, words!("无法读取口令", "the secret cannot be read")).caused_by(e))?;
            (shown, text)
        }
        SecretPlace::Environment(name) => {
            let text = std::env::var(name)
                .map_err(|_| Error::usage(name, words!("没有设置该环境变量", "the variable is not set")))?;
            (name.clone(), text)
        }
    };
    let text = text.trim();
    if text.is_empty() || text.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return Err(Error::usage(name, words!("其中不是单独一行的口令", "holds no secret of one line")));
    }
    Ok(text.to_owned())
}
