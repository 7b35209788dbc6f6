//! Tables for people: aligned on a terminal, plain where the output goes to a file or a pipe.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Columns whose title ends in this mark are aligned to the right, as amounts are.
const RIGHT: char = '>';

pub(crate) fn table<R, C>(titles: &[&str], rows: R) -> String
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = String>,
{
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(
        titles
            .iter()
            .map(|title| title.trim_end_matches(RIGHT).to_uppercase()),
    );
    for row in rows {
        table.add_row(row.into_iter().collect::<Vec<_>>());
    }
    for (index, title) in titles.iter().enumerate() {
        if let (true, Some(column)) = (title.ends_with(RIGHT), table.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn amounts_are_aligned_to_the_right() {
        let rows = [["acme", "1.00"], ["globex", "1000.00"]].map(|row| row.map(str::to_owned));
        let text = table(&["account", "net>"], rows);
        assert_eq!(
            text,
            " ACCOUNT      NET\n acme        1.00\n globex   1000.00"
        );
    }
}
