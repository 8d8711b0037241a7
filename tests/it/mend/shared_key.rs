//! One key for several people, some of whose rows are wrong: nobody's row stands for another's.

use super::{Book, keys, outbox, put_back};
use crate::contract::headers::{PATIENT, patients};
use crate::contract::inbox::Inbox;
use crate::night::store::{expect, xinhui};

const PATIENTS: &str = "严重精神障碍患者登记";

/// The row of a person under a key, with what the field of the sex holds.
fn person(key: &str, name: &str, born: &str, sex: &str) -> String {
    let row = patients(1)[0].replace("P001", key).replace("王小明", name).replace("1980-02-03", born);
    row.replace(",男,", &format!(",{sex},"))
}

fn sent(rows: &[String]) -> Inbox {
    let inbox = Inbox::new();
    inbox.write("inbox/370832/hospital/p_20230601.csv", format!("{PATIENT}\n{}\n", rows.join("\n")));
    inbox.publish();
    inbox
}

fn read(inbox: &Inbox) -> Book {
    Book::read(&outbox(inbox, "hospital").expect("a workbook"))
}

#[test]
fn a_wrong_row_under_the_key_of_somebody_else_is_asked_for() {
    let inbox = sent(&[person("P1", "刘轩豪", "1980-02-03", ""), person("P1", "檀逸子", "1975-05-06", "男")]);
    let mut book = read(&inbox);
    assert_eq!(book.column(PATIENTS, "姓名"), ["刘轩豪"]);
    let told = book.column(PATIENTS, "心汇：怎么改").concat();
    assert!(told.contains("本编号与第 3 行重复而内容不同"), "{told}");
    let mut validate = xinhui();
    validate.args(["validate", "--lang", "zh", "--config"]).arg(inbox.path("xinhui.toml"));
    let said = expect(validate.arg(inbox.path("inbox/370832/hospital")), 1).stdout;
    let said = String::from_utf8(said).expect("text");
    assert!(!said.contains("另有正确的版本"), "{said}");
    book.set(PATIENTS, "刘轩豪", "性别", "男");
    book.set(PATIENTS, "刘轩豪", "患者编号", "P2");
    put_back(&inbox, "hospital", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "hospital_patient", "patient_no"), ["P1", "P2"]);
    assert!(outbox(&inbox, "hospital").is_none());
    // A row that was sent again, right, is the same person's: nobody is asked.
    let inbox = sent(&[person("P1", "刘轩豪", "1980-02-03", ""), person("P1", "刘轩豪", "1980-02-03", "男")]);
    assert!(outbox(&inbox, "hospital").is_none());
}

#[test]
fn wrong_rows_of_several_people_under_one_key_are_asked_for_together() {
    let people = [("刘轩豪", "1980-02-03"), ("檀逸子", "1975-05-06"), ("欧阳青山", "1990-11-12")];
    let inbox = sent(&people.map(|(name, born)| person("P1", name, born, "第九类")));
    let mut book = read(&inbox);
    assert_eq!(book.column(PATIENTS, "姓名"), ["刘轩豪", "檀逸子", "欧阳青山"]);
    // One of them keeps the key: the others are still asked for.
    book.set(PATIENTS, "刘轩豪", "性别", "男");
    put_back(&inbox, "hospital", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "hospital_patient", "patient_no"), ["P1"]);
    let mut book = read(&inbox);
    assert_eq!(book.column(PATIENTS, "姓名"), ["檀逸子", "欧阳青山"]);
    for (name, key) in [("檀逸子", "P2"), ("欧阳青山", "P3")] {
        book.set(PATIENTS, name, "性别", "女");
        book.set(PATIENTS, name, "患者编号", key);
    }
    put_back(&inbox, "hospital", "改好二.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "hospital_patient", "patient_no"), ["P1", "P2", "P3"]);
    assert!(outbox(&inbox, "hospital").is_none());
}
