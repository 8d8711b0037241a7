//! What the system's scheduler takes, with user and paths filled in: the very files of `docs/ops/`.

use std::path::Path;

const SERVICE: &str = include_str!("../../docs/ops/xinhui.service");
const TIMER: &str = include_str!("../../docs/ops/xinhui.timer");
const CRON: &str = include_str!("../../docs/ops/xinhui.cron");
const LOGROTATE: &str = include_str!("../../docs/ops/xinhui.logrotate");
const INSTALL: &str = include_str!("../../docs/ops/install.sh");
const BACKUP: &str = include_str!("../../docs/ops/backup.sh");
const RESTORE: &str = include_str!("../../docs/ops/restore.sh");

/// The values that stand in the files of `docs/ops/`.
const DIR: &str = "/srv/xinhui";
const PROGRAM: &str = "/usr/local/bin/xinhui";
const AT: (u8, u8) = (2, 30);

pub struct Service<'a> {
    pub dir: &'a Path,
    pub user: &'a str,
    pub program: &'a Path,
    pub at: (u8, u8),
}

impl Service<'_> {
    /// File names and their texts.
    pub fn files(&self) -> Vec<(&'static str, String)> {
        vec![
            ("xinhui.service", self.filled(SERVICE, &in_unit)),
            ("xinhui.timer", self.filled(TIMER, &in_unit)),
            ("xinhui.cron", self.filled(CRON, &in_cron)),
            ("xinhui.logrotate", self.filled(LOGROTATE, &quoted)),
            ("install.sh", self.filled(INSTALL, &in_shell)),
            ("backup.sh", self.filled(BACKUP, &in_shell)),
            ("restore.sh", self.filled(RESTORE, &in_shell)),
        ]
    }

    /// A text with this store's values; paths are written as its kind of file needs them.
    fn filled(&self, text: &str, path: &dyn Fn(&str) -> String) -> String {
        let dir = self.dir.display().to_string();
        let mut out = String::with_capacity(text.len() + 256);
        for line in text.lines() {
            out.push_str(&self.line(line, &dir, path));
            out.push('\n');
        }
        out
    }

    fn line(&self, line: &str, dir: &str, path: &dyn Fn(&str) -> String) -> String {
        // The one path that systemd takes to the end of the line and does not unquote.
        if line.starts_with("WorkingDirectory=") {
            return format!("WorkingDirectory={}", dir.replace('%', "%%"));
        }
        let program = self.program.display().to_string();
        let (hour, minute) = self.at;
        let mut line = line.to_owned();
        // The whole word of a path is one argument, whatever is in it.
        for (from, to) in [(PROGRAM, program.as_str()), (DIR, dir)] {
            while let Some(at) = line.find(from) {
                let end = line[at..].find([' ', '"', '\'', ';', '}']).map_or(line.len(), |e| at + e);
                let rest = line[at + from.len()..end].to_owned();
                let new = path(&format!("{to}{rest}"));
                // Marked, so that a value that holds the default is not filled in twice.
                line.replace_range(at..end, &new.replace('/', "\u{0}"));
            }
        }
        let line = line.replace('\u{0}', "/");
        let line = match line.as_str() {
            "User=xinhui" => format!("User={}", self.user),
            "Group=xinhui" => format!("Group={}", self.user),
            "user=xinhui" => format!("user={}", self.user),
            _ => line.replace("su xinhui xinhui", &format!("su {0} {0}", self.user)),
        };
        let line = line.replace("create 0640 xinhui xinhui", &format!("create 0640 {0} {0}", self.user));
        let line = line.replace("* * * xinhui ", &format!("* * * {} ", self.user));
        line.replace(&format!("{} {} * * *", AT.1, AT.0), &format!("{minute} {hour} * * *"))
            .replace(&format!("{:02}:{:02}", AT.0, AT.1), &format!("{hour:02}:{minute:02}"))
    }
}

/// As systemd reads it: `%` begins a specifier, a space ends a word.
fn in_unit(path: &str) -> String {
    let path = path.replace('%', "%%");
    if path.contains([' ', '\t', '"', '\'', '\\']) {
        format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        path
    }
}

/// As a crontab reads it: `%` would end the command.
fn in_cron(path: &str) -> String {
    in_shell(path).replace('%', "\\%")
}

/// As a shell reads it.
pub fn in_shell(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@,%".contains(c);
    if path.chars().all(is_plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

fn quoted(path: &str) -> String {
    if path.contains([' ', '\t']) { format!("\"{path}\"") } else { path.to_owned() }
}
