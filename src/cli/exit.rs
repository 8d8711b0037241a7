//! The table of exit codes, for whoever schedules the program and sees only its result.

/// Printed at the end of `--help`; the README shows the same table.
pub const TABLE: &str = "\
Exit codes:
    0  done
    1  done, but some file was refused, left, held back or rejected too much, or a package waits
    2  wrong usage, config, declarations or reference data
    3  an input cannot be read at all
    4  the store cannot be read or written, is locked or not whole; a package is not as signed
    5  withheld (the closing sums do not hold), or --from-scratch found a difference
    6  withheld (the public edition is not shown to be safe), or its audit found a fault
  101  a bug";
