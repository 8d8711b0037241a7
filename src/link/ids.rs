//! Numbers of things, a type for each kind of thing. Each takes four bytes, and so does an `Option` of it, so that "none"
//! needs no number of its own.

use std::fmt;
use std::num::NonZeroU32;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(transparent)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The number with this value.
            ///
            /// # Panics
            /// When it is 2^32 - 1 or more.
            pub fn new(number: usize) -> Self {
                let next = u32::try_from(number).ok().and_then(|n| NonZeroU32::MIN.checked_add(n));
                $name(next.expect("fewer than 2^32 - 1"))
            }

            /// As an index.
            pub fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.index())
            }
        }
    )*};
}

numbers! {
    /// A person of tonight: the clusters first, then rows that are a person each.
    PersonNumber;
    /// A key of [`SortedKeys`](super::SortedKeys), by its place.
    KeyNumber;
    /// An identity by its number in the memory of an earlier night.
    MemoryNumber;
    /// A record of tonight.
    RecordNumber;
}

macro_rules! numbers_in_files {
    ($($name:ident),*) => {$(
        impl $name {
            /// As files hold it: the greatest number of four bytes where there is none.
            pub fn to_file(number: Option<Self>) -> u32 {
                number.map_or(u32::MAX, |number| number.0.get() - 1)
            }

            /// What a file holds.
            pub fn of_file(number: u32) -> Option<Self> {
                (number != u32::MAX).then(|| $name::new(number as usize))
            }
        }
    )*};
}

numbers_in_files!(KeyNumber, MemoryNumber);
