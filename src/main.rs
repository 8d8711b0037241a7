fn main() {
    match xinhui::schema::Schemas::embedded() {
        Ok(s) => println!(
            "{} tables {} facts {} indicators {} rollups",
            s.tables.len(),
            s.facts.len(),
            s.indicators.len(),
            s.rollups.len()
        ),
        Err(e) => println!("{e}"),
    }
}
