mod diag;
mod validate;
