//! How often each fault occurs.

use crate::error::{Error, Result, Words, words};

/// Presets of [`Rates`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dirt {
    /// No faults: every row is valid and accepted exactly once, and every identity is complete.
    #[default]
    None,
    Light,
    Normal,
    Heavy,
}

impl Dirt {
    /// The preset with this name.
    pub fn parse(name: &str) -> Option<Dirt> {
        Some(match name {
            "none" => Dirt::None,
            "light" => Dirt::Light,
            "normal" => Dirt::Normal,
            "heavy" => Dirt::Heavy,
            _ => return None,
        })
    }
}

/// What a rate applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touches {
    Identities,
    Rows,
    Files,
}

type RateOf = fn(&mut Rates) -> &mut f64;

/// The one list of rates: defines the fields, their normal values and the names for the command line.
macro_rules! rates {
    ($($touches:ident { $($(#[$doc:meta])* $name:ident = $normal:literal,)* })*) => {
        /// Probabilities of faults. Those of identities apply to each row (those marked "Person" or "Household" once to
        /// each of these), those of rows to each row, those of files to each file.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Rates {
            $($($(#[$doc])* pub $name: f64,)*)*
        }

        impl Rates {
            /// No faults at all.
            pub const NONE: Rates = Rates { $($($name: 0.0,)*)* };

            /// The rates of `normal`, roughly those of a county's first export.
            pub const NORMAL: Rates = Rates { $($($name: $normal,)*)* };

            const LIST: &[(&'static str, Touches, RateOf)] =
                &[$($((stringify!($name), Touches::$touches, |r: &mut Rates| &mut r.$name),)*)*];
        }
    };
}

rates! {
    Identities {
        /// Four times as often in schools and stations as in hospitals and with the police.
        id_missing = 0.12,
        id_digit_wrong = 0.015,
        id_swapped = 0.008,
        id_fifteen = 0.012,
        id_lower_x = 0.3,
        id_full_width = 0.01,
        id_masked = 0.01,
        id_excel = 0.006,
        /// The guardian's ID number on a child's row.
        id_guardian = 0.03,
        /// One made-up ID number for many people.
        id_placeholder = 0.006,
        /// Person: was given another ID number within the period. At most one person of a household.
        id_changed = 0.0005,
        /// Person: has a document other than the resident ID card.
        other_document = 0.002,
        /// Of rows from schools.
        student_no_missing = 0.15,
        phone_missing = 0.2,
        /// The phone number of another member of the household.
        phone_shared = 0.08,
        /// The guardian's phone number, on rows of children without their own; schools always write it.
        phone_guardian = 0.6,
        phone_placeholder = 0.01,
        phone_bad = 0.01,
        /// Person, only heads of households: changed the phone number within the period.
        phone_changed = 0.06,
        name_homophone = 0.025,
        /// A character with a sound that dialects do not distinguish: n and l, zh and z, in and ing.
        name_fuzzy = 0.006,
        name_lookalike = 0.008,
        name_traditional = 0.006,
        /// Two characters of the given name swapped.
        name_swapped = 0.003,
        /// One character of the given name left out.
        name_dropped = 0.004,
        /// Another surname with the same sound.
        surname_homophone = 0.004,
        /// The surname typed twice, or half of a compound surname.
        surname_doubled = 0.001,
        /// Of rows of people with a dotted name.
        name_dot = 0.5,
        /// Of rows of people with a name longer than the source's column.
        name_cut = 0.15,
        /// Of rows of people with a rare character in their name.
        name_lost = 0.4,
        /// A placeholder word instead of a name.
        name_placeholder = 0.0005,
        /// Person: changed the given name within the period.
        name_change = 0.004,
        sex_wrong = 0.002,
        /// Person: one source records the lunar birthday, at four times this rate.
        birth_lunar = 0.01,
        birth_new_year = 0.008,
        birth_digit = 0.008,
        /// Day and month swapped, if that is a valid date.
        birth_swapped = 0.006,
        birth_missing = 0.06,
        birth_year_only = 0.02,
        /// The address in other words.
        address_written = 0.25,
        /// Household: moved within the period; one source may never hear of it.
        moved = 0.05,
    }
    Rows {
        /// Rows that validation rejects, as a share of a dataset's rows.
        row_error = 0.01,
        /// Rows that are sent a second time without change.
        resent = 0.02,
        /// Rows that follow an older version of themselves.
        corrected = 0.015,
        /// Rows that are withdrawn later.
        voided = 0.005,
    }
    Files {
        /// How irregular the layout of files is, from 0 to 1.
        layout = 0.7,
    }
}

impl Rates {
    /// The rates of a preset: `light` is a quarter of `normal`, `heavy` is two and a half times `normal`.
    pub fn preset(dirt: Dirt) -> Rates {
        match dirt {
            Dirt::None => Rates::NONE,
            Dirt::Light => Rates { layout: 0.4, ..Rates::NORMAL.scaled(0.25) },
            Dirt::Normal => Rates::NORMAL,
            Dirt::Heavy => Rates { layout: 1.0, ..Rates::NORMAL.scaled(2.5) },
        }
    }

    /// Names of all rates, in declared order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Rates::LIST.iter().map(|(name, ..)| *name)
    }

    /// The rate with this name.
    pub fn get(mut self, name: &str) -> Option<f64> {
        Rates::LIST.iter().find(|(n, ..)| *n == name).map(|(_, _, of)| *of(&mut self))
    }

    /// Sets a rate from `NAME=VALUE`, as given on the command line.
    ///
    /// # Errors
    /// `Usage` if there is no rate with this name ([`Rates::names`]), or if the value is not between 0 and 1.
    pub fn set(&mut self, assignment: &str) -> Result<()> {
        let Some((name, value)) = assignment.split_once('=') else {
            return Err(Error::usage(
                "--rate",
                words!("`{assignment}` 应写作“名称=值”", "`{assignment}` is not of the form NAME=VALUE"),
            )
            .hint(words!("例如 name_homophone=0.05", "such as name_homophone=0.05")));
        };
        let (name, value) = (name.trim(), value.trim());
        let Some((_, _, of)) = Rates::LIST.iter().find(|(n, ..)| *n == name) else {
            let names: Vec<&str> = Rates::names().collect();
            return Err(Error::usage("--rate", words!("没有名为 `{name}` 的比率", "`{name}` is the name of no rate"))
                .hint(words!("可用的比率：", "the rates are ").and(&Words::listed(&names))));
        };
        match value.parse() {
            Ok(share) if (0.0..=1.0).contains(&share) => *of(self) = share,
            _ => {
                return Err(Error::usage(
                    "--rate",
                    words!(
                        "`{name}` 的值 `{value}` 不是 0 至 1 之间的数",
                        "`{value}` for `{name}` is no number from 0 to 1"
                    ),
                ));
            }
        }
        Ok(())
    }

    fn scaled(mut self, by: f64) -> Rates {
        for (_, touches, of) in Rates::LIST {
            let rate = of(&mut self);
            if *touches != Touches::Files {
                *rate = (*rate * by).min(0.9);
            }
        }
        self
    }

    /// Whether any identity can have a fault.
    pub fn touches_identities(mut self) -> bool {
        Rates::LIST.iter().any(|(_, touches, of)| *touches == Touches::Identities && *of(&mut self) > 0.0)
    }
}
