//! Fates and findings of the versions of a key, row by row, as `docs/definitions.md` (Fates), `docs/decisions.md`
//! (Files, Rows) and `docs/findings.md` (`key-conflict`, `register-shrunk`) have them.

use std::collections::BTreeSet;

/// What a row states of its person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Who the name is of: spellings of one name bear one number. 0 where none is stated.
    pub name: u32,
    pub birth: String,
    pub sex: String,
}

/// A data row of one county and dataset.
#[derive(Clone, Debug)]
pub struct Row {
    pub file: String,
    /// The content of the file.
    pub sha256: String,
    /// Other content has since been read under the file's path.
    pub replaced: bool,
    /// How often other content had lain at the path before.
    pub revision: u32,
    pub folder: String,
    pub export: String,
    pub number: u32,
    pub key: String,
    pub content: String,
    pub entered_at: String,
    pub void: bool,
    /// It has an error that no other row explains.
    pub error: bool,
    pub person: Person,
}

/// The dataset and the settings.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub snapshot: bool,
    pub bears_person: bool,
    pub by_folder: bool,
    pub min_share: f64,
}

/// What became of the rows.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// `accepted`, `rejected`, `duplicate`, `superseded` or `void`, in the order of the rows.
    pub fates: Vec<&'static str>,
    /// Row, code, severity, state.
    pub findings: Vec<(usize, &'static str, &'static str, &'static str)>,
    /// File and content of what is held back, keys it has, keys that stood.
    pub held_back: BTreeSet<(String, String, usize, usize)>,
}

fn clearly_different(a: &Person, b: &Person) -> bool {
    let differ = |x: &str, y: &str| !x.is_empty() && !y.is_empty() && x != y;
    a.name != 0 && b.name != 0 && a.name != b.name && (differ(&a.birth, &b.birth) || differ(&a.sex, &b.sex))
}

/// Judges all rows ever read. `exports` holds folder, date, path and content of every file, those without
/// rows too; `accepted` the contents that a person let stand.
pub fn judge(
    rows: &[Row],
    exports: &[(String, String, String, String)],
    accepted: &BTreeSet<String>,
    rules: Rules,
) -> Judged {
    let scope = |folder: &str| if rules.snapshot && rules.by_folder { folder.to_owned() } else { String::new() };
    let n = rows.len();
    // "One file, or files of one date for a snapshot"; a content that was replaced is not sent with its successor.
    let one_export = |a: &Row, b: &Row| {
        if rules.snapshot && !a.replaced && !b.replaced {
            a.export == b.export && scope(&a.folder) == scope(&b.folder)
        } else {
            a.file == b.file && a.sha256 == b.sha256
        }
    };
    let same_key = |a: &Row, b: &Row| a.key == b.key && scope(&a.folder) == scope(&b.folder);
    // "Void rows and rows rejected for other errors take no part."
    let part = |i: usize| !rows[i].void && !rows[i].error;
    let mut rejected: Vec<bool> = rows.iter().map(|r| r.error && !r.void).collect();
    let mut conflict = vec![false; n];
    if rules.bears_person {
        for i in (0..n).filter(|i| part(*i)) {
            conflict[i] = (0..n).filter(|j| part(*j)).any(|j| {
                (0..n).filter(|k| part(*k)).any(|k| {
                    one_export(&rows[i], &rows[j])
                        && one_export(&rows[i], &rows[k])
                        && same_key(&rows[i], &rows[j])
                        && same_key(&rows[i], &rows[k])
                        && clearly_different(&rows[j].person, &rows[k].person)
                })
            });
        }
    }
    for i in 0..n {
        rejected[i] |= conflict[i];
    }
    let valid = |i: usize| !rejected[i] && !rows[i].void;

    // Which export of each scope stands.
    let mut judged = Judged::default();
    let mut standing: Vec<(String, String)> = Vec::new();
    let mut held: Vec<(String, String)> = Vec::new();
    if rules.snapshot {
        let scopes: BTreeSet<String> = exports.iter().map(|e| scope(&e.0)).collect();
        for of in scopes {
            let keys = |date: &str| -> usize {
                let of_date = (0..n).filter(|i| valid(*i) && rows[*i].export == date && scope(&rows[*i].folder) == of);
                of_date.map(|i| rows[i].key.as_str()).collect::<BTreeSet<_>>().len()
            };
            let dates: BTreeSet<&String> = exports.iter().filter(|e| scope(&e.0) == of).map(|e| &e.1).collect();
            let mut stands: Option<&String> = None;
            let mut waiting: Vec<(String, usize, usize)> = Vec::new();
            for date in dates {
                let stood = stands.map_or(0, |d| keys(d));
                let files = exports.iter().filter(|e| scope(&e.0) == of && e.1 == *date);
                let let_stand = files.clone().any(|e| accepted.contains(&e.3));
                if stood >= 20 && (keys(date) as f64) < rules.min_share * stood as f64 && !let_stand {
                    waiting.push((date.clone(), keys(date), stood));
                } else {
                    stands = Some(date);
                    waiting.clear();
                }
            }
            standing.extend(stands.map(|d| (of.clone(), d.clone())));
            for (date, has, stood) in waiting {
                for e in exports.iter().filter(|e| scope(&e.0) == of && e.1 == date) {
                    judged.held_back.insert((e.2.clone(), e.3.clone(), has, stood));
                }
                held.push((of.clone(), date));
            }
        }
    }
    let place = |r: &Row| (scope(&r.folder), r.export.clone());
    let in_force = |i: usize| !rules.snapshot || standing.contains(&place(&rows[i]));
    let is_held = |i: usize| held.contains(&place(&rows[i]));
    // "Ordered by entered_at (missing is lowest), export date, file path, sheet order, row."
    let order = |i: usize| {
        let r = &rows[i];
        (r.entered_at.clone(), r.export.clone(), r.file.clone(), r.revision, r.number)
    };
    let mut newest: Vec<Option<usize>> = vec![None; n];
    for i in 0..n {
        let live = (0..n).filter(|j| same_key(&rows[i], &rows[*j]) && !rejected[*j] && in_force(*j));
        newest[i] = live.max_by_key(|j| order(*j));
    }
    for i in 0..n {
        let fate = if rejected[i] {
            "rejected"
        } else if rows[i].void {
            "void"
        } else {
            match newest[i] {
                Some(top) if !rows[top].void && rows[top].content == rows[i].content && !is_held(i) => {
                    let equal = (0..n).filter(|j| {
                        valid(*j)
                            && in_force(*j)
                            && same_key(&rows[i], &rows[*j])
                            && rows[*j].content == rows[i].content
                    });
                    if equal.min_by_key(|j| order(*j)) == Some(i) { "accepted" } else { "duplicate" }
                }
                _ => "superseded",
            }
        };
        judged.fates.push(fate);
    }

    for i in 0..n {
        if !matches!(judged.fates[i], "accepted" | "rejected") {
            continue;
        }
        let later_stands = (0..n).any(|j| {
            valid(j)
                && same_key(&rows[i], &rows[j])
                && order(j) > order(i)
                && (0..n).any(|s| {
                    judged.fates[s] == "accepted" && same_key(&rows[s], &rows[j]) && rows[s].content == rows[j].content
                })
        });
        let state = if later_stands || rows[i].replaced { "mended" } else { "open" };
        if rows[i].error {
            judged.findings.push((i, "unknown-code", "error", state));
        }
        if conflict[i] {
            judged.findings.push((i, "key-conflict", "error", state));
        }
        if judged.fates[i] != "accepted" {
            continue;
        }
        // docs/decisions.md, Rows: of two rows of an export that nothing orders the later stands, of persons too.
        let by_place = (0..n).any(|b| {
            valid(b)
                && in_force(b)
                && same_key(&rows[i], &rows[b])
                && rows[b].content == rows[i].content
                && (0..n).any(|a| {
                    valid(a)
                        && same_key(&rows[a], &rows[b])
                        && one_export(&rows[a], &rows[b])
                        && rows[a].entered_at == rows[b].entered_at
                        && order(a) < order(b)
                        && rows[a].content != rows[b].content
                })
        });
        let another = if rules.bears_person {
            (0..n).any(|j| {
                part(j)
                    && rows[j].key == rows[i].key
                    && !one_export(&rows[i], &rows[j])
                    && clearly_different(&rows[i].person, &rows[j].person)
            })
        } else {
            (0..n).any(|j| {
                judged.fates[j] == "accepted"
                    && rows[j].key == rows[i].key
                    && !same_key(&rows[i], &rows[j])
                    && rows[j].content != rows[i].content
            })
        };
        if by_place || another {
            // docs/decisions.md, Rows: a warning is not mended because its row comes again.
            let says_it = |j: &usize| {
                matches!(judged.fates[*j], "accepted" | "duplicate")
                    && same_key(&rows[i], &rows[*j])
                    && rows[*j].content == rows[i].content
            };
            let last = (0..n).filter(says_it).max_by_key(|j| order(*j)).expect("the row itself");
            let state = if rows[last].replaced { "mended" } else { "open" };
            judged.findings.push((i, "key-conflict", "warning", state));
        }
    }
    judged
}
