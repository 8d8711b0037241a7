//! What a person should look at: pairs of clusters between which the evidence does not decide, and
//! clusters that look like more than one person.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use crate::link::decisions::Components;
use crate::link::engine::decided::Decided;
use crate::link::engine::intern::TextNumber;
use crate::link::engine::score::Ladder;
use crate::link::identities::RowName;
use crate::link::ids::{IdentityNumber, RecordNumber, RecordPair};
use crate::link::inspect::{Inspection, StatedIdentity};

/// The adjustment of a model that tells twins apart.
const TWINS: &str = "twins";
/// Birth years of one person lie in this many runs, at most: a mistyped one is a second.
const BIRTH_RUNS: usize = 2;

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Cases, at most.
    pub most: usize,
    /// Distinct identities from which on a cluster is too large to be believed.
    pub large: usize,
    /// Years between birth years that no lunar date or end of a year explains.
    pub years_apart: i16,
}

impl Default for Ask {
    fn default() -> Self {
        Ask { most: 500, large: 60, years_apart: 5 }
    }
}

/// Why a person should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseKind {
    /// The bits lie between review and join.
    Band,
    /// The bits reach join, and something stands against it.
    Refused(Obstacle),
    /// One weak pair held two parts together; it was cut.
    Bridge,
    /// Only the adjustment for twins keeps the pair below join.
    Twins,
    /// A cluster of too many identities, or of birth years far apart.
    Large,
}

/// What stood against a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// Both sides have a valid ID number of their own.
    TwoIds,
    /// Decided to be one person, which a valid ID number on each side forbids.
    Decision,
    /// The other pairs of the two clusters.
    Mean,
}

/// A case, with its strongest pair as the evidence; of a large cluster: its most seen identity and
/// the one least like it.
#[derive(Clone, PartialEq)]
pub struct Case {
    pub kind: CaseKind,
    /// How open the case is, 0 to 1, times the rows that would change their person.
    pub priority: f64,
    pub bits: f32,
    pub ladder: Ladder,
    pub a: CaseSide,
    pub b: CaseSide,
}

/// One side of a case.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseSide {
    /// The newest row of the identity.
    pub row: RowName,
    pub identity: IdentityNumber,
    pub stated: StatedIdentity,
    /// The ID number that the cluster owns; empty for none.
    pub own_id: String,
    /// Of the whole cluster.
    pub rows: u64,
    pub identities: u32,
}

/// A case before its texts.
struct FoundCase {
    kind: CaseKind,
    priority: f64,
    a: IdentityNumber,
    b: IdentityNumber,
}

/// Cases by priority, then by row names; pairs that are decided are none.
pub fn cases(view: &Inspection<'_>, decided: &Decided<'_>, ask: Ask) -> Vec<Case> {
    let sizes = Sizes::of(view);
    let mut found = between(view, decided, &sizes);
    found.extend(large(view, decided, &sizes, ask));
    found.sort_by(|x, y| {
        let names = |f: &FoundCase| (view.newest_row(f.a), view.newest_row(f.b));
        y.priority.total_cmp(&x.priority).then_with(|| names(x).cmp(&names(y))).then(x.kind.cmp(&y.kind))
    });
    found.truncate(ask.most);
    found
        .into_iter()
        .map(|f| {
            let ladder = view.ladder(f.a, f.b);
            let kind = if f.kind == CaseKind::Band && is_twins(view, &ladder) { CaseKind::Twins } else { f.kind };
            let side = |identity: IdentityNumber| side(view, &sizes, identity);
            Case { kind, priority: f.priority, bits: ladder.total, a: side(f.a), b: side(f.b), ladder }
        })
        .collect()
}

fn is_twins(view: &Inspection<'_>, ladder: &Ladder) -> bool {
    let bits: f32 = ladder.adjustments.iter().filter(|a| a.0 == TWINS).map(|a| a.1).sum();
    ladder.total - bits >= view.linkage.linker.model.thresholds.join
}

fn side(view: &Inspection<'_>, sizes: &Sizes, identity: IdentityNumber) -> CaseSide {
    let (dataset, county, record_key) = view.newest_row(identity);
    let root = view.linkage.clustering.roots[identity.index()].index();
    CaseSide {
        row: RowName { dataset: dataset.to_owned(), county: county.to_owned(), record_key: record_key.to_owned() },
        identity,
        stated: view.stated(identity),
        own_id: sizes.own_id[root].map(|own| view.id_text(own).to_owned()).unwrap_or_default(),
        rows: sizes.rows[root],
        identities: sizes.identities[root],
    }
}

/// Of clusters, by root.
struct Sizes {
    rows: Vec<u64>,
    identities: Vec<u32>,
    own_id: Vec<Option<TextNumber>>,
}

impl Sizes {
    fn of(view: &Inspection<'_>) -> Self {
        let roots = &view.linkage.clustering.roots;
        let n = roots.len();
        let mut sizes = Sizes { rows: vec![0; n], identities: vec![0; n], own_id: vec![None; n] };
        for (i, root) in (0..).map(IdentityNumber::new).zip(roots) {
            let root = root.index();
            sizes.rows[root] += u64::from(view.row_count(i));
            sizes.identities[root] += 1;
            sizes.own_id[root] = sizes.own_id[root].or_else(|| view.own_id(i));
        }
        sizes
    }
}

/// How open a pair is: 1 where it may as well be one person as two, 0 where it is sure.
fn openness(bits: f32) -> f64 {
    let p = 1.0 / (1.0 + (-f64::from(bits)).exp2());
    2.0 * p.min(1.0 - p)
}

/// Pairs of clusters, each by its strongest pair of identities.
fn between(view: &Inspection<'_>, decided: &Decided<'_>, sizes: &Sizes) -> Vec<FoundCase> {
    let roots = &view.linkage.clustering.roots;
    let join = view.linkage.linker.model.thresholds.join;
    let clusters = |a: RecordNumber, b: RecordNumber| {
        let (x, y) = (roots[a.index()], roots[b.index()]);
        (x.min(y), x.max(y))
    };
    let apart: HashSet<RecordPair> = decided.cannot.iter().map(|&(a, b)| clusters(a, b)).collect();
    // An identity too thin to be one person by itself joins nothing, whatever is decided about it.
    let mut thin: HashMap<RecordNumber, bool> = HashMap::new();
    let mut is_thin = |i: RecordNumber| *thin.entry(i).or_insert_with(|| view.linkage.linker.bits(i, i) < join);
    let mut strongest: HashMap<RecordPair, usize> = HashMap::new();
    for (index, e) in view.linkage.edges.iter().enumerate() {
        let pair = clusters(e.a, e.b);
        if pair.0 == pair.1 || apart.contains(&pair) || is_thin(e.a) || is_thin(e.b) {
            continue;
        }
        let best = strongest.entry(pair).or_insert(index);
        if e.bits > view.linkage.edges[*best].bits {
            *best = index;
        }
    }
    let cut: HashSet<RecordPair> = view.linkage.clustering.cut.iter().map(|b| (b.a, b.b)).collect();
    let fewer_rows = |(x, y): RecordPair| sizes.rows[x.index()].min(sizes.rows[y.index()]) as f64;
    let mut found: HashMap<RecordPair, FoundCase> = strongest
        .into_iter()
        .map(|(pair, index)| {
            let e = &view.linkage.edges[index];
            let own = |root: RecordNumber| sizes.own_id[root.index()];
            let kind = if cut.contains(&(e.a, e.b)) {
                CaseKind::Bridge
            } else if e.bits < join {
                CaseKind::Band
            } else if matches!((own(pair.0), own(pair.1)), (Some(x), Some(y)) if x != y) {
                CaseKind::Refused(Obstacle::TwoIds)
            } else {
                CaseKind::Refused(Obstacle::Mean)
            };
            // From join up the evidence speaks both ways.
            let open = if e.bits < join { openness(e.bits) } else { 1.0 };
            (pair, FoundCase { kind, priority: open * fewer_rows(pair), a: e.a.identity(), b: e.b.identity() })
        })
        .collect();
    for &i in &view.linkage.clustering.refused_decisions {
        let (a, b) = decided.must[i as usize];
        let pair = clusters(a, b);
        if pair.0 != pair.1 {
            let kind = CaseKind::Refused(Obstacle::Decision);
            found.insert(
                pair,
                FoundCase { kind, priority: fewer_rows(pair), a: a.min(b).identity(), b: a.max(b).identity() },
            );
        }
    }
    found.into_values().collect()
}

/// Clusters that look like more than one person.
fn large(view: &Inspection<'_>, decided: &Decided<'_>, sizes: &Sizes, ask: Ask) -> Vec<FoundCase> {
    let roots = &view.linkage.clustering.roots;
    let mut years: HashMap<RecordNumber, BTreeSet<i16>> = HashMap::new();
    for (i, &root) in (0..).map(IdentityNumber::new).zip(roots) {
        // Three runs need three identities.
        if sizes.identities[root.index()] as usize > BIRTH_RUNS
            && let Some(year) = view.birth_year(i)
        {
            years.entry(root).or_default().insert(year);
        }
    }
    let mut members: HashMap<RecordNumber, Vec<IdentityNumber>> = HashMap::new();
    for (i, &root) in (0..).map(IdentityNumber::new).zip(roots) {
        let many = sizes.identities[root.index()] as usize > ask.large;
        if many || years.get(&root).is_some_and(|y| runs(y, ask.years_apart) > BIRTH_RUNS) {
            members.entry(root).or_default().push(i);
        }
    }
    if members.is_empty() {
        return Vec::new();
    }
    let mut same = Components::new(roots.len());
    decided.must.iter().for_each(|&(a, b)| same.join(a.index(), b.index()));
    let mut found = Vec::new();
    for (root, members) in members {
        let most_seen = members.iter().copied().max_by_key(|&i| (view.row_count(i), std::cmp::Reverse(i)));
        let Some(most_seen) = most_seen else { continue };
        let group = same.root(most_seen.index());
        let least_like = members
            .into_iter()
            .filter(|&i| same.root(i.index()) != group)
            .map(|i| (view.linkage.linker.bits(i.min(most_seen).record(), i.max(most_seen).record()), i))
            .min_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        if let Some((_, other)) = least_like {
            let (a, b) = (most_seen.min(other), most_seen.max(other));
            found.push(FoundCase { kind: CaseKind::Large, priority: sizes.rows[root.index()] as f64, a, b });
        }
    }
    found
}

/// Runs of years in which no two neighbours are so far apart.
fn runs(years: &BTreeSet<i16>, apart: i16) -> usize {
    let years: Vec<i16> = years.iter().copied().collect();
    years.len().min(1) + years.windows(2).filter(|w| w[1] - w[0] >= apart).count()
}
