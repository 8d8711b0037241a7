//! How far a number is from its target, in whole things.

use xinhui::numbers::indicators::{gap, meets};
use xinhui::schema::indicator::Unit;
use xinhui::schema::profile::Op;

#[test]
fn a_gap_is_the_least_change_of_the_numerator_that_meets_the_target() {
    let (mut met, mut reached, mut never) = (0, 0, 0);
    for unit in [Unit::Percent, Unit::Permille, Unit::Count, Unit::PercentChange] {
        for op in [Op::AtLeast, Op::AtMost, Op::Above, Op::Below] {
            for target in [0.0, 0.5, 5.0, 33.3, 66.67, 80.0, 95.0, 100.0, -12.5] {
                for d in [1_i64, 3, 7, 20, 52] {
                    for n in [0, 1, d / 2, d - 1, d] {
                        let of_part = unit == Unit::Percent;
                        let place = format!("{n}/{d} {unit:?} {op:?} {target}");
                        let is_met = |n: i64| meets(unit, n, Some(d), op, target).expect("numbers");
                        // As a person would look for it: one by one.
                        let up = matches!(op, Op::AtLeast | Op::Above);
                        let most = if up && of_part {
                            d - n
                        } else if up {
                            1_000
                        } else {
                            n
                        };
                        let expected = (0..=most).find(|by| is_met(if up { n + by } else { n - by }));
                        assert_eq!(gap(unit, (n, Some(d)), op, target, of_part), expected, "{place}");
                        match expected {
                            Some(0) => met += 1,
                            Some(_) => reached += 1,
                            None => never += 1,
                        }
                    }
                }
            }
        }
    }
    assert!(met > 100 && reached > 100 && never > 100, "{met} {reached} {never}");
    for (n, d) in [(0, Some(0)), (3, None)] {
        assert_eq!(gap(Unit::Percent, (n, d), Op::AtLeast, 95.0, true), None, "no data: {n}/{d:?}");
    }
}
