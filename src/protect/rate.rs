//! Numerators and denominators over the tree: hides what must be hidden, and shows by tables of what an
//! outsider must think possible that it is enough.

use super::column::{BOUNDLESS, ProtectedCells, ProtectedColumn};
use super::filling::{COMPLEMENT, DENOMINATOR, Filling, LEAST_DENOMINATOR, NUMERATOR};
use super::last_resort::LastResort;
pub use super::possible::{Possible, Witness};
use super::seen::SeenCells;
use super::tree::Tree;

/// One indicator at one end of a window.
pub struct Rate<'a> {
    pub numerators: &'a [i64],
    /// Whether numerator and denominator minus numerator count: small ones are hidden.
    pub small: Vec<bool>,
    /// Whether it is to stay open whatever it is; nothing where none is.
    pub watched: Vec<bool>,
    /// Rows that are to be hidden whatever they hold.
    pub forced: Vec<bool>,
    /// Numerators that cannot be hidden any more.
    pub fixed: Vec<bool>,
    /// Numerators that are known, shown or not.
    pub known: Vec<bool>,
    pub costs: Vec<u64>,
    /// The denominator bounds the numerator (a rate, no change from year to year).
    pub bounded: bool,
}

impl Rate<'_> {
    /// The least that a hidden numerator is: of a count, nothing is shown; of a rate, it may be hidden for another.
    fn least(&self) -> i64 {
        i64::from(!self.bounded)
    }
}

/// A denominator, and the rates that have it.
pub struct Family<'a> {
    pub tree: &'a Tree,
    /// `None` for counts, and where it is known to all (a population).
    pub denominators: Option<&'a [i64]>,
    pub small: Vec<bool>,
    /// Denominators that something small hides behind, because the numerator is known.
    pub behind: Vec<bool>,
    /// Denominators that are to stay open whatever they are; nothing where there are none.
    pub watched: Vec<bool>,
    /// Denominators that are to be hidden whatever they are.
    pub forced: Vec<bool>,
    pub fixed: Vec<bool>,
    pub costs: Vec<u64>,
    pub rates: Vec<Rate<'a>>,
    /// t - 2.
    pub width: i64,
    /// The largest number that is small.
    pub largest_small: i64,
    /// How many linear programs may be asked before more is hidden.
    pub programs: u32,
}

/// What one family hides.
pub struct Hidden {
    pub denominators: Vec<bool>,
    pub numerators: Vec<Vec<bool>>,
    /// Tables that an outsider must think possible, for each rate (or one without, for the denominator alone).
    pub witnesses: Vec<Witness>,
}

/// Up to so many divisions programs are asked before more is hidden; above, where nothing more can be hidden.
const SMALL_TREE: usize = 400;

/// Hides what a family must hide.
pub fn protect(family: &Family<'_>) -> Hidden {
    let tree = family.tree;
    let nodes = tree.len();
    let nothing = vec![0; nodes];
    let nobody = vec![false; nodes];
    let is_open = |node: usize| family.small[node] || family.behind[node] || family.watched.get(node) == Some(&true);
    let open_d: Vec<bool> = (0..nodes).map(is_open).collect();
    let watched_d: Vec<u8> = open_d.iter().map(|open| if *open { NUMERATOR } else { 0 }).collect();
    let mut hidden_d = vec![false; nodes];
    let mut programs = family.programs;
    if let Some(values) = family.denominators {
        let mut hidden: Vec<bool> = open_d.iter().zip(&family.forced).map(|(open, forced)| *open || *forced).collect();
        loop {
            let caps = vec![BOUNDLESS; nodes];
            let cells = ProtectedCells {
                values,
                caps: &caps,
                least: LEAST_DENOMINATOR,
                small: &open_d,
                fixed: &family.fixed,
                costs: &family.costs,
                width: family.width,
            };
            let mut column = ProtectedColumn::new(tree, cells, hidden);
            column.settle();
            let hides = column.hidden.clone();
            let mut filling = Filling::of_column(tree, values, &hides, LEAST_DENOMINATOR);
            let unsafe_nodes = filling.prove(&watched_d, family.width);
            let of_all = seen(family, (values, None), (&hides, &nobody), &family.watched);
            let unsafe_nodes = if nodes > SMALL_TREE {
                unsafe_nodes
            } else {
                by_programs(&mut filling.witness, (&of_all, None), (&unsafe_nodes, &watched_d), &mut programs)
            };
            let mut more = false;
            for node in firsts(&filling.witness, &unsafe_nodes) {
                more |= column.hide_more(node);
            }
            hidden = column.hidden;
            if !more {
                break;
            }
        }
        hidden_d = hidden;
    }
    let mut numerators = Vec::with_capacity(family.rates.len());
    let mut witnesses = Vec::with_capacity(family.rates.len());
    let mut at = 0;
    let mut hidden: Vec<Option<Vec<bool>>> = family.rates.iter().map(|_| None).collect();
    while at < family.rates.len() {
        let rate = &family.rates[at];
        let given = hidden[at].take();
        let (hides, witness, more_d) = protect_rate(family, rate, &hidden_d, given, &mut programs);
        if more_d.is_empty() {
            numerators.push(hides);
            witnesses.push(witness);
            at += 1;
            continue;
        }
        // The denominator belongs to all: what is hidden of it is hidden in each, and all are looked at again.
        for node in more_d {
            hidden_d[node] = true;
        }
        for (kept, hides) in hidden.iter_mut().zip(numerators.drain(..).chain(std::iter::once(hides))) {
            *kept = Some(hides);
        }
        witnesses.clear();
        at = 0;
    }
    if family.rates.is_empty() {
        let values = family.denominators.unwrap_or(&nothing);
        let mut filling = Filling::of_column(tree, values, &hidden_d, LEAST_DENOMINATOR);
        let unsafe_nodes = filling.prove(&watched_d, family.width);
        let of_all = seen(family, (values, None), (&hidden_d, &nobody), &family.watched);
        by_programs(&mut filling.witness, (&of_all, None), (&unsafe_nodes, &watched_d), &mut programs);
        witnesses.push(filling.witness);
    }
    Hidden { denominators: hidden_d, numerators, witnesses }
}

/// Numerators to hide, tables, and denominators that must be hidden besides.
fn protect_rate(
    family: &Family<'_>,
    rate: &Rate<'_>,
    hidden_d: &[bool],
    given: Option<Vec<bool>>,
    programs: &mut u32,
) -> (Vec<bool>, Witness, Vec<usize>) {
    let (tree, nodes) = (family.tree, family.tree.len());
    let denominators = family.denominators.filter(|_| rate.bounded);
    let given = given.unwrap_or_else(|| vec![false; nodes]);
    let mut hidden: Vec<bool> =
        (0..nodes).map(|i| given[i] || rate.small[i] || rate.forced[i] || hidden_d[i]).collect();
    let caps = caps(tree, denominators, hidden_d);
    let watched_parts_alone = watched_parts(family, rate, denominators, (hidden_d, &|_| false));
    let watched_parts = watched_parts(family, rate, denominators, (hidden_d, &|i| rate.known[i]));
    for _ in 0..2 * nodes + 8 {
        let cells = ProtectedCells {
            values: rate.numerators,
            caps: &caps,
            least: rate.least(),
            small: &rate.small,
            fixed: &rate.fixed,
            costs: &rate.costs,
            width: family.width,
        };
        let mut column = ProtectedColumn::new(tree, cells, hidden);
        column.settle();
        let hides = column.hidden.clone();
        // Where the denominator is shown, nothing but the numerator could hide what is small beside it.
        let is_known = |i: usize| rate.known[i] && (hidden_d[i] || !rate.small[i]);
        let unknown: Vec<bool> = (0..nodes).map(|i| hides[i] && !is_known(i)).collect();
        let (column_n, of_rate) = ((rate.numerators, rate.least()), (rate.numerators, denominators));
        let mut filling = Filling::of_rate(tree, column_n, (&hides, &unknown), denominators, hidden_d);
        let mut narrow = filling.prove(&watched_parts, family.width);
        let [of_all, alone] = [&unknown, &hides].map(|n| seen(family, of_rate, (n, hidden_d), &rate.watched));
        let alone = (unknown != hides).then_some(&alone);
        if let Some(alone) = alone {
            let of_alone = Filling::of_rate(tree, column_n, (&hides, &hides), denominators, hidden_d);
            narrow = narrow_to_both(&mut filling.witness, (of_alone, &watched_parts_alone), [&of_all, alone], narrow);
        }
        let mut ask = |narrow: &mut Vec<usize>, witness: &mut Witness| {
            *narrow = by_programs(witness, (&of_all, alone), (narrow, &watched_parts), programs);
        };
        if nodes <= SMALL_TREE {
            ask(&mut narrow, &mut filling.witness);
        }
        if narrow.is_empty() {
            return (column.hidden, filling.witness, Vec::new());
        }
        let mut more = false;
        // More numerators do not help one that is known, but for what is beside it.
        let by_numerators: Vec<usize> = narrow.iter().copied().filter(|node| unknown[*node]).collect();
        for node in firsts(&filling.witness, &by_numerators) {
            more |= column.hide_more(node);
        }
        if !more && nodes > SMALL_TREE {
            ask(&mut narrow, &mut filling.witness);
            if narrow.is_empty() {
                return (column.hidden, filling.witness, Vec::new());
            }
        }
        if !more {
            // Every sibling up to the root is hidden: the denominators around the cells go too.
            let denominators_too = denominators_around(family, &narrow, &column.hidden, hidden_d);
            if !denominators_too.is_empty() {
                return (column.hidden, filling.witness, denominators_too);
            }
            // None is left: the numerators around those that are known, which bound denominators, or have bounds above.
            for node in firsts(&filling.witness, &narrow) {
                more |= column.hide_more_where(node, &is_known);
            }
            if !more {
                // Nothing is shown of what could be hidden.
                return (column.hidden, Witness::default(), Vec::new());
            }
        }
        hidden = column.hidden;
    }
    (hidden, Witness::default(), Vec::new())
}

/// What is known can contradict a sum that binds one who knows this edition alone: he has tables of his own. Takes them
/// too; gives the cells that stay too narrow to either.
fn narrow_to_both(
    witness: &mut Witness,
    (mut of_alone, watched_parts): (Filling<'_>, &[u8]),
    views: [&SeenCells<'_>; 2],
    mut narrow: Vec<usize>,
) -> Vec<usize> {
    of_alone.prove(watched_parts, views[0].width);
    witness.kept.append_after(of_alone.witness.kept);
    let tables = &witness.kept;
    narrow.extend(views.into_iter().flat_map(|view| SeenCells { tables, ..*view }.open()));
    narrow.sort_unstable();
    narrow.dedup();
    narrow
}

/// The cells of a column, or of numerators under denominators, as an outsider sees them.
fn seen<'a>(
    family: &'a Family<'_>,
    (n, d): (&'a [i64], Option<&'a [i64]>),
    (hidden_n, hidden_d): (&'a [bool], &'a [bool]),
    watched: &'a [bool],
) -> SeenCells<'a> {
    let (largest_small, width) = (family.largest_small, family.width);
    let watched = [watched, &family.watched];
    SeenCells { tree: family.tree, n, d, hidden_n, hidden_d, watched, tables: Possible::none(), largest_small, width }
}

/// The last resort for cells that are too narrow: tables by linear programs. Gives those that stay so.
fn by_programs(
    witness: &mut Witness,
    (seen, alone): (&SeenCells<'_>, Option<&SeenCells<'_>>),
    (narrow, parts): (&[usize], &[u8]),
    programs: &mut u32,
) -> Vec<usize> {
    if narrow.is_empty() || *programs == 0 {
        return narrow.to_vec();
    }
    let last = LastResort { seen, alone, group: &witness.group, parts };
    last.prove(narrow, &mut witness.kept, programs)
}

/// One of each group at a time: what is hidden for it may do for the others.
fn firsts(witness: &Witness, nodes: &[usize]) -> Vec<usize> {
    let mut groups = std::collections::BTreeMap::new();
    for node in nodes {
        groups.entry(witness.group[*node]).or_insert(*node);
    }
    groups.into_values().collect()
}

/// The most that the numerators can be: their denominators, as far as an outsider knows them.
fn caps(tree: &Tree, denominators: Option<&[i64]>, hidden_d: &[bool]) -> Vec<i64> {
    let nodes = tree.len();
    match denominators {
        None => vec![BOUNDLESS; nodes],
        Some(d) => {
            let mut pools = vec![0; nodes];
            for node in (1..nodes).filter(|n| hidden_d[*n]) {
                pools[tree.parent(node)] += d[node];
            }
            (0..nodes).map(|i| if hidden_d[i] { pools[tree.parent(i)].max(d[i]) } else { d[i] }).collect()
        }
    }
}

/// What of each cell must stay open to one who knows some numerators. A cell whose denominator is shown leaves its
/// complement as open as itself.
fn watched_parts(
    family: &Family<'_>,
    rate: &Rate<'_>,
    denominators: Option<&[i64]>,
    (hidden_d, is_known): (&[bool], &dyn Fn(usize) -> bool),
) -> Vec<u8> {
    let counts = |value: i64| value >= 1 && value <= family.largest_small;
    (0..family.tree.len())
        .map(|i| {
            let n = rate.numerators[i];
            let Some(d) = denominators else { return if rate.small[i] { NUMERATOR } else { 0 } };
            let [watched, watched_d] = [&rate.watched, &family.watched].map(|of| of.get(i) == Some(&true));
            let mut parts = 0;
            parts |= if (counts(n) || watched) && !(is_known(i) && hidden_d[i]) { NUMERATOR } else { 0 };
            parts |= if counts(d[i] - n) { COMPLEMENT } else { 0 };
            parts |= if (counts(d[i]) || watched_d) && hidden_d[i] { DENOMINATOR } else { 0 };
            if rate.small[i] { parts } else { 0 }
        })
        .collect()
}

/// Of cells that are not safe, the nearest denominators above and beside them that can still be hidden: of hidden
/// numerators, or where there are none the cheapest one.
fn denominators_around(family: &Family<'_>, unsafe_nodes: &[usize], hidden: &[bool], hidden_d: &[bool]) -> Vec<usize> {
    let tree = family.tree;
    let open = |n: &usize| !hidden_d[*n] && !family.fixed[*n];
    let nearest = |node: usize, of: &dyn Fn(&usize) -> bool| -> Vec<usize> {
        let mut at = node;
        loop {
            let parent = tree.parent(at);
            let around = tree.children(parent).chain(std::iter::once(parent));
            let found: Vec<usize> = around.filter(open).filter(of).collect();
            if !found.is_empty() || at == 0 {
                return found;
            }
            at = parent;
        }
    };
    let mut denominators_too = Vec::new();
    for node in unsafe_nodes {
        let beside = nearest(*node, &|n| hidden[*n]);
        if beside.is_empty() {
            let any = nearest(*node, &|_| true);
            denominators_too.extend(any.into_iter().min_by_key(|n| (family.costs[*n], *n)));
        }
        denominators_too.extend(beside);
    }
    denominators_too
}
