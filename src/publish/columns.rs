//! Descriptions of published tables and columns, for their key-value metadata and the README.

/// What a table is.
pub fn title(kind: &str) -> &'static str {
    match kind {
        "indicators" => "指标值 Indicators: one row an indicator, division and period",
        "scorecard" => "目标记分卡 Scorecard: one row a target of a plan and division",
        "reconciliation" => "对账表 Reconciliation: one row a file and sheet, with its rows by fate",
        "rejects" => "问题清单 Findings: one row an error or warning; values masked",
        _ => "汇总 Rollup: counts by division, period and dimensions; `_all` is counted anew, never summed",
    }
}

/// What a column holds.
pub fn describe(kind: &str, column: &str) -> String {
    let text = match (kind, column) {
        (_, "indicator") => "指标 Indicator id",
        (_, "level") => "层级 village, town, county or city",
        (_, "division_code") => "区划代码 Division code of 4, 6, 9 or 12 digits",
        (_, "division_name") => "区划名称 Division name",
        (_, "period_kind") => "周期类型 month, quarter, half or year",
        (_, "period") => "周期 2023-05, 2023-Q2, 2023-H1 or 2023",
        (_, "period_start") => "起始日 First day of the calendar period",
        (_, "period_end") => "截止日 Last day of the calendar period",
        (_, "complete") => "是否完整 The period had ended on as_of",
        (_, "numerator") => "分子 Numerator",
        (_, "denominator") => "分母 Denominator; null for counts and where the population is missing",
        (_, "value") => "指标值 percent 0..100, permille 0..1000, count, or percent change; unrounded",
        (_, "unit") => "单位 percent, permille, count or percent_change",
        (_, "status") => {
            "状态 ok, no_data (0/0 or no population) or partial (a county never sent, or no longer sends, a dataset; or \
             the window begins before the counties sent events)"
        }
        (_, "profile") => "方案 Plan",
        (_, "op") => "比较符 Comparison of value and target",
        (_, "target") => "目标值 Target in the indicator's unit",
        (_, "due") => "期限 Due date of the target",
        (_, "evaluated_on") => "评估日 The earlier of due date and as_of",
        (_, "verdict") => "结论 met, not_met, on_track, behind, no_data or incomplete (the numbers are partial)",
        (_, "county") => "报送县区 Submitting county",
        (_, "source") => "来源 station, school, hospital or police",
        (_, "dataset") => "数据集 Dataset; empty where none was recognised",
        (_, "file") => "文件 Path below the inbox",
        (_, "sheet") => "工作表 Sheet; empty where there is none",
        (_, "sha256") => "SHA-256 of the file or archive member",
        (_, "state") => "办理状态 open, or mended: a later version of the row stands, or the file was sent anew",
        (_, "read") => "读取行数 Data rows = accepted + rejected + duplicate + superseded + void",
        (_, "accepted") => "接收 Rows that count",
        (_, "rejected") => "退回 Rows with an error",
        (_, "duplicate") => "重复 Same key and content as an accepted row",
        (_, "superseded") => "被替代 Older versions of a key",
        (_, "void") => "作废 Rows marked void",
        (_, "not_data") => "非数据行 Titles, headers, totals and footers",
        (_, "warnings") => "警告数 Findings of severity warning",
        (_, "row_number") => "行号 Line as the spreadsheet shows it; null for a whole file",
        (_, "record_key") => "记录主键 Key of the row; masked where it looks like an identity",
        (_, "field") => "字段 Field name",
        (_, "code") => "问题代码 Finding code",
        (_, "severity") => "严重程度 error or warning",
        (_, "message_zh") => "说明 What is wrong and how to mend it, in Chinese",
        (_, "message_en") => "The same in English",
        (_, "value_masked") => "脱敏值 The value's shape, never the value",
        (_, "persons") => "人数 Distinct persons",
        (_, "planned_persons") => "有方案人数 Distinct persons with an individual plan in the twelve months",
        (_, "contacts") => "人次 Contacts",
        (_, "tests") => "测评次数 Screenings",
        (_, "visits") => "就诊次数 Visits",
        (_, "sites") => "站点数 Standing sites",
        (_, "staff") => "工作人员数 Full-time and part-time staff",
        (_, "counsellors") => "咨询师数 Full-time and part-time counsellors",
        (_, "activities") => "场次 Activities",
        (_, "participants") => "参与人数 Participants",
        (_, "responses") => "答卷数 Survey answers",
        (_, "items_correct") => "答对题数 Items answered correctly",
        (_, "items_total") => "总题数 Items asked",
        (_, "incidents") => "案事件数 Incidents",
        _ => "维度 Dimension: a code, `unknown` where not given, `_all` where not broken down",
    };
    text.to_owned()
}
