//! The one error type that modules share. A problem of the *data* is never an error, but a finding ([`crate::diag`]).

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::Path;

pub use crate::words::{Lang, Words};
pub(crate) use crate::words::{log_in, logged, words};

/// Result of an operation whose failure stops a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Tells the operator what to do next; each kind has an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line or the config is wrong: correct it and run again (exit 2).
    Usage,
    /// The declarations (`schemas/`) or the reference data are wrong: correct them and run again (exit 2).
    Schema,
    /// An input cannot be read at all, because of the disk, a permission or a missing folder; or a server that counts
    /// cannot be used (exit 3).
    Input,
    /// The store cannot be read or written, or is locked by another run (exit 4).
    Output,
    /// A part of the store is damaged, missing, or older than the rest: restore it or run `xinhui rebuild` (exit 4).
    Damaged,
    /// The totals of the night do not add up: nothing was published (exit 5).
    Withheld,
    /// The public edition cannot be shown to be safe: nothing was published (exit 6).
    Unsafe,
    /// A fault of this program (exit 101).
    Bug,
}

impl ErrorKind {
    /// The exit code of this kind, as `xinhui --help` and the README list them.
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Usage | ErrorKind::Schema => 2,
            ErrorKind::Input => 3,
            ErrorKind::Output | ErrorKind::Damaged => 4,
            ErrorKind::Withheld => 5,
            ErrorKind::Unsafe => 6,
            ErrorKind::Bug => 101,
        }
    }
}

/// What caused an error: usually the error of a library.
type Cause = Box<dyn StdError + Send + Sync>;

/// An error; what it tells stands behind one pointer, so that a [`Result`] is no larger than what it carries.
#[derive(Debug)]
pub struct Error(Box<Told>);

/// What an error tells: the place it concerns and, if there is one, advice; all of it in both languages.
#[derive(Debug)]
pub struct Told {
    pub kind: ErrorKind,
    /// The file, table or setting concerned; empty if there is none.
    pub place: Words,
    pub message: Words,
    /// What to do; printed on a line of its own.
    pub hint: Option<Words>,
    source: Option<Cause>,
}

impl Error {
    pub fn new(kind: ErrorKind, place: impl Into<Words>, message: impl Into<Words>) -> Self {
        Error(Box::new(Told { kind, place: place.into(), message: message.into(), hint: None, source: None }))
    }

    pub fn usage(place: impl Into<Words>, message: impl Into<Words>) -> Self {
        Self::new(ErrorKind::Usage, place, message)
    }

    pub fn schema(place: impl Into<Words>, message: impl Into<Words>) -> Self {
        Self::new(ErrorKind::Schema, place, message)
    }

    /// An input cannot be read at all.
    pub fn input(path: &Path, source: impl Into<Cause>) -> Self {
        Self::new(ErrorKind::Input, path.display(), words!("无法读取", "cannot be read")).caused_by(source)
    }

    /// The store cannot be written.
    pub fn output(path: &Path, source: impl Into<Cause>) -> Self {
        Self::new(ErrorKind::Output, path.display(), words!("无法写入", "cannot be written")).caused_by(source)
    }

    /// The store cannot be read.
    pub fn unreadable_store(path: &Path, source: impl Into<Cause>) -> Self {
        Self::new(ErrorKind::Output, path.display(), words!("无法读取", "cannot be read")).caused_by(source)
    }

    /// A file of the store is not what was written there. The hint names both remedies: a backup and `xinhui rebuild`.
    pub fn damaged(path: &Path, message: impl Into<Words>) -> Self {
        Self::new(ErrorKind::Damaged, path.display(), message).hint(words!(
            "请从备份恢复 private/，或运行 `xinhui rebuild`，由收件箱重新生成",
            "put `private/` back from a backup, or run `xinhui rebuild`, which makes it anew from the inbox"
        ))
    }

    /// A fault of the program: the message is for those who mend it, what to do is for the user.
    pub fn bug(message: impl fmt::Display) -> Self {
        let message = words!("程序内部出现不应有的情况（{message}）", "{message}");
        Self::new(ErrorKind::Bug, words!("程序", "internal"), message).hint(words!(
            "已发布的数据不受影响；请把以上内容和程序版本（xinhui --version）报给维护人员",
            "what is published is not touched; please report the lines above, with `xinhui --version`"
        ))
    }

    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Cause>) -> Self {
        self.source = Some(source.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<Words>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The place and what is wrong there.
    pub fn say(&self, lang: Lang) -> String {
        let (place, message) = (self.place.say(lang), self.message.say(lang));
        match lang {
            _ if place.is_empty() => message.to_owned(),
            Lang::Zh => format!("{place}：{message}"),
            Lang::En => format!("{place}: {message}"),
        }
    }

    /// The same with what caused it, on one line.
    pub fn say_all(&self, lang: Lang) -> String {
        let between = if lang == Lang::Zh { "：" } else { ": " };
        std::iter::once(self.say(lang)).chain(self.causes(lang)).collect::<Vec<_>>().join(between)
    }

    /// Message and causes, in both languages, for whoever names the place.
    pub fn without_place(mut self) -> Words {
        self.place = Words::default();
        self.in_words()
    }

    /// Place, message and causes, in both languages.
    pub fn in_words(&self) -> Words {
        Words::new(self.say_all(Lang::Zh), self.say_all(Lang::En))
    }

    /// What caused it, the nearest first.
    pub fn causes(&self, lang: Lang) -> Vec<String> {
        let mut causes = Vec::new();
        let mut cause = StdError::source(self);
        while let Some(c) = cause {
            let said = cause_in_words(c, lang);
            // A library that passes an error on says it once more.
            if causes.last() != Some(&said) {
                causes.push(said);
            }
            cause = c.source();
        }
        causes
    }
}

impl Deref for Error {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Told {
        &mut self.0
    }
}

/// What an error of the system or of a library says, in both languages.
pub fn said_by(cause: &(dyn StdError + 'static)) -> Words {
    Words::new(cause_in_words(cause, Lang::Zh), cause_in_words(cause, Lang::En))
}

/// One cause. Libraries speak English: what the system says is translated, anything else is quoted.
fn cause_in_words(cause: &(dyn StdError + 'static), lang: Lang) -> String {
    if let Some(own) = cause.downcast_ref::<Error>() {
        return own.say(lang);
    }
    if let Some(words) = cause.downcast_ref::<Said>() {
        return words.0.say(lang).to_owned();
    }
    let io = cause.downcast_ref::<io::Error>();
    if lang == Lang::En {
        // Without a number of the system the library has words of its own for what everybody knows by others.
        let is_plain =
            io.is_some_and(|io| io.kind() == io::ErrorKind::NotFound && io.to_string() == "entity not found");
        return if is_plain { "no such file or folder".to_owned() } else { cause.to_string() };
    }
    let Some(io) = io else {
        let text = cause.to_string();
        return said_within(&text).unwrap_or_else(|| format!("技术信息「{text}」"));
    };
    if let Some(inner) = io.get_ref() {
        return cause_in_words(inner, lang);
    }
    let said = io.raw_os_error().and_then(of_number).or_else(|| of_the_system(io.kind()));
    match (said, io.raw_os_error()) {
        (Some(said), Some(number)) => format!("{said}（系统错误码 {number}）"),
        (Some(said), None) => said.to_owned(),
        (None, _) => format!("系统信息「{io}」"),
    }
}

/// What the system said, where a library repeats it in its own words: `I/O error: No such file … (os error 2)`.
fn said_within(text: &str) -> Option<String> {
    let number: i32 = text.rsplit_once("(os error ")?.1.split(')').next()?.parse().ok()?;
    Some(cause_in_words(&io::Error::from_raw_os_error(number), Lang::Zh))
}

/// What the system means by numbers that have no kind of their own.
#[cfg(unix)]
fn of_number(number: i32) -> Option<&'static str> {
    Some(match number {
        libc::EIO => "磁盘读写出错",
        libc::EMFILE | libc::ENFILE => "打开的文件过多",
        libc::ELOOP => "链接循环",
        libc::ENXIO | libc::ENODEV => "没有这个设备",
        libc::EPERM => "不允许此操作",
        libc::EBADF => "文件已关闭或不可用",
        libc::ESTALE => "网络文件夹已失效",
        libc::EXDEV => "不在同一磁盘上",
        _ => return None,
    })
}

#[cfg(not(unix))]
fn of_number(_: i32) -> Option<&'static str> {
    None
}

/// What the system means, as its Chinese users say it.
fn of_the_system(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    Some(match kind {
        Kind::NotFound => "没有这个文件或文件夹",
        Kind::PermissionDenied => "没有权限",
        Kind::AlreadyExists => "已经存在",
        Kind::NotADirectory => "不是文件夹",
        Kind::IsADirectory => "是文件夹，不是文件",
        Kind::DirectoryNotEmpty => "文件夹不是空的",
        Kind::ReadOnlyFilesystem => "磁盘是只读的",
        Kind::StorageFull => "磁盘已满",
        Kind::QuotaExceeded => "超出磁盘配额",
        Kind::FileTooLarge => "文件过大",
        Kind::InvalidFilename => "文件名无效",
        Kind::UnexpectedEof => "文件不完整，提前结束",
        Kind::InvalidData => "内容无效",
        Kind::InvalidInput => "参数无效",
        Kind::TimedOut => "超时",
        Kind::Interrupted => "被中断",
        Kind::WriteZero => "写入未完成",
        Kind::OutOfMemory => "内存不足",
        Kind::BrokenPipe => "对方已关闭连接",
        Kind::ConnectionRefused => "对方未接受连接",
        Kind::ConnectionReset | Kind::ConnectionAborted => "连接被断开",
        Kind::NotConnected => "尚未连接",
        Kind::HostUnreachable | Kind::NetworkUnreachable => "网络不通",
        Kind::AddrInUse => "地址已被占用",
        Kind::AddrNotAvailable => "地址不可用",
        Kind::ResourceBusy | Kind::ExecutableFileBusy => "正被使用",
        Kind::WouldBlock => "暂时不可用",
        Kind::Unsupported => "系统不支持此操作",
        _ => return None,
    })
}

/// A cause in words of our own.
#[derive(Debug)]
pub struct Said(pub Words);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl StdError for Said {}

impl From<Words> for Cause {
    fn from(words: Words) -> Self {
        Box::new(Said(words))
    }
}

/// In English, for logs; users are told by [`Error::say`].
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Lang::En))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}
