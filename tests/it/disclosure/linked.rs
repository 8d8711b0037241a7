//! Indicators that are told of the same people: what two of them show must not be what the third hides.

use std::collections::BTreeMap;

use arrow::array::{Array, Int64Array, StringArray};
use xinhui::store::table_file::read_table;

use crate::night::store::TestStore;

use super::{publishing, verify};

/// All patients, those without a risk of violence, and those with one.
const TOLD: [&str; 3] =
    ["smi_standard_management_rate", "smi_standard_management_excl_risk_rate", "violent_risk_management_rate"];

/// By division and period, what is shown of numerator and denominator of each.
type ShownOfThree = BTreeMap<(String, String), [[Option<i64>; 2]; 3]>;

fn shown(store: &TestStore, kind: &str) -> ShownOfThree {
    let mut out = ShownOfThree::new();
    let path = store.path().join(format!("store/current/public/indicators/{kind}.parquet"));
    for batch in read_table(&path, None).expect("a table") {
        let batch = batch.expect("rows");
        let text = |name: &str| -> Vec<String> {
            let column = batch.column_by_name(name).expect("a column").as_any().downcast_ref::<StringArray>();
            column.expect("text").iter().flatten().map(str::to_owned).collect()
        };
        let number = |name: &str| -> Vec<Option<i64>> {
            let column = batch.column_by_name(name).expect("a column").as_any().downcast_ref::<Int64Array>();
            column.expect("numbers").iter().collect()
        };
        let (id, code, period) = (text("indicator"), text("division_code"), text("period"));
        let (n, d) = (number("numerator"), number("denominator"));
        for row in 0..batch.num_rows() {
            if let Some(at) = TOLD.iter().position(|told| *told == id[row]) {
                let of = out.entry((code[row].clone(), period[row].clone())).or_insert([[Some(i64::MIN); 2]; 3]);
                of[at] = [n[row], d[row]];
            }
        }
    }
    out
}

/// The number of patients at risk is the one number less the other: where one of three is hidden, another is too.
#[test]
fn no_number_is_what_two_others_leave_of_each_other() {
    let args = ["--persons", "1500", "--counties", "370832,370811", "--towns", "3", "--dirt", "light"];
    let store = publishing(TestStore::synth(&args), "release = \"nightly\"");
    store.publish();
    verify(&store, 0);
    let (mut looked_at, mut hidden) = (0, 0);
    for kind in ["month", "year"] {
        for (place, three) in shown(&store, kind) {
            for side in 0..2 {
                let hides = three.iter().filter(|of| of[side].is_none()).count();
                assert_ne!(hides, 1, "{place:?}: two of {three:?} give the third away");
                looked_at += 1;
                hidden += usize::from(hides > 0);
            }
        }
    }
    assert!(hidden > 0 && hidden < looked_at, "{hidden} of {looked_at}");
}
