//! Features of fields that blocking rules are made of.

use crate::link::engine::records::FieldKind;

/// What of a field must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// The value itself.
    Value,
    /// The first so many characters.
    Prefix(u8),
    /// The last so many characters.
    Suffix(u8),
    /// Two parts of a date as eight digits.
    YearMonth,
    YearDay,
    /// American Soundex of the letters (patent US 1261167).
    Soundex,
    /// Syllables of the whole name where dialects do not tell them apart.
    Sound,
    SurnameSound,
    GivenSound,
    /// A full date.
    Day,
    /// A full date as it is, and with day and month swapped.
    DayOrSwapped,
    /// A full date as it is, and as the solar date of the lunar one it may be.
    DayOrLunar,
    Year,
    /// Year and month.
    Month,
    /// Month and day.
    MonthDay,
    /// Nine characters from the front or the end of an ID number: a slip leaves one half whole.
    Head,
    Tail,
    /// Each number of a set.
    Each,
    /// A division of the lowest level.
    Village,
    Town,
    County,
}

/// Lanes that a rule takes at most: alternatives of its keys, multiplied.
pub const MOST_LANES: usize = 8;

impl Feature {
    /// Reads the name of a feature of a type of field.
    pub fn parse(kind: FieldKind, name: &str) -> Option<Self> {
        use Feature as F;
        use FieldKind as K;
        if let Some(n) = name.strip_prefix("prefix-").and_then(|n| n.parse().ok()) {
            return matches!(kind, K::Text | K::Code).then_some(F::Prefix(n));
        }
        if let Some(n) = name.strip_prefix("suffix-").and_then(|n| n.parse().ok()) {
            return matches!(kind, K::Text | K::Code).then_some(F::Suffix(n));
        }
        let feature = match name {
            "value" => F::Value,
            "soundex" => F::Soundex,
            "year-month" => F::YearMonth,
            "year-day" => F::YearDay,
            "sound" => F::Sound,
            "surname-sound" => F::SurnameSound,
            "given-sound" => F::GivenSound,
            "day" => F::Day,
            "day-or-swapped" => F::DayOrSwapped,
            "day-or-lunar" => F::DayOrLunar,
            "year" => F::Year,
            "month" => F::Month,
            "month-day" => F::MonthDay,
            "head" => F::Head,
            "tail" => F::Tail,
            "each" => F::Each,
            "village" => F::Village,
            "town" => F::Town,
            "county" => F::County,
            _ => return None,
        };
        let fits = match kind {
            K::Text | K::Code => {
                matches!(feature, F::Value | F::Soundex | F::YearMonth | F::YearDay | F::MonthDay)
            }
            K::NameZh => matches!(feature, F::Value | F::Sound | F::SurnameSound | F::GivenSound),
            K::Date => {
                matches!(feature, F::Day | F::DayOrSwapped | F::DayOrLunar | F::Year | F::Month | F::MonthDay)
            }
            K::ResidentId => matches!(feature, F::Value | F::Head | F::Tail),
            K::Phones => matches!(feature, F::Each),
            K::Place => matches!(feature, F::Value | F::Village | F::Town | F::County),
        };
        fits.then_some(feature)
    }

    /// Alternatives that one record has at most.
    pub fn lanes(self) -> usize {
        match self {
            Feature::Each => 4,
            Feature::DayOrSwapped | Feature::DayOrLunar => 2,
            _ => 1,
        }
    }
}
