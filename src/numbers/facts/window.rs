//! Windows and periods, and the parameters that they give to facts.

use std::collections::BTreeMap;

use crate::schema::{PeriodKind, day};

/// A period of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    pub kind: PeriodKind,
    /// `2023-05`, `2023-Q2`, `2023-H1` or `2023`.
    pub id: String,
    pub start_day: i32,
    /// The calendar's last day, also when `as_of` is earlier.
    pub end_day: i32,
    /// The period's end is not after `as_of`.
    pub complete: bool,
    /// E: the earlier of `end_day` and `as_of`.
    pub e_day: i32,
}

impl Period {
    /// The period that begins in a month (counted from year 0).
    fn starting(kind: PeriodKind, month_index: i32, as_of: i32) -> Period {
        let (year, month) = (month_index.div_euclid(12), month_index.rem_euclid(12));
        let first =
            |m: i32| day::from_ymd(m.div_euclid(12), m.rem_euclid(12) as u32 + 1, 1).expect("a month of the calendar");
        let end_day = first(month_index + kind.months()) - 1;
        let id = match kind {
            PeriodKind::Month => format!("{year:04}-{:02}", month + 1),
            PeriodKind::Quarter => format!("{year:04}-Q{}", month / 3 + 1),
            PeriodKind::Half => format!("{year:04}-H{}", month / 6 + 1),
            PeriodKind::Year => format!("{year:04}"),
        };
        Period {
            kind,
            id,
            start_day: first(month_index),
            end_day,
            complete: end_day <= as_of,
            e_day: end_day.min(as_of),
        }
    }

    /// Periods of the kinds given that begin in or after `from_day` and not after `as_of`, by kind and
    /// time.
    pub fn all(kinds: &[PeriodKind], from_day: i32, as_of: i32) -> Vec<Period> {
        let mut periods = Vec::new();
        for kind in PeriodKind::ALL.into_iter().filter(|k| kinds.contains(k)) {
            let mut month = day::month_index(from_day);
            month -= month.rem_euclid(kind.months());
            loop {
                let period = Period::starting(kind, month, as_of);
                if period.start_day > as_of {
                    break;
                }
                if period.start_day >= from_day {
                    periods.push(period);
                }
                month += kind.months();
            }
        }
        periods
    }
}

/// The days that facts of a window or period look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// E, the last day.
    pub e_day: i32,
    /// S, the first day of the period.
    pub s_day: i32,
}

impl Window {
    /// First day of the twelve months that end at E.
    pub fn t12m_day(self) -> i32 {
        day::one_year_before(self.e_day) + 1
    }

    /// 1 January of E's year.
    pub fn ytd_day(self) -> i32 {
        first_of_year(self.e_day)
    }

    /// The parameters of facts, as SQL text.
    pub fn parameters(self) -> BTreeMap<String, String> {
        let e = day::to_date(self.e_day);
        [
            ("e_day", self.e_day),
            ("e_month", day::month_index(self.e_day)),
            ("e_year", i32::from(e.year())),
            ("e_mmdd", i32::from(e.month()) * 100 + i32::from(e.day())),
            ("t12m_day", self.t12m_day()),
            ("ytd_day", self.ytd_day()),
            ("s_day", self.s_day),
            ("s_before_day", day::one_year_before(self.s_day)),
            ("e_before_day", day::one_year_before(self.e_day)),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_string()))
        .collect()
    }

    /// Months of E's year up to E: number and last day (E for the last).
    pub fn months(self) -> Vec<(i32, i32)> {
        let mut months = Vec::new();
        let mut first = self.ytd_day();
        while first <= self.e_day {
            let last = day::from_date(day::to_date(first).last_of_month());
            months.push((day::month_index(first), last.min(self.e_day)));
            first = last + 1;
        }
        months
    }
}

/// 1 January of a day's year.
pub fn first_of_year(d: i32) -> i32 {
    day::from_date(day::to_date(d).first_of_year())
}
