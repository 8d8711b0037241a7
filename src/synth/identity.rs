//! Numbers for invented people: well-formed, but belonging to nobody.
//!
//! ID numbers begin with 99, a province code that GB/T 2260 does not have. Mobile numbers begin with 160, which is
//! assigned to no operator. So no generated number can be that of a real person.

/// Households that prefix and sequence number distinguish within one class of birth days; see [`id_number`].
const HOUSEHOLDS_A_CLASS: u64 = 6_200;
/// Days between two birth dates of the same class.
const DAY_CLASSES: i64 = 128;
/// Most households of a county that get distinct ID numbers.
pub const MAX_HOUSEHOLDS: u64 = HOUSEHOLDS_A_CLASS * DAY_CLASSES as u64;

const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The GB 11643 check character of 17 digits.
pub fn check_character(digits: &str) -> char {
    let sum: u32 = digits.bytes().zip(ID_WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// Whether a text is an 18-digit resident ID number with a correct check digit and a valid date.
pub fn is_valid(number: &str) -> bool {
    number.len() == 18
        && number.is_ascii()
        && number.as_bytes()[..17].iter().all(u8::is_ascii_digit)
        && number.ends_with(check_character(&number[..17]))
        && birth_of(number).is_some()
}

/// The birth date in an 18-digit number, in days since 1970-01-01.
pub fn birth_of(number: &str) -> Option<i32> {
    crate::schema::day::from_ymd(
        number[6..10].parse().ok()?,
        number[10..12].parse().ok()?,
        number[12..14].parse().ok()?,
    )
}

/// The nearest day before or on `wanted` on which people of this household may be born.
///
/// Households with the same prefix and sequence number get birth days of different classes. Therefore no two people
/// share a number, however many households a county has.
pub fn birth_day(household: u64, wanted: i32) -> i32 {
    let class = (household / HOUSEHOLDS_A_CLASS + household * 37) as i64 % DAY_CLASSES;
    wanted - (i64::from(wanted) - class).rem_euclid(DAY_CLASSES) as i32
}

/// The ID number of the person in `slot` (0 to 7) of a household; `birth` must be a result of [`birth_day`].
pub fn id_number(county_index: usize, household: u64, slot: u8, birth: i32, male: bool) -> String {
    let date = crate::schema::day::to_date(birth);
    let sequence = (household / 100 % (HOUSEHOLDS_A_CLASS / 100)) * 8 + u64::from(slot);
    let digits = format!(
        "99{:02}{:02}{:04}{:02}{:02}{:03}",
        county_index + 1,
        household % 100,
        date.year(),
        date.month(),
        date.day(),
        sequence * 2 + u64::from(male)
    );
    let check = check_character(&digits);
    format!("{digits}{check}")
}

/// Phone numbers reserved for one county: eight digits suffice for 16 counties, the most that a city has.
const PHONES_A_COUNTY: u64 = 6_250_000;

/// A mobile number from a range that no operator uses.
pub fn phone(county_index: usize, household: u64, slot: u8) -> String {
    format!("160{:08}", (county_index as u64 * PHONES_A_COUNTY + household * 8 + u64::from(slot)) % 100_000_000)
}

/// The GB 32100 check character of 17 characters.
pub fn credit_check(code: &str) -> char {
    const SIGNS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut weight = 1usize;
    let mut sum = 0;
    for b in code.bytes() {
        let value = SIGNS.iter().position(|s| *s == b).unwrap_or(0);
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    char::from(SIGNS[(31 - sum % 31) % 31])
}

/// A unified social credit code in a division that does not exist.
pub fn credit_code(county_index: usize, index: usize) -> String {
    let code = format!("1299{:02}00MB{:06}X", county_index + 1, index + 1);
    debug_assert_eq!(code.len(), 17);
    let check = credit_check(&code);
    format!("{code}{check}")
}
