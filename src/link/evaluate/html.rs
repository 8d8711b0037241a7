//! The figures as one page that needs nothing else: no scripts, no fonts, no network.

use std::fmt::Write as _;

use super::escape::escape;
use super::text::{ReportWords, Section, Topic, rate, sections};
use super::{Evaluation, Pairwise, charts};

const STYLE: &str = "
:root { color-scheme: light dark;
  --paper: #faf9f6; --panel: #ffffff; --ink: #1c1e21; --soft: #5a6067; --line: #d9d6ce; --grid: #ebe8e1;
  --blue: #1f6cb0; --orange: #b9530b; --teal: #12796a; --pale: #8cc5ba; --red: #b3304a; --mark: #f3efe2; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #15171a; --panel: #1b1e22; --ink: #e9e7e2; --soft: #a4a9ae; --line: #3a3f45; --grid: #292d32;
  --blue: #74b4ee; --orange: #f09a5c; --teal: #4dbfa9; --pale: #2c6f63; --red: #f0839a; --mark: #2a2a22; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI',
  'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 0 0 .3rem; }
p { margin: 0 0 1rem; color: var(--soft); max-width: 46rem; }
section { margin-top: 2.75rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0 0; }
.figures div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; }
.figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.55rem; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 0 0 1rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: .9rem 1rem .6rem; overflow-x: auto; }
figcaption { color: var(--soft); font-size: .85rem; margin-bottom: .4rem; display: flex; flex-wrap: wrap; }
svg { display: block; width: 100%; min-width: 34rem; height: auto; }
svg text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums;
  paint-order: stroke; stroke: var(--panel); stroke-width: 3px; stroke-linejoin: round; }
svg text.strong { fill: var(--ink); font-weight: 600; }
.key { display: inline-flex; align-items: center; margin-right: 1.1rem; white-space: nowrap; color: var(--ink); }
.key i { width: .85rem; height: .85rem; border-radius: 2px; margin-right: .4rem; }
.key i.thin { height: 3px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { text-align: right; padding: .3rem .75rem; border-bottom: 1px solid var(--grid); white-space: nowrap; }
thead th { color: var(--soft); font-weight: 500; border-bottom-color: var(--line); }
th:first-child { text-align: left; padding-left: .3rem; font-weight: 500; }
tbody th { white-space: normal; overflow-wrap: anywhere; min-width: 5.5rem; max-width: 21rem; }
table.wide { font-size: .85rem; }
table.wide th, table.wide td { padding: .3rem .5rem; }
table.wide tbody th { min-width: 8rem; max-width: 14rem; }
summary { cursor: pointer; color: var(--soft); font-size: .92rem; margin-bottom: .5rem; }
tr.marked > * { background: var(--mark); font-weight: 600; }
@media print { section { break-inside: avoid; } body { background: none; } }
";

/// All figures as a page with charts; follows the reader's light or dark.
pub fn as_html(evaluation: &Evaluation, zh: bool) -> String {
    let words = ReportWords::new(zh);
    let mut page = String::from("<!DOCTYPE html>\n");
    let _ = write!(page, "<html lang=\"{}\"><head><meta charset=\"utf-8\">", if zh { "zh-CN" } else { "en" });
    // The page may hold names of sources: the policy makes sure that nothing of it is sent anywhere.
    page.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
    );
    let title = words.title();
    let _ = writeln!(page, "<title>{title}</title><style>{STYLE}</style></head>\n<body><main>");
    let _ = write!(page, "<header><h1>{title}</h1><p>{}</p>", escape(&words.scope(evaluation)));
    figures(&mut page, evaluation, words);
    page.push_str("</header>\n");
    for section in sections(evaluation, words) {
        let _ = writeln!(page, "<section><h2>{}</h2><p>{}</p>", section.title, escape(&section.note));
        chart(&mut page, section.topic, evaluation, words);
        table(&mut page, &section, words);
        page.push_str("</section>\n");
    }
    page.push_str("</main></body></html>\n");
    page
}

fn figures(page: &mut String, e: &Evaluation, words: ReportWords) {
    let Pairwise { precision, recall, f1, .. } = e.pairwise;
    let figures = [
        (words.say("F1, pairs", "F1（记录对）"), f1),
        (words.precision(), precision),
        (words.recall(), recall),
        (words.blocking_recall(), e.blocking.recall),
        ("B-cubed F1", e.bcubed.f1),
        (words.say("exact persons", "完全一致的人"), e.whole.exact_rate),
    ];
    page.push_str("<dl class=\"figures\">");
    for (name, value) in figures {
        let _ = write!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", rate(value));
    }
    page.push_str("</dl>");
}

fn chart(page: &mut String, topic: Topic, e: &Evaluation, words: ReportWords) {
    let drawn = match topic {
        Topic::Blocking => charts::losses(e, words),
        Topic::Groups => charts::groups(e, words),
        Topic::Thresholds => charts::thresholds(e, words),
        Topic::Bits => charts::bits(e, words),
        Topic::Sizes => charts::sizes(e, words),
        Topic::EndToEnd | Topic::Whole => None,
    };
    if let Some(chart) = drawn {
        page.push_str("<figure><figcaption>");
        for key in &chart.keys {
            let thin = if key.thin { " class=\"thin\"" } else { "" };
            let _ = write!(
                page,
                "<span class=\"key\"><i{thin} style=\"background: var(--{})\"></i>{}</span>",
                key.colour, key.label
            );
        }
        let _ = writeln!(page, "<span>{}</span></figcaption>\n{}\n</figure>", chart.caption, chart.svg);
    }
}

fn table(page: &mut String, section: &Section, words: ReportWords) {
    let wide = if section.header.len() > 8 { " class=\"wide\"" } else { "" };
    // The chart says what the long table does.
    let folded = section.topic == Topic::Thresholds;
    if folded {
        let _ = write!(page, "<details><summary>{}</summary>", words.say("figures", "数值"));
    }
    let _ = write!(page, "<div class=\"scroll\"><table{wide}><thead><tr>");
    for cell in &section.header {
        let _ = write!(page, "<th scope=\"col\">{cell}</th>");
    }
    page.push_str("</tr></thead><tbody>\n");
    for row in &section.rows {
        page.push_str(if row.marked { "<tr class=\"marked\">" } else { "<tr>" });
        for (i, cell) in row.cells.iter().enumerate() {
            let cell = escape(cell);
            let _ =
                if i == 0 { write!(page, "<th scope=\"row\">{cell}</th>") } else { write!(page, "<td>{cell}</td>") };
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>");
    if folded {
        page.push_str("</details>");
    }
}
