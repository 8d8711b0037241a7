//! What the pages say of a command's arguments.

use clap::Arg;

/// The path of a command below another one.
pub fn below_of(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }
}

/// The names of an argument's values: those that were declared, or the id in capitals.
pub fn value_names(arg: &Arg) -> Vec<String> {
    if !arg.is_positional() && !arg.get_action().takes_values() {
        return Vec::new();
    }
    match arg.get_value_names() {
        Some(names) => names.iter().map(ToString::to_string).collect(),
        None => vec![arg.get_id().as_str().to_uppercase()],
    }
}

/// What an argument means, its default and the values that it may have.
pub fn with_hints(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults: Vec<String> = arg.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        text.push_str(&format!("［默认：{}］", defaults.join(" ")));
    }
    let values: Vec<String> = arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
    if !values.is_empty() && arg.get_action().takes_values() {
        text.push_str(&format!("［可选值：{}］", values.join("、")));
    }
    text
}
