//! What people must know of a field to fill it in.

use crate::schema::table::ValueForm;
use crate::schema::{Field, FieldType, Load, Role, Schemas, Table};

/// A field in words for those who fill it in.
pub struct FieldGuide<'a> {
    pub table: &'a Table,
    pub field: &'a Field,
    pub schemas: &'a Schemas,
}

impl<'a> FieldGuide<'a> {
    pub fn new(table: &'a Table, field: &'a Field, schemas: &'a Schemas) -> Self {
        FieldGuide { table, field, schemas }
    }

    /// Guides of all fields of a table.
    pub fn all(table: &'a Table, schemas: &'a Schemas) -> Vec<Self> {
        table.fields.iter().map(|field| FieldGuide::new(table, field, schemas)).collect()
    }

    /// Whether every row must give it.
    pub fn is_required(&self) -> bool {
        self.field.required || self.table.primary_key.contains(&self.field.name)
    }

    /// The number format of a spreadsheet's cells: what is no number and no date is text, so that no digit is lost.
    pub fn num_format(&self) -> &'static str {
        match self.field.ty {
            FieldType::Integer => "0",
            FieldType::Number => "General",
            // A year alone may be given, which a format of dates would show as a day of 1905.
            FieldType::Date if self.field.partial => "@",
            FieldType::Date => "yyyy-mm-dd",
            FieldType::Datetime => "yyyy-mm-dd hh:mm:ss",
            FieldType::String | FieldType::Code | FieldType::Codes | FieldType::Boolean => "@",
        }
    }

    /// Columns that its cells take, beside those of its title.
    pub fn width(&self) -> f64 {
        match (self.field.kind, self.field.ty) {
            (Some(ValueForm::IdNumber | ValueForm::CreditCode), _) => 21.0,
            (Some(ValueForm::Phone), _) => 15.0,
            (_, FieldType::Datetime) => 20.0,
            (_, FieldType::Date) => 13.0,
            (_, FieldType::Codes) => 24.0,
            (_, FieldType::Code) => 15.0,
            (_, FieldType::Integer | FieldType::Number | FieldType::Boolean) => 10.0,
            (_, FieldType::String) if self.field.division.is_some() => 15.0,
            (_, FieldType::String) if self.field.identity() == Some("address") => 26.0,
            (_, FieldType::String) => 15.0,
        }
    }

    /// The values of its code list: code and label.
    pub fn codes(&self) -> Vec<(&'a str, &'a str)> {
        let list = self.field.codes.as_deref().and_then(|name| self.schemas.codes.get(name));
        list.map(|list| list.values.iter().map(|v| (v.code.as_str(), v.zh.as_str())).collect()).unwrap_or_default()
    }

    /// What it stands for.
    pub fn meaning(&self) -> String {
        let field = self.field;
        if let Some(fk) = self.table.foreign_keys.iter().find(|fk| fk.field == field.name) {
            let parent = self.schemas.table(&fk.table);
            let title = parent.map_or(fk.table.as_str(), |t| t.title.as_str());
            let key = parent.and_then(|t| t.field(t.primary_key.first()?)).map_or("", |f| f.title.as_str());
            return format!("“{title}”中的{key}；该记录须已报送");
        }
        let what = match &field.role {
            Role::Key => match self.table.load {
                Load::Snapshot => "本表中每行各不相同的编号，历次报送保持不变".to_owned(),
                Load::Upsert => "每条记录各不相同的编号；同一编号再次报送即为更正".to_owned(),
            },
            Role::EventDate => "该行归入哪一期统计，以此日期为准".to_owned(),
            Role::Void => "填“是”表示作废本编号的记录".to_owned(),
            Role::Version => "录入时间；同一编号以较晚的为准".to_owned(),
            Role::Division => "所在的区划，须在本区县之内".to_owned(),
            Role::Identity(part) => of_identity(part, &field.title),
            Role::None if field.division.is_some() => "所在的区划，须在本区县之内".to_owned(),
            Role::None => field.title.clone(),
        };
        match field.aliases.first() {
            Some(alias) => format!("{what}（表头也可写“{alias}”）"),
            None => what,
        }
    }

    /// When it must be filled in.
    pub fn required(&self) -> String {
        if self.is_required() {
            return "必填".to_owned();
        }
        let Some(when) = &self.field.required_when else { return "选填".to_owned() };
        let other = self.table.field(&when.field);
        let title = other.map_or(when.field.as_str(), |f| f.title.as_str());
        match &when.equals {
            None => format!("填了“{title}”时必填"),
            Some(value) => {
                let list = other.and_then(|f| f.codes.as_deref()).and_then(|name| self.schemas.codes.get(name));
                let label = list.and_then(|l| l.values.iter().find(|v| v.code == *value)).map(|v| v.zh.as_str());
                let word = label.unwrap_or(match value.as_str() {
                    "true" => "是",
                    "false" => "否",
                    other => other,
                });
                format!("“{title}”为“{word}”时必填")
            }
        }
    }

    /// How it is written.
    pub fn format(&self) -> String {
        let field = self.field;
        let mut parts = vec![match (field.kind, field.ty) {
            (Some(ValueForm::IdNumber), _) => "文本，18 位身份证号；其他证件另填证件类型".to_owned(),
            (Some(ValueForm::Phone), _) => "文本，11 位手机号，或区号加号码".to_owned(),
            (Some(ValueForm::Icd10), _) => "文本，ICD-10 编码：一个字母、两位数字，可有小数点".to_owned(),
            (Some(ValueForm::CreditCode), _) => "文本，18 位统一社会信用代码".to_owned(),
            (_, FieldType::Code) => "从下拉列表中选一项".to_owned(),
            (_, FieldType::Codes) => "可填多项，以顿号“、”隔开".to_owned(),
            (_, FieldType::Boolean) => "是 或 否".to_owned(),
            (_, FieldType::Integer) => "整数".to_owned(),
            (_, FieldType::Number) => "数字".to_owned(),
            (_, FieldType::Date) if field.partial => "日期，如 1985-03-12；只知年或年月的写 1985 或 1985-03".to_owned(),
            (_, FieldType::Date) => "日期，年-月-日".to_owned(),
            (_, FieldType::Datetime) => "时间，年-月-日 时:分:秒".to_owned(),
            (_, FieldType::String) => match &field.division {
                Some(rule) => {
                    let digits: Vec<String> = rule.levels.iter().map(u8::to_string).collect();
                    format!("文本，{} 位区划代码", digits.join("、"))
                }
                None => "文本".to_owned(),
            },
        }];
        match (field.minimum, field.maximum) {
            (Some(least), Some(most)) => parts.push(format!("{least} 至 {most}")),
            (Some(least), None) => parts.push(format!("不小于 {least}")),
            (None, Some(most)) => parts.push(format!("不大于 {most}")),
            (None, None) => {}
        }
        parts.extend(field.max_length.map(|most| format!("不超过 {most} 字")));
        parts.extend(field.not_after_as_of.then(|| "不晚于今天".to_owned()));
        let title_of = |name: &String| self.table.field(name).map_or_else(|| name.clone(), |f| f.title.clone());
        parts.extend(field.not_before.as_ref().map(|other| format!("不早于“{}”", title_of(other))));
        parts.extend(field.maximum_field.as_ref().map(|other| format!("不大于“{}”", title_of(other))));
        parts.join("；")
    }
}

fn of_identity(part: &str, title: &str) -> String {
    match part {
        "name" => "本人姓名，按证件填写；少数民族姓名保留“·”".to_owned(),
        "id_type" => "不填视为居民身份证".to_owned(),
        "id_number" => "本人的证件号码，不要填监护人的".to_owned(),
        "birth_date" => "公历出生日期".to_owned(),
        "residence_code" => "现住地的区划；可以在本区县之外".to_owned(),
        _ => title.to_owned(),
    }
}
