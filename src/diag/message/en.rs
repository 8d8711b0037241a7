//! Messages in English.

use crate::diag::code::Code;
use crate::diag::detail::{Detail, Nearest, Unreadable, ValueBounds, ValueType, is_county_code};
use crate::diag::formats::formats_en;
use crate::diag::letters::letters;

/// The message of a finding.
pub(super) fn message(code: Code, title: &str, name: &str, detail: &Detail) -> String {
    if let Detail::More(count) = detail {
        return format!("{count} more of this kind are not listed one by one: mend those that are first");
    }
    let field = match (name, title) {
        ("", "") => "this row".to_owned(),
        ("", title) => format!("`{title}`"),
        (name, _) => format!("`{name}`"),
    };
    let of_file = of_header(code, detail).or_else(|| of_whole_file(code, detail));
    of_file.unwrap_or_else(|| of_row(code, &field, detail))
}

fn of_row(code: Code, field: &str, detail: &Detail) -> String {
    match code {
        Code::MissingValue => missing(field, detail),
        Code::TypeError => wrong_type(field, detail),
        Code::ConstraintError => constraint(field, detail),
        Code::UnknownCode => match detail {
            Detail::NoneOf(list) => format!("{field} is not in its code list: give one of {}", list.en),
            _ => format!("{field} is not in its code list: use a value of the list"),
        },
        Code::UnknownDivision => match detail {
            Detail::DivisionLevel(lengths) => {
                format!("{field} is of the wrong level: give a code of {}", levels(lengths))
            }
            Detail::NoDivisionCode(lengths) => {
                format!(
                    "{field} is no division code (digits alone, without a point): give a code of {}",
                    levels(lengths)
                )
            }
            Detail::DivisionNamed(code) => format!("{field} is a name: give the division code; did it mean {code}?"),
            Detail::OutsideCounty(county) => format!(
                "{field} lies outside the submitting county ({county}): give a division inside it, or let its own county send the row"
            ),
            _ => format!("{field} is no known division: check the code"),
        },
        Code::Orphan => match detail {
            Detail::Parent(of) => {
                let (table, key) = (&of.dataset.en, &of.key.en);
                format!("{field} names no known `{key}` of “{table}”: check the number, or send that row of “{table}”")
            }
            _ => format!("{field} names a row that is not known: check the number, or send that row"),
        },
        Code::IdNumberChecksum => id_number(field, detail),
        Code::IdNumberDamaged => format!(
            "{field} lost digits in a spreadsheet (like 4.40524E+17, or three zeros at the end): make the column text and enter it again"
        ),
        Code::IdNumberMismatch => match detail {
            Detail::Sex => format!("{field} disagrees with digit 17 of the ID number: check it against the card"),
            _ => format!("{field} disagrees with the birth date in the ID number: check it against the card"),
        },
        Code::PhoneFormat => format!(
            "{field} is no phone number of a known form: give an 11-digit mobile, or area code and 7 to 8 digits, such as 0632-5123456"
        ),
        Code::PlaceholderDate => format!(
            "{field} is a date that systems write when there is none (such as 1900-01-01) and is taken as not given: give the real date, or leave it empty"
        ),
        Code::ErrorCell => format!(
            "{field} holds a spreadsheet's error value (such as #REF!) and is taken as not given: mend the formula, or write the content itself"
        ),
        Code::UnclearMonth => format!(
            "{field} is a year and month that a spreadsheet took for a number, so that its month is in doubt and the year alone is kept: make the column text and write it like 1985-10"
        ),
        Code::FollowupBeforeRegistration => {
            format!("{field} lies before the patient's registered_date: check both dates")
        }
        Code::CreditCodeChecksum => {
            format!("the check character of the credit code in {field} is wrong: check it against the certificate")
        }
        Code::Encoding => format!(
            "{field} holds characters that cannot be decoded, and cannot be read: export the whole file in one encoding, UTF-8 or GB18030"
        ),
        Code::LostCharacters => format!(
            "characters of {field} were lost (`?`, U+FFFD, text encoded twice), and what is lost says nothing in matching: enter it again from the document, and export in UTF-8 or GB18030"
        ),
        Code::NameIsNumber => format!(
            "{field} holds an ID number, most likely exchanged with the column of numbers: correct it from the document; where the whole columns are exchanged, exchange their titles and export again"
        ),
        Code::KeyConflict => conflict(field, detail),
        Code::DamagedJson => {
            "this line is no JSON object: write one whole JSON object a line, or one array of objects".to_owned()
        }
        // The codes of files.
        _ => String::new(),
    }
}

fn id_number(field: &str, detail: &Detail) -> String {
    match detail {
        Detail::NumberBirth => format!(
            "the birth date inside {field} does not exist: check it against the card; the row stays, the number is not used for matching"
        ),
        Detail::NumberShape => format!(
            "{field} is no resident ID number of 18 or 15 characters: check it, or state the type of the document"
        ),
        _ => format!(
            "the check digit of {field} is wrong: check it against the card; the row stays, the number is not used for matching"
        ),
    }
}

fn conflict(field: &str, detail: &Detail) -> String {
    match detail {
        Detail::BetweenExports => format!(
            "another file gives {field} to somebody else; the newer row stands: check it, and give each person a key of their own"
        ),
        Detail::Folders => format!(
            "two folders give this {field} to different rows, and both stand, as the registers of folders stand side by side: check them, and give each person or place a key of their own"
        ),
        Detail::OverLines { lines, more } => {
            let named: Vec<String> = lines.iter().map(u32::to_string).collect();
            let others = if *more == 0 { String::new() } else { format!(" and {more} more") };
            let rows = if named.len() == 1 { "row" } else { "rows" };
            let say = if named.len() == 1 { "which says" } else { "which say" };
            format!(
                "{field} is also that of {rows} {}{others} of the same file, {say} something else, and no entry time orders them; this row, the last one, stands: remove what was typed twice, or give each record a key of its own",
                named.join(", ")
            )
        }
        Detail::OrderOnly => format!(
            "rows with this {field} differ and no entry time orders them; the later one stands: remove the one that is wrong"
        ),
        _ => format!(
            "{field} stands for different people in one file, or in files of one date; none of these rows is taken: give each person a key of their own and export again"
        ),
    }
}

fn missing(field: &str, detail: &Detail) -> String {
    let Detail::RequiredWhen(when) = detail else {
        return format!("{field} is required and is not given: fill it in");
    };
    let other = &when.field.en;
    match &when.value {
        None => format!("{field} is not given, but is required when `{other}` is given: fill it in"),
        Some(value) => {
            format!("{field} is not given, but is required when `{other}` is {}: fill it in", value.en)
        }
    }
}

fn wrong_type(field: &str, detail: &Detail) -> String {
    match detail {
        Detail::PartialDate => {
            format!("{field} is only a year or a month: give the full date, such as 2023-03-05")
        }
        Detail::ImpossibleDate => {
            format!("{field} is no day or time of the calendar: check it and write it like 2023-03-05")
        }
        Detail::NotOfType(ValueType::Integer) => {
            format!("{field} is not a whole number: write digits only, such as 12")
        }
        Detail::NotOfType(ValueType::Number) => {
            format!("{field} is not a number: write digits only, such as 12.5")
        }
        Detail::NotOfType(ValueType::Boolean) => format!("{field} is neither yes nor no: write 是 or 否"),
        Detail::NotOfType(ValueType::Date) => {
            format!("{field} is no date that can be read: write it like 2023-03-05")
        }
        Detail::NotOfType(ValueType::Datetime) => {
            format!("{field} is no time that can be read: write it like 2023-03-05 14:30:00")
        }
        _ => format!("{field} is of the wrong type: check it"),
    }
}

fn constraint(field: &str, detail: &Detail) -> String {
    match detail {
        Detail::Range(bounds) => format!("{field} is out of range: give {}", range(bounds)),
        Detail::Scale(of) => {
            format!("{field} is outside the scores of the scale {}: give {}", of.0, range(&of.1))
        }
        Detail::MinLength(least) => format!("{field} is too short: give at least {least} characters"),
        Detail::MaxLength(most) => format!("{field} is too long: give at most {most} characters"),
        Detail::NotIcd10 => format!(
            "{field} is no ICD-10 code: a letter, two digits, then an optional dot and letters or digits, such as F20.9"
        ),
        Detail::NotDivision => format!("{field} is no division code: give 2, 4, 6, 9 or 12 digits"),
        Detail::Pattern(pattern) => format!("{field} has the wrong form: it must match {pattern}"),
        Detail::InFuture => {
            format!("{field} lies after the as-of day: check it; if it is right, it is taken when the day has come")
        }
        Detail::Before(other) => format!("{field} lies before `{}`: check both dates", other.en),
        Detail::BeforeDay(day) => format!("{field} lies before {day}: check it"),
        Detail::LargerThan(other) => format!("{field} is larger than `{}`: check both", other.en),
        _ => format!("{field} breaks a rule of its declaration: check it"),
    }
}

/// The message of a finding about a header and its columns.
fn of_header(code: Code, detail: &Detail) -> Option<String> {
    let about = about(detail);
    Some(match code {
        Code::NoHeader => match detail {
            Detail::Nearest(near) => nearest(near),
            Detail::HeaderBelow(of) => format!(
                "the header of “{}” stands in line {}, below its rows: the sheet is not read; move the header above all rows (and leave it out when sorting)",
                of.0.en, of.1
            ),
            Detail::Continued(of) => format!(
                "no header, but its rows have the columns of “{}” in a sheet before it: it is not read; repeat the header in its first line, or move its rows to the sheet before",
                of.en
            ),
            Detail::OurHeader => "the workbook of rows to mend has lost a line of titles (the one with “心汇：怎么改”): the rows of this sheet are not taken and stay as they are; mend the workbook as it was and put it back whole".to_owned(),
            _ => format!(
                "no row (in JSON, no set of names) is the header of any dataset{about}: keep one row of field titles as the field list has them"
            ),
        },
        Code::WrongSource => match detail {
            Detail::Belongs(to) => {
                format!(
                    "the header is that of “{}”, which belongs in the folder {}: move the file there",
                    to.0.en, to.1
                )
            }
            _ => {
                format!(
                    "the header is that of a dataset of another source{about}: put the file in that source's folder"
                )
            }
        },
        Code::UnknownColumn => match detail {
            Detail::NoTitle(columns) => format!(
                "values without a title stand in {} and are left out: write the title, or remove the column",
                places(columns)
            ),
            Detail::Column(title) => format!(
                "the column {} does not belong to the dataset and is left out: correct its title, or remove it",
                column(title)
            ),
            Detail::Meant(pair) => {
                let (label, meant) = (&pair.0, column(&pair.1));
                format!(
                    "the column “{label}” does not belong to the dataset and is left out; did it mean {meant}? If so, correct its title, else remove it"
                )
            }
            _ => format!(
                "a column does not belong to the dataset and is left out{about}: correct its title, or remove it"
            ),
        },
        Code::MissingColumn => missing_column(detail),
        Code::RepeatedColumn => match detail {
            Detail::Beside(from) => format!(
                "two tables stand side by side: all titles stand again from {} on, and the table on the right is not read. Put it below the one on the left (or on a sheet of its own), and export again",
                places(&[*from])
            ),
            Detail::Column(title) => {
                format!("the column {} stands twice and the first is used: remove the other", column(title))
            }
            _ => format!("a column stands twice and the first is used{about}: remove the other"),
        },
        Code::ShiftedDates => {
            let column = match detail {
                Detail::Column(title) => format!("the column {}", column(title)),
                _ => "a column".to_owned(),
            };
            format!(
                "every time in {column} is 15:00 or 16:00, a midnight that was moved to UTC, and is read as the next day: export dates as dates"
            )
        }
        _ => return None,
    })
}

/// A required column that is missing, or whose title is.
fn missing_column(detail: &Detail) -> String {
    let about = about(detail);
    match detail {
        Detail::Meant(pair) => {
            let (label, meant) = (&pair.0, column(&pair.1));
            format!(
                "the required column {meant} is missing; did “{label}” mean {meant}? Correct the title or add the column, and export again; all rows are rejected for it"
            )
        }
        Detail::Untitled(of) => {
            let (title, at) = (column(&of.0), places(&of.1));
            format!(
                "the required column {title} is missing; values without a title stand in {at}: is that {title}? Write its title (or add the column) and export again; all rows are rejected for it"
            )
        }
        Detail::Shifted { from, left } => {
            let (side, at) = (if *left { "left" } else { "right" }, places(&[*from]));
            format!(
                "the titles do not stand above their values: from {at} on, values lie one column to the {side} of their titles. Move the titles (not the values) to stand above their values, and export again; rows are rejected for it and need no mending one by one"
            )
        }
        Detail::Exchanged(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(a, b)| format!("“{a}” and “{b}”")).collect();
            format!(
                "titles stand in each other's place: the values of {} fit the other's title and not their own. Exchange the two titles (not the values) and export again; all rows are rejected for it and need no mending one by one",
                pairs.join(", ")
            )
        }
        Detail::MovedTitles(titles) => format!(
            "titles of the workbook of rows to mend were moved and the values below them were not (values of other columns stand below “{}”): its rows are not taken and stay as they are; leave the titles alone, mend the workbook as it was and put it back whole",
            titles.join("”, “")
        ),
        Detail::TakenOut(titles) => format!(
            "the workbook of rows to mend has lost columns (“{}”): its rows are not taken and stay as they are; delete and rename no column, mend the workbook as it was and put it back whole",
            titles.join("”, “")
        ),
        Detail::Column(title) => format!(
            "the required column {} is missing: add it and export again; all rows are rejected for it",
            column(title)
        ),
        _ => format!("a required column is missing{about}: add it and export again; all rows are rejected for it"),
    }
}

/// The message of a finding about a file or folder as a whole.
fn of_whole_file(code: Code, detail: &Detail) -> Option<String> {
    let about = about(detail);
    Some(match code {
        Code::RegisterShrunk => {
            let Detail::Keys { has, stood } = detail else {
                return Some("the register has fewer keys than before; it is held back: export it whole".to_owned());
            };
            format!(
                "the register has {has} keys where {stood} stood before; it is held back and the earlier one stands: export it whole, or let it stand with xinhui accept"
            )
        }
        Code::MendsUnknownFile => match detail {
            Detail::OfFolder { rows, folder } => format!(
                "{rows} of its rows mend what was sent in {folder}; none of them is taken here: move the workbook to the folder {folder} of the inbox"
            ),
            _ => format!(
                "the rows mend a file that the county has not sent, or their marks were removed{about}: they wait; send that file too, and leave the column of marks in; add new records to the full export, not to this workbook"
            ),
        },
        Code::EmptyFile => format!("the file is empty{about}: export it again"),
        Code::EncryptedWorkbook => {
            format!("the workbook has a password{about}: remove the password and save it again")
        }
        Code::DamagedArchive => format!("the archive is incomplete or damaged{about}: pack and send it again"),
        Code::HtmlNotExcel => {
            format!(
                "the name is that of a workbook, but the content is a web page{about}: open it in Excel and save it as .xlsx"
            )
        }
        Code::DamagedWorkbook => {
            format!("the workbook cannot be opened{about}: open it in Excel and save it as .xlsx")
        }
        Code::UnknownFormat => {
            format!(concat!("the format or the encoding is unknown{about}: send ", formats_en!()), about = about)
        }
        Code::LineTooLong => {
            format!("a line is longer than any row should be{about}: check that quotes are closed, and export again")
        }
        Code::DamagedParquet => format!("the Parquet file is damaged or cannot be read{about}: export it again"),
        Code::DamagedJson => return damaged_json(detail),
        Code::UnknownFolder => match detail {
            Detail::FolderMeant { name, meant } => format!(
                "the folder “{name}” is neither a county of the city nor a source; did it mean “{meant}”? If so, rename it to “{meant}”"
            ),
            Detail::NoCounty { name, source } => format!(
                "“{name}” is the folder of a source, and the county's folder above it is missing: move it below the county's folder (6-digit code), named {source}"
            ),
            Detail::StrayFile { name, sources } => format!(
                "the file “{name}” lies in no folder of a source: move it below the county's folder (6-digit code) into {}",
                listed(sources)
            ),
            Detail::Folder { name, .. } if is_county_code(name) => format!(
                "“{name}” is not among the divisions of the city: check the county's code; if it is right, add the county to the divisions in the folder `reference`"
            ),
            Detail::Folder { name, sources } => format!(
                "the folder “{name}” is neither a county of the city nor a source: use the county's 6-digit code, and in it {}",
                listed(sources)
            ),
            _ => format!(
                "the folder is neither a county of the city nor a source{about}: use the county's 6-digit code, and in it a folder for each source"
            ),
        },
        Code::UnreadableFile => {
            format!("the file or folder cannot be read{about}: check permissions, links and the disk")
        }
        Code::FileChanging => {
            format!("the file is changing{about} and is left for the next night: let the transfer end before the run")
        }
        Code::ReaderStopped if *detail == Detail::Crash => {
            "the file crashed its reader, and nothing of it is taken: check the file, or export it again".to_owned()
        }
        Code::ReaderStopped => {
            format!("reading the file went beyond a limit{about} and was stopped: check the file, or split it")
        }
        _ => return None,
    })
}

/// Lines of a file that are no JSON; `None` of a single row, which is told of where it stands.
fn damaged_json(detail: &Detail) -> Option<String> {
    Some(match detail {
        Detail::DamagedRow => return None,
        Detail::Records { .. } => {
            let which = detail.argument().replace(',', ", ");
            format!(
                "records that are no JSON objects ({which}): write one whole JSON object a line, or one array of objects"
            )
        }
        _ => "some lines are no JSON objects: write one whole JSON object a line, or one array of objects".to_owned(),
    })
}

/// What a finding about a file refers to, in brackets; empty if it refers to nothing.
fn about(detail: &Detail) -> String {
    let told = match detail {
        Detail::Column(title) => title.clone(),
        Detail::Folder { name, .. } => name.clone(),
        Detail::Dataset(name) => format!("dataset {name}"),
        Detail::Line(number) => format!("line {number}"),
        Detail::Format(name) => format_name(name).to_owned(),
        Detail::Unreadable(why) => reason(*why).to_owned(),
        Detail::Quiet(seconds) => format!("changed within the last {seconds} seconds"),
        Detail::Memory(mb) => format!("{mb} MiB of memory"),
        Detail::Seconds(seconds) => format!("{seconds} seconds"),
        Detail::Rows(most) => format!("{most} rows"),
        Detail::Tables(most) => format!("{most} tables"),
        Detail::Method(name) => format!("compression method {name}"),
        Detail::Codec(name) => format!("codec {name}"),
        Detail::Encrypted => "a file in it has a password".to_owned(),
        Detail::TooLarge => "a file in it is too large".to_owned(),
        Detail::RepeatedNames => "two files in it have one name".to_owned(),
        Detail::Words(words) => words.clone(),
        _ => String::new(),
    };
    if told.is_empty() { told } else { format!(" ({told})") }
}

/// What people call a format whose name is no ending of files.
fn format_name(name: &str) -> &str {
    match name {
        "ole" => "an old Office file such as .doc",
        "opendocument" => "an OpenDocument file such as .ods",
        "spreadsheetml-2003" => "XML of Excel 2003",
        "nested-archive" => "an archive in an archive",
        "json-object" => "one JSON object with the records inside",
        _ => name,
    }
}

/// The closest dataset, what it lacks, and what may be meant.
fn nearest(near: &Nearest) -> String {
    let mut text = format!("no row is the header of any dataset; the closest is “{}”", near.dataset.en);
    if let Some(source) = &near.folder {
        text.push_str(&format!(" (which belongs in the folder {source}, not in this one)"));
    }
    if !near.missing.is_empty() {
        text.push_str(&format!(
            "; missing: {}",
            near.missing.iter().map(|title| column(title)).collect::<Vec<_>>().join(", ")
        ));
    }
    let meant: Vec<String> =
        near.meant.iter().map(|(label, title)| format!("“{label}” may mean {}", column(title))).collect();
    if !meant.is_empty() {
        text.push_str(&format!("; {}", meant.join(", ")));
    }
    if !near.untitled.is_empty() {
        let places = places(&near.untitled);
        text.push_str(&format!("; values without a title stand in {places}, and may be what is missing"));
    }
    let remedy = match near.missing.is_empty() {
        true => ": keep one row of field titles as the field list has them",
        false => ": correct the titles or add what is missing, and export again",
    };
    text + remedy
}

/// A column in quotes: as the file calls it, with its title behind a name.
fn column(called: &str) -> String {
    match Detail::called(called) {
        (Some(name), title) => format!("“{name}” ({title})"),
        (None, title) => format!("“{title}”"),
    }
}

/// Columns by letter and number.
fn places(columns: &[u32]) -> String {
    let told: Vec<String> = columns.iter().map(|column| format!("column {} ({column})", letters(*column))).collect();
    told.join(", ")
}

/// Names in a row, the last with "or".
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn reason(why: Unreadable) -> &'static str {
    match why {
        Unreadable::Permission => "permission denied",
        Unreadable::Gone => "it is not there, or its link leads nowhere",
        Unreadable::Loop => "links lead in a circle, or to a folder that is read already",
        Unreadable::Outside => "a link leads out of the inbox",
        Unreadable::NoFile => "it is no regular file",
    }
}

fn range(bounds: &ValueBounds) -> String {
    match (bounds.least, bounds.most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "a number".to_owned(),
    }
}

/// The names of the division levels with these lengths of codes.
fn levels(lengths: &[u8]) -> String {
    let name = |length: &u8| match length {
        2 => "a province (2 digits)",
        4 => "a city (4 digits)",
        6 => "a county (6 digits)",
        9 => "a town (9 digits)",
        _ => "a village (12 digits)",
    };
    lengths.iter().map(name).collect::<Vec<_>>().join(" or ")
}
