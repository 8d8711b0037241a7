//! What must hold between the numbers of the naive reference, whatever the rows say.

use std::collections::BTreeMap;

use crate::reference::random::random_world;
use crate::reference::world::ManagedRule;
use crate::reference::{IndicatorRow, indicators, rollups};

type Cells<'r> = BTreeMap<(&'r str, &'r str, &'r str), (i64, i64)>;

fn cells(rows: &[IndicatorRow]) -> Cells<'_> {
    rows.iter()
        .map(|r| {
            let key = (r.indicator.as_str(), r.division_code.as_str(), r.period.as_str());
            (key, (r.numerator, r.denominator.unwrap_or(0)))
        })
        .collect()
}

/// Each set holds the next: managed <= under management <= registered, regular <= on medication <= registered, and
/// the two owners' shares are disjoint and add up.
#[test]
fn shares_of_the_register_nest_and_add_up() {
    for rule in [ManagedRule::MonthGap, ManagedRule::Prorata, ManagedRule::Interval, ManagedRule::VisitsAndCheckup] {
        let mut world = random_world(7, 150);
        world.settings.managed_rule = rule;
        let rows = indicators(&world);
        let all = cells(&rows);
        let mut seen = 0;
        for ((indicator, division, period), (managed, registered)) in &all {
            if *indicator != "smi_standard_management_rate" {
                continue;
            }
            let of = |id: &str| all[&(id, *division, *period)];
            seen += managed;
            assert!(*managed <= of("smi_under_management_rate").0, "{rule:?} {division} {period}");
            assert!(of("smi_regular_medication_rate").0 <= of("smi_medication_rate").0);
            assert!(of("smi_medication_rate").0 <= of("smi_treatment_rate").0);
            assert!(of("smi_treatment_rate").0 <= *registered);
            let (without, with) = (of("smi_standard_management_excl_risk_rate"), of("violent_risk_management_rate"));
            assert_eq!((without.0 + with.0, without.1 + with.1), (*managed, *registered));
            assert!(of("smi_stable_rate").1 <= of("smi_home_counselling_rate").1);
        }
        assert!(seen > 0, "{rule:?} finds somebody managed");
    }
}

/// docs/definitions.md: the city's number is not the sum of its counties: it is less where somebody stands in two of them,
/// and never less than the greatest.
#[test]
fn a_division_has_no_fewer_persons_than_any_of_its_parts() {
    let world = random_world(11, 150);
    let rows = indicators(&world);
    let all = cells(&rows);
    let mut twice = 0;
    for ((indicator, division, period), (_, registered)) in &all {
        if *indicator != "smi_under_management_rate" || division.len() != 4 {
            continue;
        }
        let parts: Vec<i64> = world.of_level("county").map(|c| all[&(*indicator, c, *period)].1).collect();
        let sum: i64 = parts.iter().sum();
        assert!(parts.iter().all(|p| p <= registered));
        assert!(*registered <= sum, "nobody is registered at the city alone");
        twice += sum - registered;
    }
    assert!(twice > 0, "somebody stands in two counties");
}

#[test]
fn contacts_add_up_over_counties_and_dimensions_and_persons_do_not() {
    let world = random_world(13, 150);
    let rows = rollups(&world).remove("services").expect("the rollup");
    let year: Vec<_> = rows.iter().filter(|r| r.period == "2023").collect();
    let total = |division: &str, dimension: &str, measure: &str| -> i64 {
        let split = |r: &&&crate::reference::RollupRow| {
            r.dims.iter().all(|(name, value)| (name == dimension) == (value != "_all"))
        };
        year.iter().filter(|r| r.division_code == division).filter(split).map(|r| r.measures[measure]).sum()
    };
    let contacts = total("3704", "", "contacts");
    let by_county: i64 = world.of_level("county").map(|c| total(c, "", "contacts")).sum();
    assert!(contacts > 0);
    assert_eq!(contacts, by_county);
    assert_eq!(contacts, total("3704", "service_kind", "contacts"));
    assert_eq!(contacts, total("3704", "sex", "contacts"));
    assert!(contacts < total("3704", "population", "contacts"), "a multi-valued field counts in each of its values");
    assert_eq!(total("3704", "", "persons"), total("3704", "sex", "persons"), "a person has one sex");
    assert!(total("3704", "", "persons") < total("3704", "service_kind", "persons"));
}

#[test]
fn numbers_do_not_depend_on_the_order_of_rows() {
    let world = random_world(17, 60);
    let mut turned = world.clone();
    for rows in turned.rows.values_mut() {
        rows.reverse();
    }
    assert_eq!(indicators(&world), indicators(&turned));
    assert_eq!(rollups(&world), rollups(&turned));
}
