//! What bits tell: other thresholds, and true and false pairs among the candidates.

use super::metrics::{Contingency, share};
use super::{Band, Bin, Candidates, Pairwise, Subject, Sweep, SweepPoint, Whole};

/// Thresholds of the sweep, in bits: `FIRST`, `FIRST + STEP`, … `LAST`.
const FIRST: i16 = -10;
const LAST: i16 = 40;
const STEP: usize = 2;

/// Bounds of the bands; the first and the last are open.
const BOUNDS: [i16; 9] = [0, 5, 10, 15, 20, 25, 30, 35, 40];

/// More bins than this and a chart is a comb.
const MOST_BINS: f64 = 40.0;

pub fn point(threshold: f32, chosen: bool, pairwise: &Pairwise, whole: &Whole) -> SweepPoint {
    SweepPoint {
        threshold,
        chosen,
        clusters: whole.clusters,
        found_pairs: pairwise.found_pairs,
        correct_pairs: pairwise.correct_pairs,
        precision: pairwise.precision,
        recall: pairwise.recall,
        f1: pairwise.f1,
        exact_rate: whole.exact_rate,
    }
}

/// The chosen point stands among the others even when it is off their grid, so that the oracle is never
/// worse than it.
pub fn sweep(subject: &Subject, chosen: SweepPoint) -> Sweep {
    let mut points: Vec<SweepPoint> = (FIRST..=LAST)
        .step_by(STEP)
        .map(f32::from)
        .filter(|t| *t != chosen.threshold)
        .map(|threshold| {
            let table = Contingency::new(subject.truth, &(subject.clusters_at)(threshold));
            point(threshold, false, &table.pairwise(), &table.whole())
        })
        .collect();
    let at = points.partition_point(|p| p.threshold < chosen.threshold);
    points.insert(at, chosen);

    let distance = |p: &SweepPoint| (p.threshold - chosen.threshold).abs();
    let oracle = points
        .iter()
        .filter_map(|p| Some((p.f1?, p)))
        .max_by(|(f1, p), (other_f1, other)| f1.total_cmp(other_f1).then(distance(other).total_cmp(&distance(p))))
        .map(|(_, p)| *p);
    Sweep { points, oracle }
}

/// Bits of the candidates and whether they are true; a pair whose bits are no number says nothing.
fn judged<'a>(subject: &'a Subject) -> impl Iterator<Item = (f64, bool)> + 'a {
    let same = |a: u32, b: u32| subject.truth[a as usize] == subject.truth[b as usize];
    subject.candidates.iter().filter(|c| !c.2.is_nan()).map(move |&(a, b, bits)| (f64::from(bits), same(a, b)))
}

pub fn candidates(subject: &Subject, true_pairs: u64) -> Candidates {
    let pairs = judged(subject).count() as u64;
    let right = judged(subject).filter(|c| c.1).count() as u64;
    Candidates {
        pairs,
        true_pairs: right,
        false_pairs: pairs - right,
        recall: share(right, true_pairs),
        lowest_bits: subject.candidates.iter().map(|c| c.2).filter(|b| b.is_finite()).min_by(f32::total_cmp),
    }
}

/// Bins of equal width that begin at a multiple of it; infinite bits are in the outermost.
pub fn histogram(subject: &Subject) -> Vec<Bin> {
    let finite = || judged(subject).map(|c| c.0).filter(|b| b.is_finite());
    let (Some(least), Some(most)) = (finite().min_by(f64::total_cmp), finite().max_by(f64::total_cmp)) else {
        return Vec::new();
    };
    let widths = (0..).flat_map(|power| [1.0, 2.0, 5.0].map(|w| w * 10f64.powi(power)));
    let count = |width: f64| (most / width).floor() - (least / width).floor() + 1.0;
    let width = widths.into_iter().find(|w| count(*w) <= MOST_BINS).expect("one wide enough");
    let start = (least / width).floor();
    let mut bins: Vec<Bin> = (0..count(width) as usize)
        .map(|i| {
            let from = (start + i as f64) * width;
            Bin { from, to: from + width, true_pairs: 0, false_pairs: 0 }
        })
        .collect();
    for (bits, right) in judged(subject) {
        // The cast takes what is below 0 to 0.
        let at = ((bits / width).floor() - start) as usize;
        let at = at.min(bins.len() - 1);
        *(if right { &mut bins[at].true_pairs } else { &mut bins[at].false_pairs }) += 1;
    }
    bins
}

/// From the lowest band to the highest.
pub fn bands(subject: &Subject) -> Vec<Band> {
    let mut counts = [[0u64; 2]; BOUNDS.len() + 1];
    for (bits, right) in judged(subject) {
        counts[BOUNDS.partition_point(|b| f64::from(*b) <= bits)][usize::from(right)] += 1;
    }
    let mut above = [0, 0];
    let mut bands: Vec<Band> = (0..counts.len())
        .rev()
        .map(|i| {
            let [false_pairs, true_pairs] = counts[i];
            above = [above[0] + false_pairs, above[1] + true_pairs];
            let interval = wilson(true_pairs, true_pairs + false_pairs);
            Band {
                from: i.checked_sub(1).map(|i| f64::from(BOUNDS[i])),
                to: BOUNDS.get(i).map(|b| f64::from(*b)),
                true_pairs,
                false_pairs,
                precision: share(true_pairs, true_pairs + false_pairs),
                low: interval.map(|i| i.0),
                high: interval.map(|i| i.1),
                precision_from_here: share(above[1], above[0] + above[1]),
            }
        })
        .collect();
    bands.reverse();
    bands
}

/// The 95 % interval of a share, which stays sensible at 0, at 1 and of few.
fn wilson(part: u64, whole: u64) -> Option<(f64, f64)> {
    let p = share(part, whole)?;
    let (n, z) = (whole as f64, 1.959_963_984_540_054);
    let scale = 1.0 / (1.0 + z * z / n);
    let middle = scale * (p + z * z / (2.0 * n));
    let half = scale * z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // The ends are exact where the formula is but nearly.
    let low = if part == 0 { 0.0 } else { middle - half };
    let high = if part == whole { 1.0 } else { middle + half };
    Some((low, high))
}
