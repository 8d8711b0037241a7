//! Messages in Chinese, for those who send the files.

use crate::diag::code::Code;
use crate::diag::detail::{Detail, Nearest, Unreadable, ValueBounds, ValueType, is_county_code};
use crate::diag::formats::formats_zh;
use crate::diag::letters::letters;

/// The message of a finding.
pub(super) fn message(code: Code, title: &str, name: &str, detail: &Detail) -> String {
    if let Detail::More(count) = detail {
        return format!("同类问题另有 {count} 处，不再逐条列出：请先改正已列出的各处");
    }
    let field = match (title, name) {
        ("", "") => "本行".to_owned(),
        ("", name) => format!("“{name}”"),
        (title, _) => format!("“{title}”"),
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
            Detail::NoneOf(list) => format!("{field}不在代码表中，请填写以下之一：{}", list.zh),
            _ => format!("{field}不在代码表中，请按代码表填写"),
        },
        Code::UnknownDivision => match detail {
            Detail::DivisionLevel(lengths) => {
                format!("{field}的区划级别不对，应为{}的区划代码", levels(lengths))
            }
            Detail::NoDivisionCode(lengths) => {
                format!("{field}填的不是区划代码（只有数字，没有小数点）：应为{}的区划代码", levels(lengths))
            }
            Detail::DivisionNamed(code) => format!("{field}填的是名称，请填区划代码；是否应为 {code}？"),
            Detail::OutsideCounty(county) => {
                format!("{field}不在报送区县（{county}）范围内，请改填本区县的区划代码，或由所属区县报送")
            }
            _ => format!("{field}不在区划代码表中，请核对区划代码"),
        },
        Code::Orphan => match detail {
            Detail::Parent(of) => {
                let (table, key) = (&of.dataset.zh, &of.key.zh);
                format!("{field}在“{table}”中没有对应的“{key}”，请核对编号，或补报“{table}”中的该记录")
            }
            _ => format!("{field}所指的记录不存在，请核对编号，或补报该记录"),
        },
        Code::IdNumberChecksum => match detail {
            Detail::NumberBirth => {
                format!("{field}中的出生日期不存在，请按证件核对；本行保留，该号码不用于身份匹配")
            }
            Detail::NumberShape => {
                format!("{field}不是 18 位或 15 位的身份证号，请按证件核对；其他证件请填写证件类型")
            }
            _ => format!("{field}的校验位不对，请按证件核对；本行保留，该号码不用于身份匹配"),
        },
        Code::IdNumberDamaged => {
            format!("{field}已被电子表格截断（如 4.40524E+17 或末三位变 0），请将该列设为文本后重新录入")
        }
        Code::IdNumberMismatch => match detail {
            Detail::Sex => format!("{field}与身份证号第 17 位不一致，请按证件核对"),
            _ => format!("{field}与身份证号中的出生日期不一致，请按证件核对"),
        },
        Code::PhoneFormat => {
            format!("{field}不是有效的电话号码，请填写 11 位手机号，或区号加 7 至 8 位号码，如 0632-5123456")
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
        Code::NameIsNumber => {
            format!("{field}填的是证件号码，多半与证件号码对调了：请对照证件改正；整列对调的，换过两列的标题再导出")
        }
        Code::KeyConflict => conflict(field, detail),
        Code::DamagedJson => "本行不是完整的 JSON 对象，请按一行一个完整对象重新导出".to_owned(),
        // The codes of files.
        _ => String::new(),
    }
}

fn conflict(field: &str, detail: &Detail) -> String {
    match detail {
        Detail::BetweenExports => {
            format!("{field}在其他文件中属于另一个人，现以较新的记录为准：请核对，不同的人请使用不同的编号")
        }
        Detail::Folders => format!(
            "{field}在两个文件夹中各有一条不同的记录，两条都有效（各文件夹的名册并存）：请核对，不同的人或单位请使用不同的编号"
        ),
        Detail::OverLines { lines, more } => {
            let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
            let others = if *more == 0 { String::new() } else { format!("等 {} 行", lines.len() as u64 + more) };
            format!(
                "{field}与同一文件第 {} 行{others}重复，内容不同，且没有录入时间区分先后，现以排在后面的本行为准：重复录入的请删除多余的行，不同的记录请使用不同的编号",
                lines.join("、")
            )
        }
        Detail::OrderOnly => {
            format!("{field}有内容不同的记录，且没有录入时间区分先后，现以排在后面的为准：请删除多余的记录")
        }
        _ => format!(
            "{field}在同一份文件或同一日期的几份文件中属于不同的人，这些行都已退回：请为每人使用各自的编号后重新导出"
        ),
    }
}

fn missing(field: &str, detail: &Detail) -> String {
    let Detail::RequiredWhen(when) = detail else {
        return format!("{field}未填写，此项必填，请补填");
    };
    let other = &when.field.zh;
    match &when.value {
        None => format!("{field}未填写：已填写“{other}”时此项必填，请补填"),
        Some(value) => format!("{field}未填写：“{other}”为“{}”时此项必填，请补填", value.zh),
    }
}

fn wrong_type(field: &str, detail: &Detail) -> String {
    match detail {
        Detail::PartialDate => format!("{field}只有年份或年月，请填写完整日期，如 2023-03-05"),
        Detail::ImpossibleDate => format!("{field}不是日历上存在的日期或时间，请核对后填写，如 2023-03-05"),
        Detail::NotOfType(ValueType::Integer) => format!("{field}不是整数，请只填写整数，如 12"),
        Detail::NotOfType(ValueType::Number) => format!("{field}不是数字，请只填写数字，如 12.5"),
        Detail::NotOfType(ValueType::Boolean) => format!("{field}只能填“是”或“否”，请改正"),
        Detail::NotOfType(ValueType::Date) => format!("{field}不能识别为日期，请按 2023-03-05 的格式填写"),
        Detail::NotOfType(ValueType::Datetime) => {
            format!("{field}不能识别为时间，请按 2023-03-05 14:30:00 的格式填写")
        }
        _ => format!("{field}的类型不对，请核对后填写"),
    }
}

fn constraint(field: &str, detail: &Detail) -> String {
    match detail {
        Detail::Range(bounds) => format!("{field}超出范围，请填写{}", range(bounds)),
        Detail::Scale(of) => format!("{field}超出量表 {} 的分值范围，请填写{}", of.0, range(&of.1)),
        Detail::MinLength(least) => format!("{field}过短，请填写至少 {least} 个字"),
        Detail::MaxLength(most) => format!("{field}过长，请填写不超过 {most} 个字"),
        Detail::NotIcd10 => {
            format!("{field}不是 ICD-10 编码：应为一个字母加两位数字，其后可有小数点和字母或数字，如 F20.9")
        }
        Detail::NotDivision => format!("{field}不是区划代码：应为 2、4、6、9 或 12 位数字"),
        Detail::Pattern(pattern) => format!("{field}的格式不对，请按格式 {pattern} 填写"),
        Detail::InFuture => format!("{field}晚于统计截止日，请核对；日期无误的，到期后自动采用"),
        Detail::Before(other) => format!("{field}早于“{}”，请核对这两个日期", other.zh),
        Detail::BeforeDay(day) => format!("{field}早于 {day}，请核对"),
        Detail::LargerThan(other) => format!("{field}大于“{}”，请核对这两项", other.zh),
        _ => format!("{field}不符合填报规则，请核对后填写"),
    }
}

/// The message of a sheet or file without a header where one is looked for.
fn no_header(detail: &Detail) -> String {
    match detail {
        Detail::Nearest(near) => nearest(near),
        Detail::HeaderBelow(of) => format!(
            "第 {} 行才是“{}”的表头，本表没有读取：请把表头移到各数据行之上（按列排序时不要把表头一起排）",
            of.1, of.0.zh
        ),
        Detail::Continued(of) => format!(
            "没有表头，而各行与前面工作表中“{}”的列一致，像是它的续表：本工作表没有读取；请在首行补上同样的表头，或把各行并入前面的工作表",
            of.zh
        ),
        Detail::OurHeader => "待改正的工作簿中少了标题行（含“心汇：怎么改”的一行）：本表各行因此未采用，仍按原样待改；请勿删标题行，在原工作簿中改好后整个放回".to_owned(),
        _ => format!("没有找到任何数据集的表头{}：请保留一行字段标题（JSON 为各对象的键），与字段说明一致", about(detail)),
    }
}

/// The message of a finding about a header and its columns.
fn of_header(code: Code, detail: &Detail) -> Option<String> {
    let about = about(detail);
    Some(match code {
        Code::NoHeader => no_header(detail),
        Code::WrongSource => match detail {
            Detail::Belongs(to) => {
                format!("表头属于“{}”，该数据集应放在文件夹 {}：请把文件移到该文件夹", to.0.zh, folder(&to.1))
            }
            _ => format!("表头属于其他来源的数据集{about}：请把文件放入该来源的文件夹"),
        },
        Code::UnknownColumn => match detail {
            Detail::NoTitle(columns) => {
                format!("{}有数据而没有标题，未采用：请在表头补上标题，不需要的可删除该列", places(columns))
            }
            Detail::Meant(pair) => {
                let (label, meant) = (&pair.0, column(&pair.1));
                format!("列“{label}”不属于该数据集，未采用；是否应为{meant}？如是，请改用该标题，否则可删除")
            }
            _ => format!("列{about}不属于该数据集，未采用：如为笔误，请改用字段标题，否则可删除"),
        },
        Code::MissingColumn => match detail {
            Detail::Meant(pair) => {
                let (label, meant) = (&pair.0, column(&pair.1));
                format!(
                    "缺少必需的列{meant}；“{label}”是否应为{meant}？请改正标题或补上该列，再重新导出；其全部数据行因此退回"
                )
            }
            Detail::TakenOut(titles) => format!(
                "待改正的工作簿中少了原有的列“{}”：本表各行因此未采用，仍按原样待改；请勿删列或改标题，在原工作簿中改好后整个放回",
                titles.join("”、“")
            ),
            Detail::MovedTitles(titles) => format!(
                "待改正的工作簿中有标题换了位置而数据没有随之移动：“{}”下是别的列的数据；本表各行因此未采用，仍按原样待改；请勿改动标题，在原工作簿中改好后整个放回",
                titles.join("”、“")
            ),
            Detail::Untitled(of) => {
                let (title, at) = (column(&of.0), places(&of.1));
                format!(
                    "缺少必需的列{title}；{at}有数据而没有标题，是否就是{title}？请在表头补上标题（或补上该列），再重新导出；其全部数据行因此退回"
                )
            }
            Detail::Shifted { from, left } => {
                let (side, at) = (if *left { "左" } else { "右" }, places(&[*from]));
                format!(
                    "表头与数据错开了一列：自{at}起，各列数据在其标题的{side}边一列，不能按标题读取。请移动标题（不要移动数据），使每个标题正对其下的数据，再重新导出；错位的数据行都已退回，不必逐行改"
                )
            }
            Detail::Exchanged(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(a, b)| format!("“{a}”与“{b}”")).collect();
                format!(
                    "标题写反了：{}两列的数据都与对方的标题相符，与自己的标题不符。请对调两个标题（不要移动数据），再重新导出；其全部数据行因此退回，不必逐行改",
                    pairs.join("，")
                )
            }
            _ => format!("缺少必需的列{about}：请补上该列后重新导出；其全部数据行因此退回"),
        },
        Code::RepeatedColumn => match detail {
            Detail::Beside(from) => format!(
                "两张表并排在同一工作表中：整行标题自{}起又出现一遍，右边的表未读取。请把右边的表移到左边的表下面（或另存一个工作表），再重新导出",
                places(&[*from])
            ),
            _ => format!("列{about}重复，只采用第一列：请删除多余的列"),
        },
        Code::ShiftedDates => {
            format!("列{about}的时间都是 15 时或 16 时，应是零点被换算成了世界时，已按次日读取：请按日期类型导出")
        }
        _ => return None,
    })
}

/// The message of a finding about a file or folder as a whole.
fn of_whole_file(code: Code, detail: &Detail) -> Option<String> {
    let about = about(detail);
    Some(match code {
        Code::RegisterShrunk => {
            let Detail::Keys { has, stood } = detail else {
                return Some("名册比此前采用的少，暂缓采用：请重新导出完整名册".to_owned());
            };
            format!(
                "名册只有 {has} 个有效编号，此前采用的名册有 {stood} 个，因此暂缓采用，仍以此前的名册为准：请重新导出完整名册；确实减少的，请管理员用 xinhui accept 认可"
            )
        }
        Code::MendsUnknownFile => match detail {
            Detail::OfFolder { rows, folder } => format!(
                "其中 {rows} 行改正的是 {folder} 报送的数据，不属于本文件夹，未采用：请把本工作簿移到收件箱的 {folder} 文件夹"
            ),
            _ => format!(
                "所改正的文件本区县没有报送过，或行标识已被删除{about}，暂不采用：请把原文件一并报送，勿删除“心汇：行标识”列；新增的记录请加在完整的导出中，勿写在本工作簿里"
            ),
        },
        Code::EmptyFile => format!("文件是空的{about}：请重新导出"),
        Code::EncryptedWorkbook => format!("工作簿设有密码{about}：请取消密码后重新保存"),
        Code::DamagedArchive if *detail == Detail::Encrypted => {
            "压缩包中有文件设了密码：请取消密码后重新压缩报送".to_owned()
        }
        Code::DamagedArchive => format!("压缩包不完整或已损坏{about}：请重新压缩后报送"),
        Code::HtmlNotExcel => format!("扩展名是 Excel 的，内容却是网页{about}：请用 Excel 打开后另存为 .xlsx"),
        Code::DamagedWorkbook => format!("工作簿无法打开{about}：请用 Excel 打开后另存为 .xlsx"),
        Code::UnknownFormat => {
            format!(concat!("不能识别文件的格式或编码{about}：请使用 ", formats_zh!()), about = about)
        }
        Code::LineTooLong => match detail {
            Detail::Line(number) => format!("第 {number} 行过长，不像数据行：请检查引号是否成对，再重新导出"),
            _ => "有一行过长，不像数据行：请检查引号是否成对，再重新导出".to_owned(),
        },
        Code::DamagedParquet => format!("Parquet 文件已损坏或无法读取{about}：请重新导出"),
        Code::DamagedJson => return damaged_json(detail),
        Code::UnknownFolder => match detail {
            Detail::FolderMeant { name, meant } => {
                format!("文件夹“{name}”不是本市的区县，也不是来源名；是否应为“{meant}”？如是，请改名为“{meant}”")
            }
            Detail::NoCounty { name, source } => {
                let source = folder(source);
                format!(
                    "“{name}”是来源的文件夹，上面缺少区县的文件夹：请移到收件箱中本区县（6 位代码）的文件夹下，名为 {source}"
                )
            }
            Detail::StrayFile { name, sources } => {
                let below = listed(&sources.iter().map(|source| folder(source)).collect::<Vec<_>>());
                format!("文件“{name}”没有放在来源的文件夹中：请移到收件箱中本区县（6 位代码）的文件夹下，放入 {below}")
            }
            Detail::Folder { name, .. } if is_county_code(name) => {
                format!("“{name}”不在本市的区划表中：请核对区县代码；代码无误的，请在 reference 的区划表中补上该区县")
            }
            Detail::Folder { name, sources } => {
                let below = listed(&sources.iter().map(|source| folder(source)).collect::<Vec<_>>());
                format!("文件夹“{name}”不是本市的区县，也不是来源名：请以 6 位区县代码命名，其下的文件夹为 {below}")
            }
            _ => "文件夹不是本市的区县，也不是来源名：请以 6 位区县代码命名，其下为各来源的文件夹".to_owned(),
        },
        Code::UnreadableFile => format!("系统不能读取该文件或文件夹{about}：请检查权限、链接和磁盘"),
        Code::FileChanging => match detail {
            Detail::Quiet(seconds) => {
                format!("文件在最近 {seconds} 秒内有变化，可能尚未传完，当晚未采用，下一晚再读：请在每晚运行之前传完")
            }
            _ => "文件在读取时有变化，可能尚未传完，当晚未采用，下一晚再读：请在每晚运行之前传完".to_owned(),
        },
        Code::ReaderStopped if *detail == Detail::Crash => {
            "该文件使读取程序崩溃，未采用：请检查文件是否正常，或重新导出后报送".to_owned()
        }
        Code::ReaderStopped => {
            format!("读取该文件超出限制{about}，未采用：请检查文件是否正常，确实过大的请拆分后报送")
        }
        _ => return None,
    })
}

/// Lines of a file that are no JSON; `None` of a single row, which is told of where it stands.
fn damaged_json(detail: &Detail) -> Option<String> {
    let which = match detail {
        Detail::DamagedRow => return None,
        Detail::Records { numbers, more } => {
            let listed = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
            let more = if *more == 0 { String::new() } else { format!("等 {} 条", numbers.len() as u64 + *more) };
            format!("第 {listed} 条记录{more}")
        }
        _ => "有的行".to_owned(),
    };
    Some(format!("{which}不是完整的 JSON 对象：请每行写一个完整的 JSON 对象，或写成一个对象数组"))
}

/// A folder of a source, with who lays files there.
fn folder(source: &str) -> String {
    let whose = match source {
        "station" => "站点",
        "school" => "学校",
        "hospital" => "医疗机构",
        "police" => "政法公安",
        "reference" => "基础数据",
        _ => return source.to_owned(),
    };
    format!("{source}（{whose}）")
}

/// What a finding about a file refers to: a column in its quotes, anything else in brackets; empty if it refers to
/// nothing.
fn about(detail: &Detail) -> String {
    let told = match detail {
        Detail::Column(title) => return column(title),
        Detail::Folder { name, .. } => name.clone(),
        Detail::Dataset(name) => format!("数据集 {name}"),
        Detail::Line(number) => format!("第 {number} 行"),
        Detail::Format(name) => format_name(name).to_owned(),
        Detail::Unreadable(why) => reason(*why).to_owned(),
        Detail::Memory(mb) => format!("内存 {mb} MiB"),
        Detail::Seconds(seconds) => format!("时间 {seconds} 秒"),
        Detail::Rows(most) => format!("{most} 行数据"),
        Detail::Tables(most) => format!("{most} 个表"),
        Detail::Method(name) => format!("不支持压缩方法 {name}"),
        Detail::Codec(name) => format!("不支持压缩编码 {name}"),
        Detail::Encrypted => "其中有文件设了密码".to_owned(),
        Detail::TooLarge => "其中有文件过大".to_owned(),
        Detail::RepeatedNames => "其中有文件重名".to_owned(),
        Detail::Words(words) => of_the_system(words),
        _ => String::new(),
    };
    if told.is_empty() { told } else { format!("（{told}）") }
}

/// What people call a format whose name is no ending of files.
fn format_name(name: &str) -> &str {
    match name {
        "ole" => "旧版 Office 文件，如 .doc",
        "opendocument" => "OpenDocument 文件，如 .ods",
        "spreadsheetml-2003" => "Excel 2003 的 XML",
        "nested-archive" => "压缩包中的压缩包",
        "json-object" => "一个 JSON 对象，各条记录在它里面",
        _ => name,
    }
}

/// The closest dataset, what it lacks, and what may be meant.
fn nearest(near: &Nearest) -> String {
    let mut text = format!("没有找到任何数据集的表头。最接近：{}", near.dataset.zh);
    if let Some(source) = &near.folder {
        text.push_str(&format!("（应放在文件夹 {}，不是这里）", folder(source)));
    }
    if !near.missing.is_empty() {
        let missing: Vec<String> = near.missing.iter().map(|title| column(title)).collect();
        text.push_str(&format!("；缺少列：{}", missing.join("、")));
    }
    for (label, title) in &near.meant {
        // A question ends what stands before the next one.
        let between = if text.ends_with('？') { "" } else { "；" };
        text.push_str(&format!("{between}“{label}”是否应为{}？", column(title)));
    }
    if !near.untitled.is_empty() {
        let between = if text.ends_with('？') { "" } else { "；" };
        text.push_str(&format!("{between}{}有数据而没有标题，是否就是所缺的列？", places(&near.untitled)));
    }
    if !text.ends_with('？') {
        text.push('。');
    }
    let remedy = match near.missing.is_empty() {
        true => "请保留一行字段标题，与字段说明一致",
        false => "请改正标题或补上缺少的列，再重新导出",
    };
    text + remedy
}

/// A column in quotes: as the file calls it, with its title behind a name.
fn column(called: &str) -> String {
    match Detail::called(called) {
        (Some(name), title) => format!("“{name}”（{title}）"),
        (None, title) => format!("“{title}”"),
    }
}

/// Columns by number and letter.
fn places(columns: &[u32]) -> String {
    let told: Vec<String> = columns.iter().map(|column| format!("第 {column} 列（{}）", letters(*column))).collect();
    told.join("、")
}

/// What the system says of a file, which it says in English.
fn of_the_system(words: &str) -> String {
    let said = match words {
        "unexpected end of file" => "文件不完整，提前结束",
        "invalid data" => "内容无效",
        "invalid input parameter" => "参数无效",
        "other error" | "uncategorized error" => "其他原因",
        "timed out" => "超时",
        "out of memory" => "内存不足",
        "is a directory" => "是文件夹，不是文件",
        "not a directory" => "不是文件夹",
        "resource busy" => "正被使用",
        "unsupported" => "系统不支持",
        "permission denied" => "没有权限",
        "entity not found" => "没有这个文件",
        _ => return format!("技术信息“{words}”"),
    };
    said.to_owned()
}

/// Names in a row, the last with "or".
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} 或 {last}", first.join("、")),
    }
}

fn reason(why: Unreadable) -> &'static str {
    match why {
        Unreadable::Permission => "没有权限",
        Unreadable::Gone => "不存在，或链接失效",
        Unreadable::Loop => "链接循环，或所指的文件夹已经读过",
        Unreadable::Outside => "链接指向收件箱之外",
        Unreadable::NoFile => "不是普通文件",
    }
}

fn range(bounds: &ValueBounds) -> String {
    match (bounds.least, bounds.most) {
        (Some(least), Some(most)) => format!(" {least} 至 {most} 之间的数"),
        (Some(least), None) => format!("不小于 {least} 的数"),
        (None, Some(most)) => format!("不大于 {most} 的数"),
        (None, None) => "数".to_owned(),
    }
}

/// The names of the division levels with these lengths of codes.
fn levels(lengths: &[u8]) -> String {
    let name = |length: &u8| match length {
        2 => "省（2 位）",
        4 => "市（4 位）",
        6 => "区县（6 位）",
        9 => "乡镇街道（9 位）",
        _ => "村居（12 位）",
    };
    lengths.iter().map(name).collect::<Vec<_>>().join("、")
}
