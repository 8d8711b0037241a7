//! Decoders of damaged files may panic; that is a fault of the file, not of the run.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The decoder panicked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panicked;

/// Calls a decoder. What it held must not be used again after a panic.
///
/// The message of such a panic is not printed: it may quote the file.
pub(super) fn guarded<T>(decode: impl FnOnce() -> T) -> Result<T, Panicked> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                print(info);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    GUARDED.set(outer);
    result.map_err(|_| Panicked)
}
