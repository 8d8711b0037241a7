//! National figures that were printed with numerator and denominator.
//!
//! Sources: 2015 rs.yiigle CN113661201704/998030; 2017 wf.pub
//! zhjsk201901009; 2018 ir.pku 596436; 2020 rs.yiigle CN2021/1356254. The papers print the prevalence as a
//! percentage with two or three decimals (0.361 %, 0.43 %): the same number as ‰/10.
//!
//! The denominator of the medication rates changed: those of 2015 are over 在管 (persons under management),
//! those of the other years over 在册 (registered persons), which is what `smi_medication_rate` and
//! `smi_regular_medication_rate` take.

/// A printed rate.
#[derive(Clone, Copy, Debug)]
pub struct Golden {
    pub year: i64,
    pub indicator: &'static str,
    /// `percent` or `permille`.
    pub unit: &'static str,
    pub numerator: i64,
    pub denominator: i64,
    /// With the two decimals that were printed.
    pub printed: &'static str,
    /// Whether the denominator is that of indicators.csv.
    pub denominator_of_the_contract: bool,
}

const fn rate(year: i64, indicator: &'static str, numerator: i64, denominator: i64, printed: &'static str) -> Golden {
    Golden { year, indicator, unit: "percent", numerator, denominator, printed, denominator_of_the_contract: true }
}

const fn over_managed(golden: Golden) -> Golden {
    Golden { denominator_of_the_contract: false, ..golden }
}

const fn prevalence(year: i64, numerator: i64, denominator: i64, printed: &'static str) -> Golden {
    Golden { unit: "permille", ..rate(year, "smi_reported_prevalence", numerator, denominator, printed) }
}

/// The rates of 2015, 2017, 2018 and 2020.
pub const NATIONAL: [Golden; 25] = [
    prevalence(2015, 4_921_505, 1_362_466_686, "3.61"),
    rate(2015, "smi_under_management_rate", 4_252_022, 4_921_505, "86.40"),
    rate(2015, "smi_standard_management_rate", 2_211_835, 4_921_505, "44.94"),
    over_managed(rate(2015, "smi_medication_rate", 2_071_111, 4_252_022, "48.71")),
    rate(2015, "smi_medication_rate", 2_071_111, 4_921_505, "42.08"),
    over_managed(rate(2015, "smi_regular_medication_rate", 1_293_133, 4_252_022, "30.41")),
    rate(2015, "smi_stable_rate", 2_547_824, 4_155_963, "61.31"),
    prevalence(2017, 5_806_352, 1_370_784_400, "4.24"),
    rate(2017, "smi_under_management_rate", 5_380_249, 5_806_352, "92.66"),
    rate(2017, "smi_standard_management_rate", 4_346_103, 5_806_352, "74.85"),
    rate(2017, "smi_medication_rate", 4_035_323, 5_806_352, "69.50"),
    rate(2017, "smi_regular_medication_rate", 2_012_074, 5_806_352, "34.65"),
    rate(2017, "smi_stable_rate", 3_924_101, 5_231_235, "75.01"),
    prevalence(2018, 5_994_054, 1_379_837_956, "4.34"),
    rate(2018, "smi_under_management_rate", 5_688_164, 5_994_054, "94.90"),
    rate(2018, "smi_standard_management_rate", 4_956_545, 5_994_054, "82.69"),
    rate(2018, "smi_medication_rate", 4_873_322, 5_994_054, "81.30"),
    rate(2018, "smi_regular_medication_rate", 2_504_323, 5_994_054, "41.78"),
    rate(2018, "smi_stable_rate", 4_426_558, 5_492_261, "80.60"),
    prevalence(2020, 6_430_587, 1_396_537_459, "4.60"),
    rate(2020, "smi_under_management_rate", 6_116_599, 6_430_587, "95.12"),
    rate(2020, "smi_standard_management_rate", 5_724_019, 6_430_587, "89.01"),
    rate(2020, "smi_medication_rate", 5_648_162, 6_430_587, "87.83"),
    rate(2020, "smi_regular_medication_rate", 4_426_498, 6_430_587, "68.84"),
    rate(2020, "smi_stable_rate", 5_277_746, 5_474_881, "96.40"),
];

/// A rate with two decimals, rounded half up with whole numbers alone.
pub fn rounded(unit: &str, n: i64, d: i64) -> String {
    let factor: i128 = if unit == "permille" { 100_000 } else { 10_000 };
    let hundredths = (i128::from(n) * factor * 2 + i128::from(d)) / (2 * i128::from(d));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
