//! The figures as tables, in Chinese or English; and those as plain text.

use std::fmt::Write as _;

use super::{Band, Evaluation, GroupFigures, SizeClass, SweepPoint};
use crate::diag::grouped;

/// What cannot be told.
const UNDEFINED: &str = "—";

/// A table of the page and of the text.
pub struct Section {
    pub topic: Topic,
    pub title: &'static str,
    pub note: String,
    pub header: Vec<&'static str>,
    pub rows: Vec<SweepRow>,
}

pub struct SweepRow {
    /// The chosen threshold's.
    pub marked: bool,
    pub cells: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    EndToEnd,
    Whole,
    Blocking,
    Groups,
    Thresholds,
    Bits,
    Sizes,
}

/// One of two languages.
#[derive(Clone, Copy)]
pub struct ReportWords {
    zh: bool,
}

impl ReportWords {
    pub fn new(zh: bool) -> Self {
        ReportWords { zh }
    }

    pub fn say(self, en: &'static str, zh: &'static str) -> &'static str {
        if self.zh { zh } else { en }
    }

    pub fn title(self) -> &'static str {
        self.say("Linkage evaluation", "人员关联评估")
    }

    pub fn precision(self) -> &'static str {
        self.say("precision", "精确率")
    }

    pub fn recall(self) -> &'static str {
        self.say("recall", "召回率")
    }

    pub fn blocking_recall(self) -> &'static str {
        self.say("blocking recall", "分块召回率")
    }

    /// Records, persons and clusters in a line.
    pub fn scope(self, e: &Evaluation) -> String {
        let (records, persons, clusters) = (grouped(e.records), grouped(e.whole.persons), grouped(e.whole.clusters));
        if self.zh {
            format!("{records} 条记录，真实 {persons} 人，关联得 {clusters} 人；归并阈值：证据分 {}", e.threshold)
        } else {
            format!(
                "{records} records of {persons} persons, linked to {clusters} clusters at a threshold of {} bits",
                e.threshold
            )
        }
    }

    /// `sex: female`.
    pub fn group(self, kind: &str, value: &str) -> String {
        let known = [
            ("source", "来源"),
            ("sex", "性别"),
            ("age", "年龄"),
            ("name", "姓名"),
            ("female", "女"),
            ("male", "男"),
            ("minority", "少数民族"),
            ("han", "汉族"),
            ("unknown", "不详"),
        ];
        let word = |text: &str| match known.iter().find(|k| self.zh && k.0 == text) {
            Some(k) => k.1.to_owned(),
            None => text.to_owned(),
        };
        format!("{}{}{}", word(kind), self.say(": ", "："), word(value))
    }
}

/// Four decimal places; a share below 1 is never rounded up to 1.
pub fn rate(rate: Option<f64>) -> String {
    match rate {
        None => UNDEFINED.to_owned(),
        Some(rate) if rate < 1.0 => format!("{:.4}", rate.min(0.9999)),
        Some(rate) => format!("{rate:.4}"),
    }
}

/// All tables, from the answer to its reasons.
pub fn sections(e: &Evaluation, words: ReportWords) -> Vec<Section> {
    let mut sections = vec![end_to_end(e, words), whole(e, words), blocking(e, words)];
    if !e.groups.is_empty() {
        sections.push(groups(e, words));
    }
    sections.extend([thresholds(e, words), bits(e, words), sizes(e, words)]);
    sections
}

fn row(cells: impl Into<Vec<String>>) -> SweepRow {
    SweepRow { marked: false, cells: cells.into() }
}

fn end_to_end(e: &Evaluation, words: ReportWords) -> Section {
    let (p, b) = (&e.pairwise, &e.bcubed);
    let (truth, found, correct) = (grouped(p.true_pairs), grouped(p.found_pairs), grouped(p.correct_pairs));
    Section {
        topic: Topic::EndToEnd,
        title: words.say("End to end", "端到端"),
        note: if words.zh {
            format!("真实记录对 {truth}，关联得 {found}，其中正确 {correct}。")
        } else {
            format!("{truth} true pairs of records, {found} found, {correct} of them correct.")
        },
        header: vec!["", words.precision(), words.recall(), "F1"],
        rows: vec![
            row([words.say("pairs", "记录对").into(), rate(p.precision), rate(p.recall), rate(p.f1)]),
            row(["B-cubed".into(), rate(b.precision), rate(b.recall), rate(b.f1)]),
        ],
    }
}

fn whole(e: &Evaluation, words: ReportWords) -> Section {
    let w = &e.whole;
    let line = |en, zh, part: u64, all: u64| {
        row([words.say(en, zh).into(), grouped(part), grouped(all), rate(super::metrics::share(part, all))])
    };
    Section {
        topic: Topic::Whole,
        title: words.say("Whole persons", "整人"),
        note: words
            .say(
                "A person is exact when their records are one cluster and nobody else's are in it.",
                "一个人的全部记录恰好归并为一组、且组中没有他人记录，为完全一致。",
            )
            .into(),
        header: vec!["", words.say("count", "数量"), words.say("of", "总数"), words.say("share", "占比")],
        rows: vec![
            line("exact persons", "完全一致的人", w.exact_persons, w.persons),
            line(
                "exact persons of two records and more",
                "其中有两条及以上记录的",
                w.exact_repeated_persons,
                w.repeated_persons,
            ),
            line("records of exact persons", "完全一致者的记录", w.records_in_exact, e.records),
            line("split persons", "被拆分的人", w.split_persons, w.persons),
            line("over-merged clusters", "误归并的组", w.over_merged_clusters, w.clusters),
        ],
    }
}

fn blocking(e: &Evaluation, words: ReportWords) -> Section {
    let b = &e.blocking;
    let mut note = words
        .say(
            "Shares of the true pairs. What blocking never yields, no threshold brings back.",
            "占真实记录对的比例。分块未产生的记录对，任何阈值都找不回来。",
        )
        .to_owned();
    if b.sampled_persons > 0 {
        let (persons, asked, all) = (grouped(b.sampled_persons), grouped(b.asked_pairs), grouped(b.true_pairs));
        let sample = b.sample_size;
        let sampled = if words.zh {
            format!(
                "抽样：{persons} 人的记录超过 {sample} 条，每人只查 {sample} 条之间的记录对（共查 {asked} / {all}）。"
            )
        } else {
            format!(
                " Sampled: of persons with more than {sample} records ({persons}), only the pairs among {sample} of them \
                 were asked about ({asked} of {all} pairs in all)."
            )
        };
        note.push_str(&sampled);
    }
    let line = |en, zh, share| row([words.say(en, zh).into(), rate(share)]);
    Section {
        topic: Topic::Blocking,
        title: words.say("Blocking, apart", "分块（单独）"),
        note,
        header: vec!["", words.say("share", "占比")],
        rows: vec![
            line("yielded by blocking (blocking recall)", "分块产生（分块召回率）", b.recall),
            line("kept as a scored candidate", "打分后保留为候选", e.candidates.recall),
            line("yielded and joined", "分块产生且已归并", b.blocked_and_joined),
            line("not yielded, joined through other records", "分块未产生，经其他记录归并", b.unblocked_but_joined),
            line("lost: never yielded", "丢失：分块未产生", b.lost_by_blocking),
            line("lost: yielded, not joined", "丢失：分块产生但未归并", b.lost_after_blocking),
        ],
    }
}

fn groups(e: &Evaluation, words: ReportWords) -> Section {
    let line = |g: &GroupFigures| {
        row([
            words.group(&g.kind, &g.value),
            grouped(g.records),
            grouped(g.persons),
            grouped(g.pairwise.true_pairs),
            rate(g.pairwise.precision),
            rate(g.pairwise.recall),
            rate(g.pairwise.f1),
            rate(g.bcubed.f1),
            rate(g.exact_rate),
            rate(g.blocking_recall),
        ])
    };
    Section {
        topic: Topic::Groups,
        title: words.say("By group", "分组"),
        note: words
            .say(
                "Pairs with at least one record in the group, since a wrong link with an outsider harms the member too; \
                 groups overlap.",
                "统计至少一方属于该组的记录对（与组外记录的误连同样伤及组内的人）；各组有重叠。",
            )
            .into(),
        header: vec![
            "",
            words.say("records", "记录"),
            words.say("persons", "人数"),
            words.say("true pairs", "真实对"),
            words.precision(),
            words.recall(),
            "F1",
            "B³ F1",
            words.say("exact", "完全一致"),
            words.say("blocking", "分块召回"),
        ],
        rows: e.groups.iter().map(line).collect(),
    }
}

fn thresholds(e: &Evaluation, words: ReportWords) -> Section {
    let oracle = e.sweep.oracle.map(|p| p.threshold);
    let line = |p: &SweepPoint| {
        let mark = match (p.chosen, Some(p.threshold) == oracle) {
            (true, true) => words.say("chosen, oracle", "选定、事后最优"),
            (true, false) => words.say("chosen", "选定"),
            (false, true) => words.say("oracle", "事后最优"),
            (false, false) => "",
        };
        SweepRow {
            marked: p.chosen,
            cells: vec![
                p.threshold.to_string(),
                grouped(p.clusters),
                rate(p.precision),
                rate(p.recall),
                rate(p.f1),
                rate(p.exact_rate),
                mark.into(),
            ],
        }
    };
    let mut note = words
        .say(
            "The oracle is the best F1 of the sweep, found with the truth: what could have been had, not what was.",
            "“事后最优”是借助真值才找到的最高 F1，只说明上限，不是实际成绩。",
        )
        .to_owned();
    if let Some(lowest) = e.candidates.lowest_bits {
        let kept = if words.zh {
            format!("证据分低于 {lowest:.1} 的候选未保留，曲线在其左侧不再变化。")
        } else {
            format!(" No candidate below {lowest:.1} bits was kept, so nothing changes left of there.")
        };
        note.push_str(&kept);
    }
    Section {
        topic: Topic::Thresholds,
        title: words.say("Other thresholds", "其他阈值"),
        note,
        header: vec![
            words.say("bits", "证据分"),
            words.say("clusters", "归并组"),
            words.precision(),
            words.recall(),
            "F1",
            words.say("exact", "完全一致"),
            "",
        ],
        rows: e.sweep.points.iter().map(line).collect(),
    }
}

fn bits(e: &Evaluation, words: ReportWords) -> Section {
    let line = |b: &Band| {
        let label = match (b.from, b.to) {
            (Some(from), Some(to)) => format!("{from} – {to}"),
            (None, Some(to)) => format!("< {to}"),
            (Some(from), None) => format!("≥ {from}"),
            (None, None) => String::new(),
        };
        let interval = match (b.low, b.high) {
            (Some(low), Some(high)) => format!("{} – {}", rate(Some(low)), rate(Some(high))),
            _ => UNDEFINED.to_owned(),
        };
        row([
            label,
            grouped(b.true_pairs),
            grouped(b.false_pairs),
            rate(b.precision),
            interval,
            rate(b.precision_from_here),
        ])
    };
    let c = &e.candidates;
    let (pairs, right, wrong) = (grouped(c.pairs), grouped(c.true_pairs), grouped(c.false_pairs));
    Section {
        topic: Topic::Bits,
        title: words.say("Candidates by bits", "候选对的证据分"),
        note: if words.zh {
            format!("保留候选 {pairs} 对：真 {right}，假 {wrong}。“此档及以上”是以该档下界为阈值时边的精确率。")
        } else {
            format!(
                "{pairs} candidates kept: {right} true, {wrong} false. “From here up” is the precision of the edges at a \
                 threshold of the band's lower bound."
            )
        },
        header: vec![
            words.say("bits", "证据分"),
            words.say("true", "真"),
            words.say("false", "假"),
            words.precision(),
            words.say("95 % interval", "95% 区间"),
            words.say("from here up", "此档及以上"),
        ],
        rows: e.bands.iter().map(line).collect(),
    }
}

/// `6–10`, `201+`.
pub fn size_label(class: &SizeClass) -> String {
    match class.to {
        Some(to) if to == class.from => to.to_string(),
        Some(to) => format!("{}–{to}", class.from),
        None => format!("{}+", class.from),
    }
}

fn sizes(e: &Evaluation, words: ReportWords) -> Section {
    Section {
        topic: Topic::Sizes,
        title: words.say("Sizes", "规模"),
        note: words.say("Persons and clusters by their number of records.", "按记录条数统计的人数与归并组数。").into(),
        header: vec![
            words.say("records", "记录数"),
            words.say("persons, true", "真实人数"),
            words.say("clusters, found", "所得归并组数"),
        ],
        rows: e.sizes.iter().map(|c| row([size_label(c), grouped(c.persons), grouped(c.clusters)])).collect(),
    }
}

/// Columns that a text takes: Chinese characters and full-width signs take two.
pub fn columns(text: &str) -> usize {
    let wide = |c: &char| matches!(c, '\u{2E80}'..='\u{A4CF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FF60}');
    text.chars().count() + text.chars().filter(wide).count()
}

/// All figures as plain text.
pub fn as_text(evaluation: &Evaluation, zh: bool) -> String {
    let words = ReportWords::new(zh);
    let mut text = format!("{}{}{}\n", words.title(), words.say(": ", "："), words.scope(evaluation));
    for section in sections(evaluation, words) {
        let _ = write!(text, "\n{}\n{}\n", section.title, section.note);
        let header: Vec<String> = section.header.iter().map(|h| (*h).to_owned()).collect();
        let lines: Vec<&Vec<String>> = std::iter::once(&header).chain(section.rows.iter().map(|r| &r.cells)).collect();
        let widths: Vec<usize> =
            (0..header.len()).map(|i| lines.iter().map(|l| columns(&l[i])).max().unwrap_or(0)).collect();
        for part in parts(&widths) {
            text.push('\n');
            for cells in &lines {
                let name = &cells[0];
                let mut line = format!("  {name}{}", " ".repeat(widths[0] - columns(name)));
                for i in part.clone() {
                    // Figures to the right.
                    let _ =
                        write!(line, "{}{}{}", " ".repeat(GAP), " ".repeat(widths[i] - columns(&cells[i])), cells[i]);
                }
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
    }
    text
}

/// Columns of a terminal, and those between two columns of a table.
const TERMINAL: usize = 80;
const GAP: usize = 3;

/// The columns of figures that stand beside each other: those that are too many for a terminal go below the others.
fn parts(widths: &[usize]) -> Vec<std::ops::Range<usize>> {
    let (mut parts, mut begin, mut taken) = (Vec::new(), 1, 2 + widths[0]);
    for (i, width) in widths.iter().enumerate().skip(1) {
        if i > begin && taken + GAP + width > TERMINAL {
            parts.push(begin..i);
            (begin, taken) = (i, 2 + widths[0]);
        }
        taken += GAP + width;
    }
    parts.push(begin..widths.len());
    parts
}
