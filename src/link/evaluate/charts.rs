//! The page's charts, as inline SVG whose colours are the page's.

use std::fmt::Write as _;

use super::escape::escape;
use super::text::{ReportWords, columns, rate, size_label};
use super::{Evaluation, Pairwise, SweepPoint};
use crate::diag::grouped;

const WIDTH: f64 = 860.0;

pub struct Chart {
    pub keys: Vec<LegendKey>,
    /// Beside the keys.
    pub caption: &'static str,
    pub svg: String,
}

/// What a colour stands for.
pub struct LegendKey {
    pub colour: &'static str,
    pub label: &'static str,
    /// Of a line, not of an area.
    pub thin: bool,
}

fn keys<const N: usize>(thin: bool, keys: [(&'static str, &'static str); N]) -> Vec<LegendKey> {
    keys.into_iter().map(|(colour, label)| LegendKey { colour, label, thin }).collect()
}

/// A drawing of `WIDTH`.
struct Svg {
    text: String,
}

impl Svg {
    fn new(height: f64, label: &str) -> Self {
        let label = escape(label);
        Svg { text: format!("<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{label}\">") }
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, more: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = write!(
            self.text,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"var(--{colour})\" {more}/>"
        );
    }

    /// A rectangle from corner to corner that says what it is when pointed at.
    fn rect(&mut self, a: (f64, f64), b: (f64, f64), fill: &str, title: &str) {
        let (x, y, w, h) = (a.0.min(b.0), a.1.min(b.1), (a.0 - b.0).abs(), (a.1 - b.1).abs());
        let _ = write!(
            self.text,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" fill=\"{fill}\"><title>{}</title></rect>",
            escape(title)
        );
    }

    fn label(&mut self, at: (f64, f64), anchor: &str, strong: bool, text: &str) {
        let class = if strong { " class=\"strong\"" } else { "" };
        let _ = write!(
            self.text,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\"{class}>{}</text>",
            at.0,
            at.1,
            escape(text)
        );
    }

    fn done(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }
}

/// The least of 1, 2, 5, 10, 20, … times `unit` of which at most `most` fit into `range`.
fn step(range: f64, most: f64, unit: f64) -> f64 {
    let steps = (0..).flat_map(|power| [1.0, 2.0, 5.0].map(|s| s * unit * 10f64.powi(power)));
    steps.into_iter().find(|s| range / s <= most).unwrap_or(range)
}

/// Multiples of `step` in a range.
fn ticks(from: f64, to: f64, step: f64) -> impl Iterator<Item = f64> {
    ((from / step).ceil() as i64..=(to / step).floor() as i64).map(move |i| i as f64 * step)
}

/// A scale of bits along the bottom of a plot.
struct Across {
    from: f64,
    to: f64,
    left: f64,
    right: f64,
}

impl Across {
    fn x(&self, bits: f64) -> f64 {
        self.left + (bits - self.from) / (self.to - self.from) * (self.right - self.left)
    }

    fn holds(&self, bits: f64) -> bool {
        (self.from..=self.to).contains(&bits)
    }

    fn draw(&self, svg: &mut Svg, bottom: f64, words: ReportWords) {
        svg.line((self.left, bottom), (self.right, bottom), "line", "");
        for bits in ticks(self.from, self.to, step(self.to - self.from, 12.0, 1.0)) {
            svg.label((self.x(bits), bottom + 18.0), "middle", false, &bits.to_string());
        }
        svg.label((self.right, bottom + 36.0), "end", false, words.say("bits", "证据分"));
    }

    /// A line upright at `bits`, its label at `top` and away from `other`, if there is room.
    fn mark(&self, svg: &mut Svg, mark: &ChartMark, bottom: f64, other: Option<f64>) {
        const ROOM: f64 = 220.0;
        let x = self.x(mark.bits);
        svg.line((x, mark.top - 11.0), (x, bottom), "ink", mark.stroke);
        let to_the_left = match other {
            Some(other) if mark.bits < other => x > self.left + ROOM,
            _ => x > self.right - ROOM,
        };
        let (x, anchor) = if to_the_left { (x - 6.0, "end") } else { (x + 6.0, "start") };
        svg.label((x, mark.top), anchor, true, &mark.label);
    }
}

struct ChartMark {
    bits: f64,
    top: f64,
    stroke: &'static str,
    label: String,
}

/// Precision, recall and F1 over thresholds.
pub fn thresholds(e: &Evaluation, words: ReportWords) -> Option<Chart> {
    let points: Vec<_> = e.sweep.points.iter().filter(|p| p.threshold.is_finite()).collect();
    let (first, last) = (f64::from(points.first()?.threshold), f64::from(points.last()?.threshold));
    let least = points.iter().flat_map(|p| [p.precision, p.recall, p.f1]).flatten().min_by(f64::total_cmp)?;
    // Lines may begin above 0; the difference of .99 and .98 is what is looked for.
    let floor = ((least * 10.0).floor() / 10.0).min(0.9);
    let (top, bottom) = (52.0, 330.0);
    let across = Across { from: first, to: last, left: 44.0, right: WIDTH - 14.0 };
    let y = |rate: f64| bottom - (rate - floor) / (1.0 - floor) * (bottom - top);

    let mut svg = Svg::new(374.0, words.say("Figures by threshold", "各阈值的指标"));
    if let Some(lowest) = e.candidates.lowest_bits.map(f64::from).filter(|l| *l > first) {
        let title = words.say("no candidates kept here", "此处未保留候选");
        svg.rect((across.left, top), (across.x(lowest.min(last)), bottom), "var(--grid)", title);
    }
    for tick in ticks(floor, 1.0, step(1.0 - floor, 6.0, 0.01)) {
        svg.line((across.left, y(tick)), (across.right, y(tick)), "grid", "");
        svg.label((across.left - 8.0, y(tick) + 4.0), "end", false, &format!("{tick:.2}"));
    }
    across.draw(&mut svg, bottom, words);

    let is_oracle = e.sweep.oracle.is_some_and(|o| o.chosen);
    let mark = |name: &str, p: &SweepPoint, top: f64, stroke: &'static str| ChartMark {
        bits: f64::from(p.threshold),
        top,
        stroke,
        label: format!("{name} {} · F1 {}", p.threshold, rate(p.f1)),
    };
    let oracle = e.sweep.oracle.filter(|o| !o.chosen);
    let oracle = oracle.map(|o| mark(words.say("oracle", "事后最优"), &o, 36.0, "stroke-dasharray=\"4 4\""));
    let name = if is_oracle {
        words.say("chosen and oracle", "选定，亦为事后最优")
    } else {
        words.say("chosen", "选定")
    };
    let chosen = points.iter().find(|p| p.chosen).map(|p| mark(name, p, 16.0, "stroke-width=\"1.5\""));
    for (mark, other) in [(&chosen, &oracle), (&oracle, &chosen)] {
        if let Some(mark) = mark {
            across.mark(&mut svg, mark, bottom, other.as_ref().map(|o| o.bits));
        }
    }

    for (i, (colour, width)) in [("blue", 2.0), ("orange", 2.0), ("ink", 2.6)].into_iter().enumerate() {
        let of = |p: &SweepPoint| [p.precision, p.recall, p.f1][i];
        // What is undefined breaks the line.
        for stretch in points.chunk_by(|a, b| of(a).is_some() == of(b).is_some()) {
            let path: Vec<String> = stretch
                .iter()
                .filter_map(|p| Some(format!("{:.1},{:.1}", across.x(f64::from(p.threshold)), y(of(p)?))))
                .collect();
            if !path.is_empty() {
                let _ = write!(
                    svg.text,
                    "<polyline points=\"{}\" fill=\"none\" stroke=\"var(--{colour})\" stroke-width=\"{width}\" \
                     stroke-linejoin=\"round\"/>",
                    path.join(" ")
                );
            }
        }
    }
    let half = (across.right - across.left) / (points.len() as f64) / 2.0;
    for p in points {
        let x = across.x(f64::from(p.threshold));
        let title = format!(
            "{} {}: {} {} · {} {} · F1 {} · {} {}",
            p.threshold,
            words.say("bits", "证据分"),
            words.precision(),
            rate(p.precision),
            words.recall(),
            rate(p.recall),
            rate(p.f1),
            words.say("clusters", "归并组"),
            grouped(p.clusters)
        );
        svg.rect((x - half, top), (x + half, bottom), "transparent", &title);
    }
    let keys = keys(true, [("blue", words.precision()), ("orange", words.recall()), ("ink", "F1")]);
    Some(Chart { keys, caption: "", svg: svg.done() })
}

/// Heights of counts that differ by orders of magnitude; none is nothing, one is seen.
fn log_height(n: u64) -> f64 {
    (1.0 + n as f64).log10()
}

/// 1, 10, 100, … up to a count.
fn powers(most: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(1u64), |p| p.checked_mul(10)).take_while(move |p| *p <= most)
}

/// True candidates upward and false ones downward, by bits.
pub fn bits(e: &Evaluation, words: ReportWords) -> Option<Chart> {
    let (first, last) = (e.histogram.first()?, e.histogram.last()?);
    let most_true = e.histogram.iter().map(|b| b.true_pairs).max()?;
    let most_false = e.histogram.iter().map(|b| b.false_pairs).max()?;
    let (top, bottom) = (30.0, 310.0);
    // One scale for both sides.
    let unit = (bottom - top) / (log_height(most_true) + log_height(most_false)).max(1.0);
    let zero = top + log_height(most_true) * unit;
    let across = Across { from: first.from, to: last.to, left: 62.0, right: WIDTH - 14.0 };

    let mut svg = Svg::new(354.0, words.say("True and false candidates by bits", "真假候选对的证据分分布"));
    for (most, side) in [(most_true, -1.0), (most_false, 1.0)] {
        for power in powers(most) {
            let y = zero + side * log_height(power) * unit;
            svg.line((across.left, y), (across.right, y), "grid", "");
            svg.label((across.left - 8.0, y + 4.0), "end", false, &grouped(power));
        }
    }
    across.draw(&mut svg, bottom, words);
    for bin in &e.histogram {
        let (left, right) = (across.x(bin.from) + 0.8, across.x(bin.to) - 0.8);
        let sides = [
            (bin.true_pairs, -1.0, "var(--teal)", words.say("true", "真")),
            (bin.false_pairs, 1.0, "var(--red)", words.say("false", "假")),
        ];
        for (n, side, fill, name) in sides.into_iter().filter(|s| s.0 > 0) {
            let title = format!("{} – {} {}: {name} {}", bin.from, bin.to, words.say("bits", "证据分"), grouped(n));
            svg.rect((left, zero), (right, zero + side * log_height(n) * unit), fill, &title);
        }
    }
    svg.line((across.left, zero), (across.right, zero), "soft", "");
    let threshold = f64::from(e.threshold);
    if across.holds(threshold) {
        let label = format!("{} {}", words.say("chosen", "选定"), e.threshold);
        let mark = ChartMark { bits: threshold, top: 16.0, stroke: "stroke-width=\"1.5\"", label };
        across.mark(&mut svg, &mark, bottom, None);
    }
    Some(Chart {
        keys: keys(false, [("teal", words.say("true pairs", "真")), ("red", words.say("false pairs", "假"))]),
        caption: words.say("logarithmic", "对数刻度"),
        svg: svg.done(),
    })
}

/// `0.40 %`; no error at all is told from a small one.
fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".to_owned(),
        p if p > 0.0 && p < 0.01 => "< 0.01 %".to_owned(),
        p if p < 1.0 => format!("{p:.2} %"),
        p => format!("{p:.1} %"),
    }
}

/// Errors of each group: missed true pairs to the left, false found pairs to the right. Bars of errors
/// begin at 0 and still tell .99 from .98.
pub fn groups(e: &Evaluation, words: ReportWords) -> Option<Chart> {
    if e.groups.is_empty() {
        return None;
    }
    let errors = |p: &Pairwise| [p.recall.map(|r| 1.0 - r), p.precision.map(|p| 1.0 - p)];
    let all = errors(&e.pairwise);
    let mut rows = vec![(words.say("all records", "全部记录").to_owned(), true, all)];
    rows.extend(e.groups.iter().map(|g| (words.group(&g.kind, &g.value), false, errors(&g.pairwise))));

    let most = rows.iter().flat_map(|r| r.2).flatten().fold(0.0, f64::max).max(0.001);
    let tick = step(most, 4.0, 0.0001);
    let most = (most / tick).ceil() * tick;
    let (names, reach, row_height, top) = (200.0, 250.0, 26.0, 30.0);
    let middle = (names + WIDTH) / 2.0;
    let bottom = top + rows.len() as f64 * row_height;

    let mut svg = Svg::new(bottom + 28.0, words.say("Errors by group", "各组错误率"));
    for (side, colour, error) in [(-1.0, "orange", all[0]), (1.0, "blue", all[1])] {
        for t in ticks(0.0, most, tick) {
            let x = middle + side * t / most * reach;
            svg.line((x, top), (x, bottom), "grid", "");
            if t > 0.0 || side > 0.0 {
                svg.label((x, bottom + 18.0), "middle", false, &percent(t).replace(".00", "").replace(".0 ", " "));
            }
        }
        if let Some(error) = error {
            let x = middle + side * error / most * reach;
            svg.line((x, top), (x, bottom), colour, "stroke-dasharray=\"2 4\"");
        }
    }
    for (i, (name, strong, errors)) in rows.iter().enumerate() {
        let y = top + i as f64 * row_height;
        svg.label((0.0, y + 17.0), "start", *strong, &shortened(name));
        for (side, colour, anchor, error) in [(-1.0, "orange", "end", errors[0]), (1.0, "blue", "start", errors[1])] {
            let end = middle + side * error.unwrap_or(0.0) / most * reach;
            let text = error.map_or_else(|| "—".to_owned(), percent);
            svg.rect(
                (middle, y + 4.0),
                (end, y + row_height - 4.0),
                &format!("var(--{colour})"),
                &format!("{name} {text}"),
            );
            svg.label((end + side * 6.0, y + 17.0), anchor, *strong, &text);
        }
    }
    svg.line((middle, top), (middle, bottom), "soft", "");
    svg.label((middle - 10.0, 16.0), "end", false, words.say("← true pairs missed", "← 漏掉的真实对"));
    svg.label((middle + 10.0, 16.0), "start", false, words.say("found pairs that are false →", "误连的记录对 →"));
    Some(Chart {
        keys: keys(
            false,
            [
                ("orange", words.say("missed (1 − recall)", "漏连（1 − 召回率）")),
                ("blue", words.say("false (1 − precision)", "误连（1 − 精确率）")),
            ],
        ),
        caption: words.say("dotted: all records", "虚线：全部记录"),
        svg: svg.done(),
    })
}

/// A name that its column holds.
fn shortened(name: &str) -> String {
    const MOST: usize = 28;
    let mut kept = name.to_owned();
    while columns(&kept) > MOST {
        kept.pop();
    }
    if kept.len() < name.len() { kept + "…" } else { kept }
}

/// Where true pairs are lost, as one bar.
pub fn losses(e: &Evaluation, words: ReportWords) -> Option<Chart> {
    let b = &e.blocking;
    let parts = [
        ("teal", words.say("yielded and joined", "分块产生且已归并"), b.blocked_and_joined?),
        ("pale", words.say("joined through others", "经其他记录归并"), b.unblocked_but_joined?),
        ("orange", words.say("lost by blocking", "分块丢失"), b.lost_by_blocking?),
        ("red", words.say("lost after blocking", "分块后丢失"), b.lost_after_blocking?),
    ];
    let mut svg = Svg::new(30.0, words.say("Where true pairs are lost", "真实记录对的去向"));
    let mut x = 0.0;
    for (colour, name, share) in parts {
        let end = x + share * WIDTH;
        svg.rect((x, 2.0), (end, 26.0), &format!("var(--{colour})"), &format!("{name} {}", percent(share)));
        x = end;
    }
    Some(Chart { keys: keys(false, parts.map(|p| (p.0, p.1))), caption: "", svg: svg.done() })
}

/// Persons beside clusters by size.
pub fn sizes(e: &Evaluation, words: ReportWords) -> Option<Chart> {
    let most = e.sizes.iter().flat_map(|c| [c.persons, c.clusters]).max()?;
    let (top, bottom, left, right) = (12.0, 190.0, 62.0, WIDTH - 14.0);
    let y = |n: u64| bottom - log_height(n) / log_height(most) * (bottom - top);
    let mut svg = Svg::new(232.0, words.say("Persons and clusters by size", "人与归并组的规模分布"));
    for power in powers(most) {
        svg.line((left, y(power)), (right, y(power)), "grid", "");
        svg.label((left - 8.0, y(power) + 4.0), "end", false, &grouped(power));
    }
    let slot = ((right - left) / e.sizes.len() as f64).min(110.0);
    let bar = slot * 0.32;
    for (i, class) in e.sizes.iter().enumerate() {
        let middle = left + (i as f64 + 0.5) * slot;
        let sides = [
            (-1.0, class.persons, "var(--teal)", words.say("persons, true", "真实人数")),
            (1.0, class.clusters, "var(--blue)", words.say("clusters, found", "所得归并组数")),
        ];
        for (side, n, fill, name) in sides {
            let title = format!("{}: {name} {}", size_label(class), grouped(n));
            svg.rect((middle + side, bottom), (middle + side * bar, y(n)), fill, &title);
        }
        svg.label((middle, bottom + 18.0), "middle", false, &size_label(class));
    }
    svg.line((left, bottom), (right, bottom), "line", "");
    svg.label((right, bottom + 36.0), "end", false, words.say("records", "记录数"));
    Some(Chart {
        keys: keys(
            false,
            [("teal", words.say("persons, true", "真实人数")), ("blue", words.say("clusters, found", "所得归并组数"))],
        ),
        caption: words.say("logarithmic", "对数刻度"),
        svg: svg.done(),
    })
}
