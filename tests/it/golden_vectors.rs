//! National figures that were printed with numerator and denominator come out of the arithmetic again.

use crate::reference::contract;
use crate::reference::golden::{NATIONAL, rounded};
use crate::reference::indicators::published;

use xinhui::numbers::indicators::{Status, status, value};
use xinhui::schema::indicator::Unit;

/// The unit of the declarations by its name.
fn unit(name: &str) -> Unit {
    [Unit::Percent, Unit::Permille].into_iter().find(|u| u.as_str() == name).expect("percent or permille")
}

#[test]
fn the_published_arithmetic_gives_the_printed_national_rates() {
    for g in NATIONAL {
        let value = value(unit(g.unit), g.numerator, Some(g.denominator)).expect("a value");
        assert_eq!(format!("{value:.2}"), g.printed, "{} {}", g.year, g.indicator);
        assert_eq!(status(unit(g.unit), Some(g.denominator), false), Status::Ok);
    }
}

#[test]
fn printed_national_rates_come_out_of_their_numerators_and_denominators() {
    for g in NATIONAL {
        assert_eq!(rounded(g.unit, g.numerator, g.denominator), g.printed, "{} {}", g.year, g.indicator);
        let (denominator, value, has_data) = published(g.unit, g.numerator, Some(g.denominator));
        assert_eq!((denominator, has_data), (Some(g.denominator), true));
        assert_eq!(format!("{:.2}", value.unwrap()), g.printed, "{} {}", g.year, g.indicator);
    }
}

#[test]
fn units_of_the_printed_rates_are_those_of_the_contract() {
    let indicators = contract::indicators();
    for g in NATIONAL {
        let known = indicators.iter().find(|i| i.id == g.indicator).expect("an indicator of the contract");
        assert_eq!(known.unit, g.unit, "{}", g.indicator);
    }
}

#[test]
fn the_printed_medication_rates_of_2015_do_not_come_out_over_the_registered() {
    let registered = NATIONAL
        .iter()
        .find(|g| g.year == 2015 && g.indicator == "smi_reported_prevalence")
        .map(|g| g.numerator)
        .unwrap();
    let over_managed: Vec<_> = NATIONAL.iter().filter(|g| !g.denominator_of_the_contract).collect();
    assert_eq!(over_managed.len(), 2);
    for g in over_managed {
        assert_eq!(g.year, 2015);
        assert_ne!(rounded(g.unit, g.numerator, registered), g.printed);
    }
}
