//! What each finding code means, in full: for the documentation and for people who get a finding.

use super::formats::{formats_en, formats_zh};
use super::{Code, Lang};

/// The explanation of a code in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// A few words that name the problem.
    pub title: &'static str,
    /// When the finding is made, and what it does to the row or file.
    pub explanation: &'static str,
    /// What the sender should do.
    pub remedy: &'static str,
}

/// The explanation of a code.
pub fn explain(code: Code, lang: Lang) -> Explanation {
    let rows = match lang {
        Lang::Zh => &ZH,
        Lang::En => &EN,
    };
    let (_, title, explanation, remedy) = rows[code as usize];
    Explanation { title, explanation, remedy }
}

/// A code with its title, explanation and remedy.
type CodeRow = (Code, &'static str, &'static str, &'static str);

// Each code has its row.
const _: () = assert!(are_in_order(&ZH) && are_in_order(&EN));

const fn are_in_order(rows: &[CodeRow]) -> bool {
    let mut at = 0;
    while at < rows.len() {
        if rows[at].0 as usize != at {
            return false;
        }
        at += 1;
    }
    true
}

const ZH: [CodeRow; Code::ALL.len()] = [
    (
        Code::MissingValue,
        "必填项未填写",
        "必填字段（或在一定条件下必填的字段）为空，或只有“暂无”“-”等空值词。该行退回。",
        "补填该字段后重新导出。",
    ),
    (
        Code::TypeError,
        "类型不对",
        "单元格的内容不是该字段应有的类型（数字、整数、是或否、日期、时间）；日历上不存在的日期、只有年份或年月的业务日期也属此类。该行退回。",
        "按提示的格式改写，如日期写 2023-03-05，是或否填“是”“否”。",
    ),
    (
        Code::ConstraintError,
        "不符合填报规则",
        "值超出范围、长度或格式不对，或与同一行的其他字段矛盾，如撤销日期早于建成日期、日期晚于统计截止日。该行退回；将来的日期到期后自动采用。",
        "按提示核对该字段及与之比较的字段。",
    ),
    (
        Code::UnknownCode,
        "不在代码表中",
        "代码字段的值既不是代码，也不是中文名称或别名。可填多个值的字段，有一个值不在表中即属此类。该行退回。",
        "改填提示中列出的值之一。",
    ),
    (
        Code::UnknownDivision,
        "区划代码不对",
        "区划代码不在区划表中、级别不对，或不在报送区县范围内。该行退回；现住址区划代码只作警告。",
        "按区划代码表核对；属于其他区县的记录由该区县报送。",
    ),
    (
        Code::Orphan,
        "找不到所指记录的行",
        "行中的编号（如站点编号、患者编号）在本区县已报送的数据中找不到。必填的编号使该行退回，到记录补报后的当晚自动采用；选填的编号只作警告。",
        "核对编号，或补报所指的记录。",
    ),
    (
        Code::IdNumberChecksum,
        "身份证号校验不通过",
        "居民身份证号的校验位、位数或其中的出生日期不对。本行保留，但该号码不用于身份匹配。",
        "按证件核对号码；其他证件请填写证件类型。",
    ),
    (
        Code::IdNumberDamaged,
        "身份证号被表格截断",
        "电子表格只保留 15 位有效数字，号码变成 4.40524E+17 或末三位变 0。丢失的数字不能恢复，该号码不用于身份匹配。",
        "把该列设为文本格式，重新录入号码。",
    ),
    (
        Code::IdNumberMismatch,
        "与身份证号不一致",
        "校验位正确的身份证号与所填的出生日期或性别不一致。本行保留。",
        "按证件核对出生日期、性别和号码。",
    ),
    (
        Code::PhoneFormat,
        "电话号码格式",
        "电话既不是 1 开头的 11 位手机号，也不是区号加 7 至 8 位号码。本行保留。",
        "补全号码，固定电话写上区号，如 0632-5123456。",
    ),
    (
        Code::PlaceholderDate,
        "占位日期",
        "0001-01-01、1900-01-00、1900-01-01、2099-12-31、9999-12-31 是系统在没有日期时写入的，按未填写处理。",
        "填写真实日期，没有的留空。",
    ),
    (
        Code::ErrorCell,
        "公式错误值",
        "单元格是电子表格的错误值（如 #REF!、#DIV/0!），按未填写处理。",
        "改正公式，或直接填写内容。",
    ),
    (
        Code::UnclearMonth,
        "月份不明",
        "年月被电子表格当作数字保存，1985.10 变成 1985.1，月份无法确定；只采用年份。",
        "把该列设为文本格式，写作 1985-10。",
    ),
    (
        Code::FollowupBeforeRegistration,
        "随访早于建档",
        "随访日期早于该患者的建档日期。本行保留。",
        "核对随访日期和建档日期。",
    ),
    (
        Code::Encoding,
        "无法解码的字符",
        "单元格的字节不是文件所用的编码，也不是其他可识别的编码（如 UTF-8 文件中夹有损坏的 GBK 行），剩下的字符不能代表该值：代码、数字、日期、是或否以及主键属此类。该行退回。",
        "把整个文件用同一种编码（UTF-8 或 GB18030）重新导出。",
    ),
    (
        Code::LostCharacters,
        "字符已丢失",
        "文字中有字符在到达之前已丢失：U+FFFD、连续的“?”（姓名中汉字旁的一个“?”也算）、锟斤拷，或被重复编码的乱码。本行保留；姓名中有丢失字符的，该姓名不用于身份匹配。",
        "按证件重新录入，并以 UTF-8 或 GB18030 导出。",
    ),
    (
        Code::NameIsNumber,
        "姓名是证件号码",
        "姓名一栏填的是 15 位或 18 位的证件号码，多半是姓名与证件号码两列对调。本行保留。",
        "对照证件改正姓名和证件号码；整列对调的，把两列的标题换过来再导出。",
    ),
    (
        Code::CreditCodeChecksum,
        "统一社会信用代码校验不通过",
        "18 位的机构代码按 GB 32100 校验不通过。本行保留。",
        "按登记证书核对代码。",
    ),
    (
        Code::KeyConflict,
        "编号冲突",
        "同一份导出中，同一编号的两行写明了明显不同的人（姓名不同，且出生日期、性别或有效身份证号不同）：该编号的各行都退回。不同导出之间，较新的行有效并带警告。与人无关的数据集中，没有录入时间区分先后且内容不同的两行，后一行有效并带警告；同一文件中的，警告写明另一行的行号。按文件夹并存的名册（snapshot_scope）中，两个文件夹以同一编号登记不同内容的，两行都有效并带警告。",
        "为每个人（每条记录）使用各自的编号，删除多余的行后重新导出。",
    ),
    (
        Code::RegisterShrunk,
        "名册骤减",
        "最新一份名册的有效编号少于此前采用的一定比例（min_snapshot_share，此前至少 20 个），暂缓采用：此前的名册继续有效，本名册的有效行计为被替代。",
        "重新导出完整的名册；确实减少的，用 xinhui accept 认可该文件。",
    ),
    (
        Code::MendsUnknownFile,
        "改正工作簿找不到原文件",
        "改正工作簿（待改正的行）中的行改正的是本区县没有报送过的文件，或“心汇：行标识”一列被删除，因此不知这些行属于名册的哪一份导出：暂不采用，原文件到达后的当晚自动采用。工作簿放进了另一区县的文件夹时，其中各行都不采用，并写明应放的文件夹。",
        "把原文件一并报送，或把工作簿移到所指的文件夹；不要删除“心汇：行标识”列。",
    ),
    (
        Code::NoHeader,
        "没有表头",
        "文件或工作表中没有一行是任何数据集的表头，或表头远在各数据行之下，因此未读取。",
        "在各数据行之上保留一行字段标题，标题与字段说明一致。",
    ),
    (Code::WrongSource, "来源文件夹不对", "表头属于其他来源的数据集，因此未读取。", "把文件放入相应来源的文件夹。"),
    (
        Code::UnknownColumn,
        "多余的列",
        "该列不属于此数据集，未采用；其余列照常读取。",
        "如为笔误，改用字段标题；否则可以删除。",
    ),
    (
        Code::MissingColumn,
        "缺少必需的列",
        "表头缺少该数据集必需的列：对该列只列一条，其全部数据行退回。列有数据而没有标题的，写明是第几列。标题与数据整体错开一列的（几乎所有行在几列上都读不通，改取相邻一列的值则都读得通），也归入此类：整张表只列一条，退回的行不再逐行列出。",
        "补上该列，或改正提示所指的标题；错开的，移动标题使其正对数据；再重新导出。",
    ),
    (
        Code::RepeatedColumn,
        "重复的列",
        "两列对应同一字段，只采用第一列（警告）。整行标题又出现一遍的，是两张表并排：右边的表未读取，为错误，并列入未能读取的文件。",
        "删除多余的列；并排的表，把右边的移到左边的下面，或另存一个工作表。",
    ),
    (Code::EmptyFile, "空文件", "文件中没有内容。", "重新导出。"),
    (Code::EncryptedWorkbook, "工作簿有密码", "设有打开密码的工作簿不能读取。", "取消密码后重新保存。"),
    (Code::DamagedArchive, "压缩包损坏", "压缩包不完整、已损坏或有密码，只读取其中完整的文件。", "重新压缩并传送。"),
    (Code::HtmlNotExcel, "实为网页的工作簿", "扩展名是 .xls 或 .xlsx，内容却是网页。", "用 Excel 打开后另存为 .xlsx。"),
    (Code::DamagedWorkbook, "工作簿损坏", "工作簿无法打开。", "用 Excel 打开后另存为 .xlsx，或重新导出。"),
    (
        Code::UnknownFormat,
        "无法识别的格式",
        "文件不是可读取的格式，或文字编码无法识别。",
        concat!("使用 ", formats_zh!(), "。"),
    ),
    (Code::LineTooLong, "行过长", "有一行比任何真实数据行都长，通常是引号没有成对。", "检查引号后重新导出。"),
    (Code::DamagedParquet, "Parquet 文件损坏", "Parquet 文件已损坏或无法读取。", "重新导出。"),
    (
        Code::ShiftedDates,
        "日期提前一天",
        "该列所有日期都是 15 时或 16 时，是被换算成世界时的零点，已按次日读取。",
        "导出时使用日期类型，或带时区的时间。",
    ),
    (Code::DamagedJson, "JSON 行损坏", "有的行不是完整的 JSON 对象，该行退回。", "每行写一个完整的 JSON 对象。"),
    (
        Code::UnknownFolder,
        "放错位置的文件夹或文件",
        "收件箱中的文件夹不是本市区划表中的区县，或其下的文件夹不是来源名，或文件没有放在来源的文件夹中，因此未读取。",
        "用 6 位区县代码作文件夹名，其下以来源名作文件夹名，文件放在其中；可用的来源名见该条提示。",
    ),
    (
        Code::UnreadableFile,
        "文件无法读取",
        "操作系统不能读取该文件或文件夹；或者它是管道、设备、失效或循环的链接、指向收件箱之外的链接，因此未打开。其余文件照常读取。",
        "检查权限、链接和磁盘。",
    ),
    (
        Code::FileChanging,
        "文件正在变化",
        "文件在读取时发生变化，或刚刚变化不久（quiet_seconds）。当晚不采用其任何内容，下一晚再读。",
        "无需处理；若每晚出现，请在运行之前完成传送。",
    ),
    (
        Code::ReaderStopped,
        "读取被中止",
        "读取该文件超出了内存、时间或行数的限制（见 docs/limits.zh-CN.md），或使读取程序崩溃，因此未采用其任何内容；以后每晚再试。其余文件照常读取。",
        "检查文件是否正常；确属大文件的，拆分后报送，或提高限制。",
    ),
];

const EN: [CodeRow; Code::ALL.len()] = [
    (
        Code::MissingValue,
        "A required value is missing",
        "A required field, or one that is required because of another one, is empty or holds only a null word. The row is rejected.",
        "Fill the field in and export again.",
    ),
    (
        Code::TypeError,
        "A value of the wrong type",
        "The cell cannot be read as the number, whole number, boolean, date or time that the field holds. A date that is in no calendar, and an event date that is only a year or a month, are of this kind. The row is rejected.",
        "Write the value as the message says: dates like 2023-03-05, booleans as 是 or 否.",
    ),
    (
        Code::ConstraintError,
        "A value breaks a rule",
        "The value is out of range, too long or short, of the wrong form, or contradicts another field of its row. The row is rejected; one that is only dated in the future is accepted when the day has come.",
        "Check the field and the one that the message compares it with.",
    ),
    (
        Code::UnknownCode,
        "A value is not in its code list",
        "The value is neither a code nor a Chinese label nor an alias; of several values in a cell, at least one is not. The row is rejected.",
        "Use one of the values that the message lists.",
    ),
    (
        Code::UnknownDivision,
        "A wrong division code",
        "The division is not in the tree, is of the wrong level, or lies outside the submitting county. The row is rejected; on residence_code it is only a warning.",
        "Check the code; a row of another county is sent by that county.",
    ),
    (
        Code::Orphan,
        "The row that is named is unknown",
        "A number that names another row, such as a site or a patient, is not known from anything the county has sent. On a required field the row is rejected until that row arrives; on an optional one it is a warning.",
        "Check the number, or send the row that it names.",
    ),
    (
        Code::IdNumberChecksum,
        "An ID number fails its check",
        "The check digit, the shape or the birth date inside a resident ID number is wrong. The row stays; the number is not used for matching.",
        "Check the number against the card; state the type of another document.",
    ),
    (
        Code::IdNumberDamaged,
        "An ID number lost digits",
        "A spreadsheet keeps 15 significant digits: the number became 4.40524E+17 or ends in three zeros. The digits cannot be restored; the number is not used for matching.",
        "Make the column text and enter the number again.",
    ),
    (
        Code::IdNumberMismatch,
        "Birth date or sex disagree with the ID number",
        "An ID number whose check digit is right says another birth date or sex. The row stays.",
        "Check birth date, sex and number against the card.",
    ),
    (
        Code::PhoneFormat,
        "A phone number of an unknown form",
        "The number is neither 11 digits that begin with 1 nor an area code and 7 to 8 digits. The row stays.",
        "Complete the number; give the area code of a landline, such as 0632-5123456.",
    ),
    (
        Code::PlaceholderDate,
        "A placeholder date",
        "0001-01-01, 1900-01-00, 1900-01-01, 2099-12-31 and 9999-12-31 are written by systems when there is no date. They are taken as not given.",
        "Give the real date, or leave the cell empty.",
    ),
    (
        Code::ErrorCell,
        "A spreadsheet's error value",
        "The cell holds the error value of a formula, such as #REF! or #DIV/0!. It is taken as not given.",
        "Mend the formula, or write the content itself.",
    ),
    (
        Code::UnclearMonth,
        "A month in doubt",
        "A spreadsheet took a year and month for a number: 1985.10 became 1985.1, and the month cannot be told. The year alone is kept.",
        "Make the column text and write 1985-10.",
    ),
    (
        Code::FollowupBeforeRegistration,
        "A follow-up before the registration",
        "The follow-up is dated before the patient's registered_date. The row stays.",
        "Check both dates.",
    ),
    (
        Code::Encoding,
        "Characters that cannot be decoded",
        "The bytes of the cell are in no encoding that is known (a damaged GBK line in a UTF-8 file), and what is left cannot stand for the value: a code, number, date, boolean or key. The row is rejected.",
        "Export the whole file in one encoding, UTF-8 or GB18030.",
    ),
    (
        Code::LostCharacters,
        "Characters were lost",
        "Characters of the text were lost before it came here: U+FFFD, a run of question marks (in a name also one beside an ideograph), what is left of U+FFFD read as GBK, or text that was encoded twice. The row stays; a name that lost characters says nothing in matching.",
        "Enter the text again from the document, and export in UTF-8 or GB18030.",
    ),
    (
        Code::NameIsNumber,
        "A name is an ID number",
        "A name is a number of 15 or 18 digits as on ID cards: most likely the columns of name and number were exchanged. The row stays.",
        "Correct name and number from the document; where the whole columns are exchanged, exchange their titles and export again.",
    ),
    (
        Code::CreditCodeChecksum,
        "A credit code fails its check",
        "An 18-character institution code fails the check character of GB 32100. The row stays.",
        "Check the code against the certificate.",
    ),
    (
        Code::KeyConflict,
        "One key, two people",
        "Two rows of one export bear the same key and clearly different people (the names differ, and birth date, sex or valid ID number too): all rows of that key in the export are rejected. Between exports the newer row stands, with a warning. In datasets without a person, of two rows that differ and that no entry time orders the later stands, with a warning, which names the other one's line where both are in one file. Where registers stand side by side by folder (snapshot_scope) and two folders give a key to different rows, both stand, with a warning.",
        "Give each person and each record a key of its own, remove what is superfluous and export again.",
    ),
    (
        Code::RegisterShrunk,
        "A register that shrinks",
        "The newest export of a register has fewer valid keys than a share (min_snapshot_share) of those that stood, at least 20: it is held back. The earlier one stands on, and valid rows of this one count as superseded.",
        "Export the register whole; where it really shrank, let the file stand with xinhui accept.",
    ),
    (
        Code::MendsUnknownFile,
        "Mends a file that is not here",
        "Rows of a workbook of rows to mend belong to a file that the county has not sent, or the column of marks was removed: it is not known to which export of the register they belong. They wait, and are accepted on the night on which that file is there. Of a workbook that lies in another county's folder nothing is taken, and the right folder is named.",
        "Send the file itself too, or move the workbook to the folder that is named; leave the column `心汇：行标识` in it.",
    ),
    (
        Code::NoHeader,
        "No header",
        "No row of the file or sheet is the header of any dataset, or the header stands far below its rows; it is not read.",
        "Keep one row of field titles above all rows, as the field list has them.",
    ),
    (
        Code::WrongSource,
        "The wrong source folder",
        "The header is that of a dataset of another source; the table is not read.",
        "Put the file in the folder of its source.",
    ),
    (
        Code::UnknownColumn,
        "An unknown column",
        "The dataset does not declare the column. It is left out and the others are read.",
        "Correct the title, or remove the column.",
    ),
    (
        Code::MissingColumn,
        "A required column is missing",
        "The header lacks a column that the dataset requires: one error for the column, and all rows are rejected. A column with values and no title is named. Titles that stand one column beside their values are of this kind too (several columns are wrong in nearly all rows, and right with the values of the column beside each): one error for the table, and nothing is said of its rejected rows one by one.",
        "Add the column, or correct the title that the message names; move titles that are out of place to stand above their values; and export again.",
    ),
    (
        Code::RepeatedColumn,
        "A repeated column",
        "Two columns claim the same field; the first is used (a warning). Where the whole header stands twice, two tables stand side by side: the one on the right is not read, which is an error, and the file is listed among those that could not be read.",
        "Remove the other column; of two tables side by side put the right one below the left one, or on a sheet of its own.",
    ),
    (Code::EmptyFile, "An empty file", "There is nothing in the file.", "Export it again."),
    (
        Code::EncryptedWorkbook,
        "A workbook under a password",
        "A workbook that asks for a password cannot be read.",
        "Remove the password and save it again.",
    ),
    (
        Code::DamagedArchive,
        "A damaged archive",
        "The archive ends early, is damaged or is locked; only what is whole in it is read.",
        "Pack and send it again.",
    ),
    (
        Code::HtmlNotExcel,
        "A web page named as a workbook",
        "The name ends like a workbook's, but the content is HTML.",
        "Open it in Excel and save it as .xlsx.",
    ),
    (
        Code::DamagedWorkbook,
        "A damaged workbook",
        "The workbook cannot be opened.",
        "Open it in Excel and save it as .xlsx, or export it again.",
    ),
    (
        Code::UnknownFormat,
        "An unknown format",
        "The bytes are no format that is read, or text of no known encoding.",
        concat!("Send ", formats_en!(), "."),
    ),
    (
        Code::LineTooLong,
        "A line too long",
        "A line is longer than any real row, most often because a quote is not closed.",
        "Check the quotes and export again.",
    ),
    (
        Code::DamagedParquet,
        "A damaged Parquet file",
        "The Parquet file is damaged or cannot be read.",
        "Export it again.",
    ),
    (
        Code::ShiftedDates,
        "Dates a day early",
        "Every date of the column stands at 15:00 or 16:00: it is a midnight that was moved to UTC, and is read as the next day.",
        "Export dates as dates, or times with their zone.",
    ),
    (
        Code::DamagedJson,
        "A damaged JSON line",
        "A line of the .jsonl file is no JSON object.",
        "Write one whole JSON object a line.",
    ),
    (
        Code::UnknownFolder,
        "A folder or file in the wrong place",
        "A folder of the inbox is no county of the tree, or a folder in it is no source, or a file lies in neither; it is not read.",
        "Name the folder by the county's 6-digit code, and those in it by their source, and put files there; the finding's message names the sources.",
    ),
    (
        Code::UnreadableFile,
        "An unreadable file",
        "The system could not read the file or folder; or it is a pipe, a device, or a link that leads nowhere, in a circle or out of the inbox, and was not opened. All other files are read.",
        "Check permissions, links and the disk.",
    ),
    (
        Code::FileChanging,
        "A file that is changing",
        "The file changed while it was read, or only just before (quiet_seconds). Nothing of it is taken tonight; it is read the next night.",
        "Nothing; if it is said every night, let the transfer end before the run.",
    ),
    (
        Code::ReaderStopped,
        "A file beyond the limits",
        "Reading the file took more memory, time or rows than one file may (see docs/limits.md), or crashed its reader. Nothing of it is taken; it is tried again every night. All other files are read.",
        "Check the file; split one that is really so large, or raise the limit.",
    ),
];
