//! A proposed model as the file that `link table` reads, with comments for who goes on with it.

use std::fmt::Write as _;

use super::fields::{LeftOut, LeftOutReason, ProposedField};
use super::levels::{self, ProposedComparison};
use super::roles::ProposedRole;
use super::rules::ProposedRule;
use crate::diag::grouped;

/// What the file says.
pub struct ProposedModel<'a> {
    pub zh: bool,
    pub tables: &'a [String],
    pub rows: usize,
    pub fields: &'a [ProposedField],
    pub left_out: &'a [LeftOut],
    pub rules: &'a [ProposedRule],
    pub too_many: &'a [ProposedRule],
    pub most_pairs: u64,
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn list<S: AsRef<str>>(texts: &[S]) -> String {
    let texts: Vec<String> = texts.iter().map(|t| quoted(t.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// A header in a comment: one line, whatever it holds.
fn bare(text: &str) -> String {
    quoted(text).trim_matches('"').to_owned()
}

/// The comparisons of fields, and those fields that a model has no room for.
pub fn comparisons(fields: &[ProposedField]) -> Vec<ProposedComparison> {
    let one = |role| fields.iter().find(|f| f.role == role && !f.is_hanzi);
    fields
        .iter()
        .take(levels::MOST)
        .map(|f| {
            let other = match f.role {
                ProposedRole::GivenName => one(ProposedRole::Surname),
                ProposedRole::Surname => one(ProposedRole::GivenName),
                _ => None,
            };
            levels::of(f, other)
        })
        .collect()
}

/// Why a column has no part, in words.
pub fn reason(reason: LeftOutReason, zh: bool) -> &'static str {
    let (of_zh, of_en) = match reason {
        LeftOutReason::Record => ("记录编号", "names records"),
        LeftOutReason::Source => ("来源，不说明是谁", "tells where a record is from, not who it is"),
        LeftOutReason::Label => ("像是已知的归属；只用来检验结果", "looks like the answer; keep it for checking"),
        LeftOutReason::Made => ("说明记录如何产生，不说明是谁", "tells how the record was made"),
        LeftOutReason::Prose => ("长文字", "long text"),
        LeftOutReason::Empty => ("全为空", "is empty"),
        LeftOutReason::Constant => ("只有一个值", "has one value only"),
        LeftOutReason::OneTable => ("只在一个表中", "is in one table only"),
        LeftOutReason::Repeats => ("与其他列重复", "says what other columns say"),
        LeftOutReason::NoRoom => ("模型的比较已满", "has no room in the model"),
    };
    if zh { of_zh } else { of_en }
}

/// The file.
pub fn write(of: &ProposedModel<'_>) -> String {
    let mut writer = Writer { of, out: String::new() };
    writer.head();
    writer.blocks();
    writer.nobody();
    writer.fields();
    writer.rules();
    writer.comparisons();
    writer.rest();
    writer.out
}

/// Writes the sections of a model one after the other.
struct Writer<'a> {
    of: &'a ProposedModel<'a>,
    out: String,
}

impl<'a> Writer<'a> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        if self.of.zh { zh } else { en }
    }

    fn has(&self, role: ProposedRole) -> Option<&'a ProposedField> {
        self.of.fields.iter().find(|f| f.role == role)
    }

    /// Title, thresholds, what training does.
    fn head(&mut self) {
        self.line(self.pick(
            "# 由 `xinhui link model` 根据表的列名和取值写成；权重由 `xinhui link table` 从表中学习。",
            "# Written by `xinhui link model` from the columns of the tables and their values; `xinhui link table` learns the weights.",
        ));
        self.line(
            self.pick(
                "# 可以修改：格式见 docs/linkage.zh-CN.md。",
                "# Change it as you like: docs/linkage.md tells how.",
            ),
        );
        self.line("");
        let title = self.of.tables.iter().map(|t| bare(t)).collect::<Vec<_>>().join(", ");
        self.line(&format!("title = {}", quoted(&format!("{}: {title}", self.pick("人员表", "People tables")))));
        self.line("version = 1");
        self.line("");
        self.line(self.pick("[thresholds]        # 证据分", "[thresholds]        # bits"));
        self.line(self.pick(
            "join = 0            # 先验由表中学得，0 表示是与否同样可能",
            "join = 0            # the prior is learned: 0 is as likely as not",
        ));
        self.line(
            self.pick("review = -8         # 更弱的记录对不保留", "review = -8         # weaker pairs are forgotten"),
        );
        self.line(self.pick(
            "mean = -3           # 两组记录平均也须达到；低于 join，因为同一人的两条多处笔误的记录彼此少有共同之处",
            "mean = -3           # two clusters must have this on average: less than join, for two spoilt records of one person agree in little",
        ));
        self.line("");
        self.line("[training]");
        self.line("random_pairs = 2000000");
        self.line(self.pick(
            "people = true       # 取值按人计数：一人可有多条记录",
            "people = true       # values are counted by people: one may have many records",
        ));
        if let Some(sure) = sure(self.of.fields) {
            self.line(self.pick(
                "# 两条很少因同一笔误而同时落空的规则，用来核对学得的匹配数。",
                "# Two rules that a match rarely breaks by one mistake: they check how many matches are learned.",
            ));
            self.line(&format!("sure = [{}, {}]", list(&sure[0]), list(&sure[1])));
        }
        self.line("");
    }

    /// What bounds the blocks.
    fn blocks(&mut self) {
        self.line("[blocks]");
        self.line("cap = 1000");
        let prefix = |f: &ProposedField, n: usize| format!("{}.prefix-{n}", f.name);
        let birth = self.has(ProposedRole::Birth);
        let name =
            self.has(ProposedRole::Surname).or(self.has(ProposedRole::FullName)).or(self.has(ProposedRole::GivenName));
        let chinese = self.has(ProposedRole::NameZh);
        let split: Vec<String> = birth
            .map(|b| prefix(b, 4))
            .into_iter()
            .chain(name.map(|n| prefix(n, if n.is_hanzi { 1 } else { 3 })))
            .chain(chinese.map(|n| format!("{}.surname-sound", n.name)))
            .collect();
        let order: Vec<String> = [
            chinese,
            self.has(ProposedRole::Surname),
            self.has(ProposedRole::FullName),
            self.has(ProposedRole::GivenName),
            birth,
        ]
        .into_iter()
        .flatten()
        .map(|f| f.name.clone())
        .collect();
        if !split.is_empty() {
            self.line(&format!("split = {}", list(&split)));
        }
        self.line("window = 20");
        if !order.is_empty() {
            self.line(&format!("order = {}", list(&order)));
        }
    }

    /// Names that name nobody, where a table has Chinese names.
    fn nobody(&mut self) {
        if self.has(ProposedRole::NameZh).is_some() {
            self.line("");
            self.line(self.pick("# 不指明任何人的姓名，按其形式识别。", "# Names that name nobody, by their form."));
            self.line("[nobody]");
            self.line(
                "words = [\"无\", \"无名\", \"无名氏\", \"无姓名\", \"不详\", \"未知\", \"姓名\", \"匿名\", \"保密\", \"未登记\", \"测试\"]",
            );
            self.line("masks = \"*#某×○\"");
            self.line(
                "ends = [\"群众\", \"居民\", \"村民\", \"学生\", \"患者\", \"家长\", \"家属\", \"本人\", \"之子\", \"之女\"]",
            );
            self.line("titles = [\"女士\", \"先生\", \"小姐\", \"老师\", \"医生\", \"同学\", \"同志\", \"氏\"]");
        }
    }

    /// The fields.
    fn fields(&mut self) {
        for f in self.of.fields {
            self.line("");
            self.line(&format!("[[field]]           # {}", if self.of.zh { f.role.zh() } else { f.role.name().1 }));
            self.line(&format!("name = {}", quoted(&f.name)));
            self.line(&format!("type = {}", quoted(f.kind)));
            if !f.parts.is_empty() {
                self.line(&format!("parts = {}", list(&f.parts)));
            } else {
                self.line(&format!("columns = {}", list(&f.columns)));
            }
            if !f.guardian_columns.is_empty() {
                self.line(&format!("guardian_columns = {}", list(&f.guardian_columns)));
            }
            if let Some(normalise) = f.normalise {
                self.line(&format!("normalise = [{}]", quoted(normalise)));
            }
            if !f.nothing.is_empty() {
                self.line(&format!("nothing = {}", list(&f.nothing)));
            }
        }
    }

    /// The blocking rules, and those that were left out.
    fn rules(&mut self) {
        self.line("");
        self.line(&if self.of.zh {
            format!("# 分块规则：只比较至少符合一条的记录对。对数按 {} 行估计。", grouped(self.of.rows as u64))
        } else {
            format!(
                "# Only pairs under one of these rules are compared. Pairs are estimated for {} rows.",
                grouped(self.of.rows as u64)
            )
        });
        for rule in self.of.rules {
            self.line("");
            let pairs = grouped(rule.pairs);
            self.line(&format!(
                "[[block]]           # {}",
                if self.of.zh { format!("约 {pairs} 对") } else { format!("about {pairs} pairs") }
            ));
            self.line(&format!("name = {}", quoted(&rule.name())));
            self.line(&format!("keys = {}", list(&rule.keys)));
        }
        if !self.of.too_many.is_empty() {
            self.line("");
            let most = grouped(self.of.most_pairs);
            self.line(&if self.of.zh {
                format!("# 未采用，超过 {most} 对：")
            } else {
                format!("# Left out, with more than {most} pairs:")
            });
            for rule in self.of.too_many {
                self.line(&format!("#   {}: {}", bare(&rule.name()), grouped(rule.pairs)));
            }
        }
    }

    /// The comparisons.
    fn comparisons(&mut self) {
        for c in comparisons(self.of.fields) {
            self.line("");
            self.line("[[comparison]]");
            self.line(&format!("name = {}", quoted(&c.name)));
            self.line(&format!("kind = {}", quoted(c.kind)));
            self.line(&format!("fields = {}", list(&c.fields)));
            self.line("levels = [");
            c.levels.iter().for_each(|level| self.line(&format!("    {level},")));
            self.line("]");
        }
    }

    /// What an ID number holds already, and columns without a part.
    fn rest(&mut self) {
        let labels: Vec<&str> = self
            .of
            .fields
            .iter()
            .filter(|f| matches!(f.role, ProposedRole::Birth | ProposedRole::Sex))
            .map(|f| f.label.as_str())
            .collect();
        if let Some(id) = self.has(ProposedRole::ResidentId).filter(|_| !labels.is_empty()) {
            self.line("");
            self.line(self.pick("# 身份证号已含出生日期和性别。", "# An ID number holds the birth date and the sex."));
            self.line("[[absorb]]");
            self.line(&format!("when = [{}]", quoted(&format!("{}: equal | slip | same-text | masked", id.label))));
            self.line(&format!("comparisons = {}", list(&labels)));
        }
        if !self.of.left_out.is_empty() {
            self.line("");
            self.line(self.pick("# 未用的列：", "# Columns without a part:"));
            for left in self.of.left_out {
                self.line(&format!("#   {}: {}", bare(&left.column), reason(left.reason, self.of.zh)));
            }
        }
    }
}

/// Two rules that tell of the number of matches, where the fields allow.
fn sure(fields: &[ProposedField]) -> Option<[Vec<String>; 2]> {
    let of = |roles: &[ProposedRole]| roles.iter().find_map(|role| fields.iter().find(|f| f.role == *role));
    let equal = |f: &ProposedField| format!("{}: {}", f.label, if f.kind == "phones" { "own" } else { "equal" });
    let number = of(&[ProposedRole::ResidentId, ProposedRole::Number, ProposedRole::Email, ProposedRole::Phone])?;
    let name = of(&[ProposedRole::NameZh, ProposedRole::Surname, ProposedRole::FullName])?;
    let birth = of(&[ProposedRole::Birth])?;
    Some([vec![equal(number)], vec![equal(name), equal(birth)]])
}
