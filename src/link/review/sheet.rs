//! The sheet of cases: its name and columns, as it is written and read.

pub const CASES: &str = "待核";
pub const EXPLANATION: &str = "说明";

pub const VERDICT: &str = "结论";
pub const REASON: &str = "依据";
pub const BY: &str = "核对人";
pub const EXPIRES: &str = "有效期至";

/// Words of the verdict, as the list offers them.
pub const SAME: &str = "同一人";
pub const DIFFERENT: &str = "不同人";
pub const UNDECIDED: &str = "暂不决定";

/// Hidden columns: the source records, first those of 甲, then those of 乙.
pub const RECORDS: [&str; 6] = ["a.dataset", "a.county", "a.record_key", "b.dataset", "b.county", "b.record_key"];
