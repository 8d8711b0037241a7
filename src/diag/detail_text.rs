//! The one form in which what a finding says is stored.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::detail::{Detail, InBoth, Nearest, ParentKey, Requirement, Unreadable, ValueBounds, ValueType};

impl InBoth {
    fn parse(text: &str) -> Option<Self> {
        text.split_once('|').map(|(en, zh)| InBoth::new(en, zh))
    }

    /// Two names that stand on both sides of a separator, in both languages.
    fn parse_pair(text: &str, separator: char) -> Option<(Self, Self)> {
        let (en, zh) = text.split_once('|')?;
        let (one_en, other_en) = en.split_once(separator)?;
        let (one_zh, other_zh) = zh.split_once(separator)?;
        Some((InBoth::new(one_en, one_zh), InBoth::new(other_en, other_zh)))
    }
}

impl Nearest {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        let (en, zh, missing, meant) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let untitled = parts.next().filter(|of| !of.is_empty()).map_or(Some(Vec::new()), numbers)?;
        let folder = parts.next().map(str::to_owned);
        let list = |text: &str| text.split(',').filter(|t| !t.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let meant = list(meant).iter().map(|text| pair(text)).collect::<Option<_>>()?;
        Some(Nearest { dataset: InBoth::new(en, zh), missing: list(missing), meant, untitled, folder })
    }
}

/// A label and a title.
fn pair(text: &str) -> Option<(String, String)> {
    text.split_once('>').map(|(label, title)| (label.to_owned(), title.to_owned()))
}

impl ValueType {
    const ALL: [(ValueType, &'static str); 5] = [
        (ValueType::Integer, "integer"),
        (ValueType::Number, "number"),
        (ValueType::Boolean, "boolean"),
        (ValueType::Date, "date"),
        (ValueType::Datetime, "datetime"),
    ];
}

impl Unreadable {
    const ALL: [(Unreadable, &'static str); 5] = [
        (Unreadable::Permission, "permission"),
        (Unreadable::Gone, "gone"),
        (Unreadable::Loop, "loop"),
        (Unreadable::Outside, "outside"),
        (Unreadable::NoFile, "no-file"),
    ];
}

/// The word of a value in a list, and the value of a word.
fn word<T: Copy + PartialEq>(all: &[(T, &'static str)], value: T) -> &'static str {
    all.iter().find(|(v, _)| *v == value).map_or("", |(_, word)| word)
}

fn of_word<T: Copy>(all: &[(T, &'static str)], word: &str) -> Option<T> {
    all.iter().find(|(_, w)| *w == word).map(|(value, _)| *value)
}

impl fmt::Display for ValueBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.least.map_or(Ok(()), |least| write!(f, "{least}"))?;
        f.write_str("..")?;
        self.most.map_or(Ok(()), |most| write!(f, "{most}"))
    }
}

impl ValueBounds {
    fn parse(text: &str) -> Option<Self> {
        let (least, most) = text.split_once("..")?;
        let bound = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
        Some(ValueBounds { least: bound(least)?, most: bound(most)? })
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let both = |f: &mut fmt::Formatter<'_>, topic, b: &InBoth| write!(f, "{topic}:{}|{}", b.en, b.zh);
        match self {
            Detail::None => Ok(()),
            Detail::More(count) => write!(f, "more:{count}"),
            Detail::RequiredWhen(when) => match &when.value {
                None => both(f, "required_when", &when.field),
                Some(value) => {
                    write!(f, "required_when:{}={}|{}={}", when.field.en, value.en, when.field.zh, value.zh)
                }
            },
            Detail::NotOfType(ty) => write!(f, "type:{}", word(&ValueType::ALL, *ty)),
            Detail::PartialDate => f.write_str("partial:"),
            Detail::ImpossibleDate => f.write_str("impossible:"),
            Detail::Range(bounds) => write!(f, "range:{bounds}"),
            Detail::Scale(of) => write!(f, "scale:{}={}", of.0, of.1),
            Detail::MinLength(least) => write!(f, "min_length:{least}"),
            Detail::MaxLength(most) => write!(f, "max_length:{most}"),
            Detail::NotIcd10 => f.write_str("pattern:icd10"),
            Detail::NotDivision => f.write_str("pattern:division"),
            Detail::Pattern(pattern) => write!(f, "pattern:{pattern}"),
            Detail::InFuture => f.write_str("not_after:"),
            Detail::Before(other) => both(f, "not_before", other),
            Detail::BeforeDay(day) => write!(f, "minimum_day:{day}"),
            Detail::LargerThan(other) => both(f, "maximum_field", other),
            Detail::NoneOf(list) => both(f, "list", list),
            Detail::UnknownDivision => f.write_str("unknown:"),
            Detail::DivisionLevel(lengths) => write!(f, "level:{}", joined(lengths)),
            Detail::NoDivisionCode(lengths) => write!(f, "no-code:{}", joined(lengths)),
            Detail::DivisionNamed(code) => write!(f, "named:{code}"),
            Detail::OutsideCounty(county) => write!(f, "outside:{county}"),
            Detail::Parent(of) => {
                write!(f, "parent:{}.{}|{}.{}", of.dataset.en, of.key.en, of.dataset.zh, of.key.zh)
            }
            Detail::CheckDigit => f.write_str("check:"),
            Detail::NumberShape => f.write_str("shape:"),
            Detail::NumberBirth => f.write_str("birth:"),
            Detail::BirthDate => f.write_str("birth_date:"),
            Detail::Sex => f.write_str("sex:"),
            Detail::OneExport => f.write_str("one-export:"),
            Detail::BetweenExports => f.write_str("between:"),
            Detail::OrderOnly => f.write_str("order:"),
            Detail::OverLines { lines, more: 0 } => write!(f, "over:{}", joined(lines)),
            Detail::OverLines { lines, more } => write!(f, "over:{}+{more}", joined(lines)),
            Detail::Folders => f.write_str("folders:"),
            Detail::DamagedRow => f.write_str("row:"),
            of_file => of_file.write_of_file(f),
        }
    }
}

impl Detail {
    /// Writes what findings about files say.
    fn write_of_file(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Detail::Keys { has, stood } => write!(f, "keys:{has}/{stood}"),
            Detail::Folder { name, sources } => write!(f, "folder:{}:{name}", sources.join(",")),
            Detail::StrayFile { name, sources } => write!(f, "stray-file:{}:{name}", sources.join(",")),
            Detail::FolderMeant { name, meant } => write!(f, "folder-meant:{meant}:{name}"),
            Detail::Nearest(n) => {
                let meant: Vec<String> = n.meant.iter().map(|(label, title)| format!("{label}>{title}")).collect();
                write!(f, "nearest:{}|{}|{}|{}", n.dataset.en, n.dataset.zh, n.missing.join(","), meant.join(","))?;
                match &n.folder {
                    Some(folder) => write!(f, "|{}|{folder}", joined(&n.untitled)),
                    None if n.untitled.is_empty() => Ok(()),
                    None => write!(f, "|{}", joined(&n.untitled)),
                }
            }
            Detail::HeaderBelow(of) => write!(f, "header-below:{}|{}|{}", of.0.en, of.0.zh, of.1),
            Detail::Continued(of) => write!(f, "continued:{}|{}", of.en, of.zh),
            Detail::NoTitle(columns) => write!(f, "no-title:{}", joined(columns)),
            Detail::OurHeader => f.write_str("our-header:"),
            Detail::Belongs(to) => write!(f, "belongs:{}|{}|{}", to.0.en, to.0.zh, to.1),
            Detail::Meant(pair) => write!(f, "meant:{}>{}", pair.0, pair.1),
            Detail::TakenOut(titles) => write!(f, "taken-out:{}", titles.join(",")),
            Detail::MovedTitles(titles) => write!(f, "moved-titles:{}", titles.join(",")),
            Detail::Untitled(of) => write!(f, "untitled:{}:{}", joined(&of.1), of.0),
            Detail::Shifted { from, left } => write!(f, "shifted:{}:{from}", if *left { "left" } else { "right" }),
            Detail::Exchanged(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(a, b)| format!("{a}>{b}")).collect();
                write!(f, "exchanged:{}", pairs.join(","))
            }
            Detail::Beside(from) => write!(f, "beside:{from}"),
            Detail::NoCounty { name, source } => write!(f, "no-county:{source}:{name}"),
            Detail::OfFolder { rows, folder } => write!(f, "of-folder:{rows}:{folder}"),
            Detail::Column(title) => write!(f, "column:{title}"),
            Detail::Dataset(name) => write!(f, "dataset:{name}"),
            Detail::Line(number) => write!(f, "line:{number}"),
            Detail::Records { numbers, more: 0 } => write!(f, "records:{}", joined(numbers)),
            Detail::Records { numbers, more } => write!(f, "records:{} and {more} more", joined(numbers)),
            Detail::Format(name) => write!(f, "format:{name}"),
            Detail::Unreadable(why) => write!(f, "reason:{}", word(&Unreadable::ALL, *why)),
            Detail::Quiet(seconds) => write!(f, "quiet:{seconds}"),
            Detail::Memory(mb) => write!(f, "memory:{mb}"),
            Detail::Seconds(seconds) => write!(f, "seconds:{seconds}"),
            Detail::Rows(most) => write!(f, "rows:{most}"),
            Detail::Tables(most) => write!(f, "tables:{most}"),
            Detail::Crash => f.write_str("crash"),
            Detail::Method(name) => write!(f, "method:{name}"),
            Detail::Codec(name) => write!(f, "codec:{name}"),
            Detail::Encrypted => f.write_str("encrypted"),
            Detail::TooLarge => f.write_str("too-large"),
            Detail::RepeatedNames => f.write_str("repeated-names"),
            Detail::Words(words) => f.write_str(words),
            _ => Ok(()),
        }
    }

    /// Reads the stored text. What is not exactly as [`Display`](fmt::Display) writes it is taken for plain words, so
    /// that writing it again always gives the same text.
    pub fn parse(text: &str) -> Detail {
        let (topic, argument) = text.split_once(':').unwrap_or((text, ""));
        let of_row = Detail::of_row(topic, argument);
        match of_row.or_else(|| Detail::of_file(topic, argument)) {
            Some(detail) if detail.to_string() == text => detail,
            _ => Detail::Words(text.to_owned()),
        }
    }

    fn of_row(topic: &str, argument: &str) -> Option<Detail> {
        Some(match topic {
            "required_when" => Detail::RequiredWhen(Arc::new(match InBoth::parse_pair(argument, '=') {
                Some((field, value)) => Requirement { field, value: Some(value) },
                None => Requirement { field: InBoth::parse(argument)?, value: None },
            })),
            "type" => Detail::NotOfType(of_word(&ValueType::ALL, argument)?),
            "partial" => Detail::PartialDate,
            "impossible" => Detail::ImpossibleDate,
            "range" => Detail::Range(Arc::new(ValueBounds::parse(argument)?)),
            "scale" => {
                let (scale, bounds) = argument.split_once('=')?;
                Detail::Scale(Arc::new((scale.to_owned(), ValueBounds::parse(bounds)?)))
            }
            "min_length" => Detail::MinLength(argument.parse().ok()?),
            "max_length" => Detail::MaxLength(argument.parse().ok()?),
            "pattern" => match argument {
                "icd10" => Detail::NotIcd10,
                "division" => Detail::NotDivision,
                pattern => Detail::Pattern(pattern.into()),
            },
            "not_after" => Detail::InFuture,
            "not_before" => Detail::Before(Arc::new(InBoth::parse(argument)?)),
            "minimum_day" => Detail::BeforeDay(argument.into()),
            "maximum_field" => Detail::LargerThan(Arc::new(InBoth::parse(argument)?)),
            "list" => Detail::NoneOf(Arc::new(InBoth::parse(argument)?)),
            "unknown" => Detail::UnknownDivision,
            "level" => Detail::DivisionLevel(numbers(argument)?.into()),
            "no-code" => Detail::NoDivisionCode(numbers(argument)?.into()),
            "named" => Detail::DivisionNamed(argument.into()),
            "outside" => Detail::OutsideCounty(argument.into()),
            "parent" => {
                let (dataset, key) = InBoth::parse_pair(argument, '.')?;
                Detail::Parent(Arc::new(ParentKey { dataset, key }))
            }
            "check" => Detail::CheckDigit,
            "shape" => Detail::NumberShape,
            "birth" => Detail::NumberBirth,
            "birth_date" => Detail::BirthDate,
            "sex" => Detail::Sex,
            "one-export" => Detail::OneExport,
            "between" => Detail::BetweenExports,
            "order" => Detail::OrderOnly,
            "over" => {
                let (lines, more) = argument.split_once('+').unwrap_or((argument, "0"));
                Detail::OverLines { lines: numbers(lines)?.into(), more: more.parse().ok()? }
            }
            "folders" => Detail::Folders,
            "row" => Detail::DamagedRow,
            _ => return None,
        })
    }

    fn of_file(topic: &str, argument: &str) -> Option<Detail> {
        Some(match topic {
            "" => Detail::None,
            "more" => Detail::More(argument.parse().ok()?),
            "keys" => {
                let (has, stood) = argument.split_once('/')?;
                Detail::Keys { has: has.parse().ok()?, stood: stood.parse().ok()? }
            }
            "folder" => {
                let (sources, name) = argument.split_once(':')?;
                Detail::Folder { name: name.to_owned(), sources: sources.split(',').map(str::to_owned).collect() }
            }
            "stray-file" => {
                let (sources, name) = argument.split_once(':')?;
                Detail::StrayFile { name: name.to_owned(), sources: sources.split(',').map(str::to_owned).collect() }
            }
            "folder-meant" => {
                let (meant, name) = argument.split_once(':')?;
                Detail::FolderMeant { name: name.to_owned(), meant: meant.to_owned() }
            }
            "nearest" => Detail::Nearest(Arc::new(Nearest::parse(argument)?)),
            "belongs" => {
                let (dataset, folder) = argument.rsplit_once('|')?;
                Detail::Belongs(Arc::new((InBoth::parse(dataset)?, folder.to_owned())))
            }
            "header-below" => {
                let (dataset, line) = argument.rsplit_once('|')?;
                Detail::HeaderBelow(Arc::new((InBoth::parse(dataset)?, line.parse().ok()?)))
            }
            "continued" => Detail::Continued(Arc::new(InBoth::parse(argument)?)),
            "no-title" => Detail::NoTitle(numbers(argument)?.into()),
            "our-header" => Detail::OurHeader,
            "meant" => Detail::Meant(Arc::new(pair(argument)?)),
            "taken-out" => Detail::TakenOut(argument.split(',').map(str::to_owned).collect()),
            "moved-titles" => Detail::MovedTitles(argument.split(',').map(str::to_owned).collect()),
            "untitled" => {
                let (at, column) = argument.split_once(':')?;
                Detail::Untitled(Arc::new((column.to_owned(), numbers(at)?)))
            }
            "shifted" => {
                let (side, from) = argument.split_once(':')?;
                Detail::Shifted { from: from.parse().ok()?, left: side == "left" }
            }
            "exchanged" => Detail::Exchanged(argument.split(',').map(pair).collect::<Option<_>>()?),
            "beside" => Detail::Beside(argument.parse().ok()?),
            "no-county" => {
                let (source, name) = argument.split_once(':')?;
                Detail::NoCounty { name: name.to_owned(), source: source.to_owned() }
            }
            "of-folder" => {
                let (rows, folder) = argument.split_once(':')?;
                Detail::OfFolder { rows: rows.parse().ok()?, folder: folder.to_owned() }
            }
            "column" => Detail::Column(argument.to_owned()),
            "dataset" => Detail::Dataset(argument.to_owned()),
            "line" => Detail::Line(argument.parse().ok()?),
            "records" => match argument.strip_suffix(" more").and_then(|a| a.split_once(" and ")) {
                Some((first, more)) => Detail::Records { numbers: numbers(first)?, more: more.parse().ok()? },
                None => Detail::Records { numbers: numbers(argument)?, more: 0 },
            },
            "format" => Detail::Format(argument.to_owned()),
            "reason" => Detail::Unreadable(of_word(&Unreadable::ALL, argument)?),
            "quiet" => Detail::Quiet(argument.parse().ok()?),
            "memory" => Detail::Memory(argument.parse().ok()?),
            "seconds" => Detail::Seconds(argument.parse().ok()?),
            "rows" => Detail::Rows(argument.parse().ok()?),
            "tables" => Detail::Tables(argument.parse().ok()?),
            "crash" => Detail::Crash,
            "method" => Detail::Method(argument.to_owned()),
            "codec" => Detail::Codec(argument.to_owned()),
            "encrypted" => Detail::Encrypted,
            "too-large" => Detail::TooLarge,
            "repeated-names" => Detail::RepeatedNames,
            _ => return None,
        })
    }
}

impl From<String> for Detail {
    fn from(text: String) -> Detail {
        Detail::parse(&text)
    }
}

impl From<Detail> for String {
    fn from(detail: Detail) -> String {
        detail.to_string()
    }
}

fn joined<T: ToString>(numbers: &[T]) -> String {
    numbers.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

fn numbers<T: FromStr>(text: &str) -> Option<Vec<T>> {
    text.split(',').map(|n| n.parse().ok()).collect()
}
