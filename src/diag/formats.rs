//! The formats and encodings that are read; messages and remedies take the list from here.

/// File name extensions of the formats that are read.
pub const FORMATS: [&str; 7] = ["xlsx", "xls", "csv", "jsonl", "json", "parquet", "zip"];

/// Text encodings that are read.
pub const ENCODINGS: [&str; 3] = ["UTF-8", "GB18030", "UTF-16"];

macro_rules! formats_zh {
    () => {
        ".xlsx、.xls、.csv（UTF-8、GB18030 或 UTF-16）、.jsonl、.json（对象数组）、.parquet，或装有这些文件的 .zip"
    };
}

macro_rules! formats_en {
    () => {
        ".xlsx, .xls, .csv (UTF-8, GB18030 or UTF-16), .jsonl, .json (an array of objects), .parquet, or a .zip of these"
    };
}

pub(super) use {formats_en, formats_zh};
