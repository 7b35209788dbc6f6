//! Facts arrive in any order, in any number of files, and more than once (rule R40).

use super::random::Random;

/// The same rows, mixed, over so many tables; some of them are there twice.
pub(crate) fn scattered(random: &mut Random, table: &str, files: usize) -> Vec<String> {
    let (head, rows) = table.split_once('\n').unwrap_or((table, ""));
    let mut rows: Vec<&str> = rows.lines().collect();
    let again = rows.clone().into_iter().filter(|_| random.one_in(4));
    let again: Vec<&str> = again.collect();
    rows.extend(again);
    for place in (1..rows.len()).rev() {
        rows.swap(place, random.below(place + 1));
    }
    let mut tables = vec![format!("{head}\n"); files];
    for row in rows {
        let table = &mut tables[random.below(files)];
        table.push_str(row);
        table.push('\n');
    }
    tables
}
