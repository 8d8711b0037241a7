//! Cases and ladders in Chinese words.

use std::fmt::Write as _;

use super::cases::{Case, CaseKind, Obstacle};
use crate::link::engine::score::{Ladder, Rung};
use crate::link::zh::labels::{comparison_zh, relation_zh};

/// Rungs below this say nothing.
const SAYS_NOTHING: f32 = 0.05;
/// What is taken off evidence that only tells a household.
const BOUND: &str = "同户之人也会相同";

/// Why a person should look, in a few characters.
pub fn kind_zh(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Band => "证据不足",
        CaseKind::Refused(Obstacle::TwoIds) => "两个有效证件号",
        CaseKind::Refused(Obstacle::Decision) => "人工结论未生效",
        CaseKind::Refused(Obstacle::Mean) => "整体不像",
        CaseKind::Bridge => "弱连接已断开",
        CaseKind::Twins => "疑似双胞胎",
        CaseKind::Large => "疑似混入他人",
    }
}

/// What each kind means, for the sheet of explanations.
pub const KINDS: [(CaseKind, &str); 7] = [
    (CaseKind::Band, "相同之处不足以认定是同一人，也不足以排除。现按两人计。"),
    (
        CaseKind::Refused(Obstacle::TwoIds),
        "很像同一人，但双方各有一个有效证件号。现按两人计。若一方号码录错，请通知来源单位更正；仅填“同一人”不会合并。",
    ),
    (CaseKind::Refused(Obstacle::Decision), "此前已认定为同一人，但双方各有一个有效证件号，未能合并。请核对证件号。"),
    (CaseKind::Refused(Obstacle::Mean), "个别记录很像，但双方其余记录不像。现按两人计。"),
    (CaseKind::Bridge, "两组记录之间只有一处较弱的相同，已断开。现按两人计。"),
    (CaseKind::Twins, "除名字外几乎全同，可能是双胞胎，也可能是同一人改名或录错名。现按两人计。"),
    (CaseKind::Large, "一人名下写法过多，或出生年份相差很大。现按一人计；所列为最常见与最不像的两条。"),
];

fn level_zh(rung: &Rung) -> String {
    let relations: Vec<_> = rung.level.split(", ").map(|r| relation_zh(&rung.comparison, r)).collect();
    if relations.len() > 2 { "相近".to_owned() } else { relations.join("或") }
}

/// What is added to the sum or taken off, in Chinese.
pub fn adjustment_zh(name: &str) -> &str {
    match name {
        "twins" => "疑似双胞胎",
        "no name and no number" => "无姓名且无号码",
        "a name alone" => "仅有姓名相同",
        "what is left of a name alone" => "仅有残缺的姓名相同",
        "another name and sex" => "姓名与性别都不同",
        "another name and birth date" => "姓名与出生日期都不同",
        "a name and a town or county" => "仅有姓名与镇街、区县相同",
        other => other,
    }
}

/// The evidence of a case in one paragraph: what speaks for one person, what against, what is not given, and the sum.
/// Where something beside the two records decides, that is said in the place of how likely they are one person.
pub fn case_zh(case: &Case) -> String {
    let beside = match case.kind {
        CaseKind::Refused(Obstacle::TwoIds | Obstacle::Decision) => {
            "这只是所列两条记录之间的证据；双方名下各有一个有效证件号，除非有一个录错，否则不是同一人"
        }
        CaseKind::Refused(Obstacle::Mean) => "这只是所列两条记录之间的证据；双方其余记录不像同一人",
        _ => return format!("{}，{}", evidence_zh(&case.ladder), chance_zh(&case.ladder)),
    };
    format!("{}。{beside}", evidence_zh(&case.ladder))
}

/// A ladder in one paragraph: what speaks for one person, what against, what is not given, the sum, and how likely the
/// two records are one person by that alone.
pub fn ladder_zh(ladder: &Ladder) -> String {
    format!("{}，{}", evidence_zh(ladder), chance_zh(ladder))
}

fn evidence_zh(ladder: &Ladder) -> String {
    let mut parts: Vec<(String, f32)> = Vec::new();
    for rung in ladder.rungs.iter().filter(|r| !r.level.is_empty()) {
        let words = format!("{}{}", comparison_zh(&rung.comparison), level_zh(rung));
        let unbounded = rung.bits - rung.bounded_bits;
        // Agreement that a bound turned against the pair would read as if it spoke against it.
        if rung.bits < 0.0 && unbounded > 0.0 {
            parts.push((words, unbounded));
            parts.push((BOUND.to_owned(), rung.bounded_bits));
        } else {
            parts.push((words, rung.bits));
        }
    }
    parts.extend(ladder.adjustments.iter().map(|(name, bits)| (adjustment_zh(name).to_owned(), *bits)));
    parts.retain(|p| p.1.abs() >= SAYS_NOTHING);
    parts.sort_by(|x, y| y.1.abs().total_cmp(&x.1.abs()));
    let list = |wanted: &dyn Fn(f32) -> bool| {
        parts
            .iter()
            .filter(|p| wanted(p.1))
            .map(|(words, bits)| format!("{words} {}", signed(*bits)))
            .collect::<Vec<_>>()
            .join("、")
    };
    let mut text = String::new();
    for (title, list) in [("支持", list(&|bits| bits > 0.0)), ("反对", list(&|bits| bits < 0.0))] {
        if !list.is_empty() {
            let _ = writeln!(text, "{title}：{list}");
        }
    }
    let blank: Vec<&str> =
        ladder.rungs.iter().filter(|r| r.level.is_empty()).map(|r| comparison_zh(&r.comparison)).collect();
    if !blank.is_empty() {
        let _ = writeln!(text, "未比：{}", blank.join("、"));
    }
    let _ = write!(text, "起点 {}，合计 {}", signed(ladder.prior), signed(ladder.total));
    text
}

fn chance_zh(ladder: &Ladder) -> String {
    let chance = 100.0 / (1.0 + (-f64::from(ladder.total)).exp2());
    match chance {
        ..0.1 => "同一人的可能不足 0.1%".to_owned(),
        99.9.. => "同一人的可能超过 99.9%".to_owned(),
        _ => format!("同一人的可能约 {chance:.1}%"),
    }
}

/// Bits with their sign.
pub fn signed(bits: f32) -> String {
    let text = format!("{:.1}", bits.abs());
    match bits {
        _ if text == "0.0" => text,
        ..0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}
