//! Turns panics of decoders into errors: a panic over a damaged file concerns that file, not the run.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The decoder panicked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panicked;

/// Calls a decoder and catches its panic. Whatever the decoder held must not be used again afterwards.
///
/// The panic message is not printed, because it may quote the file.
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
