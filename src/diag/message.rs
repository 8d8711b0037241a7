//! Messages of findings, in Chinese for senders and in English.

use super::Code;
use super::formats::{formats_en, formats_zh};

/// The language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Zh,
    En,
}

/// Renders the message of a finding: what is wrong and how to correct it.
///
/// `title` is the field's Chinese title, `name` its name (both empty for a whole row or file); `detail` is the
/// finding's `topic:argument`, where the argument may hold its English and its Chinese form as `en|zh`. A detail that a
/// code does not know is left out of its message. Findings about files tell a `column:`, `dataset:`, `line:`,
/// `records:`, `format:` or `reason:`, or plain text. `more:` and a number stand for so many findings of one kind that
/// are not listed.
///
/// | code | details |
/// |---|---|
/// | missing-value | none, `required_when:status=built\|建设状态=已建成`, `required_when:exit_date\|出册日期` |
/// | type-error | `type:integer` (`number`, `boolean`, `date`, `datetime`), `partial:`, `impossible:` |
/// | constraint-error | `range:0..100`, `scale:PHQ9=0..27`, `min_length:1`, `max_length:50`, `pattern:icd10` (`division`, or the expression), `not_after:`, `not_before:built_date\|建成日期`, `minimum_day:1900-01-01`, `maximum_field:items_total\|总题数` |
/// | unknown-code | `list:home, hospital\|居家、住院` |
/// | unknown-division | `unknown:`, `level:6,9,12`, `outside:370832` (the submitting county) |
/// | orphan | `parent:station_site.site_id`, also with `\|心理服务站点台账.站点编号` |
/// | id-number-checksum | `check:`, `shape:`, `birth:` |
/// | key-conflict | `one-export:`, `between:`, `order:`, `folders:` |
/// | register-shrunk | `keys:5/30` (keys it has, keys that stood) |
/// | id-number-mismatch | `birth_date:`, `sex:` |
pub fn render(code: Code, title: &str, name: &str, detail: &str, lang: Lang) -> String {
    let (topic, argument) = detail.split_once(':').unwrap_or((detail, ""));
    let message = Message { code, title, name, topic, argument, detail };
    if topic == "more" {
        return match lang {
            Lang::Zh => format!("同类问题另有 {argument} 处，不再逐条列出：请先改正已列出的各处"),
            Lang::En => format!("{argument} more of this kind are not listed one by one: mend those that are first"),
        };
    }
    match lang {
        Lang::Zh => message.zh(),
        Lang::En => message.en(),
    }
}

struct Message<'a> {
    code: Code,
    title: &'a str,
    name: &'a str,
    topic: &'a str,
    argument: &'a str,
    detail: &'a str,
}

impl<'a> Message<'a> {
    fn en_argument(&self) -> &'a str {
        self.argument.split_once('|').map_or(self.argument, |(en, _)| en)
    }

    fn zh_argument(&self) -> &'a str {
        self.argument.split_once('|').map_or(self.argument, |(_, zh)| zh)
    }

    /// The two ends of a range such as `0..100`; either may be empty.
    fn bounds(&self) -> (&'a str, &'a str) {
        let range = self.argument.split_once('=').map_or(self.argument, |(_, r)| r);
        range.split_once("..").unwrap_or((range, ""))
    }

    /// The part before `=`, for example `PHQ9` in `PHQ9=0..27`.
    fn subject(&self) -> &'a str {
        self.argument.split_once('=').map_or("", |(s, _)| s)
    }

    /// What a finding about a file refers to, in brackets; empty if it refers to nothing.
    fn about(&self, open: &str, close: &str, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        let told = match (self.topic, self.argument) {
            ("column", title) => title.to_owned(),
            ("dataset", name) if zh => format!("数据集 {name}"),
            ("dataset", name) => format!("dataset {name}"),
            ("line", number) if zh => format!("第 {number} 行"),
            ("line", number) => format!("line {number}"),
            ("records", numbers) if zh => format!("第 {numbers} 条"),
            ("records", numbers) => format!("records {numbers}"),
            ("format", name) => name.to_owned(),
            ("reason", reason) => reason_words(reason, zh).to_owned(),
            ("quiet", seconds) if zh => format!("最近 {seconds} 秒内有变化"),
            ("quiet", seconds) => format!("changed within the last {seconds} seconds"),
            ("memory", mb) if zh => format!("内存 {mb} MiB"),
            ("memory", mb) => format!("{mb} MiB of memory"),
            ("seconds", seconds) if zh => format!("时间 {seconds} 秒"),
            ("seconds", seconds) => format!("{seconds} seconds"),
            ("rows", most) if zh => format!("{most} 行数据"),
            ("rows", most) => format!("{most} rows"),
            ("tables", most) if zh => format!("{most} 个表"),
            ("tables", most) => format!("{most} tables"),
            ("crash", "") => if zh { "读取程序崩溃" } else { "its reader crashed" }.to_owned(),
            ("method", name) if zh => format!("压缩方法 {name}"),
            ("method", name) => format!("compression method {name}"),
            ("codec", name) if zh => format!("压缩编码 {name}"),
            ("codec", name) => format!("codec {name}"),
            ("encrypted", "") => if zh { "成员有密码" } else { "a member has a password" }.to_owned(),
            ("too-large", "") => if zh { "成员过大" } else { "a member is too large" }.to_owned(),
            ("repeated-names", "") => if zh { "成员重名" } else { "two members have one name" }.to_owned(),
            _ => self.detail.to_owned(),
        };
        if told.is_empty() { String::new() } else { format!("{open}{told}{close}") }
    }

    fn zh(&self) -> String {
        let field = match (self.title, self.name) {
            ("", "") => "本行".to_owned(),
            ("", name) => format!("「{name}」"),
            (title, _) => format!("「{title}」"),
        };
        let about = self.about("“", "”", Lang::Zh);
        let told = self.zh_argument();
        match self.code {
            Code::MissingValue => match self.topic {
                "required_when" if !told.contains('=') => format!("{field}未填写：已填写「{told}」时此项必填，请补填"),
                "required_when" => {
                    let (other, value) = told.split_once('=').unwrap_or((told, ""));
                    format!("{field}未填写：「{other}」为“{value}”时此项必填，请补填")
                }
                _ => format!("{field}未填写，此项必填，请补填"),
            },
            Code::TypeError => match (self.topic, self.argument) {
                ("partial", _) => format!("{field}只有年份或年月，请填写完整日期，如 2023-03-05"),
                ("impossible", _) => format!("{field}不是日历上存在的日期或时间，请核对后填写，如 2023-03-05"),
                (_, "integer") => format!("{field}不是整数，请只填写整数，如 12"),
                (_, "number") => format!("{field}不是数字，请只填写数字，如 12.5"),
                (_, "boolean") => format!("{field}不是是否值，请填写“是”或“否”"),
                (_, "date") => format!("{field}不是可识别的日期，请按 2023-03-05 的格式填写"),
                (_, "datetime") => format!("{field}不是可识别的时间，请按 2023-03-05 14:30:00 的格式填写"),
                _ => format!("{field}的类型不对，请核对后填写"),
            },
            Code::ConstraintError => match self.topic {
                "range" => format!("{field}超出范围，请填写{}", zh_range(self.bounds())),
                "scale" => {
                    format!("{field}超出量表 {} 的分值范围，请填写{}", self.subject(), zh_range(self.bounds()))
                }
                "min_length" => format!("{field}过短，请填写至少 {} 个字", self.argument),
                "max_length" => format!("{field}过长，请填写不超过 {} 个字", self.argument),
                "pattern" => match self.argument {
                    "icd10" => {
                        format!("{field}不是 ICD-10 编码：应为一个字母加两位数字，其后可有小数点和字母或数字，如 F20.9")
                    }
                    "division" => format!("{field}不是区划代码：应为 2、4、6、9 或 12 位数字"),
                    pattern => format!("{field}的格式不对，应符合 {pattern}"),
                },
                "not_after" => format!("{field}晚于统计截止日，请核对；日期无误的，到期后自动采用"),
                "not_before" => format!("{field}早于「{told}」，请核对这两个日期"),
                "minimum_day" => format!("{field}早于 {}，请核对", self.argument),
                "maximum_field" => format!("{field}大于「{told}」，请核对这两项"),
                _ => format!("{field}不符合填报规则，请核对后填写"),
            },
            Code::UnknownCode if told.is_empty() => format!("{field}不在代码表中，请按代码表填写"),
            Code::UnknownCode => format!("{field}不在代码表中，请填写以下之一：{told}"),
            Code::UnknownDivision => match self.topic {
                "level" => format!("{field}的区划级别不对，应为{}的区划代码", zh_levels(self.argument)),
                "outside" => {
                    format!("{field}不在报送区县（{}）范围内，请改填本区县的区划代码，或由所属区县报送", self.argument)
                }
                _ => format!("{field}不在区划代码表中，请核对区划代码"),
            },
            Code::Orphan => {
                let (table, key) = told.split_once('.').unwrap_or((told, ""));
                if table.is_empty() {
                    format!("{field}所指的记录不存在，请核对编号，或补报该记录")
                } else {
                    format!("{field}在“{table}”中没有对应的“{key}”，请核对编号，或补报“{table}”中的该记录")
                }
            }
            Code::IdNumberChecksum => match self.topic {
                "birth" => format!("{field}中的出生日期不存在，请按证件核对；本行保留，该号码不用于身份匹配"),
                "shape" => format!("{field}不是 18 位或 15 位的身份证号，请按证件核对；其他证件请填写证件类型"),
                _ => format!("{field}的校验位不对，请按证件核对；本行保留，该号码不用于身份匹配"),
            },
            Code::IdNumberDamaged => {
                format!("{field}已被电子表格截断（如 4.40524E+17 或末三位变 0），请将该列设为文本后重新录入")
            }
            Code::IdNumberMismatch => match self.topic {
                "sex" => format!("{field}与身份证号第 17 位不一致，请按证件核对"),
                _ => format!("{field}与身份证号中的出生日期不一致，请按证件核对"),
            },
            Code::PhoneFormat => {
                format!("{field}不是可识别的电话号码，请填写 11 位手机号，或区号加 7 至 8 位号码，如 0632-5123456")
            }
            Code::PlaceholderDate => {
                format!("{field}是系统的占位日期（如 1900-01-01），按未填写处理；请填写真实日期或留空")
            }
            Code::ErrorCell => {
                format!("{field}是电子表格的错误值（如 #REF!），按未填写处理；请改正公式或直接填写内容")
            }
            Code::UnclearMonth => {
                format!("{field}的年月被电子表格当作数字，月份不明，只采用年份；请将该列设为文本后重新填写，如 1985-10")
            }
            Code::FollowupBeforeRegistration => format!("{field}早于患者的建档日期，请核对随访日期和建档日期"),
            Code::CreditCodeChecksum => format!("{field}的统一社会信用代码校验位不对，请按登记证书核对"),
            Code::Encoding => {
                format!("{field}中有无法解码的字符，不能读取：请把整个文件用同一种编码（UTF-8 或 GB18030）重新导出")
            }
            Code::LostCharacters => {
                format!(
                    "{field}中有字符已丢失（如“?”、“锟斤拷”、乱码），丢失的部分不用于身份匹配：请按证件重新录入，并以 UTF-8 或 GB18030 导出"
                )
            }
            Code::KeyConflict => match self.topic {
                "between" => {
                    format!("{field}在其他文件中属于另一个人，按较新的记录采用：请核对，不同的人请使用不同的编号")
                }
                "folders" => format!(
                    "{field}在两个文件夹中各有一条不同的记录，两条都有效（各文件夹的名册并存）：请核对，不同的人或单位请使用不同的编号"
                ),
                "order" => format!("{field}有内容不同的记录，且没有录入时间区分先后，按后出现的采用：请删除多余的记录"),
                _ => format!("{field}在同一份文件中属于不同的人，这些行都未采用：请为每人使用各自的编号后重新导出"),
            },
            Code::RegisterShrunk => {
                let (has, stood) = self.argument.split_once('/').unwrap_or((self.argument, ""));
                format!(
                    "名册只有 {has} 个编号，此前采用的有 {stood} 个，暂缓采用，仍以此前的为准：请重新导出完整名册；确实减少的，由管理员用 xinhui accept 认可"
                )
            }
            Code::NoHeader => {
                format!("没有找到任何数据集的表头{about}：请保留一行字段标题（如“患者编号”），并与字段说明一致")
            }
            Code::WrongSource => {
                format!("表头属于其他来源的数据集{about}：请把文件放入该来源的文件夹")
            }
            Code::UnknownColumn => format!("列{about}不属于该数据集，未采用：如为笔误请改用字段标题，否则可删除"),
            Code::MissingColumn => format!("缺少必需的列{about}：请补上该列后重新导出"),
            Code::RepeatedColumn => format!("列{about}重复，只采用第一列：请删除多余的列"),
            Code::EmptyFile => format!("文件是空的{about}：请重新导出"),
            Code::EncryptedWorkbook => format!("工作簿有密码{about}：请取消密码后重新保存"),
            Code::DamagedArchive => format!("压缩包不完整或已损坏{about}：请重新压缩并传送"),
            Code::HtmlNotExcel => format!("扩展名是 Excel，内容却是网页{about}：请用 Excel 打开后另存为 .xlsx"),
            Code::DamagedWorkbook => format!("工作簿无法打开{about}：请用 Excel 打开后另存为 .xlsx"),
            Code::UnknownFormat => {
                format!(concat!("无法识别的文件格式或编码{about}：请使用 ", formats_zh!()), about = about)
            }
            Code::LineTooLong => format!("有一行过长，不像数据行{about}：请检查引号是否成对，再重新导出"),
            Code::DamagedParquet => format!("Parquet 文件已损坏或无法读取{about}：请重新导出"),
            Code::ShiftedDates => {
                format!("列{about}的日期都是 15 时或 16 时，应是换算成世界时的零点，已按次日读取：请按日期类型导出")
            }
            Code::DamagedJson if self.topic == "row" => "本行不是 JSON 对象，请写成一个完整的 JSON 对象".to_owned(),
            Code::DamagedJson => format!("有的行不是 JSON 对象{about}：请每行写一个完整的 JSON 对象"),
            Code::UnknownFolder => {
                format!(
                    "文件夹不是本市的区县，也不是来源名{about}：请用 6 位区县代码，其下为 station、school、hospital 或 police"
                )
            }
            Code::UnreadableFile => format!("系统无法读取{about}：请检查权限、链接和磁盘"),
            Code::FileChanging => format!("文件正在变化{about}，当晚未采用，下一晚再读：请在运行之前完成传送"),
            Code::ReaderStopped => format!("读取该文件超出限制{about}，未采用：请检查文件，或拆分后报送"),
        }
    }

    fn en(&self) -> String {
        let field = match (self.name, self.title) {
            ("", "") => "this row".to_owned(),
            ("", title) => format!("`{title}`"),
            (name, _) => format!("`{name}`"),
        };
        let about = self.about(" (", ")", Lang::En);
        let told = self.en_argument();
        match self.code {
            Code::MissingValue => match self.topic {
                "required_when" if !told.contains('=') => {
                    format!("{field} is not given, but is required when `{told}` is given: fill it in")
                }
                "required_when" => {
                    let (other, value) = told.split_once('=').unwrap_or((told, ""));
                    format!("{field} is not given, but is required when `{other}` is {value}: fill it in")
                }
                _ => format!("{field} is required and is not given: fill it in"),
            },
            Code::TypeError => match (self.topic, self.argument) {
                ("partial", _) => format!("{field} is only a year or a month: give the full date, such as 2023-03-05"),
                ("impossible", _) => {
                    format!("{field} is no day or time of the calendar: check it and write it like 2023-03-05")
                }
                (_, "integer") => format!("{field} is not a whole number: write digits only, such as 12"),
                (_, "number") => format!("{field} is not a number: write digits only, such as 12.5"),
                (_, "boolean") => format!("{field} is neither yes nor no: write 是 or 否"),
                (_, "date") => format!("{field} is no date that can be read: write it like 2023-03-05"),
                (_, "datetime") => format!("{field} is no time that can be read: write it like 2023-03-05 14:30:00"),
                _ => format!("{field} is of the wrong type: check it"),
            },
            Code::ConstraintError => match self.topic {
                "range" => format!("{field} is out of range: give {}", en_range(self.bounds())),
                "scale" => format!(
                    "{field} is outside the scores of the scale {}: give {}",
                    self.subject(),
                    en_range(self.bounds())
                ),
                "min_length" => format!("{field} is too short: give at least {} characters", self.argument),
                "max_length" => format!("{field} is too long: give at most {} characters", self.argument),
                "pattern" => match self.argument {
                    "icd10" => format!(
                        "{field} is no ICD-10 code: a letter, two digits, then an optional dot and letters or digits, such as F20.9"
                    ),
                    "division" => format!("{field} is no division code: give 2, 4, 6, 9 or 12 digits"),
                    pattern => format!("{field} has the wrong form: it must match {pattern}"),
                },
                "not_after" => {
                    format!(
                        "{field} lies after the as-of day: check it; if it is right, it is taken when the day has come"
                    )
                }
                "not_before" => format!("{field} lies before `{told}`: check both dates"),
                "minimum_day" => format!("{field} lies before {}: check it", self.argument),
                "maximum_field" => format!("{field} is larger than `{told}`: check both"),
                _ => format!("{field} breaks a rule of its declaration: check it"),
            },
            Code::UnknownCode if told.is_empty() => format!("{field} is not in its code list: use a value of the list"),
            Code::UnknownCode => format!("{field} is not in its code list: give one of {told}"),
            Code::UnknownDivision => match self.topic {
                "level" => format!("{field} is of the wrong level: give a code of {}", en_levels(self.argument)),
                "outside" => format!(
                    "{field} lies outside the submitting county ({}): give a division inside it, or let its own county send the row",
                    self.argument
                ),
                _ => format!("{field} is no known division: check the code"),
            },
            Code::Orphan => {
                let (table, key) = told.split_once('.').unwrap_or((told, ""));
                if table.is_empty() {
                    format!("{field} names a row that is not known: check the number, or send that row")
                } else {
                    format!("{field} names no known `{key}` of {table}: check the number, or send that row of {table}")
                }
            }
            Code::IdNumberChecksum => match self.topic {
                "birth" => format!(
                    "the birth date inside {field} does not exist: check it against the card; the row stays, the number is not used for matching"
                ),
                "shape" => format!(
                    "{field} is no resident ID number of 18 or 15 characters: check it, or state the type of the document"
                ),
                _ => format!(
                    "the check digit of {field} is wrong: check it against the card; the row stays, the number is not used for matching"
                ),
            },
            Code::IdNumberDamaged => format!(
                "{field} lost digits in a spreadsheet (like 4.40524E+17, or three zeros at the end): make the column text and enter it again"
            ),
            Code::IdNumberMismatch => match self.topic {
                "sex" => format!("{field} disagrees with digit 17 of the ID number: check it against the card"),
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
            Code::KeyConflict => match self.topic {
                "between" => format!(
                    "another file gives {field} to somebody else; the newer row stands: check it, and give each person a key of their own"
                ),
                "folders" => format!(
                    "two folders give this {field} to different rows, and both stand, as the registers of folders stand side by side: check them, and give each person or place a key of their own"
                ),
                "order" => format!(
                    "rows with this {field} differ and no entry time orders them; the later one stands: remove the one that is wrong"
                ),
                _ => format!(
                    "{field} stands for different people in one export; none of these rows is taken: give each person a key of their own and export again"
                ),
            },
            Code::RegisterShrunk => {
                let (has, stood) = self.argument.split_once('/').unwrap_or((self.argument, ""));
                format!(
                    "the register has {has} keys where {stood} stood before; it is held back and the earlier one stands: export it whole, or let it stand with xinhui accept"
                )
            }
            Code::NoHeader => {
                format!(
                    "no row is the header of any dataset{about}: keep one row of field titles as the field list has them"
                )
            }
            Code::WrongSource => {
                format!(
                    "the header is that of a dataset of another source{about}: put the file in that source's folder"
                )
            }
            Code::UnknownColumn => {
                format!(
                    "a column does not belong to the dataset and is left out{about}: correct its title, or remove it"
                )
            }
            Code::MissingColumn => format!("a required column is missing{about}: add it and export again"),
            Code::RepeatedColumn => format!("a column stands twice and the first is used{about}: remove the other"),
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
                format!("a line is longer than any row{about}: check that quotes are closed, and export again")
            }
            Code::DamagedParquet => format!("the Parquet file is damaged or cannot be read{about}: export it again"),
            Code::ShiftedDates => format!(
                "every date of a column stands at 15:00 or 16:00, a midnight that was moved to UTC, and is read as the next day{about}: export dates as dates"
            ),
            Code::DamagedJson if self.topic == "row" => {
                "this line is no JSON object: write one whole JSON object a line".to_owned()
            }
            Code::DamagedJson => format!("a line is no JSON object{about}: write one whole JSON object a line"),
            Code::UnknownFolder => format!(
                "the folder is neither a county of the city nor a source{about}: use the county's 6-digit code, and in it station, school, hospital or police"
            ),
            Code::UnreadableFile => {
                format!("the file or folder cannot be read{about}: check permissions, links and the disk")
            }
            Code::FileChanging => format!(
                "the file is changing{about} and is left for the next night: let the transfer end before the run"
            ),
            Code::ReaderStopped => {
                format!("reading the file went beyond a limit{about} and was stopped: check the file, or split it")
            }
        }
    }
}

/// The words for the reason why a file could not be read.
fn reason_words(reason: &str, zh: bool) -> &str {
    match (reason, zh) {
        ("permission", true) => "没有权限",
        ("permission", false) => "permission denied",
        ("gone", true) => "不存在，或链接失效",
        ("gone", false) => "it is not there, or its link leads nowhere",
        ("loop", true) => "链接成环，或所指的文件夹已经读过",
        ("loop", false) => "links lead in a circle, or to a folder that is read already",
        ("outside", true) => "链接指向收件箱之外",
        ("outside", false) => "a link leads out of the inbox",
        ("no-file", true) => "不是普通文件",
        ("no-file", false) => "it is no regular file",
        (other, _) => other,
    }
}

fn zh_range(bounds: (&str, &str)) -> String {
    match bounds {
        ("", most) => format!("不大于 {most} 的数"),
        (least, "") => format!("不小于 {least} 的数"),
        (least, most) => format!(" {least} 至 {most} 之间的数"),
    }
}

fn en_range(bounds: (&str, &str)) -> String {
    match bounds {
        ("", most) => format!("at most {most}"),
        (least, "") => format!("at least {least}"),
        (least, most) => format!("{least} to {most}"),
    }
}

/// The names of the division levels in a list such as `6,9,12`.
fn zh_levels(lengths: &str) -> String {
    level_names(lengths, |n| match n {
        "2" => "省（2 位）",
        "4" => "市（4 位）",
        "6" => "区县（6 位）",
        "9" => "乡镇街道（9 位）",
        _ => "村居（12 位）",
    })
    .join("、")
}

fn en_levels(lengths: &str) -> String {
    level_names(lengths, |n| match n {
        "2" => "a province (2 digits)",
        "4" => "a city (4 digits)",
        "6" => "a county (6 digits)",
        "9" => "a town (9 digits)",
        _ => "a village (12 digits)",
    })
    .join(" or ")
}

fn level_names(lengths: &str, name: fn(&str) -> &'static str) -> Vec<&'static str> {
    lengths.split(',').map(|n| name(n.trim())).collect()
}
